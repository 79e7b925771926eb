"""DataCite: what was registered for DOIs that Crossref does not hold (Zenodo, arXiv, repositories, data). Data are CC0.

https://support.datacite.org/docs/api; the server's code is github.com/datacite/lupo. It registers some DOIs of articles,
too, and keeps copies of other agencies' DOIs to count citations; those are not its own word and count as absent here.

`service` says how to reach it, `DataCite` asks it, `parse` reads one raw DOI, `TAPS` read files of its DOIs.
"""

from __future__ import annotations

from harvester.sources.datacite.fetch import RANK, URL, DataCite, can_look_up, service
from harvester.sources.datacite.record import NAME, parse
from harvester.sources.datacite.taps import TAPS

client = DataCite

__all__ = ["NAME", "RANK", "TAPS", "URL", "DataCite", "can_look_up", "client", "parse", "service"]
