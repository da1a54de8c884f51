import pytest
from memenv_leaderboard.pages import heat as module
from memenv_leaderboard.pages.heat import answers, heat_maps
from memenv_leaderboard.pages.run import Funnel, address, run_data

import memenv


def trace(kept, found, answered):
    return {"kept": kept, "found": found, "answered": answered}


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (trace(True, True, True), "answered"),
        (trace(False, False, True), "answered"),
        (trace(False, False, False), "not kept"),
        (trace(True, False, False), "not found"),
        (trace(True, True, False), "not answered"),
        (trace(None, None, False), "cannot tell"),
        (trace(True, True, None), "not scored"),
    ],
)
def test_a_question_is_lost_in_one_place(seen, said):
    assert address(seen) == said


def test_a_funnel_only_gets_narrower():
    funnel = Funnel("all")
    for seen in (
        trace(True, True, True),
        trace(True, True, False),
        trace(True, False, True),
        trace(False, False, False),
        trace(False, False, True),
        trace(None, None, True),
        trace(True, True, None),
    ):
        funnel.count(seen)
    assert funnel == Funnel("all", asked=6, kept=3, found=2, answered=1, lucky=2, unknown=1)


def test_credit_is_shaded_by_its_size_beside_the_largest_of_the_run(kit, tmp_path):
    path = kit.a_file(tmp_path, kit.STORY)
    result = kit.a_result(path, kit.SCRIPT)
    result.record["step_rewards"] = [0.0, -0.1, 0.8]
    found = run_data(kit.a_run(path), [result], {})["credit"]
    assert found["most"] == 0.8
    (row,) = found["rows"]
    assert row["cells"] == [["z", 0.0], ["n1", -0.1], ["p4", 0.8]]
    assert row["sum"] == pytest.approx(0.7)


def test_scores_are_grouped_with_intervals_over_episodes(kit, tmp_path):
    path = kit.a_file(tmp_path, kit.STORY, {**kit.STORY, "id": "b"})
    results = [kit.a_result(path, kit.SCRIPT), kit.a_result(path, [[], [], []], 1)]
    data = run_data(kit.a_run(path), results, {1: "x.html"})
    (row,) = data["groups"][0]["rows"]
    assert (row["name"], row["episodes"], row["low"], row["high"]) == ("AR", 2, 0.0, 0.2)
    assert row["score"] == 0.1
    assert [each["link"] for each in data["episodes"]] == [None, "x.html"]
    assert data["episodes"][0]["lost"] == {"not kept": 2, "not found": 1, "not answered": 0}
    assert [group["title"] for group in data["funnels"]] == ["", "by competency", "by category"]
    assert [row["name"] for row in data["funnels"][2]["rows"]] == ["absent", "past"]


def test_the_price_of_retention_is_the_number_of_answers(kit, tmp_path):
    path = kit.a_file(tmp_path, kit.STORY, {**kit.STORY, "id": "none", "probes": []})
    story, without = memenv.load_instances(str(path))
    # One probe a chunk, asked then and at every later chunk.
    assert (answers(story), answers(without)) == (3 + 2 + 1, 0)


def test_retention_stops_where_its_price_ends_and_says_so(kit, tmp_path):
    path = kit.a_file(tmp_path, kit.STORY, {**kit.STORY, "id": "b"})
    run = kit.a_run(path)
    results = [kit.a_result(path, kit.SCRIPT), kit.a_result(path, kit.SCRIPT, 1)]
    maps, note = heat_maps(run, results, 12)
    assert ([each["episodes"] for each in maps], note) == ([2], "")
    maps, note = heat_maps(run, results, 11)
    assert [each["episodes"] for each in maps] == [1]
    assert note.startswith("Measured on 1 episode only: memenv show")
    assert heat_maps(run, results, 5) == (
        [],
        f"Not measured here, for it takes long: memenv show {run.id} --retention measures all.",
    )
    assert len(heat_maps(run, results, None)[0]) == 1


def test_retention_asks_no_model(kit, tmp_path, monkeypatch):
    path = kit.a_file(tmp_path, kit.STORY)
    run = kit.a_run(path)
    run.identity["reader"]["name"] = "api"
    monkeypatch.setattr(module, "retention", None)
    maps, note = heat_maps(run, [kit.a_result(path, kit.SCRIPT)], None)
    assert (maps, note) == ([], "Not measured: its probes would be answered by a model.")
