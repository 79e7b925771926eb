"""What each signal weighs: in the first pass, which finds the nearest works, and in the list itself.

Chosen on four systematic reviews (221 questions; tests/benchmarks/weights.py), each judged by weights that the three others
chose. nDCG@20, mean of a work as it is (FULL) and without the citations to it (COLD), of 324 weightings:

    left out           equal weights   chosen by the three others   shipped
    Donners 2021           .707                 .718                  .710
    Meijboom 2021          .266                 .335                  .326
    Nelson 2002            .682                 .774                  .774
    van der Valk 2021      .523                 .584                  .578

What three reviews choose helps the fourth every time. Those shipped go most of the way and keep off the end of what was tried
(near_cocited 4, near_similar and near_citations 0): so much trust in co-citation suits libraries that hold most of what cites
their works, and others hold less. Among weights near to these all are alike to a hundredth. Tried and left out, as it changed
nothing: a random walk with restart over citations, and a third pass. Not chosen by measurement, since the reviews have hardly
any: what sources suggest, and embeddings.
"""

from __future__ import annotations

FIRST = {
    "text": 1.0,
    "references": 1.0,
    "cocited": 1.0,
    "subjects": 1.0,
    "citations": 0.5,
    "similar": 0.5,
    "suggested": 0.5,
    "authors": 0.25,
}
WEIGHTS = {
    "near_cocited": 3.0,
    "near_text": 1.0,
    "embeddings": 1.0,
    "near_similar": 0.25,
    "near_citations": 0.25,
    "references": 0.25,
    "authors": 0.25,
    "suggested": 0.25,
    "subjects": 0.1,
    "paths": 0.1,
    "venue": 0.1,
}
