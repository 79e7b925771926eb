"""What each signal weighs."""

from __future__ import annotations

FIRST = {
    "text": 1.0,
    "references": 1.0,
    "cocited": 1.0,
    "citations": 0.5,
    "subjects": 1.0,
    "similar": 0.5,
    "suggested": 0.5,
    "authors": 0.25,
}
WEIGHTS = {
    "near_cocited": 3.0,
    "near_text": 1.0,
    "embeddings": 1.0,
    "near_similar": 0.5,
    "near_citations": 0.5,
    "references": 0.5,
    "subjects": 0.25,
    "authors": 0.25,
    "suggested": 0.25,
    "paths": 0.1,
    "venue": 0.1,
}
