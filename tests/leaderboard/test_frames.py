"""The database as tables for other programs, and files that harm nobody who opens them."""

import csv
import json
import sys

import memenv_leaderboard
import pandas as pd
import pytest
from memenv_leaderboard import frames
from memenv_leaderboard.store import SqliteStore

from memenv.errors import SettingError, StoreError, UnknownNameError
from memenv.harness.results import Run

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")']


@pytest.fixture
def filled(path, evaluated):
    with SqliteStore(path) as store:
        stored = store.find(evaluated(store))
        for number, text in enumerate(FORMULAS):
            agent = {"name": text, "version": "1", "arguments": {}}
            identity = {**stored.identity, "agent": agent}
            store.begin(Run(f"h{number}", identity, f"2026-01-0{number + 1}", {}, 1))
    return path


def test_a_frame_has_the_rows_of_the_board(filled):
    found = memenv_leaderboard.frame(filled)
    assert len(found) == len(FORMULAS) + 1
    assert found["score"].max() == 1.0
    assert set(memenv_leaderboard.frame(filled, "episodes")["env"]) == {"s.jsonl"}


@pytest.mark.parametrize("name", ["runs", "episodes", "steps", "summaries", "passage_texts"])
def test_every_table_is_a_frame(name, filled):
    assert len(memenv_leaderboard.frame(filled, name))


@pytest.mark.parametrize(
    "name", ["nothing", 'runs"; drop table runs; --', "sqlite_master", "", "search_data"]
)
def test_a_table_that_there_is_not_is_a_mistake(name, filled):
    with pytest.raises(UnknownNameError, match="unknown table or view"):
        memenv_leaderboard.frame(filled, name)


def test_a_file_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(StoreError, match="no such results database"):
        memenv_leaderboard.frame(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_no_cell_of_a_csv_is_a_formula(filled, tmp_path):
    frames.write(memenv_leaderboard.frame(filled), tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {f"'{text}" for text in FORMULAS} < {row["agent"] for row in rows}
    for row in rows:
        for cell in row.values():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_negative_numbers_stay_numbers(tmp_path):
    frames.write(pd.DataFrame({"a": [-1.5, 2.0], "b": ["x", None]}), tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes() == b"a,b\r\n-1.5,x\r\n2.0,\r\n"


def test_json_has_objects_and_nothing_for_what_was_not_measured(filled, tmp_path):
    frames.write(memenv_leaderboard.frame(filled), tmp_path / "x.json")
    rows = json.loads((tmp_path / "x.json").read_text())
    by_agent = {row["agent"]: row for row in rows}
    assert by_agent["append"]["by_competency"] == {"AR": 1.0, "CR": 1.0}
    assert by_agent["append"]["capacity"] is None
    assert by_agent["=1+1"]["score"] is None


def test_parquet_comes_back_equal(filled, tmp_path):
    found = memenv_leaderboard.frame(filled)
    frames.write(found, tmp_path / "x.parquet")
    assert pd.read_parquet(tmp_path / "x.parquet")["run"].tolist() == found["run"].tolist()


def test_parquet_without_its_extra_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SettingError, match=r"pip install 'memenv\[data\]'"):
        frames.check_format(tmp_path / "x.parquet")


def test_another_format_and_a_folder_that_is_not_there_are_told(filled, tmp_path):
    found = memenv_leaderboard.frame(filled)
    with pytest.raises(SettingError, match=r"expected a name that ends in \.csv"):
        frames.write(found, tmp_path / "x.xlsx")
    with pytest.raises(StoreError, match="cannot be written"):
        frames.write(found, tmp_path / "none" / "x.csv")
