"""Many workers and a slow server: how near a whole command comes to what the server allows.

python benchmarks/workers.py --workers 64 --latency 0.2

A model server of memenv's own runs in one process and `memenv eval --agent api` in another. Every
episode is a chain of calls, so the best there is for E episodes of C chunks is
ceil(E / workers) x C x latency.
"""

from __future__ import annotations

import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

TOWNS = ("Oslo", "Rome", "Lima", "Bonn", "Cork", "Pisa")

SERVER = """
import json, resource, sys
from memenv.testing import serve_model

server = serve_model(latency=float(sys.argv[1]), keep=int(sys.argv[2]))
begun = resource.getrusage(resource.RUSAGE_SELF)
print(server.url, flush=True)
for line in sys.stdin:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    cpu = spent.ru_utime + spent.ru_stime - begun.ru_utime - begun.ru_stime
    told = {"calls": server.count, "peak": server.peak, "cpu": cpu}
    if server.requests:
        moments = [request.at for request in server.requests]
        told |= {"first": moments[0], "last": moments[-1] + float(sys.argv[1])}
    server.reset()
    print(json.dumps(told), flush=True)
"""


@click.command()
@click.option("--workers", default=64, show_default=True)
@click.option("--streams", type=int, help="Episodes. [default: as many as workers]")
@click.option("--chunks", default=100, show_default=True, help="Calls of each episode.")
@click.option("--words", default=0, show_default=True, help="Words that are added to each chunk.")
@click.option("--latency", default=0.2, show_default=True, help="Seconds the server takes.")
@click.option("--repeats", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def main(
    workers: int,
    streams: int | None,
    chunks: int,
    words: int,
    latency: float,
    repeats: int,
    as_json: bool,
) -> None:
    """Run `memenv eval` with many workers, and compare its time with the server's.

    \b
    Example:
      python benchmarks/workers.py --chunks 60 --repeats 3
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    episodes = workers if streams is None else streams
    ideal = math.ceil(episodes / workers) * chunks * latency
    runs = [measure(workers, episodes, chunks, words, latency, ideal) for _ in range(repeats)]
    if as_json:
        click.echo(json.dumps({"ideal": ideal, "runs": runs}))
        return
    click.echo(f"{episodes * chunks:,} calls of {latency:g} s, ideal {ideal:.1f} s")
    for run in runs:
        click.echo("  ".join(f"{name} {value:.3g}" for name, value in run.items()))
    if repeats > 1:
        ratios = [run["ratio"] for run in runs]
        click.echo(f"ratio {min(ratios):.3f} at best, {statistics.median(ratios):.3f} as a median")


def measure(
    workers: int, episodes: int, chunks: int, words: int, latency: float, ideal: float
) -> dict[str, float]:
    """One command, on a server and in a folder of its own.

    Returns:
        wall: seconds of the whole command. ratio: of it to the ideal. before, calling, after:
        seconds until the first call came, from there to the last reply, and from there to the end.
        client_ms, server_ms: CPU milliseconds for each call; the client's with all it does.
        others: cores that other processes kept busy meanwhile, 0 where the system does not say.
        score: of the run. peak: calls that were under way at once.
    """
    other = ("MEMENV", "OPENAI")
    environment = {name: text for name, text in os.environ.items() if not name.startswith(other)}
    arguments = [sys.executable, "-c", SERVER, str(latency), str(episodes * chunks)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(arguments, env=environment, **pipes) as server,
    ):
        assert server.stdin is not None
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        write_streams(Path(folder) / "streams.jsonl", episodes, chunks, words)
        before, worked = resource.getrusage(resource.RUSAGE_CHILDREN), busy()
        begun = time.monotonic()
        done = subprocess.run(
            command(url, workers), cwd=folder, env=environment, capture_output=True, check=False
        )
        ended = time.monotonic()
        after, worked = resource.getrusage(resource.RUSAGE_CHILDREN), busy() - worked
        print("told", file=server.stdin, flush=True)
        told = json.loads(server.stdout.readline())
        server.stdin.close()
    if done.returncode or told["calls"] != episodes * chunks:
        raise SystemExit(f"{told['calls']} calls came: {done.stderr.decode()[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    wall = ended - begun
    return {
        "wall": wall,
        "ratio": wall / ideal,
        "before": told["first"] - begun,
        "calling": told["last"] - told["first"],
        "after": ended - told["last"],
        "client_ms": 1000 * cpu / told["calls"],
        "server_ms": 1000 * told["cpu"] / told["calls"],
        "others": max(0.0, (worked - cpu - told["cpu"]) / wall),
        "score": json.loads(done.stdout)["score"],
        "peak": told["peak"],
    }


def busy() -> float:
    """Seconds that all cores have worked so far, all processes together; 0 where nobody says."""
    try:
        first = Path("/proc/stat").read_text().partition("\n")[0]
    except OSError:
        return 0.0
    ticks = [int(count) for count in first.split()[1:9]]
    # The fourth and fifth are idle and waiting for a disk.
    return (sum(ticks[:3]) + sum(ticks[5:])) / os.sysconf("SC_CLK_TCK")


def command(url: str, workers: int) -> Sequence[str]:
    """The command that is measured."""
    agent = ("--agent", "api", "--model", "demo", "--base-url", url)
    run = ("--data", "streams.jsonl", "--workers", str(workers), "--json")
    return [sys.executable, "-m", "memenv.cli.main", "eval", *agent, *run]


def write_streams(path: Path, episodes: int, chunks: int, words: int) -> None:
    """A file of streams that are all of one length, no two of whose chunks are alike."""
    more = "".join(f" and then word{number % 97}" for number in range(words // 3))
    with path.open("w") as file:
        for number in range(episodes):
            told = [
                f"Ada {number}-{each} lives in {TOWNS[(number + each) % 6]}{more}."
                for each in range(chunks)
            ]
            asked = {
                "question": f"Where does Ada {number}-0 live?",
                "answers": [TOWNS[number % 6]],
                "metric": "subem",
            }
            line = {"id": f"s-{number}", "competency": "AR", "source": "test", "chunks": told}
            file.write(json.dumps({**line, "questions": [asked]}) + "\n")


if __name__ == "__main__":
    main()
