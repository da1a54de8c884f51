"""The command: pack, verify, ingest; keys, commitments and challenges."""

import contextlib
import copy
import datetime
import io
import json
import os
import sqlite3
import stat
import sys

import pytest
from memenv_leaderboard import signing
from memenv_leaderboard.archive import RefusedError
from memenv_leaderboard.challenge import challenge, check_challenged, commit, read_challenge
from memenv_leaderboard.store import SqliteStore
from memenv_leaderboard.verifying import Settings, verify

from memenv.cli import main as module
from memenv.errors import SettingError
from memenv.harness.config import Target
from memenv.types import canonical_json

HERE = Settings(workers=0)


@pytest.fixture
def memenv(tmp_path, monkeypatch):
    """The command in this process: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MEMENV_DB", raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    # One process: what is tested here is the command and not its workers.
    monkeypatch.setattr("memenv_leaderboard.verifying._workers", lambda *_: 0)

    def run(*arguments):
        out, err = io.StringIO(), io.StringIO()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["memenv", *map(str, arguments)])
            patch.setattr(sys, "path", list(sys.path))
            with (
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
                pytest.raises(SystemExit) as ended,
            ):
                module.main()
        return ended.value.code or 0, out.getvalue(), err.getvalue()

    return run


def test_pack_verify_and_ingest_in_a_row(memenv, evaluated):
    db, run = evaluated
    code, out, _ = memenv("submit", "pack", "latest", "--db", db, "-o", "b.tar.gz", "--json")
    packed = json.loads(out)
    assert (code, packed["run"]) == (0, run)
    assert packed["bytes"] == os.path.getsize("b.tar.gz")
    code, out, _ = memenv("submit", "verify", "b.tar.gz")
    assert code == 0
    assert "b.tar.gz: verified" in out
    assert packed["root"] in out
    code, out, _ = memenv("submit", "ingest", "b.tar.gz", "--db", "board.db", "--json")
    ingested = json.loads(out)
    assert (code, ingested["added"], ingested["level"]) == (0, True, "replayed")
    with SqliteStore("board.db", read_only=True) as store:
        (submission,) = store.submissions()
        assert (submission.root, submission.level) == (packed["root"], "replayed")
        ours = [canonical_json(each.record) for each in store.results(submission.run, steps=True)]
    with SqliteStore(db, read_only=True) as store:
        theirs = [canonical_json(each.record) for each in store.results(run, steps=True)]
    assert ours == theirs


def test_the_same_bundle_is_added_once(memenv, packed):
    assert "added as run" in memenv("submit", "ingest", packed)[1]
    code, out, _ = memenv("submit", "ingest", packed)
    assert code == 0
    assert "it is there already, as run" in out
    with SqliteStore("memenv.db", read_only=True) as store:
        assert len(store.runs()) == len(store.submissions()) == 1


@pytest.mark.parametrize("damage", ["scores", "episode", "signature"])
def test_a_damaged_bundle_is_refused_though_its_root_is_known(
    damage, memenv, packed, forger, tmp_path
):
    assert "added as run" in memenv("submit", "ingest", packed)[1]
    if damage == "scores":
        forger.scores["score"] = 0.999
    elif damage == "episode":
        forger.lines[0]["answers"][0]["text"] = "Oslo, perhaps"
    else:
        forger.signature = b"{}"
    code, out, _ = memenv("submit", "ingest", forger.write(tmp_path / "x"))
    assert code == 1
    assert "nothing was added" in out
    assert "there already" not in out


def test_what_was_sent_is_never_taken_for_what_was_run_here(memenv, packed, honest):
    memenv("submit", "ingest", packed)
    with SqliteStore("memenv.db", read_only=True) as store:
        (run,) = store.runs()
    assert run.id == honest.manifest["root"][:12] != honest.manifest["run"]
    assert run.declares == {"stateful": False, "needs_instance": False}


def test_a_run_that_was_made_here_too_gets_the_submission(memenv, packed, evaluated, tmp_path):
    db, run = evaluated
    with sqlite3.connect(db) as source, sqlite3.connect(tmp_path / "memenv.db") as copied:
        source.backup(copied)
    assert f"added as run {run}" in memenv("submit", "ingest", packed)[1]
    with SqliteStore("memenv.db", read_only=True) as store:
        assert [each.id for each in store.runs()] == [run]


def test_a_bundle_that_is_refused_adds_nothing(memenv, forger, tmp_path):
    forger.lines[0]["digest"] = "0" * 64
    path = forger.sealed().write(tmp_path / "x")
    code, out, _ = memenv("submit", "ingest", path)
    assert code == 1
    assert "nothing was added" in out
    with SqliteStore("memenv.db", read_only=True) as store:
        assert store.runs() == []


@pytest.mark.parametrize("as_json", [True, False])
def test_a_forged_bundle_is_exit_code_1_and_no_traceback(as_json, memenv, forger, tmp_path):
    forger.scores["score"] = 0.999
    forger.manifest["declared"]["submitter"] = "[red]x[/]"
    path = forger.sealed().write(tmp_path / "x")
    options = ["--json"] if as_json else []
    code, out, err = memenv("submit", "verify", path, *options)
    assert (code, err) == (1, "")
    assert "[red]x[/]" in out
    if as_json:
        found = json.loads(out)
        assert (found["verdict"], found["verified"]) == ("refused", False)
        assert "score is" in found["reasons"][0]
    else:
        assert "because     scores.json: score is" in out
        assert len(out.splitlines()) < 40


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("verify", "none.tar.gz"), "none.tar.gz: cannot be read"),
        (("verify", "."), "not a plain file"),
        (("verify", "/dev/null"), "not a plain file"),
        (("ingest", "/dev/null"), "not a plain file"),
        (("pack", "latest", "-o", "."), ". is a folder: name a file in it"),
        (("ingest", "none.tar.gz"), "none.tar.gz: cannot be read"),
        (("verify", "none.tar.gz", "--timeout", "0"), "timeout"),
        (("verify", "none.tar.gz", "--challenge", "none"), "none: cannot be read"),
        (("pack", "latest", "--attempts", "0"), "attempts"),
        (("challenge", "none"), "none: cannot be read"),
    ],
)
def test_a_mistake_in_the_command_is_exit_code_2(arguments, said, memenv):
    code, out, err = memenv("submit", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
    assert arguments[-1] not in (".", "/dev/null") or len(err.splitlines()) == 1


def test_flagged_bundles_wait_for_a_person(memenv, tools, tmp_path, monkeypatch):
    (tmp_path / "knowing.py").write_text(
        "from memenv.operations import Insert\n"
        "class Agent:\n"
        "    needs_instance = True\n"
        "    def act(self, observation):\n"
        "        return [Insert('semantic', observation.instance.chunks[-1].text)]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with SqliteStore("memenv.db") as store:
        run = tools.run_of(store, "knowing:Agent", (Target("overrides", size=2, episodes=1),)).id
    sys.modules.pop("knowing")
    tools.packed_as(tmp_path / "x", tmp_path / "memenv.db", run)
    code, out, _ = memenv("submit", "ingest", "x", "--db", "board.db")
    assert code == 1
    assert "flagged" in out
    code, out, _ = memenv("submit", "ingest", "x", "--db", "board.db", "--despite-flags", "--json")
    found = json.loads(out)
    assert (code, found["added"], found["report"]["verdict"]) == (0, True, "flagged")
    with SqliteStore("board.db", read_only=True) as store:
        (submission,) = store.submissions()
    assert submission.report["reasons"]


# --- reproduced -----------------------------------------------------------------------------------


def run_again(db):
    """As if the runs of a database had been made another time."""
    with sqlite3.connect(db) as connection:
        connection.execute("update runs set created = '2026-01-01T00:00:00.000001+00:00'")


def test_a_run_of_ours_reproduces_what_was_sent(memenv, packed, evaluated, tools, tmp_path):
    db, run = evaluated
    with sqlite3.connect(db) as source, sqlite3.connect(tmp_path / "memenv.db") as copied:
        source.backup(copied)
    code, _, err = memenv("submit", "ingest", packed, "--reproduced-by", run)
    assert code == 2
    assert f"run {run} is the one that was packed" in err
    run_again(tmp_path / "memenv.db")
    code, out, err = memenv("submit", "ingest", packed, "--reproduced-by", run)
    assert (code, out) == (2, "")
    assert "too few episodes for an interval" in err


def test_the_score_must_lie_in_the_interval(memenv, tools, tmp_path):
    targets = (Target("overrides", size=2, episodes=4),)
    with SqliteStore("own.db") as store:
        lines = tools.run_of(store, "lines", targets).id
        recent = tools.run_of(store, "lines", targets, capacity=0.5).id
    tools.packed_as(tmp_path / "x", tmp_path / "own.db", lines)
    tools.packed_as(tmp_path / "y", tmp_path / "own.db", lines, attempts=2)
    run_again("own.db")
    # What is there already gets the level once somebody has run it again, and keeps it.
    _, out, _ = memenv("submit", "ingest", "x", "--db", "own.db")
    assert "level replayed" in out
    code, out, _ = memenv("submit", "ingest", "x", "--db", "own.db", "--reproduced-by", lines)
    assert code == 0
    assert "it is there already" in out
    assert "level reproduced" in out
    assert "level reproduced" in memenv("submit", "ingest", "x", "--db", "own.db")[1]
    with SqliteStore("own.db", read_only=True) as store:
        assert [each.level for each in store.submissions()] == ["reproduced"]
    code, _, err = memenv("submit", "ingest", "y", "--db", "own.db", "--reproduced-by", recent)
    assert code == 2
    assert "is not one of the same: capacity differ" in err


# --- signatures -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def signed(evaluated, tmp_path_factory):
    pytest.importorskip("cryptography", reason="signatures need the extra `sign`")
    from memenv_leaderboard.packing import Declared, pack

    folder = tmp_path_factory.mktemp("signed")
    public = signing.new_key(folder / "key.pem")
    db, run = evaluated
    with SqliteStore(db, read_only=True) as store:
        found = store.find(run)
        results = store.results(run, steps=True)
        pack(found, results, folder / "x", Declared("me"), folder / "key.pem")
    return folder / "x", public


def test_a_signature_tells_who_sent_a_bundle(signed):
    path, public = signed
    report = verify(path, Settings(workers=0, operations_only=True))
    assert (report.verdict, report.signed_by) == ("verified", public)


def test_a_signature_is_no_part_of_the_root(signed, honest, tools):
    assert tools.Forger(signed[0]).manifest == honest.manifest


def test_a_key_is_written_once_and_for_its_owner_alone(tmp_path):
    pytest.importorskip("cryptography")
    signing.new_key(tmp_path / "key.pem")
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600
    with pytest.raises(SettingError, match="there already"):
        signing.new_key(tmp_path / "key.pem")


@pytest.mark.parametrize(
    "change",
    ["other key", "other root", "other signature", "other algorithm", "short", "no JSON"],
)
def test_a_signature_of_something_else_is_refused(change, signed, tools, tmp_path):
    forger = tools.Forger(signed[0])
    signature = json.loads(forger.signature)
    if change == "other key":
        signature["public_key"] = signing.new_key(tmp_path / "other.pem")
    elif change == "other root":
        forger.manifest["declared"]["submitter"] = "somebody else"
        forger.rooted()
    elif change == "other signature":
        signature["signature"] = "0" * 128
    elif change == "other algorithm":
        signature["algorithm"] = "none"
    elif change == "short":
        signature["signature"] = signature["signature"][:-2]
    forger.signature = canonical_json(signature).encode()
    if change == "no JSON":
        forger.signature = b"-----BEGIN"
    report = verify(forger.write(tmp_path / "y"), HERE)
    assert report.verdict == "refused"
    assert "signature.json" in report.reasons[0]


def test_without_the_package_signatures_say_what_is_missing(signed, monkeypatch, tmp_path):
    path, _ = signed
    for name in [each for each in sys.modules if each.split(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    for use in (lambda: verify(path, HERE), lambda: signing.new_key(tmp_path / "key")):
        with pytest.raises(SettingError, match=r"pip install 'memenv\[sign\]'"):
            use()


# --- challenges -----------------------------------------------------------------------------------

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def test_a_challenge_is_committed_to_given_and_answered(memenv, tools, tmp_path, monkeypatch):
    (tmp_path / "prompt.txt").write_text("Remember everything.")
    code, out, _ = memenv("submit", "commit", "--agent", "lines", "--submitter", "me", "prompt.txt")
    assert code == 0
    assert "commitment " in out
    assert memenv("submit", "challenge", "commitment.json")[0] == 0
    code, _, err = memenv("submit", "challenge", "commitment.json")
    assert code == 2
    assert "a challenge is given once" in err
    salt = read_challenge(tmp_path / "challenge.json").salt
    monkeypatch.setenv("MEMENV_SECRET", salt)
    command = "eval --agent lines --env overrides --size 2 --episodes 2"
    assert memenv(*command.split())[0] == 0
    monkeypatch.delenv("MEMENV_SECRET")
    packing = ("submit", "pack", "latest", "--submitter", "me", "-o", "x")
    assert memenv(*packing, "--commitment", "commitment.json")[0] == 0
    assert salt not in canonical_json(vars(tools.Forger(tmp_path / "x"))["manifest"])
    code, out, _ = memenv("submit", "verify", "x")
    assert code == 1
    assert "its seeds are private" in out
    code, out, _ = memenv("submit", "ingest", "x", "--challenge", "challenge.json")
    assert code == 0
    assert "level challenged" in out
    with SqliteStore("memenv.db", read_only=True) as store:
        assert store.submissions()[0].level == "challenged"


def test_a_challenge_that_is_not_answered_is_refused(honest, tools, tmp_path):
    from memenv_leaderboard.bundle import Manifest
    from memenv_leaderboard.canonical import checked

    given = challenge(commit("me", "lines", {}, []), NOW)
    with SqliteStore(tmp_path / "memenv.db") as store:
        targets = (Target("overrides", size=2, episodes=1),)
        run = tools.run_of(store, "lines", targets, secret=given.salt).id
    path = tools.packed_as(
        tmp_path / "x", tmp_path / "memenv.db", run, commitment=given.commitment.hash
    )
    value = tools.Forger(path).manifest
    value["created"] = "2026-01-01T12:00:00+00:00"
    check_challenged(checked(Manifest, value, "x"), given)
    other = given.model_copy(update={"salt": "0" * 32})
    with pytest.raises(RefusedError, match="not the salt"):
        check_challenged(checked(Manifest, value, "x"), other)

    def refused(reason, *path, to):
        changed = copy.deepcopy(value)
        *above, last = path
        place = changed
        for name in above:
            place = place[name]
        place[last] = to
        with pytest.raises(RefusedError, match=reason):
            check_challenged(checked(Manifest, changed, "x"), given)

    refused("public seeds", "identity", "secret", to=None)
    refused("does not name the commitment", "declared", "commitment", to=None)
    refused("of another submitter", "declared", "submitter", to="you")
    refused("not the one that was committed to", "identity", "agent", "code", to="0" * 12)
    refused("not the one that was committed to", "identity", "agent", "arguments", to={"k": 1})
    refused("library is not the one", "identity", "library", to="0" * 12)
    refused("before the challenge", "created", to="2025-12-31T23:59:59+00:00")
    refused("is no time of UTC", "created", to="at noon")
    refused("after the challenge was due", "created", to="2026-01-03T00:00:00+00:00")


def test_seeds_that_were_chosen_do_not_answer_a_challenge(tools, tmp_path):
    """The ids of private instances tell their seeds; the salt decides which they must be."""
    given = challenge(commit("me", "lines", {}, []), datetime.datetime.now(datetime.UTC))
    with SqliteStore(tmp_path / "memenv.db") as store:
        targets = (Target("overrides", size=2, episodes=1),)
        run = tools.run_of(store, "lines", targets, secret="a secret of my own").id
    path = tools.packed_as(
        tmp_path / "x", tmp_path / "memenv.db", run, commitment=given.commitment.hash
    )
    forger = tools.Forger(path)
    from memenv.sources import secret_key
    from memenv.types import sha256

    forger.manifest["identity"]["secret"] = sha256(secret_key(given.salt).hex())[:12]
    forger.manifest["created"] = given.issued
    report = verify(forger.sealed().write(tmp_path / "y"), Settings(workers=0, challenge=given))
    assert "its seed gives another instance" in report.reasons[0]
