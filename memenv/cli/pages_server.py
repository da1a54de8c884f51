"""The pages of a database on this machine alone, made when they are asked for.

The server listens on 127.0.0.1, answers only requests that name it so (a page of another site whose
name is made to point here does not), only GET and HEAD, and lets no other site read or embed it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from memenv.errors import MemenvError, UnknownNameError

_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "json": "application/json",
}
_PATH = re.compile(
    r"/(?:(?P<index>|index\.html|data/board\.js)|assets/(?P<asset>[a-z]+\.(?:js|css|svg))"
    r"|(?P<kind>runs|retention|status)/(?P<run>[0-9a-z-]{1,64})\.(?:html|json)"
    r"|(?P<part>episodes|data)/(?P<of>[0-9a-z-]{1,64})/(?P<number>[0-9]{1,9})\.(?:html|js))"
)
_SECONDS = 30.0


class PagesServer(ThreadingHTTPServer):
    """Serves the pages of a database on 127.0.0.1.

    Args:
        db: the database; it is opened for every request, and only read.
        port: 0 takes a free one, `server_port` says which.

    Raises:
        OSError: when the port is taken.
    """

    daemon_threads = True

    def __init__(self, db: Path, port: int = 0) -> None:
        self.db = db
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle of an answer is no error."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a request may call this server."""
        return (f"127.0.0.1:{self.server_port}", f"localhost:{self.server_port}")

    def url(self, path: str = "") -> str:
        """The address of a page."""
        return f"http://127.0.0.1:{self.server_port}/{path}"


class _Handler(BaseHTTPRequestHandler):
    server: PagesServer
    protocol_version = "HTTP/1.1"
    server_version = "memenv"
    sys_version = ""
    timeout = _SECONDS

    def do_GET(self) -> None:
        """Answer with a page."""
        self._answer()

    def do_HEAD(self) -> None:
        """Answer with the headers of a page."""
        self._answer()

    def _refuse(self) -> None:
        self._send(HTTPStatus.METHOD_NOT_ALLOWED, "only GET and HEAD", allow="GET, HEAD")
        self.close_connection = True

    do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = do_CONNECT = _refuse  # noqa: N815

    def _answer(self) -> None:
        if self.headers.get_all("Host") not in [[host] for host in self.server.hosts]:
            self._send(HTTPStatus.FORBIDDEN, f"this is {self.server.url()}")
            return
        # A browser says where a request is from: pages of other sites may link here, not load.
        site, mode = self.headers.get("Sec-Fetch-Site"), self.headers.get("Sec-Fetch-Mode")
        if site in ("cross-site", "same-site") and mode != "navigate":
            self._send(HTTPStatus.FORBIDDEN, "for pages of this server only")
            return
        path = self.path.partition("?")[0]
        try:
            found = self._page(path)
        except (UnknownNameError, LookupError) as error:
            self._send(HTTPStatus.NOT_FOUND, str(error))
            return
        except MemenvError as error:
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
            return
        if found is None:
            self._send(HTTPStatus.NOT_FOUND, "there is no such page")
            return
        kind = "html" if path == "/" else path.rpartition(".")[2]
        self._send(HTTPStatus.OK, found, kind)

    def _page(self, path: str) -> str | bytes | None:
        from memenv_leaderboard.pages.book import Book
        from memenv_leaderboard.pages.render import asset
        from memenv_leaderboard.store import SqliteStore

        match = _PATH.fullmatch(path)
        if match is None:
            return None
        if match["asset"] is not None:
            return asset(match["asset"])
        with SqliteStore(self.server.db, read_only=True) as store:
            book = Book(store, live=True)
            if match["index"] is not None:
                return _named(book.ranking(), match["index"] or "index.html")
            id = book.find(match["run"] or match["of"])  # noqa: A001
            if match["kind"] is not None:
                return _of_run(book, match["kind"], id)
            return _named(book.explorer(id, int(match["number"])), path[1:])

    def _send(
        self, status: HTTPStatus, content: str | bytes, kind: str = "", allow: str = ""
    ) -> None:
        body = content.encode("utf-8", "replace") if isinstance(content, str) else content
        self.send_response(status)
        self.send_header("Content-Type", _TYPES.get(kind, "text/plain; charset=utf-8"))
        self.send_header("Content-Length", str(len(body)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if allow:
            self.send_header("Allow", allow)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: what is asked for is nobody's news."""


_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def _named(pages: Iterator[tuple[str, str]], path: str) -> str | None:
    return dict(pages).get(path)


def _of_run(book: Any, kind: str, id: str) -> str:  # noqa: A002
    if kind == "status":
        return json.dumps(book.status(id))
    return str(book.retention(id) if kind == "retention" else book.run_page(id))
