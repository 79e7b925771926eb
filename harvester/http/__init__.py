"""The only door to the network: pace, budget, retry, time limits, size limits, redaction, honest names.

    source asks ─> blocked? ─> wait for a slot ─> send ─> read within limits ─> judge ─┬─> Reply
                       ^                                                                ├─> SourceError
                       └── wait (jitter, Retry-After) <── worth another try ────────────┘

A fault is always raised, never returned as something empty. Nothing that leaves here in an error, a log line or a repr
holds a key or a mail address.
"""

from __future__ import annotations

from harvester.http.book import Allowance, Book, MemoryBook
from harvester.http.door import Door
from harvester.http.limits import too_deep
from harvester.http.redaction import redact
from harvester.http.service import Reply, Service, Spent

__all__ = ["Allowance", "Book", "Door", "MemoryBook", "Reply", "Service", "Spent", "redact", "too_deep"]
