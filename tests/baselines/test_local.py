"""`local` where no model is loaded: served by a server, and mistakes. Checkpoints: tests/llm."""

import pytest
from memenv_baselines.api import Api
from memenv_baselines.local import Local

import memenv
from memenv import pipeline
from memenv.errors import SettingError, UnknownNameError
from memenv.models import Completion
from memenv.views import make_view

STREAM = memenv.make("task", "overrides", size=2)(seed=1)


def asked_by(agent, said):
    """What an agent asks at the first chunk, and what it makes of the answer."""
    seen = []

    def complete(messages, **settings):
        seen.append((messages, settings))
        return Completion(said)

    agent.complete = complete
    trajectory = pipeline.begin(STREAM, "flat", 0.3)
    text = agent.act(pipeline.observe(trajectory, make_view("newest_5")))
    return seen[0], text


@pytest.mark.parametrize("style", ["memenv", "mem-alpha", "fine-mem"])
def test_a_served_checkpoint_is_asked_what_api_asks(style):
    said = '<tool_call>{"name": "SKIP"}</tool_call>'
    url = "http://127.0.0.1:8000/v1"
    local = asked_by(Local("m", url, style=style), said)
    api = asked_by(Api("m", url, style=style, tools="text", thinking=False, seed=0), said)
    assert local == api


def test_a_served_checkpoint_may_have_another_name_on_the_server(tmp_path):
    (tmp_path / "memenv.json").write_text('{"format": 1, "style": "tiny", "max_tokens": 9}')
    agent = Local(str(tmp_path), "http://127.0.0.1:8000/v1", name="memenv-3")
    assert (agent.endpoint.model, agent.style.name, agent.sampling.max_tokens) == (
        "memenv-3", "tiny", 9
    )  # fmt: skip
    _, text = asked_by(agent, "[2] INSERT")
    operations = memenv.actions.parse_operations(text, memenv.memory.LAYOUTS["flat"])
    assert [type(each).__name__ for each in operations] == ["Insert"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"path": ""}, "path is the folder"),
        ({"path": "/no/such/folder"}, "there is no folder"),
        ({"path": "./no"}, "there is no folder"),
        ({"path": "a/b", "style": "short"}, "style is one of"),
        ({"path": "a/b", "temperature": 3}, "temperature"),
        ({"path": "a/b", "max_tokens": 0}, "max_tokens"),
        ({"path": "a/b", "device": 1}, "device is a text"),
    ],
)
def test_mistakes_are_told(given, message):
    with pytest.raises((SettingError, UnknownNameError), match=message):
        memenv.make("agent", "local", **given)
