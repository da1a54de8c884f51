"""The client against a model server on this machine, and what it makes of every sort of trouble."""

import gzip
import http.server
import json
import logging
import socket
import threading
import time
import tracemalloc
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memenv.errors import BudgetError, ModelError, PromptTooLongError, SettingError
from memenv.harness import replies
from memenv.harness.client import Client, sampled
from memenv.harness.failures import said
from memenv.harness.pace import Pace
from memenv.harness.prices import Price, Prices, Table
from memenv.loopback import MIXED, Faults
from memenv.models import Endpoint, ToolCall
from memenv.types import Usage

CANARY = "sk-canary-0123456789/abcdef"
TOOL = {
    "type": "function",
    "function": {
        "name": "INSERT",
        "parameters": {"type": "object", "properties": {"content": {"type": "string"}}},
    },
}


class Kept:
    """A cache in memory, that counts."""

    def __init__(self):
        self.values, self.hits = {}, 0

    def cached(self, key):
        self.hits += key in self.values
        return self.values.get(key)

    def cache(self, key, model, value):
        self.values[key] = value


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch):
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.001)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.01)


@pytest.fixture
def client_of():
    clients = []

    def make(*arguments, **options):
        clients.append(Client(*arguments, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def user(text):
    return [{"role": "user", "content": text}]


def way(client, server, model="demo"):
    return client.complete(Endpoint(model, server.url))


class Raw:
    """A server that replies with given (status, headers, body), the last one for good."""

    def __init__(self, *scripted):
        replied = list(scripted)
        bodies = self.bodies = []
        opened, closed = self.opened, self.closed = [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                opened.append(self.client_address)
                super().setup()

            def finish(self):
                super().finish()
                closed.append(self.client_address)

            def do_POST(self):
                bodies.append(self.rfile.read(int(self.headers["content-length"])))
                status, headers, body = replied.pop(0) if len(replied) > 1 else replied[0]
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"content-length": len(body), **headers}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def asked(self):
        return [json.loads(body) for body in self.bodies]


def a_reply(content="Oslo", **fields):
    message = {"role": "assistant", "content": content}
    return {"model": "m-1", "choices": [{"message": message, "finish_reason": "stop"}], **fields}


def refused(message, status=400, **fields):
    return (status, {}, {"error": {"message": message, "type": "invalid_request_error", **fields}})


OK = (200, {}, a_reply())

# --- an answer --------------------------------------------------------------------------------


def test_a_completion_says_what_came_and_what_it_cost(serve, client_of):
    server = serve(["Oslo"], strict=True)
    answer = way(client_of(), server)(user("Where?"), max_tokens=20, seed=7)
    assert answer.text == "Oslo"
    assert (answer.model, answer.finish, answer.notes) == ("demo-2026-01-01", "stop", ())
    assert answer.usage == Usage(1, server_tokens(server), 1, 0.0)
    (request,) = server.requests
    assert request.body == {
        "model": "demo",
        "messages": user("Where?"),
        "temperature": 0.0,
        "max_tokens": 20,
        "seed": 7,
    }


def server_tokens(server):
    from memenv.loopback.completions import prompt_tokens

    return prompt_tokens(server.requests[0].body)


def test_tool_calls_come_as_the_model_wrote_them(serve, client_of):
    said_by = {"tool_calls": [{"name": "INSERT", "arguments": '{"content": "x'}]}
    server = serve([said_by], strict=True)
    answer = way(client_of(), server)(user("Write."), tools=[TOOL])
    assert answer.calls == (ToolCall("INSERT", '{"content": "x'),)
    assert answer.text == ""
    assert answer.finish == "tool_calls"


def test_reasoning_beside_the_content_is_left_out_and_thoughts_in_it_are_left_in(serve, client_of):
    server = serve(["<think>hm</think>Oslo"], reasoning=True)
    assert way(client_of(), server)(user("Where?")).text == "<think>hm</think>Oslo"


def test_other_fields_go_along(serve, client_of):
    server = serve(["x"])
    way(client_of(), server)(user("a"), extra={"reasoning_effort": "low"}, top_p=0.5)
    assert server.requests[0].body["reasoning_effort"] == "low"
    assert server.requests[0].body["top_p"] == 0.5


def test_half_surrogate_pairs_are_neither_sent_nor_received(client_of):
    with Raw((200, {}, a_reply("a \udc00 b"))) as server:
        answer = way(client_of(), server)(user("half \ud800"))
    assert answer.text == "a � b"
    assert server.asked[0]["messages"] == user("half �")


# --- what servers cannot do --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "asked", "notes"),
    [
        ({"tools": False}, {"tools": [TOOL]}, ("no tools",)),
        ({"seed": False}, {"seed": 1}, ("no seed",)),
        (
            {"max_tokens_field": "max_completion_tokens"},
            {"max_tokens": 9},
            ("max_completion_tokens",),
        ),
        ({"usage": False}, {}, ("usage estimated",)),
        (
            {"tools": False, "seed": False, "max_tokens_field": "max_completion_tokens"},
            {"tools": [TOOL], "seed": 1, "max_tokens": 9},
            ("no tools", "no seed", "max_completion_tokens"),
        ),
    ],
)
def test_what_a_server_cannot_do_is_done_without_and_noted(serve, client_of, options, asked, notes):
    server = serve(["one two"], strict=True, **options)
    complete = way(client_of(), server)
    answer = complete(user("a"), **asked)
    assert sorted(answer.notes) == sorted(notes)
    assert answer.text == "one two"
    assert answer.usage.completion_tokens == 2
    before = server.count
    assert sorted(complete(user("b"), **asked).notes) == sorted(notes)
    assert server.count == before + 1


TOOLS_REFUSED = [
    refused("registry.ollama.ai/library/gemma:2b does not support tools"),
    refused('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser'),
    refused("tools param requires --jinja flag", 500),
    refused("No endpoints found that support tool use.", 404),
    (422, {}, {"detail": [{"type": "extra_forbidden", "loc": ["body", "tools"]}]}),
]


@pytest.mark.parametrize("refusal", TOOLS_REFUSED)
def test_servers_refuse_tools_in_many_words(client_of, refusal):
    with Raw(refusal, OK) as server:
        answer = way(client_of(), server)(user("a"), tools=[TOOL], seed=1)
    assert answer.notes == ("no tools", "usage estimated")
    assert len(server.asked) == 2
    assert "tools" not in server.asked[1]
    assert server.asked[1]["seed"] == 1


def test_a_temperature_that_is_refused_is_left_out(client_of):
    words = (
        "Unsupported value: 'temperature' does not support 0 with this model. Only the default "
        "(1) value is supported."
    )
    with Raw(refused(words, param="temperature", code="unsupported_value"), OK) as server:
        answer = way(client_of(), server)(user("a"))
    assert "no temperature" in answer.notes
    assert "temperature" not in server.asked[1]


@pytest.mark.parametrize(
    "refusal",
    [
        refused("max_tokens is too large: 99. This model supports at most 9", param="max_tokens"),
        refused("Invalid schema for function 'INSERT'", param="tools[0].function.parameters"),
        refused("temperature cannot be greater than 1", param="temperature"),
        refused("max_tokens: 99 not allowed, the limit is 9", param="max_tokens"),
        refused("Your account cannot use tools before billing is set up"),
        refused("messages: unexpected role", param="messages"),
    ],
)
def test_another_mistake_is_no_missing_skill(client_of, refusal):
    with Raw(refusal, OK) as server:
        with pytest.raises(ModelError, match="status 400"):
            way(client_of(), server)(user("a"), tools=[TOOL], max_tokens=99)
        assert len(server.asked) == 1


def test_a_limit_by_no_name_is_left_out_at_last(client_of):
    unknown = [
        refused(f"Unrecognized field: {name}") for name in ("max_tokens", "max_completion_tokens")
    ]
    with Raw(*unknown, OK) as server:
        answer = way(client_of(), server)(user("a"), max_tokens=9)
    assert "no max_tokens" in answer.notes
    assert set(server.asked[2]) == {"model", "messages", "temperature"}


def test_a_prompt_that_is_too_long_has_an_error_of_its_own(serve, client_of):
    server = serve(["x"], n_context=10)
    with pytest.raises(PromptTooLongError, match="maximum context length is 10 tokens"):
        way(client_of(), server)(user("word " * 50), tools=[TOOL])
    assert server.count == 1


# --- failures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*MIXED])
def test_whatever_fails_is_asked_again(serve, client_of, kind):
    server = serve(["Oslo"], faults=[kind, kind])
    client = client_of()
    assert way(client, server)(user("Where?")).text == "Oslo"
    assert server.count == 3
    assert client.bill.retried == 2
    assert client.bill.calls == 1


@pytest.mark.parametrize("kind", [*MIXED, "die"])
def test_what_fails_for_good_is_an_error_with_a_reason(serve, client_of, kind):
    server = serve(["Oslo"], faults=Faults(rate=1.0, kinds=(kind,)))
    client = client_of(retries=2)
    with pytest.raises(ModelError) as caught:
        way(client, server)(user("Where?"))
    text = str(caught.value)
    assert text.startswith(f"model 'demo' at {server.url}: ")
    assert len(text) > len(f"model 'demo' at {server.url}: ") + 8
    assert server.count == (1 if kind == "die" else 3)
    assert client.bill.failed == 1
    assert client.bill.calls == 0


def test_a_server_that_hangs_is_given_up_in_time(serve, client_of):
    server = serve(["Oslo"], faults=["hang"])
    assert way(client_of(timeout=0.3), server)(user("Where?")).text == "Oslo"
    server.set_faults("hang")
    with pytest.raises(ModelError, match=r"Timeout"):
        way(client_of(timeout=0.2, retries=1), server)(user("Where?"))


def test_a_reply_that_drips_is_given_up_in_time(client_of, monkeypatch):
    from memenv.harness import wire

    with Raw(OK) as server:
        client = client_of(timeout=0.3, retries=0)
        clock = iter(range(0, 10_000, 200))
        monkeypatch.setattr(wire.time, "monotonic", lambda: next(clock))
        with pytest.raises(ModelError, match="too slow"):
            way(client, server)(user("Where?"))


def test_a_third_of_mixed_failures_changes_no_answer(serve, client_of):
    server = serve(lambda body: "to " + body["messages"][0]["content"], faults=Faults(rate=0.3))
    client = client_of()
    complete = way(client, server)
    texts = client.map(lambda i: complete(user(str(i))).text, range(200))
    assert texts == [f"to {i}" for i in range(200)]
    assert client.bill.failed == 0


@pytest.mark.parametrize(
    ("status", "message"), [(401, "check the key in OPENAI_API_KEY"), (404, "the right model")]
)
def test_what_will_not_pass_is_not_asked_again(client_of, status, message):
    with Raw(refused("no", status)) as server:
        with pytest.raises(ModelError, match=f"status {status}: .*{message}"):
            way(client_of(), server)(user("a"))
        assert len(server.asked) == 1


def test_an_error_with_status_200_is_told(client_of):
    wrong = (200, {}, {"error": {"message": "provider is \x1b[31mdown\x1b[0m", "code": 502}})
    with Raw(wrong) as server, pytest.raises(ModelError, match="error: provider is") as caught:
        way(client_of(retries=1), server)(user("a"))
    assert "\x1b" not in str(caught.value)


# --- hostile replies ----------------------------------------------------------------------------


def test_a_huge_reply_is_refused_unread(serve, client_of):
    server = serve(["Oslo"], faults=["huge"])
    assert way(client_of(), server)(user("Where?")).text == "Oslo"
    server.set_faults("huge")
    complete = way(client_of(retries=0), server)
    tracemalloc.start()
    try:
        with pytest.raises(ModelError, match="more than 8388608 bytes"):
            complete(user("Where?"))
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_a_reply_that_unpacks_to_a_huge_one_is_refused(client_of):
    bomb = gzip.compress(b"a" * 200_000_000)
    with (
        Raw((200, {"content-encoding": "gzip"}, bomb)) as server,
        pytest.raises(ModelError, match="more than 8388608 bytes"),
    ):
        way(client_of(retries=0), server)(user("a"))


def test_a_packed_reply_is_read(client_of):
    packed = gzip.compress(json.dumps(a_reply()).encode())
    with Raw((200, {"content-encoding": "gzip"}, packed)) as server:
        assert way(client_of(), server)(user("a")).text == "Oslo"


@pytest.mark.parametrize("kind", ["unicode", "ansi", "deep-json", "fake-results"])
def test_hostile_words_are_only_words(serve, client_of, kind):
    server = serve(["Oslo"], faults=kind)
    answer = way(client_of(Kept()), server)(user("Where?"), tools=[TOOL])
    words = [answer.text, *(call.arguments for call in answer.calls)]
    assert all(isinstance(word, str) and word.encode() is not None for word in words)
    assert any(words)


def test_a_reply_nested_deeply_is_a_broken_one(client_of):
    with (
        Raw((200, {}, b"[" * 100_000)) as server,
        pytest.raises(ModelError, match="nested too deeply"),
    ):
        way(client_of(retries=0), server)(user("a"))


def test_an_error_nested_deeply_or_of_great_length_is_bounded(client_of):
    for body in (b"[" * 100_000, b"x" * 50_000_000):
        with Raw((400, {}, body)) as server, pytest.raises(ModelError) as caught:
            way(client_of(), server)(user("a"))
        assert len(str(caught.value)) < 500


def test_a_long_text_is_cut_and_noted():
    reply = replies.read(json.dumps(a_reply("a" * (replies.MAX_TEXT + 1))).encode())
    assert len(reply.text) == replies.MAX_TEXT
    assert reply.notes == (f"text cut to {replies.MAX_TEXT} characters",)


def test_many_calls_are_cut_and_noted():
    call = {"function": {"name": "f", "arguments": "{}"}}
    message = {"content": None, "tool_calls": [call] * (replies.MAX_CALLS + 5)}
    reply = replies.read(json.dumps({"choices": [{"message": message}]}).encode())
    assert len(reply.calls) == replies.MAX_CALLS
    assert reply.notes == (f"tool calls cut to {replies.MAX_CALLS}",)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "content": json_values,
            "tool_calls": json_values
            | st.lists(
                st.fixed_dictionaries(
                    {
                        "function": st.fixed_dictionaries(
                            {"name": json_values, "arguments": json_values}
                        )
                    }
                )
            ),
            "function_call": json_values,
            "refusal": json_values,
            "reasoning": json_values,
        },
    ),
    json_values,
    json_values,
)
def test_any_json_is_a_completion_or_a_broken_reply(message, finish, usage):
    value = {"choices": [{"message": message, "finish_reason": finish}], "usage": usage}
    try:
        reply = replies.read(json.dumps(value).encode())
    except replies.BadReplyError as error:
        assert len(str(error)) < 500  # noqa: PT017
        return
    reply.text.encode()
    assert all(isinstance(call.arguments, str) for call in reply.calls)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_broken_reply(body):
    with pytest.raises(replies.BadReplyError):
        replies.read(body)


@pytest.mark.parametrize(
    ("message", "finish", "text", "notes"),
    [
        ({"content": None}, "length", "", ("cut by the limit",)),
        ({"content": None, "refusal": "No."}, "stop", "No.", ("refused",)),
        ({"content": None}, "content_filter", "", ("content filter",)),
        ({"content": None, "reasoning_content": "hm"}, "stop", "", ("only reasoning",)),
        ({"content": [{"type": "text", "text": "a"}, {"text": "b"}]}, "stop", "ab", ()),
        ({"content": ""}, "stop", "", ()),
        ({"content": [{"type": "thinking", "text": "hm"}, {"text": "a"}]}, "stop", "a", ()),
        ({"content": [], "reasoning": "hm"}, "stop", "", ("only reasoning",)),
    ],
)
def test_a_message_may_have_no_text_for_a_reason(message, finish, text, notes):
    value = {"choices": [{"message": message, "finish_reason": finish}]}
    reply = replies.read(json.dumps(value).encode())
    assert (reply.text, reply.notes) == (text, notes)


@pytest.mark.parametrize(
    ("message", "finish"),
    [
        ({"content": ""}, "error"),
        ({"content": "half an"}, "error"),
        ({"content": []}, "stop"),
        ({"content": [{"type": "thinking", "text": "hm"}]}, "stop"),
    ],
)
def test_a_reply_that_broke_off_is_no_empty_answer(message, finish):
    value = {"choices": [{"message": message, "finish_reason": finish}]}
    with pytest.raises(replies.BadReplyError):
        replies.read(json.dumps(value).encode())


def test_arguments_that_are_no_text_are_spelt_out():
    message = {"content": None, "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]}
    reply = replies.read(json.dumps({"choices": [{"message": message}]}).encode())
    assert reply.calls == (ToolCall("f", '{"a": 1}'),)


# --- the key ------------------------------------------------------------------------------------


def chain(error):
    """All that could be printed of an error and of what it came from."""
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        yield from (str(error), repr(error), said(error), repr(error.args))
        error = error.__cause__ or error.__context__


ECHOES = [
    refused(f"Incorrect API key provided: {CANARY}", 401),
    refused(f"{'x' * 290} {CANARY}", 400),
    (400, {}, f"<html>{CANARY}</html>".encode()),
    (500, {}, {"detail": CANARY}),
    (200, {}, f"{'x' * 280}{CANARY}".encode()),
    (200, {}, {"error": {"message": CANARY}}),
    (200, {}, {"error": {"message": CANARY}, "choices": []}),
    (302, {"location": f"http://127.0.0.1:9/{CANARY}"}, b""),
    (401, {}, json.dumps({"detail": f"bad {CANARY}"}).replace("/", "\\/").encode()),
    (401, {}, json.dumps({"detail": f"bad {CANARY}"}).replace("-", "\\u002D").encode()),
    (400, {}, {"detail": json.dumps({"inner": CANARY}).replace("-", "\\u002d")}),
]


@pytest.mark.parametrize("echo", ECHOES, ids=range(len(ECHOES)))
def test_no_failure_tells_the_key(client_of, monkeypatch, caplog, capsys, echo):
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    # What is below openai logs every header that comes, if someone wants it to.
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "openai")
    kept = Kept()
    client = client_of(kept, retries=1)
    with Raw(echo) as server, pytest.raises(ModelError) as caught:
        way(client, server)(user("a"))
    printed = capsys.readouterr()
    told = [
        *chain(caught.value),
        caplog.text,
        printed.out,
        printed.err,
        repr(client),
        str(kept.values),
    ]
    assert not [text for text in told if CANARY[:16] in text]


@pytest.mark.parametrize("kind", [*MIXED, "hang", "die"])
def test_no_fault_tells_the_key(serve, client_of, monkeypatch, caplog, kind):
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    # What is below openai logs every header that comes, if someone wants it to.
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "openai")
    server = serve(["x"], faults=Faults(rate=1.0, kinds=(kind,)), api_key=CANARY)
    with pytest.raises(ModelError) as caught:
        way(client_of(timeout=0.2, retries=1), server)(user("a"))
    assert server.requests[0].has_key(CANARY)
    assert not [text for text in [*chain(caught.value), caplog.text] if CANARY[:16] in text]


def test_a_model_that_repeats_the_key_does_not_make_it_known(client_of, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    spelt = json.dumps(a_reply(f"it is {CANARY}", model=CANARY)).replace("/", "\\/").encode()
    kept = Kept()
    with Raw((200, {}, spelt)) as server:
        answer = way(client_of(kept), server)(user("a"))
    assert answer.text == "it is [key]"
    assert answer.model == "[key]"
    assert CANARY not in str(kept.values)


@pytest.mark.parametrize("key", ['sk-"quoted"-0123', "sk-back\\slash-0123", CANARY])
def test_a_tool_call_that_repeats_the_key_does_not_make_it_known(client_of, monkeypatch, key):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    call = {"function": {"name": "INSERT", "arguments": json.dumps({"content": f"it is {key}"})}}
    value = a_reply(None)
    value["choices"][0]["message"]["tool_calls"] = [call]
    with Raw((200, {}, value)) as server:
        answer = way(client_of(), server)(user("a"))
    assert [json.loads(call.arguments) for call in answer.calls] == [{"content": "it is [key]"}]


def test_a_place_with_the_key_in_it_is_refused(client_of, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:9/{CANARY}/v1")
    with pytest.raises(SettingError, match="holds OPENAI_API_KEY") as caught:
        client_of().complete(Endpoint("m"))
    assert CANARY[:16] not in str(caught.value)


def test_a_key_that_cannot_be_sent_is_not_shown(client_of):
    for key in ("sk-canary\n0123456789", "sk-cänary-0123456789", ""):
        with pytest.raises(SettingError, match="copy it again") as caught:
            client_of(key=key).complete(Endpoint("m", "http://127.0.0.1:1/v1"))
        assert not [text for text in chain(caught.value) if "nary" in text]


def test_a_public_place_needs_a_key_and_a_server_on_the_desk_none(client_of, monkeypatch):
    client = client_of()
    for url in ("http://127.0.0.1:1/v1", "http://192.168.1.5:8000/v1", "http://gpubox:8000/v1"):
        client.complete(Endpoint("m", url))
    with pytest.raises(SettingError, match="set OPENAI_API_KEY"):
        client.complete(Endpoint("m"))
    with pytest.raises(SettingError, match="set OPENROUTER_API_KEY or OPENAI_API_KEY"):
        client.complete(Endpoint("m", "https://openrouter.ai/api/v1"))
    monkeypatch.setenv("OPENROUTER_API_KEY", CANARY)
    client.complete(Endpoint("m", "https://openrouter.ai/api/v1"))
    with pytest.raises(SettingError, match="set OPENAI_API_KEY"):
        client.complete(Endpoint("m", "https://not-openrouter.ai/api/v1"))


def test_the_place_may_come_from_the_environment(serve, client_of, monkeypatch):
    server = serve(["Oslo"])
    monkeypatch.setenv("OPENAI_BASE_URL", server.url + "/")
    assert client_of().complete(Endpoint("demo"))(user("Where?")).text == "Oslo"


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000/v1",
        "ftp://x/v1",
        "http://",
        "http://a b/v1",
        "http://x:99999/v1",
        "x",
        "http://[::1/v1",
    ],
)
def test_what_is_no_place_is_refused_at_once(client_of, url):
    with pytest.raises(SettingError, match="a base URL is like"):
        client_of().complete(Endpoint("m", url))


def test_a_password_in_a_place_is_refused_and_not_shown(client_of):
    with pytest.raises(SettingError, match="no user name or password") as caught:
        client_of().complete(Endpoint("m", f"http://me:{CANARY}@127.0.0.1/v1"))
    assert not [text for text in chain(caught.value) if "canary" in text]


@pytest.mark.parametrize(
    "options",
    [
        {"concurrency": 0},
        {"retries": -1},
        {"timeout": 0},
        {"requests_per_minute": 0},
        {"tokens_per_minute": -1},
        {"max_cost": -0.1},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(options):
    with pytest.raises(SettingError, match=next(iter(options))):
        Client(**options)


# --- what is kept -------------------------------------------------------------------------------


def test_an_answer_is_paid_for_once(serve, client_of):
    server = serve(["first", "second"], tools=False)
    kept = Kept()
    first = way(client_of(kept), server)(user("a"), tools=[TOOL])
    client = client_of(kept)
    again = way(client, server)(user("a"), tools=[TOOL])
    assert server.count == 2  # the first was refused for its tools
    assert (again.text, again.model, again.finish) == (first.text, first.model, first.finish)
    assert again.usage == Usage()
    assert again.notes == ("no tools", "cached")
    assert (client.bill.calls, client.bill.cached, client.bill.usd) == (0, 1, 0.0)


def test_all_that_determines_an_answer_is_part_of_its_key(serve, client_of):
    server, other = serve(["x"]), serve(["x"])
    client = client_of(Kept())
    complete = way(client, server)
    ways = [
        lambda: complete(user("a")),
        lambda: complete(user("b")),
        lambda: complete([{"role": "system", "content": "a"}]),
        lambda: complete(user("a"), tools=[TOOL]),
        lambda: complete(user("a"), top_p=0.5),
        lambda: complete(user("a"), max_tokens=5),
        lambda: complete(user("a"), max_tokens=6),
        lambda: complete(user("a"), seed=0),
        lambda: complete(user("a"), seed=1),
        lambda: complete(user("a"), extra={"k": 1}),
        lambda: way(client, server, "other")(user("a")),
        lambda: way(client, other)(user("a")),
    ]
    for _ in range(2):
        for ask in ways:
            ask()
    assert server.count + other.count == len(ways)


def test_samples_are_kept_only_under_a_name_and_each_one_is_another(serve, client_of):
    server = serve([str(i) for i in range(20)])
    kept = Kept()

    def ask():
        return way(client_of(kept), server)(user("a"), temperature=0.7).text

    assert [ask(), ask()] == ["0", "1"]
    assert kept.values == {}
    with sampled("run/e/0/0"):
        assert [ask(), ask()] == ["2", "3"]
    with sampled("run/e/0/1"):
        assert [ask(), ask()] == ["4", "5"]
    # As after a restart: what was paid for comes back, and only then is more asked.
    with sampled("run/e/0/0"):
        assert [ask(), ask(), ask()] == ["2", "3", "6"]
    assert ask() == "7"


def test_samples_have_their_name_in_mapped_threads_too(serve, client_of):
    server = serve(lambda body: body["messages"][0]["content"])
    kept = Kept()

    def run():
        client = client_of(kept)
        complete = way(client, server)
        with sampled("run"):
            return client.map(lambda i: complete(user(str(i % 5)), temperature=1.0).text, range(20))

    assert run() == run() == [str(i % 5) for i in range(20)]
    assert server.count == 20


def test_what_two_ask_at_once_is_asked_once(serve, client_of):
    server = serve(["x"], latency=0.3)
    client = client_of(None)
    complete = way(client, server)
    answers = client.map(lambda _: complete(user("a")), range(8))
    assert server.count == 1
    assert {answer.text for answer in answers} == {"x"}
    assert sum(answer.usage.calls for answer in answers) == 1
    assert client.bill.cached == 7


def test_what_two_ask_at_once_fails_for_both_and_is_asked_anew_later(serve, client_of):
    server = serve(["x"], latency=0.1, faults=["500"])
    client = client_of(Kept(), retries=0)
    complete = way(client, server)
    with pytest.raises(ModelError):
        client.map(lambda _: complete(user("a")), range(4))
    assert complete(user("a")).text == "x"


def test_a_kept_answer_that_cannot_be_read_is_asked_for_again(serve, client_of):
    server = serve(["x"])
    kept = Kept()
    complete = way(client_of(kept), server)
    complete(user("a"))
    for broken in ("", "{}", "[]", '{"text": 1, "calls": 5}'):
        kept.values = dict.fromkeys(kept.values, broken)
        assert complete(user("a")).text == "x"
    assert server.count == 5


# --- dollars ------------------------------------------------------------------------------------

DEAR = Prices([Table({"demo*": Price(1e6, 1e6), "dated-2026-01-01": Price(3e6, 0)})])


def test_a_call_costs_what_the_table_says_of_the_reported_model(serve, client_of):
    server = serve(["x"])
    client = client_of(prices=DEAR)
    usage = way(client, server)(user("a")).usage
    assert usage.usd == usage.prompt_tokens + usage.completion_tokens
    dated = way(client, server, "dated")(user("a")).usage
    assert dated.usd == 3 * dated.prompt_tokens
    assert client.bill.usd == usage.usd + dated.usd
    assert client.bill.models == {"demo": usage, "dated": dated}


def test_an_unknown_price_makes_the_bill_unknown(serve, client_of, monkeypatch):
    monkeypatch.setattr("memenv.harness.prices.is_loopback", lambda url: False)
    server = serve(["x"])
    client = client_of()
    assert way(client, server)(user("a")).usage.usd is None
    assert client.bill.usd is None
    assert client.bill.calls == 1


def test_the_limit_stops_before_the_next_call_and_spares_what_is_known(serve, client_of):
    server = serve(["x"])
    client = client_of(Kept(), prices=DEAR, max_cost=1.0)
    complete = way(client, server)
    complete(user("a"))
    with pytest.raises(BudgetError, match=r"the limit is \$1"):
        complete(user("b"))
    assert complete(user("a")).text == "x"
    assert server.count == 1


def test_what_waits_for_its_turn_is_not_sent_once_the_dollars_are_spent(serve, client_of):
    server = serve(["x"])
    client = client_of(prices=DEAR, max_cost=1.0, concurrency=3, requests_per_minute=240)
    complete = way(client, server)

    def ask(number):
        try:
            return complete(user(str(number))).text
        except BudgetError as error:
            return str(error)

    said = client.map(ask, range(9))
    assert said.count("x") == server.count
    assert server.count < 4
    assert sum("the limit is $1" in each for each in said) == 9 - server.count


def test_a_limit_needs_a_price_before_anything_is_sent(client_of):
    with pytest.raises(SettingError, match="the price of 'unheard-of' is unknown"):
        client_of(max_cost=1.0, key="none").complete(Endpoint("unheard-of", "https://x.org/v1"))


def test_what_a_provider_knew_of_the_prompt_is_cheaper(client_of):
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 10,
        "prompt_tokens_details": {"cached_tokens": 60},
    }
    prices = Prices([Table({"m-1": Price(1e6, 1e6, 1e5)})])
    with Raw((200, {}, a_reply(usage=usage))) as server:
        answer = way(client_of(prices=prices), server)(user("a"))
    assert answer.usage == Usage(1, 100, 10, 56.0)


NO_USAGE = [
    None,
    5,
    {},
    {"prompt_tokens": -1, "completion_tokens": 1},
    {"prompt_tokens": True, "completion_tokens": 1},
    {"prompt_tokens": 10**30, "completion_tokens": 1},
]


@pytest.mark.parametrize("usage", NO_USAGE)
def test_usage_that_is_none_is_estimated(client_of, usage):
    with Raw((200, {}, a_reply(usage=usage))) as server:
        answer = way(client_of(), server)(user("one two three"))
    assert "usage estimated" in answer.notes
    assert 4 < answer.usage.prompt_tokens < 20
    assert answer.usage.completion_tokens > 0


# --- at once, and how fast ----------------------------------------------------------------------


def test_no_more_requests_are_under_way_than_allowed(serve, client_of):
    server = serve(["x"], latency=0.05)
    client, helper = client_of(concurrency=3), client_of(concurrency=32)
    complete = way(client, server)
    helper.map(lambda i: complete(user(str(i))), range(30))
    assert server.peak == 3


def test_many_at_once_take_little_longer_than_the_server(serve, client_of):
    server = serve(["x"], latency=0.2)
    client = client_of(concurrency=64)
    complete = way(client, server)
    complete(user("warm"))
    begun = time.monotonic()
    client.map(lambda i: complete(user(str(i))), range(256))
    # Ideally 0.8 s; one after the other it would be 51.
    assert time.monotonic() - begun < 5


def test_requests_are_spaced_and_retries_count(serve, client_of):
    server = serve(["x"], faults=["500", "bad-json"])
    client, waits = client_of(), []
    client._pace = Pace(600, clock=lambda: 0.0, sleep=waits.append)
    way(client, server)(user("a"))
    assert waits == pytest.approx([0.1, 0.2])


def clocked(**limits):
    now = [0.0]

    def sleep(seconds):
        now[0] += seconds

    return Pace(**limits, clock=lambda: now[0], sleep=sleep), now


def test_a_pace_spaces_requests_and_tokens():
    pace, now = clocked(requests_per_minute=60, tokens_per_minute=600)
    assert [pace.wait(10) for _ in range(3)] == [0.0, 1.0, 1.0]
    pace.wait(100)
    assert pace.wait(0) == 10.0
    now[0] += 100
    assert [pace.wait(0), pace.wait(0)] == [0.0, 1.0]


def test_a_pace_takes_back_what_was_guessed_wrong():
    pace, _ = clocked(requests_per_minute=None, tokens_per_minute=600)
    pace.wait(100)
    pace.correct(-50)
    assert pace.wait(0) == 5.0


def test_no_limit_is_no_wait():
    pace, _ = clocked(requests_per_minute=None, tokens_per_minute=None)
    assert [pace.wait(1e9) for _ in range(5)] == [0.0] * 5


# --- map ----------------------------------------------------------------------------------------


def test_results_are_in_the_order_of_the_items(client_of):
    def later(i):
        time.sleep(0.001 * (10 - i))
        return i * i

    assert client_of().map(later, iter(range(10))) == [i * i for i in range(10)]
    assert client_of().map(later, []) == []


def test_the_first_error_is_raised_when_all_is_still(client_of):
    running, begun = Counter(), []

    def work(i):
        running["now"] += 1
        begun.append(i)
        time.sleep(0.02)
        running["now"] -= 1
        if i in (1, 2):
            raise ValueError(i)

    with pytest.raises(ValueError, match="1"):
        client_of(concurrency=4).map(work, range(100))
    assert running["now"] == 0
    assert len(begun) < 20


def test_maps_inside_maps_come_to_an_end(client_of):
    client = client_of(concurrency=2)

    def deep(level):
        return 1 if level == 0 else sum(client.map(deep, [level - 1] * 4))

    assert client.map(deep, [3] * 4) == [64] * 4


def test_a_map_has_no_more_helpers_than_are_allowed_over_all_maps(client_of):
    client = client_of(concurrency=3)
    running, most, lock = [0], [0], threading.Lock()

    def inner(_):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01)
        with lock:
            running[0] -= 1

    client.map(lambda _: client.map(inner, range(5)), range(5))
    assert most[0] <= 1 + 3
    before = threading.active_count()
    client.map(inner, range(5))
    assert threading.active_count() == before


def test_a_closed_client_sends_nothing(serve, client_of):
    server = serve(["x"])
    client = client_of()
    complete = way(client, server)
    complete(user("a"))
    client.close()
    with pytest.raises(ModelError, match="closed"):
        complete(user("b"))
    assert server.count == 1


def test_calls_one_after_the_other_share_a_connection(client_of):
    with Raw(OK) as server:
        complete = way(client_of(), server)
        for number in range(5):
            complete(user(str(number)))
        assert len(server.opened) == 1


def test_many_calls_at_once_take_no_more_connections_than_are_allowed(client_of):
    with Raw(OK) as server:
        client = client_of(concurrency=6)
        complete = way(client, server)
        client.map(lambda number: complete(user(str(number))), range(100))
        assert len(server.asked) == 100
        assert len(server.opened) <= 6
        assert server.closed == []
        client.close()
        deadline = time.monotonic() + 10
        while len(server.closed) < len(server.opened) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert sorted(server.closed) == sorted(server.opened)


def test_a_connection_that_the_server_has_closed_is_not_used_again(client_of):
    with Raw((200, {"connection": "close"}, a_reply())) as server:
        complete = way(client_of(retries=0), server)
        assert [complete(user(str(number))).text for number in range(3)] == ["Oslo"] * 3
        assert len(server.opened) == 3


def test_a_place_that_has_moved_is_followed(client_of):
    with Raw(OK) as there, Raw((307, {"location": f"{there.url}/chat/completions"}, b"")) as here:
        assert way(client_of(retries=0), here)(user("Where?")).text == "Oslo"
        assert [asked["messages"] for asked in there.asked] == [user("Where?")]


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="Linux has the option")
def test_a_server_that_sends_head_and_body_by_themselves_is_not_kept_waiting(client_of):
    with Raw(OK) as server:
        complete = way(client_of(), server)
        complete(user("a"))
        begun = time.monotonic()
        for number in range(50):
            complete(user(str(number)))
        # It would be 40 ms for each of them.
        assert time.monotonic() - begun < 1.5


def test_the_client_is_light_until_something_is_asked():
    import subprocess
    import sys

    code = "import sys, memenv.harness.client; print('openai' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
