import hashlib
import itertools

import pytest

from memenv.harness.results import Failure, Result
from memenv.harness.summary import costs, interval, summarise
from memenv.types import Usage

numbers = itertools.count()


def question(score, metric="em", kind=None, stale=(), answers=("Oslo",), said="Oslo", **evidence):
    return {
        "asked": {
            "id": "0",
            "text": "Where?",
            "answers": answers,
            "metric": metric,
            "stale": stale,
            "kind": kind,
        },
        "grade": {"question": "0", "answer": {"text": said}, "score": score},
        "evidence": {"kept": None, "found": None, "answered": None, **evidence},
    }


def episode(*questions, competency="AR", source="one", env="e", usd=0.0, calls=0, tokens=(10, 100)):
    scores = [q["grade"]["score"] for q in questions if q["grade"]["score"] is not None]
    index = next(numbers)
    record = {
        "instance": {"competency": competency, "source": source, "tokens": tokens[1]},
        "questions": [q["asked"] for q in questions],
        "grades": [q["grade"] for q in questions],
        "evidence": [q["evidence"] for q in questions],
        "score": sum(scores) / len(scores) if scores else None,
        "memory_tokens": tokens[0],
        "usage": {
            "calls": calls,
            "prompt_tokens": 10 * calls,
            "completion_tokens": calls,
            "usd": usd,
        },
        "digest": f"{index}",
    }
    return Result(f"{env}/{index}/0", env, index, 0, record, None, 0.5)


def failed(env="e"):
    index = next(numbers)
    return Result(f"{env}/{index}/0", env, index, 0, None, Failure("task", "E", "m"), 2.0)


def summary(*results):
    return summarise("run", "agent", "reader", 0.2, results)


def group(score, episodes, questions):
    return {"score": score, "episodes": episodes, "questions": questions}


def test_it_has_the_keys_that_were_promised():
    assert list(summary(episode(question(1.0)))) == [
        *("run", "agent", "reader", "capacity", "episodes", "failed", "score"),
        *("by_env", "by_competency", "by_source", "by_metric", "by_category"),
        *("judged", "stale", "kept", "found", "memory_tokens", "stream_tokens"),
        *("calls", "prompt_tokens", "completion_tokens", "usd", "seconds", "digest"),
    ]


def test_an_episode_counts_once_however_many_questions_it_has():
    # 1/3 and 1: the mean over episodes is 2/3, over questions it would be 1/2.
    said = summary(
        episode(question(1.0), question(0.0), question(0.0), question(None)),
        episode(question(1.0)),
    )
    assert said["score"] == pytest.approx(2 / 3)
    assert said["by_env"] == {"e": group(pytest.approx(2 / 3), 2, 4)}
    assert said["by_source"] == {"one": group(pytest.approx(2 / 3), 2, 4)}
    assert said["by_metric"] == {"em": group(0.5, 2, 4)}


def test_the_score_is_the_mean_of_the_competencies():
    said = summary(
        episode(question(1.0), competency="AR", env="a"),
        episode(question(1.0), competency="AR", env="a"),
        episode(question(1.0), competency="AR", env="b"),
        episode(question(0.0), competency="CR", env="c", source="two"),
    )
    assert said["score"] == 0.5
    assert said["by_competency"] == {"AR": group(1.0, 3, 3), "CR": group(0.0, 1, 1)}
    assert said["by_env"] == {"a": group(1.0, 2, 2), "b": group(1.0, 1, 1), "c": group(0.0, 1, 1)}
    assert said["by_source"] == {"one": group(1.0, 3, 3), "two": group(0.0, 1, 1)}


def test_metrics_and_categories_are_means_over_questions():
    said = summary(
        episode(
            question(1.0, "em", "who"), question(0.0, "f1", "who"), question(None, "em", "when")
        ),
        episode(question(0.0, "em", "who"), question(0.5, "f1")),
    )
    assert said["by_metric"] == {"em": group(0.5, 2, 2), "f1": group(0.25, 2, 2)}
    assert said["by_category"] == {"who": group(pytest.approx(1 / 3), 2, 3)}


def test_failed_and_unscored_episodes_are_counted_and_never_zero():
    said = summary(episode(question(1.0)), failed(), episode(question(None)))
    assert (said["episodes"], said["failed"], said["score"]) == (3, 2, 1.0)
    assert said["by_env"] == {"e": group(1.0, 1, 1)}
    assert said["seconds"] == 3.0


def test_an_episode_without_a_score_still_costs_and_is_in_the_digest():
    unscored = episode(
        question(None, "judge", kept=True, found=False), calls=7, usd=0.5, tokens=(30, 300)
    )
    alone = summary(unscored)
    assert (alone["score"], alone["failed"], alone["by_metric"]) == (None, 1, {})
    assert (alone["calls"], alone["usd"], alone["memory_tokens"]) == (7, 0.5, 30.0)
    assert (alone["kept"], alone["found"]) == (1.0, 0.0)
    scored = episode(question(1.0), tokens=(10, 100))
    both = summary(scored, unscored)
    assert both["digest"] != summary(scored)["digest"]
    assert (both["score"], both["memory_tokens"], both["stream_tokens"]) == (1.0, 20.0, 200.0)


def test_of_nothing_nothing_is_known():
    said = summary(failed())
    unknown = ("score", "stale", "kept", "found", "memory_tokens", "stream_tokens")
    assert {name: said[name] for name in unknown} == dict.fromkeys(unknown)
    assert said["by_env"] == said["by_competency"] == said["by_metric"] == {}
    assert said["digest"] == hashlib.sha256(b"").hexdigest()


def test_kept_and_found_are_shares_of_what_is_known():
    said = summary(
        episode(
            question(1.0, kept=True, found=True),
            question(0.0, kept=True, found=False),
            question(0.0, kept=None, found=None),
        ),
        episode(question(0.0, kept=False, found=False)),
    )
    assert said["kept"] == pytest.approx(2 / 3)
    assert said["found"] == pytest.approx(1 / 3)


def test_kept_and_found_of_nothing_known_are_none():
    said = summary(episode(question(1.0)))
    assert said["kept"] is None
    assert said["found"] is None


def test_stale_is_a_share_of_the_questions_that_can_be():
    old = {"stale": ("Rome",)}
    said = summary(
        episode(
            question(0.0, said="in Rome", **old),
            question(1.0, said="Oslo", **old),
            question(1.0, said="Rome, then Oslo", **old),
            question(0.0, said="Romeo", **old),
            question(0.0, said="Rome"),
        )
    )
    assert said["stale"] == 0.25
    assert summary(episode(question(0.0, said="Rome")))["stale"] is None


def test_tokens_are_means_and_calls_and_seconds_are_sums():
    said = summary(
        episode(question(1.0), tokens=(10, 100), calls=2, usd=0.5),
        episode(question(1.0), tokens=(20, 300), calls=3, usd=0.25),
    )
    assert (said["memory_tokens"], said["stream_tokens"]) == (15.0, 200.0)
    assert (said["calls"], said["usd"], said["seconds"]) == (5, 0.75, 1.0)


def test_one_unknown_price_makes_the_whole_unknown():
    said = summary(episode(question(1.0), usd=0.5), episode(question(1.0), usd=None))
    assert said["usd"] is None


def test_the_digest_does_not_depend_on_the_order():
    results = [episode(question(1.0)) for _ in range(12)]
    digests = sorted(result.record["digest"] for result in results)
    expected = hashlib.sha256("\n".join(digests).encode()).hexdigest()
    assert summary(*results)["digest"] == summary(*reversed(results))["digest"] == expected


def test_the_interval_is_the_same_every_time_and_around_the_mean():
    scores = [0.0, 0.25, 0.5, 0.5, 0.75, 1.0]
    low, high = interval(scores)
    assert (low, high) == interval(scores)
    assert 0.0 < low < 0.5 < high < 1.0
    assert interval(scores, level=0.5)[0] > low


def test_the_interval_of_equal_scores_is_a_point_and_of_one_score_nothing():
    assert interval([0.5] * 8) == (0.5, 0.5)
    assert interval([0.5]) is None
    assert interval([]) is None


def test_the_interval_is_a_known_one():
    # A golden value: another one would change every published table.
    assert interval([0.0, 1.0, 1.0, 1.0]) == (0.25, 1.0)


def test_verdicts_stand_beside_the_score_and_unclear_ones_are_left_out():
    one, two = episode(question(1.0)), episode(question(1.0))
    one.record["judged"] = {"0": 0.0, "1": None, "2": 1.0}
    two.record["judged"] = None
    said = summary(one, two)
    assert (said["judged"], said["score"]) == (0.5, 1.0)
    assert summary(two)["judged"] is None


def test_what_was_spent_is_summed_by_part_and_an_unknown_price_makes_it_unknown():
    one, two = episode(question(1.0), calls=3), episode(question(1.0), calls=2)
    usage = {"calls": 3, "prompt_tokens": 30, "completion_tokens": 3, "usd": 0.5}
    one.record["costs"] = {"agent": usage, "reader": {**usage, "usd": None}}
    two.record["costs"] = {"agent": usage}
    assert costs([one, two, failed()]) == {
        "agent": Usage(6, 60, 6, 1.0),
        "reader": Usage(3, 30, 3, None),
    }
    said = summary(one, two)
    assert (said["calls"], said["prompt_tokens"], said["completion_tokens"]) == (5, 50, 5)
