"""What a request costs, and the credits of a day."""

from __future__ import annotations

import threading
from collections import Counter

from flask import g, request

from harvester.sandbox.desk import SECONDS_TO_MIDNIGHT, Desk, Refusal

FREE_CREDITS, KEYLESS_CREDITS = 10_000, 1_000  # a day; one credit is $0.0001
LIST_COST, SEARCH_COST = 1, 10


class Purse:
    """The day's credits, by key; the key itself is not kept. A new day of the clock brings new credits."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.day = desk.on
        self.used: Counter[int] = Counter()
        self.lock = threading.Lock()

    def limit(self) -> int:
        """What this request's key may spend a day."""
        return self.desk.credits or (FREE_CREDITS if self._key() else KEYLESS_CREDITS)

    def left(self) -> int:
        """What this request's key has left today."""
        if self.day != self.desk.on:
            self.day, self.used = self.desk.on, Counter()
        return max(0, self.limit() - self.used[self._key()])

    def pay(self, price: int) -> None:
        """Take the price of a request. Raises Refusal (429 until midnight) where too little is left."""
        with self.lock:
            if price > self.left():
                g.cost = 0
                raise Refusal(429, BUDGET_GONE, headers=budget_gone_headers(price))
            self.used[self._key()] += price

    def headers(self, price: int) -> dict[str, str]:
        """What every reply says of the budget."""
        return {
            "x-ratelimit-cost-usd": f"{price / 10_000:g}",
            "x-ratelimit-credits-used": str(price),
            "x-ratelimit-limit": str(self.limit()),
            "x-ratelimit-limit-usd": f"{self.limit() / 10_000:g}",
            "x-ratelimit-onetime-remaining": "0",
            "x-ratelimit-prepaid-remaining-usd": "0",
            "x-ratelimit-remaining": str(self.left()),
            "x-ratelimit-remaining-usd": f"{self.left() / 10_000:g}",
            "x-ratelimit-reset": str(SECONDS_TO_MIDNIGHT),
        }

    @staticmethod
    def _key() -> int:
        key = request.headers.get("Authorization") or request.args.get("api_key") or ""
        return hash(key) if key else 0


BUDGET_GONE = {"error": "Rate limit exceeded", "message": "The daily budget is spent. It resets at midnight UTC."}


def budget_gone_headers(price: int) -> dict[str, str]:
    """The headers of a 429 for a spent budget."""
    return {"Retry-After": str(SECONDS_TO_MIDNIGHT), "x-ratelimit-credits-required": str(price)}
