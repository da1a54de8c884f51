"""The command as people run it: a process of its own, in a folder of its own."""

import json
import os
import subprocess
import sys

import pytest

MEMENV = [sys.executable, "-m", "memenv.cli.main"]

QUESTION = {
    "question": "Where does Ada live?",
    "answers": ["Oslo"],
    "metric": "subem",
    "support": ["Ada lives in Oslo."],
}

SLOW = """
import os, time
from memenv.operations import Insert
class Agent:
    def __init__(self, log, seconds=0.05):
        self.log, self.seconds = log, seconds
    def act(self, observation):
        with open(self.log, "a") as file:
            file.write(observation.chunk.text + "\\n")
        time.sleep(self.seconds)
        return [Insert("semantic", observation.chunk.text)]
"""

MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


class Folder:
    """A folder to run commands in."""

    def __init__(self, path):
        self.path = path

    def environment(self, extra):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("MEMENV")}
        return {**inherited, "COLUMNS": "120", "PYTHONWARNINGS": "", **extra}

    def run(self, *arguments, stdin="", **environment):
        """Exit code, stdout, stderr."""
        done = subprocess.run(
            [*MEMENV, *arguments],
            cwd=self.path,
            env=self.environment(environment),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def measured(self, *arguments):
        """What it prints, what it complains about, its exit code, the most memory it had in MB.

        Linux counts what a process held when it was forked as the child's own, so the command's
        parent is a small process and not the one that runs the tests.
        """
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, *MEMENV, *arguments],
            cwd=self.path,
            env=self.environment({}),
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        *complaints, measures = done.stderr.splitlines()
        code, kilobytes = measures.split()
        return done.stdout, "\n".join(complaints), int(code), int(kilobytes) / 1024

    def start(self, *arguments, **options):
        return subprocess.Popen(
            [*MEMENV, *arguments],
            cwd=self.path,
            env=self.environment({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )

    def result(self, *arguments):
        """The object that a command prints, which must go well."""
        code, out, err = self.run(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)

    def write(self, name, text):
        (self.path / name).write_text(text)
        return name

    def streams(self, count=3, name="s.jsonl", **changes):
        lines = [
            {
                "id": f"s-{number}",
                "competency": "AR",
                "source": "test",
                "chunks": ["Ada lives in Oslo.", f"It rained {number} times."],
                "questions": [QUESTION],
                **changes,
            }
            for number in range(count)
        ]
        return self.write(name, "".join(json.dumps(line) + "\n" for line in lines))

    def slow_agent(self):
        return self.write("slow.py", SLOW)

    def log(self):
        path = self.path / "log"
        return sorted(path.read_text().splitlines()) if path.exists() else []


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


@pytest.fixture
def quick(tmp_path, monkeypatch):
    """The command in this process, as `main()` runs it: exit code, stdout, stderr."""
    import contextlib
    import io

    from memenv.cli import main as module

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MEMENV_DB", raising=False)
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments, stdin=""):
        out, err = io.StringIO(), io.StringIO()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["memenv", *arguments])
            patch.setattr(sys, "path", list(sys.path))
            patch.setattr(sys, "stdin", io.StringIO(stdin))
            with (
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
                pytest.raises(SystemExit) as ended,
            ):
                module.main()
        return ended.value.code or 0, out.getvalue(), err.getvalue()

    return run
