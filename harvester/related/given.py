"""Signals that others have worked out: what sources list as related, and where their models put an article."""

from __future__ import annotations

import math
import struct
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from operator import mul
from typing import Any

from harvester.related.look import Hit, Look, Seeds, Signal

FINEST = 2047  # 4,000 products of it with a byte add up to less than half of 32 bits
_HALF = 1 << 31
_FROM_LEAST = bytes((byte + 128) % 256 for byte in range(256))


def suggested(look: Look, seeds: Seeds) -> Signal:
    """Works that a source lists as related to a seed: the nearer the top and the more sources, the stronger; evidence: sources.

    OpenAlex lists ten works of much the same concepts (https://docs.openalex.org, related_works), Semantic Scholar recommends
    papers that appeared lately (https://api.semanticscholar.org/api-docs/recommendations). A place counts as in discounted
    cumulative gain: Järvelin, Kekäläinen 2002, doi:10.1145/582415.582418.
    """
    strengths: defaultdict[int, float] = defaultdict(float)
    sources: defaultdict[int, set[str]] = defaultdict(set)
    for row in look.rows("related_suggested", works=sorted(seeds)):
        strengths[row["work"]] += seeds[row["seed"]] / math.log2(2 + row["place"])
        sources[row["work"]].add(row["source"])
    return {work: Hit(strength, tuple(sorted(sources[work]))) for work, strength in strengths.items()}


def embeddings(look: Look, seeds: Seeds, candidates: Iterable[int]) -> Signal:
    """Those of the candidates that have a vector, by its cosine to the middle of the seeds' own; evidence: the cosine.

    SPECTER puts articles near to those they cite and are cited with, by title and abstract alone: Cohan et al. 2020,
    doi:10.18653/v1/2020.acl-main.207; SPECTER2: Singh et al. 2023, doi:10.18653/v1/2023.emnlp-main.338. Vectors of two models
    say nothing of each other: the model is the one most seeds have a vector of. It ranks what others found: to look for
    neighbours among all would be to read them all.
    """
    rows = look.rows("related_embeddings", works=sorted({*seeds, *candidates}))
    model = _model([row for row in rows if row["work"] in seeds])
    near = [row for row in rows if row["model"] == model]
    middle = _middle([row for row in near if row["work"] in seeds], seeds)
    length = math.sqrt(sum(map(mul, middle, middle)))
    found = [row for row in near if row["work"] not in seeds and len(row["vector"]) == len(middle)]
    if not length or not found:
        return {}
    products = dots(middle, [row["vector"] for row in found])
    cosines = {row["work"]: dot / (length * row["length"]) for row, dot in zip(found, products, strict=True)}
    return {work: Hit(cosine, round(cosine, 4)) for work, cosine in cosines.items()}


def _model(rows: Sequence[dict[str, Any]]) -> str | None:
    """The model that most works have a vector of; of equals the last by name, which is the newest version."""
    found = Counter(row["model"] for row in rows)
    return max(found, key=lambda model: (found[model], model), default=None)


def _middle(rows: Sequence[dict[str, Any]], seeds: Seeds) -> list[int]:
    """The sum of the seeds' directions, each by its weight, in steps of a 2047th of its farthest component.

    Empty where none has a vector or they cancel out.
    """
    directions = [[seeds[row["work"]] / row["length"] * value for value in array("b", row["vector"])] for row in rows]
    middle = [sum(values) for values in zip(*directions, strict=True)]
    farthest = max(map(abs, middle), default=0.0)
    return [round(value / farthest * FINEST) for value in middle] if farthest else []


def dots(one: Sequence[int], vectors: Sequence[bytes]) -> list[int]:
    """The dot product of a vector (components to FINEST) with each of these (signed bytes, as many), up to 4,000 components.

    A thousand vectors in 6 ms where a sum for each takes 32: of all vectors together the components of a dimension are the
    digits of one long number, 32 bits each, so that one multiplication serves them all (Kronecker substitution). Digits must
    not be negative: components are counted from -128, and what that adds is taken off at the end.

    >>> dots([3, -2047, 5], [bytes([1, 2, 255]), bytes([128, 127, 0])])
    [-4096, -260353]
    """
    together = b"".join(vectors).translate(_FROM_LEAST)
    digits, total = bytearray(4 * len(vectors)), 0
    for dimension, factor in enumerate(one):
        digits[::4] = together[dimension :: len(one)]
        total += factor * int.from_bytes(digits, "little")
    total += int.from_bytes(struct.pack("<I", _HALF) * len(vectors), "little")
    added = _HALF + 128 * sum(one)
    return [digit - added for digit in struct.unpack(f"<{len(vectors)}I", total.to_bytes(len(digits), "little"))]
