"""What each signal weighs."""

from __future__ import annotations

FIRST = {
    "text": 1.0, "references": 1.0, "cocited": 1.0, "citations": 0.5, "authors": 0.25, "subjects": 1.0, "suggested": 0.5,
}  # fmt: skip
WEIGHTS = {
    "references": 0.5, "authors": 0.25, "subjects": 0.25, "venue": 0.1, "paths": 0.1, "suggested": 0.25, "embeddings": 1.0,
    "near_text": 1.0, "similar": 0.5, "near_cocited": 3.0, "near_citations": 0.5,
}  # fmt: skip
