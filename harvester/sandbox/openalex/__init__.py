"""A stand-in for the OpenAlex works endpoint as it was in 2026: shapes, limits, prices, errors.

Sources: developers.openalex.org and help.openalex.org (filters, paging, rate limits and prices), recorded replies of
2025-11 to 2026-05 (key order, headers, error texts). What it refuses is as important as what it answers: more than
100 values joined with `|`, a malformed id, `page` beside `cursor`, a request line over 8,190 bytes, paid filters.
"""

from __future__ import annotations

from harvester.sandbox.literature import work_id
from harvester.sandbox.openalex.catalogue import Catalogue
from harvester.sandbox.openalex.endpoint import blueprint
from harvester.sandbox.openalex.purse import BUDGET_GONE, FREE_CREDITS, KEYLESS_CREDITS, budget_gone_headers

__all__ = [
    "BUDGET_GONE", "FREE_CREDITS", "KEYLESS_CREDITS", "Catalogue", "blueprint", "budget_gone_headers", "work_id",
]  # fmt: skip
