"""Crossref: https://api.crossref.org, documented at https://www.crossref.org/documentation/retrieve-metadata/rest-api/.

What publishers deposited of their own articles; metadata may be kept and reused freely. `service` says how to reach it,
`Crossref` asks it, `parse` reads one raw work, `TAPS` read files of its works.
"""

from __future__ import annotations

from harvester.sources.crossref.fetch import RANK, URL, Crossref, can_look_up, meaning_of_429, pace, service
from harvester.sources.crossref.record import NAME, parse
from harvester.sources.crossref.taps import TAPS

client = Crossref

__all__ = [
    "NAME",
    "RANK",
    "TAPS",
    "URL",
    "Crossref",
    "can_look_up",
    "client",
    "meaning_of_429",
    "pace",
    "parse",
    "service",
]
