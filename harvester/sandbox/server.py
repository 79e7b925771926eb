"""The stand-in as a server: on 127.0.0.1 only, in a background thread, gone without a trace when closed."""

from __future__ import annotations

import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import TracebackType
from typing import Any

import msgspec
from flask import Blueprint, Flask, Response, g, request
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from harvester.sandbox import crossref, datacite, openalex, opencitations, semantic_scholar, truth
from harvester.sandbox import faults as rules
from harvester.sandbox.desk import Desk, http_date, reply
from harvester.sandbox.happenings import SERVICES
from harvester.sandbox.literature import SEASON_WEEKS, SEED_DOI, imagine

HOST = "127.0.0.1"
KEPT_REQUESTS = 10_000
_SECRET = frozenset({"authorization", "x-api-key", "cookie"})


class Served(msgspec.Struct):
    """A request as it came: service, method, target (path and query, undecoded), headers (keys in lower case, values
    of secret ones as "present"), the fault it met, and the status of the reply (None as long as there is none)."""

    service: str
    method: str
    target: str
    headers: Mapping[str, str]
    fault: str | None = None
    status: int | None = None


class Sandbox:
    """A simulated literature behind the services' addresses.

    seed, works, weeks: which literature, how large, and for how many weeks from June 2026 on the seed article is cited
    in each; on: the day it is seen on; faults, happenings: rules, see the modules of these names; port: 0 for any free
    one. It serves from the moment it is made until `close`, or the end of a `with` block. Raises ValueError for a rule or
    a size that is wrong, OSError where the port is taken.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        on: date = date(2026, 8, 31),
        works: int = 300,
        weeks: int = SEASON_WEEKS,
        faults: Sequence[str] = (),
        happenings: Sequence[str] = (),
        port: int = 0,
    ) -> None:
        self._desk = Desk(imagine(seed, works, weeks), on)
        self._desk.let_happen(happenings)
        self._served: deque[Served] = deque(maxlen=KEPT_REQUESTS)
        self._faults = rules.Faults(self._desk, faults)
        app = _app(self._desk, self._faults, self._served)
        with socket.create_server((HOST, port)) as listening:  # werkzeug would print and exit where a port is taken
            self._server = _Server(app, self._desk, listening)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="sandbox", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address of the sandbox; it says there what it is."""
        return f"http://{HOST}:{self._server.port}"

    @property
    def openalex_url(self) -> str:
        """Stands for https://api.openalex.org."""
        return f"{self.url}/openalex"

    @property
    def semantic_scholar_url(self) -> str:
        """Stands for https://api.semanticscholar.org."""
        return f"{self.url}/semantic_scholar"

    @property
    def crossref_url(self) -> str:
        """Stands for https://api.crossref.org."""
        return f"{self.url}/crossref"

    @property
    def opencitations_url(self) -> str:
        """Stands for https://api.opencitations.net."""
        return f"{self.url}/opencitations"

    @property
    def datacite_url(self) -> str:
        """Stands for https://api.datacite.org."""
        return f"{self.url}/datacite"

    @property
    def on(self) -> date:
        """The day the literature is seen on."""
        return self._desk.on

    @property
    def requests(self) -> tuple[Served, ...]:
        """The requests to the services so far, the last 10,000 of them."""
        return tuple(self._served)

    def move_to(self, day: date) -> None:
        """Set the clock. Raises ValueError for a day before the one it stands at: what is published stays so."""
        self._desk.move_to(day)

    def set_faults(self, faults: Sequence[str]) -> None:
        """Put these rules in place of those in force and count requests from 1 again. Raises ValueError."""
        self._faults.set(faults)

    def set_happenings(self, happenings: Sequence[str]) -> None:
        """Put these rules in place of those in force: it is as if they had held from the beginning. Raises ValueError."""
        self._desk.let_happen(happenings)

    def counts(self, service: str, on: date) -> Mapping[str, int]:
        """How often each work of a service is truly cited on a day, by the service's own id. Raises ValueError."""
        return truth.counts(self._desk.literature, self._desk.happenings, service, on)

    def moved(self, service: str, since: date, until: date) -> list[truth.Moved]:
        """The citations that truly came and went at a service from one day to another, and why. Raises ValueError."""
        return truth.moved(self._desk.literature, self._desk.happenings, service, since, until)

    def wait(self) -> None:
        """Block until the sandbox is closed."""
        self._thread.join()

    def close(self) -> None:
        """Stop serving, drop open connections, and wait until every thread has ended. A second call does nothing."""
        self._desk.closing.set()
        self._server.shutdown()
        self._server.drop_connections()
        self._thread.join()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def serve(
    *,
    seed: int = 1,
    on: date = date(2026, 8, 31),
    works: int = 300,
    faults: Sequence[str] = (),
    port: int = 0,
    ready: Callable[[Sandbox], None] = lambda _: None,
) -> None:
    """Serve until interrupted (Ctrl-C). Prints nothing: `ready` is called with the sandbox once it serves.

    Raises as `Sandbox` does.
    """
    with Sandbox(seed=seed, on=on, works=works, faults=faults, port=port) as sandbox:
        ready(sandbox)
        try:
            sandbox.wait()
        except KeyboardInterrupt:
            return


# --- the application -----------------------------------------------------------------------------------------------


def _app(desk: Desk, trouble: rules.Faults, served: deque[Served]) -> Flask:
    app = Flask("harvester.sandbox", static_folder=None)
    app.url_map.merge_slashes = False  # a DOI's address within a path has two
    for service in (openalex, semantic_scholar, crossref, opencitations, datacite):
        app.register_blueprint(service.blueprint(desk))

    @app.before_request
    def meet_fault() -> Response | None:
        service = _service()
        if service is None:
            return None
        request.get_data()  # else werkzeug waits, after the reply, for 10 MB more of it and swallows the next request
        g.rule = trouble.meet(service)
        g.served = _as_served(service)
        served.append(g.served)
        if desk.is_out(service):
            g.rule, g.served.fault = None, "outage"
            return rules.instead(rules.OUTAGE, service, desk)
        if g.rule is None:
            return None
        g.served.fault = g.rule.fault
        return rules.instead(g.rule, service, desk)

    @app.after_request
    def finish(response: Response) -> Response:
        if "served" not in g:
            return response
        if g.rule is not None and g.rule.fault in rules.SPOILT:
            response = rules.spoil(g.rule, response, desk)
        g.served.status = None if g.served.fault in ("stall", "reset") else response.status_code
        return response

    app.register_blueprint(_own_routes(desk, trouble))
    return app


def _service() -> str | None:
    head = request.path.split("/", 2)[1]
    return head if head in SERVICES else None


def _as_served(service: str) -> Served:
    headers = {name.lower(): value for name, value in request.headers.items()}
    shown = {name: "present" if name in _SECRET else value for name, value in headers.items()}
    return Served(service, request.method, request.environ["RAW_URI"], shown)


class _Clock(msgspec.Struct, forbid_unknown_fields=True):
    on: date


class _Rules(msgspec.Struct, forbid_unknown_fields=True):
    rules: list[str]


class _Between(msgspec.Struct, forbid_unknown_fields=True):
    service: str
    since: date
    until: date


def _own_routes(desk: Desk, trouble: rules.Faults) -> Blueprint:
    """What the sandbox says of itself, and how it is told what to do from another process."""
    routes = Blueprint("sandbox", __name__)

    @routes.get("/")
    def about() -> Response:
        literature = desk.literature
        note = (
            "This literature is simulated. The bibliographic facts of one article are real; all other works, authors, "
            "citations and abstracts are invented, and so are all counts."
        )
        return reply(
            {
                "note": note,
                "real": SEED_DOI,
                "seed": literature.seed,
                "on": desk.on.isoformat(),
                "works": len(literature.works),
                "services": [f"/{name}" for name in SERVICES],
            }
        )

    @routes.post("/_clock")
    def clock() -> Response:
        desk.move_to(msgspec.json.decode(request.get_data(), type=_Clock).on)
        return reply({"on": desk.on.isoformat()})

    @routes.post("/_faults")
    def set_faults() -> Response:
        texts = msgspec.json.decode(request.get_data(), type=_Rules).rules
        trouble.set(texts)
        return reply({"rules": texts})

    @routes.post("/_happenings")
    def set_happenings() -> Response:
        texts = msgspec.json.decode(request.get_data(), type=_Rules).rules
        desk.let_happen(texts)
        return reply({"rules": texts})

    @routes.get("/_truth")
    def what_truly_happened() -> Response:
        asked = msgspec.convert(request.args.to_dict(), _Between, strict=False)
        return reply(truth.moved(desk.literature, desk.happenings, asked.service, asked.since, asked.until))

    @routes.errorhandler(ValueError)
    @routes.errorhandler(msgspec.MsgspecError)
    def wrong(error: Exception) -> Response:
        return reply({"error": str(error)}, 400)

    return routes


# --- the server ----------------------------------------------------------------------------------------------------


class _Handler(WSGIRequestHandler):
    """Logs nothing, sends small packets at once, and dates replies by the simulated clock."""

    disable_nagle_algorithm = True
    server: _Server

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 - the base class's signature
        """The `Date` header."""
        return http_date(self.server.desk.on)

    def connection_dropped(self, error: BaseException, environ: object = None) -> None:  # noqa: ARG002 - as above
        """Hang up, rather than wait for another request: a fault has broken off."""
        self.close_connection = True

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        """Keep silent."""


class _Server(ThreadedWSGIServer):
    """Knows its open connections, so that closing leaves neither threads nor sockets behind."""

    daemon_threads = False  # so that server_close waits for them

    def __init__(self, app: Flask, desk: Desk, listening: socket.socket) -> None:
        self.desk = desk
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(HOST, 0, app, handler=_Handler, fd=listening.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note the connection before its thread begins."""
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close the connection: with RST where a fault asks for it, else as usual."""
        with self._guard:
            self._open.discard(request)
        lingers, _ = struct.unpack("ii", request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))
        if lingers:
            request.close()
        else:
            super().shutdown_request(request)

    def drop_connections(self) -> None:
        """Wake every thread that reads from or writes to a client."""
        with self._guard:
            connections = list(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the client has closed it meanwhile
                continue

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is none of our business."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        """Keep silent."""
