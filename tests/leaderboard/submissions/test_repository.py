"""What the repository itself holds: our bundles, and the workflow that verifies those of others."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from memenv_leaderboard.archive import open_archive
from memenv_leaderboard.bundle import FILES, MANIFEST, MAX_FILE, read_manifest
from memenv_leaderboard.survey import survey
from memenv_leaderboard.verifying import Settings, verify

from memenv import registry

ROOT = Path(__file__).parents[3]
BUNDLES = sorted((ROOT / "leaderboard" / "submissions").glob("*.tar.gz"))
WORKFLOW = ROOT / ".github" / "workflows" / "submissions.yml"
AGENTS = ("append", "lines", "oracle", "random", "recent", "skip")


def test_our_baselines_are_submitted_at_both_capacities():
    names = {path.name for path in BUNDLES}
    assert {f"{agent}-quick-{room}.tar.gz" for agent in AGENTS for room in ("open", "tight")} <= (
        names
    )
    assert sum(path.stat().st_size for path in BUNDLES) < 5_000_000


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.name)
def test_a_bundle_of_the_repository_is_in_order(path):
    with open_archive(path, FILES) as archive:
        manifest = read_manifest(archive.read(MANIFEST, MAX_FILE))
        survey(archive, manifest)
    agent, suite, room = path.name.removesuffix(".tar.gz").rsplit("-", 2)
    assert manifest.identity.agent.name == agent
    assert manifest.identity.capacity == {"open": None, "tight": 0.2}[room]
    entries = {each.name or each.env: each.episodes for each in registry.load("suite", suite)}
    assert {each.env: each.episodes for each in manifest.environments} == entries


@pytest.mark.slow
@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.name)
def test_a_bundle_of_the_repository_is_verified(path):
    report = verify(path, Settings(workers=0))
    assert (report.verdict, report.level, report.reasons) == ("verified", "replayed", [])


def test_a_bundle_of_the_repository_replays():
    path = ROOT / "leaderboard" / "submissions" / "skip-quick-open.tar.gz"
    assert verify(path, Settings(workers=0, operations_only=True)).verdict == "verified"


def test_500_episodes_fit_into_5_megabytes():
    # The largest of ours, of 13 episodes each.
    assert max(path.stat().st_size for path in BUNDLES) / 13 * 500 < 5_000_000


def test_the_workflow_may_read_and_nothing_else():
    text = WORKFLOW.read_text("utf-8")
    assert re.findall(r"^permissions:\n((?:  .*\n)+)", text, re.MULTILINE) == ["  contents: read\n"]
    assert text.count("permissions:") == 1
    for word in ("secrets.GITHUB", "${{ secrets", "pull_request_target", "token:", "write"):
        assert word not in text
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")
    # What runs is not the code of the pull request.
    assert "./ours[sign]" in text
    assert "install ./theirs" not in text


def test_no_value_of_a_pull_request_is_put_into_a_script():
    for script in scripts():
        assert "${{" not in script


def scripts():
    """The shell scripts of the workflow."""
    text = WORKFLOW.read_text("utf-8")
    found = re.findall(r"^        run: \|\n((?:          .*\n|\n)+)", text, re.MULTILINE)
    assert len(found) == 2
    return [re.sub(r"^ {10}", "", each, flags=re.MULTILINE) for each in found]


def run_script(script, folder):
    """Run a script of the workflow with the `memenv` of these tests."""
    bin = folder / "bin"  # noqa: A001
    bin.mkdir(exist_ok=True)
    (bin / "memenv").write_text(f'#!/bin/sh\nexec {sys.executable} -m memenv.cli.main "$@"\n')
    (bin / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    for tool in bin.iterdir():
        tool.chmod(0o755)
    base = subprocess.run(
        ["git", "rev-list", "--max-parents=0", "HEAD"],
        cwd=folder / "theirs",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={
            "PATH": f"{bin}:/usr/bin:/bin",
            "HOME": str(folder),
            "BASE": base,
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(not shutil.which("git") or not shutil.which("bash"), reason="needs git, bash")
@pytest.mark.parametrize("forged", [False, True])
def test_the_workflow_verifies_what_is_added(forged, packed, forger, tmp_path):
    theirs = tmp_path / "theirs"
    place = theirs / "leaderboard" / "submissions"
    place.mkdir(parents=True)

    def git(*arguments):
        who = ("-c", "user.name=t", "-c", "user.email=t@t")
        subprocess.run(["git", *who, *arguments], cwd=theirs, check=True, capture_output=True)

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "base")
    if forged:
        forger.lines[0]["digest"] = "0" * 64
        forger.manifest["declared"]["submitter"] = "::set-output name=x::y"
        forger.sealed().write(place / "mine.tar.gz")
    else:
        shutil.copy(packed, place / "mine.tar.gz")
    (place / "$(touch owned).tar.gz").write_bytes(b"")
    git("add", ".")
    git("commit", "-q", "-m", "mine")
    done = run_script(scripts()[0], tmp_path)
    assert done.returncode == (1 if forged else 0), done.stdout + done.stderr
    assert not list(tmp_path.rglob("owned"))
    summary = (tmp_path / "summary.md").read_text()
    assert ("refused" if forged else "verified") in summary
    assert all(line.startswith("    ") for line in summary.splitlines() if line)
    assert not [line for line in done.stdout.splitlines()[1:-1] if line.startswith("::")]


@pytest.mark.slow
def test_a_verification_stays_within_its_memory(tmp_path, forger):
    """Of a bomb, and of texts that together are nearly as long as those of an episode may be."""
    import gzip
    import tarfile

    head = tarfile.TarInfo("././@PaxHeader")
    head.type, head.size = tarfile.XHDTYPE, 5 * 1024**3
    with gzip.open(tmp_path / "bomb", "wb", compresslevel=1) as file:
        file.write(head.tobuf())
        for _ in range(600):
            file.write(bytes(2**20))
    identity = forger.manifest["identity"]
    identity["capacity"] = forger.scores["capacity"] = None
    for line in forger.lines:
        line["setting"]["capacity"] = None
    step = forger.lines[1]["steps"][0]
    whole = step["operations"][-1]["text"][0][2]
    step["operations"] = [
        {"op": "insert", "store": "semantic", "text": [str(each), *copies]}
        for each in range(15)
        for copies in [[[0, 0, whole]] * (1_990_000 // whole)]
    ]
    step["outcomes"] = [["ok", None, f"0.{each}"] for each in range(15)]
    forger.sealed().write(tmp_path / "texts")
    measure = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:])\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    for name in ("bomb", "texts"):
        command = [sys.executable, "-m", "memenv.cli.main", "submit", "verify", name]
        done = subprocess.run(
            [sys.executable, "-c", measure, *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
        *said, kilobytes = done.stdout.splitlines()
        assert "refused" in said[0]
        assert "perhaps for lack of memory" not in done.stdout
        assert int(kilobytes) / 1024 < 800
