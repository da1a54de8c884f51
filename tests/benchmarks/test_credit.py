import importlib.util
import json
import statistics
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "credit.py"


@pytest.fixture
def benchmark():
    spec = importlib.util.spec_from_file_location("credit_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_it_prints_a_row_per_environment_and_size(benchmark, monkeypatch):
    monkeypatch.setattr(benchmark, "TASKS", {"MemAlpha-TTL-v0": "memalpha-ttl"})
    monkeypatch.setattr(benchmark, "SIZES", (2, 3))
    command = ["--seeds", "1", "--repeats", "1"]
    done = CliRunner().invoke(benchmark.main, [*command, "--json"], catch_exceptions=False)
    found = json.loads(done.output)
    names = ["MemAlpha-TTL-v0, lines", "MemAlpha-TTL-v0, append"]
    assert [row[""] for row in found["environments"]] == names
    assert [row[""] for row in found["growth"]] == ["2 chunks", "3 chunks"]
    for row in found["environments"] + found["growth"]:
        assert all(value > 0 for name, value in row.items() if name)
    table = CliRunner().invoke(benchmark.main, command, catch_exceptions=False).output
    assert "finemem" in table


@pytest.mark.slow
@pytest.mark.parametrize("task", ["memalpha-ar", "memoryagentbench-ar"])
@pytest.mark.parametrize("agent", ["lines", "append"])
def test_fine_mem_costs_at_most_three_times_what_terminal_costs(benchmark, task, agent):
    """The bar is at 3, for the script and through the environment."""
    rows = [benchmark.ratios(task, seed, None, 2, agent) for seed in range(3)]
    for way in ("finemem", "environment"):
        assert statistics.median(row[way] for row in rows) <= 3
