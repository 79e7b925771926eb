"""The door to the network: every fault has a name, every limit holds, and no secret leaves."""

from __future__ import annotations

import gzip
import json
import logging
import random
import re
import socket
import struct
import threading
import time
import traceback
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from harvester import __version__, errors
from harvester.http import Allowance, Door, MemoryBook, Reply, Service, Spent, redact, too_deep

BASE = "https://api.example.org/v1"
KEY = "s3cret/key+0123456789"
MAILTO = "librarian@example.org"
NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = NOON.timestamp()
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book() -> MemoryBook:
    return MemoryBook()


@pytest.fixture
def door(clock: Clock, book: MemoryBook) -> Iterator[Callable[..., Door]]:
    """Doors on the fake clock and one book, closed at the end; the options are a Service's, save for mailto and rng."""
    opened: list[Door] = []

    def make(url: str = BASE, *, mailto: str | None = MAILTO, rng: random.Random | None = None, **options: Any) -> Door:
        options = {"source": "test", "interval": 0.0, "key_header": ("x-api-key", KEY)} | options
        made = Door(Service(url=url, **options), book, mailto=mailto, sleep=clock.sleep, clock=clock, rng=rng)
        opened.append(made)
        return made

    yield make
    for each in opened:
        each.close()


def shown(error: BaseException) -> str:
    """Everything about an error that could reach a screen or a log."""
    return f"{error!r} {error} {vars(error)} {''.join(traceback.format_exception(error))} {error.__context__!r}"


def assert_nothing_private(*texts: str) -> None:
    for text in texts:
        for secret in (KEY, MAILTO, "s3cret%2Fkey", "librarian%40"):
            assert secret not in text


# --- a good question -------------------------------------------------------------------------------------------------


def test_a_reply_holds_status_headers_and_body(network: responses.RequestsMock, door: Any, book: MemoryBook) -> None:
    network.get(f"{BASE}/works", json={"results": []}, headers={"X-RateLimit-Remaining": "9"})
    reply = door().get("/works", {"filter": "doi:10.1/a|10.1/b", "per-page": "100"})
    assert (reply.status, reply.body) == (200, b'{"results": []}')
    assert reply.headers["x-ratelimit-remaining"] == "9"
    assert reply.asked == f"GET {BASE}/works?filter=doi%3A10.1%2Fa%7C10.1%2Fb&per-page=100"
    assert parse_qs(urlsplit(network.calls[0].request.url).query)["filter"] == ["doi:10.1/a|10.1/b"]
    assert book.requests["test"] == 1


def test_a_path_is_sent_as_it_is_written(network: responses.RequestsMock, door: Any) -> None:
    network.get(re.compile(".*"), json={})
    door().get("/works/doi:10.1000/a%23b%3Fc")
    door().get("/works?select=id", {"page": "2"})
    sent = [call.request.url for call in network.calls]
    assert sent == [f"{BASE}/works/doi:10.1000/a%23b%3Fc", f"{BASE}/works?select=id&page=2"]


def test_a_post_sends_json(network: responses.RequestsMock, door: Any) -> None:
    network.post(f"{BASE}/batch", json=[None])
    assert door().post("/batch", {"fields": "title"}, {"ids": ["DOI:10.1/a"]}).body == b"[null]"
    request = network.calls[0].request
    assert (request.body, request.headers["Content-Type"]) == (b'{"ids":["DOI:10.1/a"]}', "application/json")


def test_the_user_agent_is_honest(network: responses.RequestsMock, door: Any) -> None:
    network.get(f"{BASE}/works", json={})
    door().get("/works")
    door(mailto=None).get("/works")
    agents = [call.request.headers["User-Agent"] for call in network.calls]
    assert agents == [
        f"harvester/{__version__} (bibliographic metadata harvester; mailto:{MAILTO})",
        f"harvester/{__version__} (bibliographic metadata harvester)",
    ]


def test_the_key_travels_in_its_header_only(network: responses.RequestsMock, door: Any) -> None:
    network.get(f"{BASE}/works", json={})
    door(key_header=("Authorization", f"Bearer {KEY}")).get("/works", {"page": "1"})
    request = network.calls[0].request
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert_nothing_private(request.url)


@pytest.mark.parametrize("path", ["/works/doi:10.1/../W1", "/./works"])
def test_a_path_that_would_be_resolved_to_another_is_refused(door: Any, book: MemoryBook, path: str) -> None:
    with pytest.raises(errors.Refused):
        door().get(path)
    assert book.requests["test"] == 0


def test_a_path_cannot_change_the_host(door: Any) -> None:
    with pytest.raises(ValueError, match="begins with"):
        door(url="https://api.example.org").get(".evil.example/works")


@pytest.mark.parametrize(
    "url", ["ftp://x.example", "api.example.org", "https://u:p@x.example", "https://x.example?a=b", "https://x:y"]
)
def test_only_plain_http_addresses_are_opened(url: str) -> None:
    with pytest.raises(errors.ConfigError):
        Door(Service("test", url, 0.0))


@pytest.mark.parametrize("key", [f"{KEY}\r\nX-Evil: 1", f"{KEY}é", f" {KEY}"])
def test_a_key_no_header_can_hold_is_refused_unseen(key: str) -> None:
    with pytest.raises(errors.ConfigError) as caught:
        Door(Service("test", BASE, 0.0, key_header=("x-api-key", key)))
    assert_nothing_private(shown(caught.value))


def test_no_password_file_and_no_cookie_is_used(
    network: responses.RequestsMock, door: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.example.org login me password hidden\n")
    monkeypatch.setenv("NETRC", str(netrc))
    network.get(f"{BASE}/works", json={}, headers={"Set-Cookie": "track=me; Path=/"})
    asking = door()
    asking.get("/works")
    asking.get("/works")
    for call in network.calls:
        assert not {"Authorization", "Cookie"} & set(call.request.headers)


# --- what a status means ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "fault", "sent"),
    [
        (400, errors.Refused, 1),
        (401, errors.KeyRejected, 1),
        (403, errors.KeyRejected, 1),
        (404, errors.NotFound, 1),
        (405, errors.Refused, 1),
        (410, errors.NotFound, 1),
        (413, errors.Refused, 1),
        (414, errors.Refused, 1),
        (418, errors.Refused, 1),
        (422, errors.Refused, 1),
        (304, errors.BadReply, 1),
        (500, errors.ServerFault, 3),
        (502, errors.ServerFault, 3),
        (503, errors.ServerFault, 3),
        (504, errors.ServerFault, 3),
        (501, errors.ServerFault, 1),
        (429, errors.RateLimited, 3),
    ],
)
def test_every_status_is_a_fault_of_its_own(
    network: responses.RequestsMock, door: Any, status: int, fault: type, sent: int
) -> None:
    network.get(f"{BASE}/works", body="" if status == 304 else "<html>no</html>", status=status)
    with pytest.raises(errors.SourceError) as caught:
        door(tries=3).get("/works")
    assert type(caught.value) is fault
    assert (caught.value.status, caught.value.source) == (status, "test")
    assert len(network.calls) == sent
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"error": "Invalid query", "message": "doi is\\n no\\u0007 field"}', "Invalid query: doi is no field"),
        ('{"message": "Too many", "code": "429"}', "Too many"),
        (
            '{"status": "failed", "message": [{"type": "x", "value": "y", "message": "Filter unknown"}]}',
            "Filter unknown",
        ),
        ('{"errors": [{"status": "400", "title": "Bad sort"}]}', "Bad sort"),
        ("Resource not found.", "Resource not found."),
        ("<html><head><title>502 Bad\nGateway</title></head><body>x</body></html>", "502 Bad Gateway"),
        ("<p>You are <b>blocked</b></p>", "You are blocked"),
        ('{"error": "\\u001b[31mred\\u202e"}', "[31mred"),
        ("\x1b[31mred\u202e\u2028x", "[31mred x"),
    ],
)
def test_the_service_is_quoted_in_one_clean_line(
    network: responses.RequestsMock, door: Any, body: str, said: str
) -> None:
    network.get(f"{BASE}/works", body=body, status=400)
    with pytest.raises(errors.Refused) as caught:
        door().get("/works")
    assert caught.value.what == f"the service refuses the question: {said}"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "body", ["", "{}", '{"error": null}', '{"error": ' * 5000, "[" * 60_000, b"\xff\xfe" * 9, "x" * 10**6]
)
def test_an_odd_error_body_changes_nothing(network: responses.RequestsMock, door: Any, body: str | bytes) -> None:
    network.get(f"{BASE}/works", body=body, status=404)
    with pytest.raises(errors.NotFound) as caught:
        door().get("/works")
    assert len(str(caught.value)) < 600


def test_a_rejected_question_without_a_key_says_what_to_do(network: responses.RequestsMock, door: Any) -> None:
    network.get(f"{BASE}/works", status=401)
    with pytest.raises(errors.KeyRejected, match="may want a key"):
        door(key_header=None).get("/works")
    with pytest.raises(errors.KeyRejected, match="check the key"):
        door().get("/works")


# --- trying again ----------------------------------------------------------------------------------------------------


def test_a_fault_that_passes_is_not_seen(network: responses.RequestsMock, door: Any, book: MemoryBook) -> None:
    for status in (503, 429, 500):
        network.get(f"{BASE}/works", status=status)
    network.get(f"{BASE}/works", json={"ok": True})
    assert door().get("/works").body == b'{"ok": true}'
    assert book.requests["test"] == 4


def test_pauses_are_full_jitter_doubling_from_one_second(
    network: responses.RequestsMock, door: Any, clock: Clock
) -> None:
    network.get(f"{BASE}/works", status=503)
    with pytest.raises(errors.ServerFault):
        door(tries=9, max_wait=20.0, rng=random.Random(7)).get("/works")
    bounds = [1, 2, 4, 8, 16, 20, 20, 20]
    same = random.Random(7)
    assert clock.slept == [same.uniform(0, bound) for bound in bounds]
    assert all(0 <= pause <= bound for pause, bound in zip(clock.slept, bounds, strict=True))
    assert len(set(clock.slept)) == len(bounds)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (" 1.5 ", 1.5),
        ("0", 0),
        (format_datetime(NOON + timedelta(seconds=30), usegmt=True), 30),
        ("Thursday, 05-Mar-26 12:00:40 GMT", 40),
        (format_datetime(NOON - timedelta(days=1), usegmt=True), 0),
    ],
)
def test_retry_after_is_waited_for_in_both_forms(
    network: responses.RequestsMock, door: Any, clock: Clock, *, status: int, value: str, seconds: float
) -> None:
    network.get(f"{BASE}/works", status=status, headers={"Retry-After": value})
    network.get(f"{BASE}/works", json={})
    assert door().get("/works").status == 200
    (pause,) = clock.slept
    assert seconds <= pause <= seconds + 1


@pytest.mark.parametrize("value", ["-5", "soon", "1e9", "inf", "nan", "", "Thu, 99 Mar 2026 99:00:00 GMT", "1" * 400])
def test_a_senseless_retry_after_is_not_heard(
    network: responses.RequestsMock, door: Any, clock: Clock, value: str
) -> None:
    network.get(f"{BASE}/works", status=503, headers={"Retry-After": value})
    network.get(f"{BASE}/works", json={})
    assert door().get("/works").status == 200
    assert len(clock.slept) == 1
    assert 0 <= clock.slept[0] <= 1


@pytest.mark.parametrize(("status", "seconds"), [(429, 61), (503, 7200), (429, 9_999_999_999)])
def test_a_long_retry_after_is_told_not_slept(
    network: responses.RequestsMock, door: Any, clock: Clock, status: int, seconds: int
) -> None:
    network.get(f"{BASE}/works", status=status, headers={"Retry-After": str(seconds)})
    with pytest.raises(errors.RateLimited) as caught:
        door(max_wait=60.0).get("/works")
    assert caught.value.retry_at == NOON + timedelta(seconds=min(seconds, 366 * 86_400))
    assert (clock.slept, len(network.calls)) == ([], 1)
    assert caught.value.exit_code == 75


# --- the three meanings of 429 ---------------------------------------------------------------------------------------


def test_a_burst_is_waited_out_and_after_the_last_try_says_when(network: responses.RequestsMock, door: Any) -> None:
    network.get(f"{BASE}/works", status=429, headers={"Retry-After": "2"}, json={"message": "Too Many Requests"})
    with pytest.raises(errors.RateLimited, match="too many requests: Too Many Requests") as caught:
        door(tries=3, meaning_of_429=lambda reply: "burst").get("/works")
    assert len(network.calls) == 3
    assert caught.value.retry_at is not None


def test_a_plan_is_never_asked_for_twice(network: responses.RequestsMock, door: Any, clock: Clock) -> None:
    network.get(f"{BASE}/works", status=429, json={"error": "Plan upgrade required"})
    with pytest.raises(errors.PlanRequired, match="Plan upgrade required"):
        door(meaning_of_429=lambda reply: "plan" if b"Plan" in reply.body else "burst").get("/works")
    assert (clock.slept, len(network.calls)) == ([], 1)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3600"}, 3600),
        ({"X-Reset": "1800"}, 1800),
        ({}, 12 * 3600),  # midnight UTC
        ({"Retry-After": "99999999"}, 24 * 3600),  # never silent for longer than a day
    ],
)
def test_a_spent_budget_blocks_the_source_for_everybody(
    network: responses.RequestsMock, door: Any, book: MemoryBook, clock: Clock, *, headers: dict[str, str], seconds: int
) -> None:
    network.get(f"{BASE}/works", status=429, headers=headers, json={"error": f"no budget for {KEY}"})
    options = {
        "meaning_of_429": lambda reply: "budget",
        "budget": lambda seen: Spent(reset_seconds=int(seen["x-reset"])) if "x-reset" in seen else None,
    }
    with pytest.raises(errors.BudgetSpent, match=r"the budget is spent: no budget for \*\*\*") as caught:
        door(**options).get("/works")
    until = NOON + timedelta(seconds=seconds)
    assert caught.value.retry_at == until
    assert book.blocked_until("test", clock.now) == until.timestamp()
    with pytest.raises(errors.BudgetSpent, match="nothing was sent") as caught:
        door(**options).get("/other")  # another process with the same book
    assert caught.value.retry_at == until
    assert (len(network.calls), book.requests["test"], clock.slept) == (1, 1, [])

    clock.now = until.timestamp()
    network.get(f"{BASE}/other", json={})
    assert door(**options).get("/other").status == 200


def test_a_block_that_falls_during_the_wait_is_obeyed(door: Any, book: MemoryBook, clock: Clock) -> None:
    asking = door(interval=5.0)
    book.reserve("test", 5.0, clock.now)
    book.block("test", clock.now + 100, "somebody else spent it")
    book.blocked_until = lambda source, now: None if now == NOON.timestamp() else now + 95  # type: ignore[method-assign]
    with pytest.raises(errors.BudgetSpent):
        asking.get("/works")
    assert (clock.slept, book.requests["test"]) == ([5.0], 0)


def test_an_unknown_meaning_is_a_mistake_of_the_source(network: responses.RequestsMock, door: Any) -> None:
    network.get(f"{BASE}/works", status=429)
    with pytest.raises(ValueError, match="'perhaps'"):
        door(meaning_of_429=lambda reply: "perhaps").get("/works")


# --- pace and budget -------------------------------------------------------------------------------------------------


def test_the_pace_is_shared_through_the_book(network: responses.RequestsMock, door: Any, clock: Clock) -> None:
    network.get(f"{BASE}/works", json={})
    one, two = door(interval=1.5), door(interval=1.5)
    one.get("/works")
    two.get("/works")
    one.get("/works")
    clock.now += 10
    two.get("/works")
    assert clock.slept == [1.5, 1.5]


def test_retries_keep_the_pace_and_are_counted(network: responses.RequestsMock, door: Any, clock: Clock) -> None:
    network.get(f"{BASE}/works", status=429, headers={"Retry-After": "0"})
    network.get(f"{BASE}/works", json={})
    asking = door(interval=30.0)
    asking.get("/works")
    assert clock.now - NOON.timestamp() == pytest.approx(30.0)


def test_the_memory_book_gives_each_thread_a_slot_of_its_own() -> None:
    book, waits = MemoryBook(), []
    threads = [threading.Thread(target=lambda: waits.append(book.reserve("test", 1.0, 100.0))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [float(n) for n in range(20)]


def test_the_budget_is_read_from_every_reply(network: responses.RequestsMock, door: Any, book: MemoryBook) -> None:
    def budget(headers: Any) -> Spent | None:
        return Spent(remaining=int(headers["x-left"])) if "x-left" in headers else None

    network.get(f"{BASE}/good", json={}, headers={"X-Left": "9"})
    network.get(f"{BASE}/bad", status=404, headers={"X-Left": "8"})
    network.get(f"{BASE}/mute", json={})
    asking = door(budget=budget)
    asking.get("/good")
    assert book.last["test"] == Spent(remaining=9)
    with pytest.raises(errors.NotFound):
        asking.get("/bad")
    asking.get("/mute")
    assert book.last["test"] == Spent(remaining=8)


# --- redirects -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location", ["/v1/works/10.1/b", f"{BASE}/works/10.1/b", "https://API.example.org:443/v1/works/10.1/b"]
)
def test_a_redirect_on_the_same_host_is_followed_with_the_key(
    network: responses.RequestsMock, door: Any, book: MemoryBook, status: int, location: str
) -> None:
    network.get(f"{BASE}/works/10.1%2Fa", status=status, headers={"Location": location})
    network.get(re.compile(r"https://api\.example\.org(:443)?/v1/works/10\.1/b", re.IGNORECASE), json={})
    reply = door().get("/works/10.1%2Fa")
    assert (reply.status, reply.asked, reply.moved) == (200, f"GET {BASE}/works/10.1%2Fa", True)
    assert [call.request.headers["x-api-key"] for call in network.calls] == [KEY, KEY]
    assert book.requests["test"] == 2
    assert not door().get("/works/10.1/b").moved


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/x", "https://api.example.org:8443/x", "https://api.example.org.evil.example/x"]
)
def test_a_redirect_to_another_host_carries_neither_key_nor_mail_address(
    network: responses.RequestsMock, door: Any, elsewhere: str
) -> None:
    network.get(f"{BASE}/works", status=301, headers={"Location": elsewhere})
    network.get(elsewhere, status=302, headers={"Location": f"{BASE}/back"})
    network.get(f"{BASE}/back", json={})
    assert door().get("/works").status == 200
    there, back = (call.request for call in list(network.calls)[1:])
    for request in (there, back):  # what has been outside does not get the key again
        assert_nothing_private(request.url, str(request.headers))


def test_the_step_from_http_to_https_keeps_the_key(network: responses.RequestsMock, door: Any) -> None:
    network.get("http://api.example.org/works", status=301, headers={"Location": "https://api.example.org/works"})
    network.get("https://api.example.org/works", json={})
    door(url="http://api.example.org").get("/works")
    assert network.calls[1].request.headers["x-api-key"] == KEY


@pytest.mark.parametrize(
    ("headers", "what"),
    [
        ({"Location": "http://api.example.org/v1/works"}, "from https to http"),
        ({"Location": "ftp://api.example.org/works"}, "no usable address"),
        ({"Location": "file:///etc/passwd"}, "no usable address"),
        ({"Location": "https://me:pass@api.example.org/works"}, "no usable address"),
        ({"Location": "https://[::1"}, "no usable address"),
        ({}, "no usable address"),
    ],
)
def test_a_redirect_that_leads_astray_is_a_fault(
    network: responses.RequestsMock, door: Any, headers: Any, what: str
) -> None:
    network.get(f"{BASE}/works", status=301, headers=headers)
    with pytest.raises(errors.BadReply, match=what):
        door().get("/works")
    assert len(network.calls) == 1


def test_redirects_without_end_are_a_fault(network: responses.RequestsMock, door: Any) -> None:
    network.get(f"{BASE}/works", status=302, headers={"Location": f"{BASE}/works"})
    with pytest.raises(errors.BadReply, match="more than 5 redirects"):
        door().get("/works")
    assert len(network.calls) == 6


def test_a_redirect_never_turns_a_post_into_another_question(network: responses.RequestsMock, door: Any) -> None:
    network.post(f"{BASE}/batch", status=308, headers={"Location": "/v2/batch"})
    network.post("https://api.example.org/v2/batch", json=[])
    door().post("/batch", None, {"ids": [1]})
    assert network.calls[1].request.body == b'{"ids":[1]}'
    network.replace(responses.POST, f"{BASE}/batch", status=302, headers={"Location": "/v2/batch"})
    with pytest.raises(errors.BadReply, match="lose the question"):
        door().post("/batch", None, {"ids": [1]})


# --- decoding --------------------------------------------------------------------------------------------------------


class Work(msgspec.Struct):
    id: str
    cited_by_count: int | None = None


class Answer(msgspec.Struct):
    results: list[Work]


def reply(body: bytes, status: int = 200) -> Reply:
    return Reply(status, {}, body, "GET https://api.example.org/v1/works")


def test_a_reply_is_decoded_as_its_type(door: Any) -> None:
    assert door().decode(reply(b'{"results": [{"id": "W1"}], "more": {}}'), Answer) == Answer([Work("W1")])


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "an empty body"),
        (b" \n", "an empty body"),
        (b"\n<!DOCTYPE html><html>", "HTML or XML"),
        (b'{"results": [{"id": "W1"', "truncated"),
        (b'{"results": [{"id": W1}]}', "malformed"),
        (
            b'{"results": [{"id": "hidden", "cited_by_count": "hidden"}]}',
            r"got `str` - at `\$\.results\[\S+\]\.cited_by_count`",
        ),
        (b'{"results": [{"id": 99999999999999999999999}]}', r"\$\.results"),
        (b'{"results": [{"id": "W1", "cited_by_count": 1e999}]}', r"\$\.results"),
        (b'{"results": [{"id": "\xff\xfe"}]}', "not as promised"),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"result": []}', "missing required field `results`"),
    ],
)
def test_a_reply_of_another_shape_is_a_fault_that_names_the_place(door: Any, body: bytes, what: str) -> None:
    with pytest.raises(errors.BadReply, match=what) as caught:
        door().decode(reply(body), Answer)
    assert "hidden" not in shown(caught.value)
    assert caught.value.__context__ is None


def test_an_unknown_value_is_not_quoted(door: Any) -> None:
    class Tagged(msgspec.Struct, tag="known", forbid_unknown_fields=True):
        pass

    for body in (b'{"type": "hidden"}', b'{"type": "known", "hidden": 1}'):
        with pytest.raises(errors.BadReply) as caught:
            door().decode(reply(body), Tagged)
        assert "hidden" not in shown(caught.value)


def test_deep_json_is_refused_before_it_is_decoded(door: Any) -> None:
    asking = door(max_depth=64)
    assert asking.decode(reply(b"[" * 64 + b"]" * 64), list)
    for body in (b"[" * 65 + b"]" * 65, b'{"a":' * 100_000, b"[" * 1_000_000):
        with pytest.raises(errors.ReplyTooDeep, match="deeper than 64"):
            asking.decode(reply(body), list)


NESTED = st.recursive(
    st.none() | st.integers() | st.text(st.sampled_from('[]{}"\\/\n,:aé'), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.sampled_from('[]{}"\\a'), max_size=6), inner, max_size=4)
    ),
    max_leaves=30,
)


def depth(value: Any) -> int:
    match value:
        case dict():
            return 1 + max(map(depth, value.values()), default=0)
        case list():
            return 1 + max(map(depth, value), default=0)
    return 0


@pytest.mark.slow
@given(NESTED, st.booleans())
def test_depth_is_told_exactly_whatever_the_texts_hold(value: Any, ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    deep = depth(value)
    assert not too_deep(body, deep)
    assert deep == 0 or too_deep(body, deep - 1)


@pytest.mark.parametrize(
    ("body", "deep"),
    [
        (b'["]",' * 100_000, True),  # brackets in texts hide nothing
        (b"[[]," * 100_000, True),
        (b'"' + b'\\"' * 500_000, False),
        (b'["' + b"\\\\" * 500_000 + b'"]', False),
        (b"[]" * 500_000, False),
        (b'{"a":[' * 30 + b"]}" * 30, False),
    ],
)
def test_hostile_texts_do_not_deceive_the_depth_check(body: bytes, deep: bool) -> None:
    assert too_deep(body, 64) is deep


# --- secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 404, 429, 503, 302, 200])
def test_no_fault_and_no_log_line_holds_a_secret(
    network: responses.RequestsMock, door: Any, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    echo = {
        "error": f"key {KEY} of {MAILTO}",
        "message": "see /x?api_key=s3cret%2Fkey%2B0123456789&mailto=librarian%40example.org",
    }
    network.get(f"{BASE}/works", status=status, json=echo, headers={"Retry-After": "1"})
    asking = door(tries=2, meaning_of_429=lambda reply: "burst")
    params = {"mailto": MAILTO, "api_key": KEY, "email": MAILTO, "search": KEY}
    with caplog.at_level(logging.DEBUG, "harvester.http"), pytest.raises(errors.SourceError) as caught:
        asking.decode(asking.get("/works", params), Answer)
    assert caplog.records
    assert_nothing_private(shown(caught.value), caplog.text, repr(asking), repr(asking.service))


def test_a_reply_shows_what_was_asked_without_its_secrets(network: responses.RequestsMock, door: Any) -> None:
    network.get(f"{BASE}/works", body=KEY)
    reply = door().get("/works", {"mailto": MAILTO, "search": KEY})
    assert repr(reply) == f"Reply(200, {len(KEY)} bytes, asked GET {BASE}/works?mailto=***&search=***)"


def test_a_bearer_is_recognised_without_its_scheme(network: responses.RequestsMock, door: Any) -> None:
    network.get(f"{BASE}/works", status=401, body=f"unknown key {KEY}\x00")
    with pytest.raises(errors.KeyRejected, match=r"unknown key \*\*\*"):
        door(key_header=("Authorization", f"Bearer {KEY}")).get("/works")


def test_a_long_question_is_cut_after_its_secrets_are_gone(network: responses.RequestsMock, door: Any) -> None:
    network.get(f"{BASE}/works", status=400)
    for padding in range(140, 175):  # a key across the cut would be left in halves
        with pytest.raises(errors.Refused) as caught:
            door().get("/works", {"q": "x" * padding + KEY, "more": "y" * 500})
        assert len(caught.value.asked) == 200
        assert "s3c" not in caught.value.asked


def test_redaction_knows_the_names_of_private_parameters() -> None:
    names = ("api_key", "API-KEY", "apikey", "key", "token", "access_token", "mailto", "email")
    for name in names:
        assert redact(f"https://x.example/?a=1&{name}=abc%40d&b=2") == f"https://x.example/?a=1&{name}=***&b=2"
    assert redact("https://x.example/?keyword=abc&monkey=d") == "https://x.example/?keyword=abc&monkey=d"


# --- a real wire -----------------------------------------------------------------------------------------------------

Script = Callable[[socket.socket], None]


class Wire:
    """A server on 127.0.0.1 that answers each connection by the next script (the last one again and again)."""

    def __init__(self, scripts: tuple[Script | bytes, ...]) -> None:
        self._scripts = scripts
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._serve)]
        self.closing = threading.Event()
        self.received: list[bytes] = []
        self.connections = 0
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.url = f"http://{self.address}"
        self._threads[0].start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            if self.closing.is_set():
                connection.close()
                return
            script = self._scripts[min(self.connections, len(self._scripts) - 1)]
            self.connections += 1
            thread = threading.Thread(target=self._answer, args=(connection, script))
            self._threads.append(thread)
            thread.start()

    def _answer(self, connection: socket.socket, script: Script | bytes) -> None:
        with connection, suppress(OSError):
            connection.settimeout(10)
            self.received.append(connection.recv(65536))
            if isinstance(script, bytes):
                connection.sendall(script)
            else:
                script(connection)

    def close(self) -> None:
        self.closing.set()
        socket.create_connection(self._socket.getsockname()).close()  # wakes accept
        for thread in self._threads:
            thread.join(10)
        self._socket.close()


@pytest.fixture
def wire() -> Iterator[Callable[..., Wire]]:
    opened: list[Wire] = []

    def make(*scripts: Script | bytes) -> Wire:
        opened.append(Wire(scripts))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def open_ended(body: bytes, *headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", "Connection: close", *headers]).encode() + b"\r\n\r\n" + body


def stall(before: bytes = b"") -> Script:
    """Say nothing (more) until the other side gives up."""

    def script(connection: socket.socket) -> None:
        connection.sendall(before)
        connection.recv(1)

    return script


def drip(before: bytes, drops: bytes) -> Script:
    """One byte at a time, each well within a read timeout; whole after ten seconds, so that a missing limit shows."""

    def script(connection: socket.socket) -> None:
        connection.sendall(before)
        for drop in drops:
            time.sleep(10 / len(drops))
            connection.sendall(bytes([drop]))

    return script


def reset(before: bytes = b"") -> Script:
    def script(connection: socket.socket) -> None:
        connection.sendall(before)
        time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return script


GOOD = http(b'{"ok": true}')


@pytest.mark.loopback
def test_connections_are_used_again(wire: Any, door: Any) -> None:
    def keep(connection: socket.socket) -> None:
        body = gzip.compress(b'{"ok": true}')
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[1,2\r\n1\r\n]\r\n0\r\n\r\n"
        for answer in (head + body, chunked, b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", head + body):
            connection.sendall(answer)
            connection.recv(65536)

    server = wire(keep)
    with door(server.url) as asking:
        assert asking.get("/a").body == b'{"ok": true}'
        assert asking.get("/b").body == b"[1,2]"
        with pytest.raises(errors.NotFound):
            asking.get("/c")
        assert asking.get("/d").body == b'{"ok": true}'
    assert server.connections == 1


@pytest.mark.loopback
@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 200", http(b"x" * 100)[:-50]], ids=["silence", "headers", "body"])
def test_a_stalled_server_is_left_and_asked_again(wire: Any, door: Any, book: MemoryBook, before: bytes) -> None:
    server = wire(stall(before), GOOD)
    assert door(server.url, read_timeout=0.1).get("/").body == b'{"ok": true}'
    assert book.requests["test"] == 2
    with pytest.raises(errors.TimedOut, match=r"no answer for 0\.1 s"):
        door(wire(stall(before)).url, read_timeout=0.1, tries=2).get("/")
    assert book.requests["test"] == 4


@pytest.mark.slow
@pytest.mark.loopback
@pytest.mark.parametrize(
    "script",
    [
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b"x" * 100),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 20 + b"0\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 100 + b"\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", gzip.compress(random.Random(1).randbytes(60))),
        drip(b"", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Slow: " + b"x" * 100 + b"\r\n\r\n"),
    ],
    ids=["body", "chunks", "chunk size", "gzip", "headers"],
)
def test_a_dripping_server_does_not_outlast_the_total_time(
    wire: Any, door: Any, book: MemoryBook, script: Script
) -> None:
    with pytest.raises(errors.TimedOut, match=r"no complete reply within 0\.4 s"):
        door(wire(script).url, read_timeout=0.3, total_timeout=0.4).get("/")
    assert book.requests["test"] == 1  # it would only do so again


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("script", "what"),
    [
        (http(b"x" * 100)[:-50], "the reply was cut short"),
        (open_ended(b"32\r\nonly this", "Transfer-Encoding: chunked"), "the reply was cut short"),
        (open_ended(b"4\r\ntrue\r\n", "Transfer-Encoding: chunked"), "the reply was cut short"),
        (b"", "the connection was closed by the other side"),
        (b"HTTP/1.1 200 OK\r\nContent-", "the connection was closed by the other side"),
        (b"HTTP/1.1 200 OK\r\nX-Left: 5\r\n", "the connection was closed by the other side"),
        (reset(), "the connection was closed by the other side"),
        (reset(http(b"x" * 100)[:-50]), "the connection was closed by the other side"),
        (b"\x16\x03\x01 this is no HTTP\r\n\r\n", "no connection, or it broke"),
    ],
    ids=[
        "length",
        "chunk",
        "no last chunk",
        "nothing",
        "half a header",
        "half the headers",
        "reset",
        "reset in body",
        "another protocol",
    ],
)
def test_a_broken_connection_is_tried_again_and_never_a_short_reply(
    wire: Any, door: Any, book: MemoryBook, script: Script | bytes, what: str
) -> None:
    assert door(wire(script, GOOD).url).get("/").body == b'{"ok": true}'
    before = book.requests["test"]
    with pytest.raises(errors.Unreachable, match=what) as caught:
        door(wire(script).url, tries=2).get("/", {"mailto": MAILTO})
    assert book.requests["test"] == before + 2
    assert_nothing_private(shown(caught.value))
    assert caught.value.__context__ is None


@pytest.mark.loopback
def test_a_refused_connection_is_unreachable(door: Any, book: MemoryBook) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(errors.Unreachable, match="the connection was refused") as caught:
        door(f"http://127.0.0.1:{port}", tries=3).get("/", {"api_key": KEY})
    assert book.requests["test"] == 3
    assert_nothing_private(shown(caught.value))


@pytest.mark.loopback
def test_encryption_that_is_none_is_not_tried_again(network: Any, wire: Any, door: Any, book: MemoryBook) -> None:
    server = wire(GOOD)
    network.add_passthru("https://127.0.0.1")
    with pytest.raises(errors.Unreachable, match="certificate or encryption"):
        door(f"https://{server.address}").get("/")
    assert book.requests["test"] == 1


@pytest.mark.loopback
def test_an_endless_reply_is_left_at_the_limit(wire: Any, door: Any) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(open_ended(b""))
        while True:  # until the other side closes
            connection.sendall(b"x" * 65536)

    with pytest.raises(errors.ReplyTooLarge, match=r"larger than 1,000,000 bytes"):
        door(wire(endless).url, max_bytes=1_000_000).get("/")


@pytest.mark.loopback
def test_a_redirect_is_followed_without_reading_what_it_drags_along(wire: Any, door: Any) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 301 Moved\r\nLocation: /there\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    server = wire(endless, GOOD)
    assert door(server.url, total_timeout=5.0).get("/here").body == b'{"ok": true}'
    assert server.received[1].startswith(b"GET /there ")


@pytest.mark.loopback
@pytest.mark.parametrize("layers", [1, 2])
def test_a_small_reply_that_unfolds_is_left_at_the_limit(wire: Any, door: Any, layers: int) -> None:
    bomb = bytes(64 * 1024 * 1024)
    for _ in range(layers):
        bomb = gzip.compress(bomb, 6)
    server = wire(http(bomb, f"Content-Encoding: {', '.join(['gzip'] * layers)}"))
    asking = door(server.url, max_bytes=1024 * 1024)
    tracemalloc.start()
    try:
        with pytest.raises(errors.ReplyTooLarge):
            asking.get("/")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * 1024 * 1024


@pytest.mark.loopback
def test_the_limit_itself_is_no_fault(wire: Any, door: Any) -> None:
    body = gzip.compress(b"x" * 100_000)
    server = wire(http(body, "Content-Encoding: gzip"))
    assert len(door(server.url, max_bytes=100_000).get("/").body) == 100_000
    with pytest.raises(errors.ReplyTooLarge):
        door(server.url, max_bytes=99_999).get("/")


@pytest.mark.loopback
def test_broken_compression_is_a_bad_reply(wire: Any, door: Any, book: MemoryBook) -> None:
    with pytest.raises(errors.BadReply, match="compression is broken"):
        door(wire(http(b"this is not gzip", "Content-Encoding: gzip")).url).get("/")
    assert book.requests["test"] == 1


@pytest.mark.loopback
def test_compression_that_ends_too_early_does_not_decode(wire: Any, door: Any) -> None:
    body = gzip.compress(json.dumps({"results": [{"id": f"W{n}"} for n in range(999)]}).encode())
    asking = door(wire(open_ended(body[: len(body) // 2], "Content-Encoding: gzip")).url)
    with pytest.raises(errors.BadReply):
        asking.decode(asking.get("/"), Answer)


@pytest.mark.loopback
@pytest.mark.parametrize(
    "script", [http(b"x" * 100, status="404 Not Found")[:-50], http(b"no", "Content-Encoding: gzip", status="404 x")]
)
def test_the_status_of_an_error_holds_though_its_body_breaks(
    wire: Any, door: Any, book: MemoryBook, script: bytes
) -> None:
    with pytest.raises(errors.NotFound):
        door(wire(script).url).get("/")
    assert book.requests["test"] == 1


@pytest.mark.loopback
def test_deep_json_from_the_wire_is_refused(wire: Any, door: Any) -> None:
    asking = door(wire(http(b'{"results":' + b"[" * 500_000)).url)
    with pytest.raises(errors.ReplyTooDeep):
        asking.decode(asking.get("/"), Answer)


@pytest.mark.loopback
def test_headers_without_end_are_a_fault(wire: Any, door: Any) -> None:
    many = open_ended(b"", *(f"X-{n}: y" for n in range(200)))
    long = open_ended(b"", "X-Long: " + "y" * 100_000)
    for answer in (many, long):
        with pytest.raises(errors.Unreachable):
            door(wire(answer).url, tries=1).get("/")


@pytest.mark.loopback
def test_a_proxy_of_the_environment_is_used_within_the_same_limits(
    network: Any, wire: Any, door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    network.add_passthru("http://api.example.org")
    server = wire(GOOD, stall())
    monkeypatch.setenv("http_proxy", server.url)
    assert door("http://api.example.org").get("/works").body == b'{"ok": true}'
    assert server.received[0].startswith(b"GET http://api.example.org/works HTTP/1.1")
    with pytest.raises(errors.TimedOut, match="no complete reply"):
        door("http://api.example.org", read_timeout=5, total_timeout=0.2).get("/works")


@pytest.mark.loopback
def test_one_door_serves_several_threads(wire: Any, door: Any, book: MemoryBook) -> None:
    server, bodies = wire(GOOD), []
    asking = door(server.url)
    threads = [threading.Thread(target=lambda: bodies.append(asking.get("/").body)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bodies == [b'{"ok": true}'] * 8
    assert book.requests["test"] == 8


def test_a_refused_key_is_left_out_where_the_service_is_open_to_all(network: responses.RequestsMock) -> None:
    open_service = Service("s2", BASE, 0.0, key_header=("x-api-key", KEY), open_without_key=True)
    book = MemoryBook()
    network.get(f"{BASE}/works", json={}, match=[responses.matchers.header_matcher({"x-api-key": KEY})], status=403)
    network.get(f"{BASE}/works", json={"fine": True})
    with Door(open_service, book, sleep=lambda _: None, clock=lambda: 77.0) as door:
        assert door.get("/works").status == 200
        assert door.get("/works").status == 200
    sent = ["x-api-key" in call.request.headers for call in network.calls]
    assert sent == [True, False, False]  # once is enough
    assert book.refused == {"s2": 77.0}
    network.reset()
    network.get(f"{BASE}/works", json={})
    with Door(open_service, book, sleep=lambda _: None) as door:
        door.get("/works")
    assert book.refused == {"s2": None}  # it is good again


def test_no_more_is_sent_than_is_allowed_and_a_try_or_a_redirect_is_a_request(
    network: responses.RequestsMock, clock: Clock, book: MemoryBook
) -> None:
    allowance = Allowance(4)
    network.get(f"{BASE}/moved", status=302, headers={"Location": f"{BASE}/there"})
    network.get(f"{BASE}/there", json={})
    network.get(f"{BASE}/broken", status=503)
    service = Service(source="test", url=BASE, interval=0.0)
    with Door(service, book, allowance=allowance, sleep=clock.sleep, clock=clock) as door:
        door.get("/moved")
        with pytest.raises(errors.ServerFault):
            door.get("/broken")
        with pytest.raises(errors.Enough):
            door.get("/there")
    assert (len(network.calls), allowance.sent, allowance.left) == (4, 4, 0)
