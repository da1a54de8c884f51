"""Two runs on what they share: pairing, differences, flips."""

from memenv_leaderboard.comparing import address, compare, moves

from memenv.harness.results import Failure, Result

ANSWERED = {"kept": True, "found": True, "answered": True}
NOT_KEPT = {"kept": False, "found": False, "answered": False}
NOT_FOUND = {"kept": True, "found": False, "answered": False}


def episode(index, traces, *, stream=None, env="e", competency="AR", scores=None, version="1"):
    """An episode whose questions have these traces; a question is answered or scores 0."""
    scores = scores or [float(bool(each["answered"])) for each in traces]
    names = [str(number) for number in range(len(traces))]
    record = {
        "instance": {"digest": stream or f"stream {index}", "competency": competency},
        "setting": {"scorers": {"subem": version}},
        "questions": [{"id": name, "text": f"what is {name}?"} for name in names],
        "grades": [
            {"question": name, "answer": {"text": f"{trace['answered']}"}, "score": score}
            for name, trace, score in zip(names, traces, scores, strict=True)
        ],
        "evidence": [
            {"question": name, **trace} for name, trace in zip(names, traces, strict=True)
        ],
        "score": sum(each for each in scores if each is not None) / max(1, len(scores)),
    }
    return Result(f"{env}/{index}/0", env, index, 0, record, None, 1.0)


def failure(index):
    return Result(f"e/{index}/0", "e", index, 0, None, Failure("agent", "E", "m"), 1.0)


def test_a_run_does_not_differ_from_itself():
    run = [episode(n, [ANSWERED, NOT_KEPT]) for n in range(4)]
    found = compare(run, run)
    assert found.overall.difference == 0
    assert (found.overall.low, found.overall.high) == (0, 0)
    assert found.overall.permutation == 1.0
    assert found.flips == ()
    assert (found.only, found.failed, found.unscored) == ((0, 0), (0, 0), 0)


def test_the_difference_is_the_second_less_the_first_and_flips_say_why():
    first = [episode(n, [ANSWERED, NOT_KEPT]) for n in range(6)]
    second = [episode(n, [NOT_FOUND, ANSWERED]) for n in range(5)]
    second.append(episode(5, [ANSWERED, ANSWERED]))
    found = compare(first, second)
    assert found.overall.scores == (0.5, (5 * 0.5 + 1) / 6)
    assert found.overall.better == 1
    assert found.overall.worse == 0
    assert moves(found.flips) == {
        ("answered", "not found"): 5,
        ("not kept", "answered"): 6,
    }
    assert [flip.won for flip in found.flips[:2]] == [False, True]
    assert found.flips[0].answers == ("True", "False")


def test_streams_are_paired_by_what_they_are_and_not_by_their_names():
    first = [episode(0, [ANSWERED], stream="a"), episode(1, [NOT_KEPT], stream="b")]
    second = [
        episode(7, [ANSWERED], stream="b", env="other"),
        episode(8, [ANSWERED], stream="c", env="other"),
    ]
    found = compare(first, second)
    assert found.overall.episodes == 1
    assert found.only == (1, 1)
    assert [flip.keys for flip in found.flips] == [("e/1/0", "other/7/0")]


def test_repeats_are_paired_one_by_one():
    first = [episode(n, [ANSWERED], stream="a") for n in range(3)]
    second = [episode(n, [NOT_KEPT], stream="a") for n in range(2)]
    found = compare(first, second)
    assert found.overall.episodes == 2
    assert found.only == (1, 0)


def test_failures_and_questions_without_a_score_are_told_and_left_out():
    nothing = {"kept": None, "found": None, "answered": None}
    first = [episode(0, [ANSWERED, nothing], scores=[1.0, None]), failure(1)]
    second = [episode(0, [ANSWERED, ANSWERED]), episode(1, [ANSWERED])]
    found = compare(first, second)
    assert found.overall.questions == 1
    assert (found.failed, found.only, found.unscored) == ((1, 0), (0, 1), 1)


def test_nothing_shared_is_no_difference_of_zero():
    found = compare([episode(0, [ANSWERED], stream="a")], [episode(0, [ANSWERED], stream="b")])
    assert found.overall.difference is None
    assert found.overall.permutation is None
    assert found.by_competency == {}


def test_the_mean_is_of_competencies():
    def run(right):
        many = [episode(n, [right], competency="AR") for n in range(8)]
        return many + [episode(n, [ANSWERED], competency="CR", env="f") for n in (8, 9)]

    found = compare(run(ANSWERED), run(NOT_KEPT))
    assert found.overall.difference == -0.5
    assert found.by_competency["AR"].difference == -1.0
    assert found.by_competency["CR"].difference == 0.0
    assert found.overall.high == -0.5


def test_other_grading_is_told():
    found = compare([episode(0, [ANSWERED])], [episode(0, [ANSWERED], version="2")])
    assert found.grading == {"subem": ("1", "2")}


def test_every_address():
    assert address(ANSWERED) == "answered"
    assert address(NOT_KEPT) == "not kept"
    assert address(NOT_FOUND) == "not found"
    assert address({"kept": True, "found": True, "answered": False}) == "not answered"
    assert address({"kept": None, "found": None, "answered": False}) == "cannot tell"
    assert address({"kept": True, "found": True, "answered": None}) == "not measured"
