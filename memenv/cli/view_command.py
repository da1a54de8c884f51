"""`memenv view`: a run in the browser, served by this machine to itself."""

from __future__ import annotations

import contextlib
import threading
import webbrowser
from pathlib import Path

import click

from memenv.cli.options import database_option
from memenv.errors import SettingError


@click.command("view")
@click.argument("run", default="latest")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="[default: a free one]")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@database_option
def command(run: str, port: int, no_browser: bool, db: Path) -> None:
    """Look at a run: scores, where questions fail, and every episode step by step.

    RUN is an id, the beginning of one, or `latest`. The page follows a run in progress. It is
    served to this machine alone, until Ctrl-C.

    \b
    Examples:
      memenv view
      memenv view 3f2a --port 8000 --no-browser
    """  # noqa: D301
    from memenv_leaderboard.pages.text import file_name
    from memenv_leaderboard.store import SqliteStore

    from memenv.cli.pages_server import PagesServer

    with SqliteStore(db, read_only=True) as store:
        found = store.find(run).id
    try:
        server = PagesServer(db.absolute(), port)
    except OSError as error:
        raise SettingError(f"port {port}: {error.strerror}; choose another --port") from error
    with server:
        url = server.url(f"runs/{file_name(found)}.html")
        # Flushed by click: whoever started it may be waiting for the address.
        click.echo(url)
        click.echo("Ctrl-C ends it.", err=True)
        if not no_browser:
            # A browser of the terminal ends only when it is left, and needs the server meanwhile.
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
