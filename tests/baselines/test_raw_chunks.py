"""`rag` and `long-context`: raw chunks, all of them or the newest."""

import pytest

import memenv
from memenv import Chunk, Instance, Question, pipeline, tokens
from memenv.errors import SettingError
from memenv.testing import check_agent
from memenv.views import make_view


def play(name, texts, layout="mem-alpha", capacity=None, **arguments):
    agent = memenv.make("agent", name, **arguments)
    chunks = tuple(Chunk(text, index) for index, text in enumerate(texts))
    asked = Question("0", "Who?", ("Ada",), "subem")
    trajectory = pipeline.begin(Instance("test", "AR", "test", chunks, (asked,)), layout, capacity)
    return pipeline.play(trajectory, agent, make_view(getattr(agent, "view", "newest_5")))


TEXTS = [f"Chunk {number}: " + "word " * 98 for number in range(20)]
EACH = tokens.count(TEXTS[0])


@pytest.mark.parametrize("layout", ["mem-alpha", "flat"])
@pytest.mark.parametrize("name", ["rag", "long-context"])
def test_chunks_are_kept_as_they_are(name, layout):
    memory = play(name, TEXTS, layout).memories[-1]
    assert [entry.text for entry in memory.entries] == TEXTS


def test_the_newest_stay_within_the_limit():
    trajectory = play("long-context", TEXTS, limit=5 * EACH + 4)
    assert [entry.text for entry in trajectory.memories[-1].entries] == TEXTS[-5:]
    assert max(memory.tokens for memory in trajectory.memories) <= 5 * EACH + 4


def test_the_capacity_counts_when_it_is_less():
    trajectory = play("long-context", TEXTS, capacity=3 * EACH)
    assert [entry.text for entry in trajectory.memories[-1].entries] == TEXTS[-3:]
    assert all(o.status == "ok" for step in trajectory.steps for o in step.outcomes)


def test_a_chunk_that_never_fits_drives_nothing_out():
    memory = play("long-context", ["Ada is in Oslo.", "word " * 500], limit=100).memories[-1]
    assert [entry.text for entry in memory.entries] == ["Ada is in Oslo."]


def test_32_thousand_tokens_unless_told():
    texts = [f"{number} " + "word " * 2000 for number in range(20)]
    memory = play("long-context", texts).memories[-1]
    assert [entry.text for entry in memory.entries] == texts[-15:]


@pytest.mark.parametrize("limit", [0, -1, 2.5, True, "9"])
def test_a_limit_that_makes_no_sense_is_refused(limit):
    with pytest.raises(SettingError, match="limit is an integer of at least 1"):
        memenv.make("agent", "long-context", limit=limit)


@pytest.mark.parametrize("name", ["rag", "long-context"])
def test_it_keeps_the_contract(name):
    check_agent(lambda: memenv.make("agent", name))
