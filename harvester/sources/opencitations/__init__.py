"""OpenCitations: who cites whom from its Index, bibliographic data from its Meta. Data are CC0.

https://api.opencitations.net/index/v2 and https://api.opencitations.net/meta/v1; both are specified, with the queries
behind them, in github.com/opencitations/api. What the older COCI API wrote (until 2024) is read as well.

Its citations come from the open reference lists of Crossref, DataCite, PubMed and others, so it is a second opinion that
does not depend on the other sources here, and it states of each citation when it was made and whether it is a
self-citation. A work is named by its DOI, else by its PubMed id, else by OpenCitations' own id (OMID).

`service` says how to reach it, `OpenCitations` asks it, `parse` reads one kept payload, `TAPS` read files of its rows.
"""

from __future__ import annotations

from harvester.sources.opencitations.fetch import RANK, URL, OpenCitations, service
from harvester.sources.opencitations.naming import can_look_up
from harvester.sources.opencitations.record import NAME, parse
from harvester.sources.opencitations.taps import TAPS

client = OpenCitations

__all__ = ["NAME", "RANK", "TAPS", "URL", "OpenCitations", "can_look_up", "client", "parse", "service"]
