"""Semantic Scholar's Academic Graph API: https://api.semanticscholar.org/api-docs/graph.

Its records are for use beside attribution to "Semantic Scholar" (API licence agreement), which every record carries as
its source. The client library `semanticscholar` gives the vocabulary of fields; it does not ask, because it turns some
outages into "not found" and leaves the key out of citation calls.

`service` says how to reach it, `SemanticScholar` asks it, `parse` reads one raw paper, `TAPS` read files of its papers.
"""

from __future__ import annotations

from harvester.sources.semantic_scholar.fetch import RANK, URL, SemanticScholar, can_look_up, fields, service
from harvester.sources.semantic_scholar.record import NAME, parse
from harvester.sources.semantic_scholar.taps import TAPS

client = SemanticScholar

__all__ = [
    "NAME",
    "RANK",
    "TAPS",
    "URL",
    "SemanticScholar",
    "can_look_up",
    "client",
    "fields",
    "parse",
    "service",
]
