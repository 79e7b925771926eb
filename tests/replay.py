"""Recorded replies, served back over real HTTP on 127.0.0.1.

A recording is a JSON file {request: {method, uri, body}, response: {status, headers, body}, _meta: {observed_at, ...}}. The
server knows no service: a test gives it a function from the question that came in to the answer that goes out.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from harvester.http import Door, Service
from harvester.records import Ask, Page

_ENVELOPE = {"content-encoding", "content-length", "transfer-encoding", "connection"}
"""Headers that speak of how the bytes travelled when they were recorded, which is not how they travel here."""


class Question(NamedTuple):
    """What was asked: the path as it stood on the wire, the query and the JSON body decoded."""

    method: str
    path: str
    params: Mapping[str, str]
    body: Any

    @classmethod
    def of(cls, method: str, target: str, body: Any) -> Question:
        parts = urlsplit(target)
        return cls(method, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), body)


class Answer(NamedTuple):
    """What goes back."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {"content-type": "application/json"}

    @classmethod
    def json(cls, value: object, status: int = 200) -> Answer:
        return cls(status, json.dumps(value).encode())


class Recording(NamedTuple):
    """One recorded interaction: the question, the answer, and the day it was observed (ISO)."""

    name: str
    asked: Question
    answer: Answer
    day: str

    @property
    def value(self) -> Any:
        """The answer's body decoded; None where it is no JSON."""
        try:
            return json.loads(self.answer.body)
        except ValueError:
            return None

    @property
    def path(self) -> str:
        """The path asked for, decoded."""
        return unquote(self.asked.path)


def recording(path: Path) -> Recording | None:
    """The interaction in a file; None for a file that holds something else."""
    try:
        held = json.loads(path.read_text("utf-8"))
    except ValueError:  # JSON lines
        return None
    if not isinstance(held, dict) or not {"request", "response"} <= held.keys():
        return None
    request, response = held["request"], held["response"]
    body, sent = response["body"], request["body"]
    if isinstance(sent, str):
        sent = json.loads(sent)
    raw = body.encode() if isinstance(body, str) else b"" if body is None else json.dumps(body).encode()
    headers = {name: value for name, value in (response["headers"] or {}).items() if name.lower() not in _ENVELOPE}
    asked = Question.of(request["method"], request["uri"], sent)
    day = (held["_meta"].get("observed_at") or "")[:10]
    return Recording(f"{path.parent.name}/{path.name}", asked, Answer(response["status"], raw, headers), day)


def recordings(folder: Path) -> list[Recording]:
    """Every interaction below a folder, in the order of their names."""
    return [found for path in sorted(folder.glob("*/*.json")) if (found := recording(path))]


class Replay:
    """A server on a free port of 127.0.0.1; a context manager. `answer` may be exchanged while it runs."""

    def __init__(self, answer: Callable[[Question], Answer]) -> None:
        self.answer = answer
        self.questions: list[Question] = []
        self.connections: list[socket.socket] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = False  # so that closing waits for every connection to be closed
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        for connection in self.connections:  # one that a client keeps open would be waited for
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join()


def _handler(replay: Replay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10  # a connection nobody closes must not hold up the end of the tests
        wbufsize = -1
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            replay.connections.append(self.connection)

        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length", 0)))
            question = Question.of(self.command, self.path, json.loads(sent) if sent else None)
            replay.questions.append(question)
            try:
                status, body, headers = replay.answer(question)
            except Exception as error:  # a fault of the test's own: told in the door's error, and never asked again
                status, body, headers = Answer.json({"error": f"the test cannot answer: {error!r}"}, 501)
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    return Handler


def door(service: Service, sleeps: list[float] | None = None) -> Door:
    """The program's own door to a service, which neither keeps a pace nor sleeps: waits go into `sleeps`."""
    waits = [] if sleeps is None else sleeps
    return Door(msgspec.structs.replace(service, interval=0.0), sleep=waits.append)


def fetch(replay: Replay, module: Any, answer: Answer, ask: Ask, cursor: str | None = None) -> Page:
    """What a source makes of an answer: `module` is the source, its question whatever it asks."""
    replay.answer = lambda _: answer
    with door(module.service(replay.url)) as way:
        page: Page = module.client(way).fetch(ask, cursor)
        return page


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a JSON value, the outer before the inner."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(inner)
