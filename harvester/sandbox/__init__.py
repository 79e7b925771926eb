"""An honest stand-in for OpenAlex, Semantic Scholar, Crossref, OpenCitations and DataCite on 127.0.0.1.

It is there for the demo and the tests. The literature it serves is simulated and says so. It behaves as the services do
where that matters to a harvester: paging, limits, prices, error texts, late and missing records, and, on request, faults.

    with Sandbox(on=date(2026, 8, 31), faults=["openalex:429-burst@3"]) as sandbox:
        ...  # speak to sandbox.openalex_url
        sandbox.move_to(date(2026, 9, 7))
"""

from harvester.sandbox.server import Sandbox, Served, serve

__all__ = ["Sandbox", "Served", "serve"]
