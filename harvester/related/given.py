"""Signals that others have worked out: what sources list as related, and where their models put an article."""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import mul
from typing import Any

from harvester.related.signals import Hit, Look, Signal

Seeds = Mapping[int, float]


def suggested(look: Look, seeds: Seeds) -> Signal:
    """Works that a source lists as related to a seed: the nearer the top and the more sources, the stronger; evidence: sources.

    OpenAlex lists ten works of much the same concepts (https://docs.openalex.org, related_works), Semantic Scholar recommends
    papers that appeared lately (https://api.semanticscholar.org/api-docs/recommendations). A place counts as in discounted
    cumulative gain: Järvelin, Kekäläinen 2002, doi:10.1145/582415.582418.
    """
    strengths: defaultdict[int, float] = defaultdict(float)
    sources: defaultdict[int, set[str]] = defaultdict(set)
    for row in look.rows("related_suggested", works=sorted(seeds)):
        if row["work"] not in seeds:
            strengths[row["work"]] += seeds[row["seed"]] / math.log2(2 + row["place"])
            sources[row["work"]].add(row["source"])
    return look.present({work: Hit(strength, tuple(sorted(sources[work]))) for work, strength in strengths.items()})


def embeddings(look: Look, seeds: Seeds, candidates: Iterable[int]) -> Signal:
    """Those of the candidates that have a vector, by its cosine to the middle of the seeds' own; evidence: the cosine.

    SPECTER puts articles near to those they cite and are cited with, by title and abstract alone: Cohan et al. 2020,
    doi:10.18653/v1/2020.acl-main.207; SPECTER2: Singh et al. 2023, doi:10.18653/v1/2023.emnlp-main.338. Vectors of two models
    say nothing of each other: the model is the one most seeds have a vector of. It ranks what others found: to look for
    neighbours among all would be to read them all.
    """
    rows = look.rows("related_embeddings", works=sorted({*seeds, *candidates}))
    model = _model([row for row in rows if row["work"] in seeds])
    near = [row for row in rows if row["model"] == model]
    middle = _middle([row for row in near if row["work"] in seeds], seeds)
    length = math.sqrt(sum(map(mul, middle, middle)))
    if not length:
        return {}
    cosines = {
        row["work"]: sum(map(mul, middle, array("b", row["vector"]))) / (length * row["length"])
        for row in near
        if row["work"] not in seeds
    }
    return look.present({work: Hit(cosine, round(cosine, 4)) for work, cosine in cosines.items()})


def _model(rows: Sequence[dict[str, Any]]) -> str | None:
    """The model that most works have a vector of; of equals the last by name, which is the newest version."""
    found = Counter(row["model"] for row in rows)
    return max(found, key=lambda model: (found[model], model), default=None)


def _middle(rows: Sequence[dict[str, Any]], seeds: Seeds) -> list[float]:
    """The sum of the seeds' directions, each by its weight; empty where none has a vector."""
    directions = [
        [seeds[row["work"]] / row["length"] * value for value in array("b", row["vector"])] for row in rows
    ]  # fmt: skip
    return [sum(values) for values in zip(*directions, strict=True)]
