"""OpenAlex: https://docs.openalex.org. Data are CC0.

`service` says how to reach it, `OpenAlex` asks it, `parse` reads one raw work, `venue_of` one raw source, `TAPS` read
files of its works.
"""

from __future__ import annotations

from harvester.sources.openalex.fetch import RANK, URL, OpenAlex, budget, can_look_up, meaning_of_429, service
from harvester.sources.openalex.record import NAME, parse, venue_of
from harvester.sources.openalex.taps import TAPS

client = OpenAlex

__all__ = [
    "NAME",
    "RANK",
    "TAPS",
    "URL",
    "OpenAlex",
    "budget",
    "can_look_up",
    "client",
    "meaning_of_429",
    "parse",
    "service",
    "venue_of",
]
