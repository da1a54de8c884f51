import hashlib
import json
import os
import re
import sqlite3
from html.parser import HTMLParser
from pathlib import Path

import pytest
from memenv_leaderboard.pages.choose import Depth, in_turn, telling
from memenv_leaderboard.pages.render import ASSETS, asset
from memenv_leaderboard.pages.site import LIST
from memenv_leaderboard.store import SqliteStore

from memenv.errors import SettingError
from memenv.harness.results import Result

VOID = {"meta", "link", "input", "br", "img", "hr"}
TAGS = """
    a b bdi body button caption circle code dd details div dl dt footer h1 h2 h3 head header html i
    input label link main meta nav noscript p path progress rect script section select small span
    summary svg table tbody td th thead title tr
"""
PHRASING_ONLY = {"p", "h1", "h2", "h3", "span", "bdi", "button", "caption", "dt", "label", "a"}
BLOCKS = {"p", "div", "section", "details", "table", "ul", "ol", "dl", "h1", "h2", "h3", "form"}


class Page(HTMLParser):
    """A page as a tree's worth of facts; what a browser would mend in silence is wrong."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.path, self.open, self.wrong = path, [], []
        self.tags, self.attributes, self.ids, self.links, self.text = set(), [], [], [], []
        self.feed(path.read_text("utf-8"))
        if self.open:
            self.wrong.append(f"not closed: {self.open}")

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        given = dict(attributes)
        if len(given) != len(attributes):
            self.wrong.append(f"{tag}: an attribute twice")
        if tag in BLOCKS and PHRASING_ONLY & set(self.open):
            self.wrong.append(f"{tag} in {self.open}")
        self.attributes += [(tag, name, value) for name, value in given.items()]
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given[name] for name in ("href", "src") if given.get(name)]
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        if self.open and self.open[-1] in ("script", "style"):
            self.wrong.append(f"text in {self.open[-1]}")
        self.text.append(data)


def pages(folder):
    return [Page(path) for path in sorted(folder.rglob("*.html"))]


@pytest.fixture(scope="module", params=["site", "attacked_site"])
def made(request):
    return request.getfixturevalue(request.param)


def test_every_page_is_valid_html(made):
    found = pages(made)
    assert len(found) >= 3
    assert [(page.path.name, page.wrong) for page in found if page.wrong] == []
    for page in found:
        assert page.path.read_text("utf-8").startswith('<!doctype html>\n<html lang="en">')
        assert len(page.ids) == len(set(page.ids))
        assert {"title", "main", "h1"} <= page.tags


def test_a_page_holds_no_script_style_or_handler_of_its_own(made):
    for page in pages(made):
        for tag, name, value in page.attributes:
            assert not name.startswith("on"), (page.path, tag, name)
            assert name not in ("style", "srcdoc", "formaction"), (page.path, tag, name)
            assert not (value or "").strip().lower().startswith(("javascript:", "data:"))
        assert not page.tags & {"style", "iframe", "object", "embed", "form", "base", "img"}


def test_a_strict_policy_comes_before_everything_it_is_for(made):
    for page in pages(made):
        head = page.path.read_text("utf-8")
        policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', head)
        rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
        assert rules == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data:",
            "base-uri": "'none'",
            "form-action": "'none'",
        }
        assert policy.start() < min(head.index("<script"), head.index("<link"))


def test_every_link_leads_to_a_file_of_the_site(made):
    for page in pages(made):
        for link in page.links:
            if not link.startswith("#"):
                assert (page.path.parent / link).resolve().is_file(), (page.path, link)
                assert (page.path.parent / link).resolve().is_relative_to(made.resolve())


def test_hostile_text_is_text(attacked_site, kit):
    assert {tag for page in pages(attacked_site) for tag in page.tags} <= set(TAGS.split())
    run = Page(attacked_site / "runs" / "000000000000.html")
    shown = "".join(run.text)
    assert kit.ATTACKS[0] in shown
    every = "".join(path.read_text("utf-8") for path in attacked_site.rglob("*.html"))
    assert not set(every) & set("\x00\x07\x1b\x9b\u202e\u2066\u200f\ufeff\u2028\u2029")


def test_files_of_data_hold_no_tag_either(attacked_site):
    for path in attacked_site.glob("data/**/*.js"):
        text = path.read_text("utf-8")
        assert not set(text) & set("<>&\u2028\u2029\x1b\u202e`"), path
        assert text.count("\n") == 1


def test_a_line_of_a_megabyte_makes_no_page_of_a_megabyte(attacked_site):
    sizes = {path: path.stat().st_size for path in attacked_site.rglob("*") if path.is_file()}
    assert max(sizes.values()) < 400_000


def hashes(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_database_gives_the_same_bytes(story, site, kit, tmp_path):
    assert hashes(kit.built(story[0], tmp_path)) == hashes(site)


def test_a_run_page_says_where_questions_were_lost(site):
    text = " ".join(" ".join(Page(site / "runs" / "0123456789ab.html").text).split())
    assert "all questions 5 (1 cannot tell) 2 (50 %) 1 (50 %) 1 (100 %)" in text
    assert "1 of 2 episodes failed" in text
    assert "failed agent, step 1: ValueError: no luck" in text


def test_a_run_page_has_retention_as_a_heat_map(site):
    page = Page(site / "runs" / "0123456789ab.html")
    assert sum(name == "class" and value == "heat" for _, name, value in page.attributes) == 1
    assert "still there at the end" in "".join(page.text)


def test_retention_that_is_not_asked_for_names_the_command_that_measures_it(story, kit, tmp_path):
    kit.built(story[0], tmp_path, Depth(probes=0))
    text = (tmp_path / "runs" / "0123456789ab.html").read_text()
    assert "memenv show 0123456789ab --retention measures it" in text


def test_a_run_without_a_whole_page_has_a_summary_and_the_command_for_more(story, kit, tmp_path):
    kit.built(story[0], tmp_path, Depth(runs=0))
    text = (tmp_path / "runs" / "0123456789ab.html").read_text()
    assert "memenv leaderboard site -o DIR --run 0123456789ab" in text
    assert not (tmp_path / "episodes").exists()
    whole = kit.built(story[0], tmp_path, Depth(runs=0, only=("0123456789ab",), episodes=1))
    text = (whole / "runs" / "0123456789ab.html").read_text()
    assert "1 episode of 2 can be explored here" in text
    assert [path.name for path in whole.glob("episodes/*/*")] == ["0.html"]


def test_pages_that_are_out_of_date_are_removed_and_nothing_else(story, kit, tmp_path):
    kit.built(story[0], tmp_path)
    (tmp_path / "CNAME").write_text("mine")
    (tmp_path / "runs" / "mine.txt").write_text("mine")
    before = set(hashes(tmp_path))
    kit.built(story[0], tmp_path, Depth(runs=0))
    gone = before - set(hashes(tmp_path))
    assert sorted(gone) == [
        f"{part}/0123456789ab/{number}.{kind}"
        for part, kind in (("data", "js"), ("episodes", "html"))
        for number in (0, 1)
    ]
    assert not (tmp_path / "episodes").exists() or not list((tmp_path / "episodes").iterdir())
    assert (tmp_path / "CNAME").read_text() == "mine"


def test_a_list_of_files_that_was_tampered_with_removes_nothing_else(story, kit, tmp_path):
    folder = tmp_path / "site"
    kit.built(story[0], folder)
    outside = tmp_path / "outside.html"
    outside.write_text("mine")
    (folder / "notes.html").write_text("mine")
    with (folder / LIST).open("a") as listed:
        listed.write(f"../outside.html\n{outside}\nnotes.html\nruns/../notes.html\nruns\n")
    kit.built(story[0], folder)
    assert outside.exists()
    assert (folder / "notes.html").exists()


def test_a_file_of_somebody_else_is_not_written_over(story, kit, tmp_path):
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(SettingError, match="memenv did not write it"):
        kit.built(story[0], tmp_path)
    assert (tmp_path / "index.html").read_text() == "mine"


def test_nothing_is_written_through_a_link(story, kit, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "runs").symlink_to(elsewhere)
    with pytest.raises(SettingError, match="is a link"):
        kit.built(story[0], folder)
    assert list(elsewhere.iterdir()) == []


def test_a_build_that_was_killed_is_mended_by_the_next(story, kit, tmp_path, monkeypatch):
    real, calls = os.replace, []

    def replace(source, target):
        calls.append(target)
        if len(calls) == 12:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        kit.built(story[0], tmp_path)
    monkeypatch.undo()
    kit.built(story[0], tmp_path)
    clean = kit.built(story[0], tmp_path / "clean")
    left = {name: each for name, each in hashes(tmp_path).items() if not name.startswith("clean/")}
    assert {name for name in left if not name.endswith(".partial")} == set(hashes(clean))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_one_line(story, kit, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(SettingError, match="choose another folder"):
        kit.built(story[0], tmp_path / "site")


def test_a_folder_that_is_a_file_is_one_line(story, kit, tmp_path):
    (tmp_path / "site").write_text("")
    with pytest.raises(SettingError, match="choose another folder with -o"):
        kit.built(story[0], tmp_path / "site")


def test_an_empty_database_has_a_ranking_that_says_so(kit, tmp_path):
    with SqliteStore(tmp_path / "empty.db"):
        pass
    folder = kit.built(tmp_path / "empty.db", tmp_path / "site")
    assert "memenv eval makes one" in " ".join(Page(folder / "index.html").text)


def test_a_damaged_record_takes_no_page_away_from_others(story, kit, tmp_path):
    db = tmp_path / "memenv.db"
    with sqlite3.connect(story[0]) as source, sqlite3.connect(db) as target:
        source.backup(target)
        target.execute(
            'update episodes set record = \'{"score": 1, "digest": "x"}\' where score is not null'
        )
        target.commit()
    folder = kit.built(db, tmp_path / "site")
    text = " ".join(Page(folder / "runs" / "0123456789ab.html").text)
    assert "it is not as memenv writes it: KeyError" in text


def test_a_run_that_was_sent_in_imports_nothing(kit, tmp_path, monkeypatch):
    from memenv_leaderboard.submission import Submission

    (tmp_path / "evil_task.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    path = kit.a_file(tmp_path, kit.STORY)
    run, result = kit.a_run(path), kit.a_result(path, kit.SCRIPT)
    run.identity["targets"] = [{"env": "evil_task:task", "size": None, "name": path.name}]
    with SqliteStore(tmp_path / "memenv.db") as store:
        store.ingest(run, [result], Submission("root", run.id, "replayed", "me", {}))
    folder = kit.built(tmp_path / "memenv.db", tmp_path / "site")
    text = " ".join(Page(folder / "runs" / "0123456789ab.html").text)
    assert "names code that is not run here: evil_task:task" in text
    assert "names code that is not run" in (folder / "data/0123456789ab/0.js").read_text()


def test_what_pages_load_is_in_the_package():
    folder = Path(__file__).parents[3] / "leaderboard/memenv_leaderboard/pages/assets"
    assert sorted(path.name for path in folder.iterdir()) == sorted(ASSETS)
    with pytest.raises(KeyError):
        asset("../site.py")


@pytest.mark.parametrize("name", [name for name in ASSETS if name.endswith(".js")])
def test_scripts_never_make_markup_of_text(name):
    text = asset(name).decode()
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "Function(",
    ):
        assert word not in text.replace("there is no innerHTML here", ""), word
    assert '"use strict"' in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text


def test_the_style_loads_nothing():
    text = asset("style.css").decode()
    assert "url(" not in text
    assert "@import" not in text


def lost(env, number, count):
    evidence = [{"answered": False}] * count
    return Result(f"{env}/{number}/0", env, number, 0, {"evidence": evidence}, None, 1.0)


def test_the_episodes_that_lost_most_are_explored_of_every_environment_in_turn():
    results = [lost("a", 0, 1), lost("a", 1, 9), lost("a", 2, 8), lost("b", 0, 0), lost("b", 1, 2)]
    assert telling(results, 1) == [1]
    assert telling(results, 2) == [1, 4]
    assert telling(results, 3) == [1, 2, 4]
    assert telling(results, 99) == [0, 1, 2, 3, 4]


def test_turns_are_taken_until_there_are_enough():
    assert in_turn([], 3) == []
    assert in_turn([[1], [2, 3], [4]], 0) == []
    assert in_turn([[1], [2, 3], [4]], 9) == [1, 2, 4, 3]


def test_the_command_says_what_it_wrote(story, tmp_path):
    from click.testing import CliRunner

    from memenv.cli.main import cli

    done = CliRunner().invoke(
        cli, ["leaderboard", "site", "-o", str(tmp_path / "s"), "--db", str(story[0]), "--json"]
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["runs"], told["whole"], told["explorers"]) == (1, 1, 2)
    assert told["files"] == len(hashes(tmp_path / "s")) - 1
    assert told["size"] == sum(
        path.stat().st_size
        for path in (tmp_path / "s").rglob("*")
        if path.is_file() and path.name != LIST
    )
