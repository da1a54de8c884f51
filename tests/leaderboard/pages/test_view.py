"""The pages as `memenv view` serves them."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading

import pytest
from memenv_leaderboard.store import SqliteStore

from memenv.cli.pages_server import PagesServer

RUN = "0123456789ab"


@pytest.fixture(scope="module")
def server(story):
    with PagesServer(story[0]) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server, path, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    given = {"Host": f"127.0.0.1:{server.server_port}", **headers}
    connection.putrequest(method, path, skip_host=True)
    for name, value in given.items():
        if value is not None:
            connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    return reply.status, dict(reply.getheaders()), body


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/index.html",
        "/data/board.js",
        f"/runs/{RUN}.html",
        f"/runs/{RUN}.html?x=1",
        f"/episodes/{RUN}/0.html",
        f"/data/{RUN}/0.js",
        f"/retention/{RUN}.html",
        f"/status/{RUN}.json",
        "/assets/style.css",
    ],
)
def test_every_page_is_there(server, path):
    status, headers, body = ask(server, path)
    assert status == 200
    assert len(body) > 50
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_a_page_is_what_the_site_has_and_asks_its_server_for_news(server, site):
    served = ask(server, f"/data/{RUN}/0.js")[2]
    assert served == (site / "data" / RUN / "0.js").read_bytes()
    page = ask(server, f"/runs/{RUN}.html")[2].decode()
    assert "connect-src 'self'" in page
    assert f'data-status="../status/{RUN}.json"' in page
    assert "connect-src" not in (site / "runs" / f"{RUN}.html").read_text()


def test_head_has_the_headers_alone(server):
    status, headers, body = ask(server, "/", "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 1000


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_but_get_and_head_is_answered(server, method):
    status, headers, body = ask(server, "/", method)
    assert (status, headers["Allow"]) == (405, "GET, HEAD")
    assert b"memenv" not in body


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "", None, "[::1]"])
def test_a_request_that_calls_the_server_otherwise_is_refused(server, host):
    status, _, body = ask(server, "/", Host=host)
    assert status == 403
    assert b"quick" not in body


def test_it_may_be_called_localhost(server):
    assert ask(server, "/", Host=f"localhost:{server.server_port}")[0] == 200


def test_another_site_may_link_here_and_load_nothing(server):
    for mode, status in (("navigate", 200), ("no-cors", 403), ("cors", 403)):
        found = ask(server, "/data/board.js", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode=mode)
        assert found[0] == status
    assert ask(server, "/", Sec_Fetch_Site="same-origin", Sec_Fetch_Mode="cors")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/nothing.html",
        "/runs/ffff.html",
        f"/episodes/{RUN}/99.html",
        f"/data/{RUN}/99.js",
        "/assets/../book.py",
        "/assets/%2e%2e/book.py",
        "/../../etc/passwd",
        "//etc/passwd",
        "/runs/latest'--.html",
        "/" + "a" * 5000,
    ],
)
def test_what_is_not_there_is_not_found(server, path):
    status, headers, _ = ask(server, path)
    assert status == 404
    assert headers["Content-Type"].startswith("text/plain")


def test_it_listens_to_this_machine_alone(server):
    assert server.server_address[0] == "127.0.0.1"


def test_the_state_of_a_run_changes_with_what_is_stored(kit, tmp_path):
    path = kit.a_file(tmp_path, kit.STORY)
    run = kit.a_run(path, planned=2)
    db = tmp_path / "memenv.db"
    with SqliteStore(db) as store, PagesServer(db) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        store.begin(run)

        def status():
            return json.loads(ask(server, f"/status/{run.id}.json")[2])

        before = status()
        assert (before["done"], before["planned"], before["score"]) == (0, 2, None)
        assert "Nothing has been scored yet" in ask(server, f"/runs/{run.id}.html")[2].decode()
        store.save(run.id, kit.a_result(path, kit.SCRIPT))
        after = status()
        assert (after["done"], after["planned"], after["score"]) == (1, 2, 0.2)
        assert after["state"] != before["state"]
        page = ask(server, f"/runs/{run.id}.html")[2].decode()
        assert "In progress: 1 of 2 episodes" in page
        assert f'data-state="{after["state"]}"' in page
        server.shutdown()
        thread.join()


def test_the_command_prints_the_address_and_ends_with_ctrl_c(story):
    command = [sys.executable, "-m", "memenv.cli.main", "view", "latest", "--no-browser"]
    process = subprocess.Popen(
        [*command, "--db", str(story[0])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": ""},
    )
    url = process.stdout.readline().strip()
    match = re.fullmatch(rf"http://127\.0\.0\.1:(\d+)/(runs/{RUN}\.html)", url)
    connection = http.client.HTTPConnection("127.0.0.1", int(match[1]), timeout=30)
    connection.request("GET", f"/{match[2]}")
    assert connection.getresponse().status == 200
    connection.close()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "Ctrl-C ends it.\n")


def test_a_port_that_is_taken_is_one_line(server):
    from click.testing import CliRunner

    from memenv.cli.main import cli

    arguments = ["view", "--no-browser", "--port", str(server.server_port)]
    done = CliRunner().invoke(cli, [*arguments, "--db", str(server.db)])
    assert "choose another --port" in str(done.exception)
