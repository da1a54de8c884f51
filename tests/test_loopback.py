import http.client
import json
import socket
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace

import openai
import pytest

from memenv.actions import parse_operations
from memenv.errors import SettingError, UnknownNameError
from memenv.loopback import FAILURES, HOSTILE, KINDS, MIXED, Faults, demo, serve_model
from memenv.loopback.completions import Options, completion, read
from memenv.loopback.schema import validate
from memenv.loopback.wire import RefusedError
from memenv.memory import LAYOUTS
from memenv.operations import Insert, Skip
from memenv.scorers.judge import Judge
from memenv.types import Question

HELLO = [{"role": "user", "content": "Where does Ada live?"}]
INSERT = {
    "type": "function",
    "function": {
        "name": "new_memory_insert",
        "description": "Keep something.",
        "parameters": {
            "type": "object",
            "properties": {
                "memory_type": {"type": "string", "enum": ["semantic_memory", "episodic_memory"]},
                "content": {"type": "string"},
            },
            "required": ["memory_type", "content"],
        },
    },
}
FLAT = [
    {
        "type": "function",
        "function": {
            "name": name,
            "parameters": {
                "type": "object",
                "properties": {key: {"type": "string"} for key in keys},
            },
        },
    }
    for name, keys in (("INSERT", ["content"]), ("DELETE", ["id"]), ("SKIP", []))
]
CHUNK = """\
Store what matters.
<new_chunk>
[Session 1, 3 March 2023]
Priya: Hello! How are you?
Tomas: I moved to Oslo on 4 May.
Priya: Oh dear.
</new_chunk>"""
WRITE = [{"role": "user", "content": CHUNK}]


def body(messages=HELLO, **more):
    return {"model": "demo", "messages": messages, **more}


def post(server, payload, path="/chat/completions", key=None, timeout=10):
    """(status, headers, bytes) of a request by hand."""
    headers = {"content-type": "application/json"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    request = urllib.request.Request(server.url + path, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def said(server, payload=None):
    status, _, data = post(server, payload or body())
    assert status == 200
    return json.loads(data)["choices"][0]["message"]


def error_of(server, payload, **more):
    status, _, data = post(server, payload, **more)
    error = json.loads(data)["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return status, error


def refusal_of(payload, **options):
    with pytest.raises(RefusedError) as caught:
        read(json.dumps(payload).encode(), Options(**options))
    assert caught.value.status == 400
    return caught.value.error


@pytest.fixture
def client():
    made = []

    def make(server, **options):
        options = {"api_key": "any", "max_retries": 0, "timeout": 10.0, **options}
        made.append(openai.OpenAI(base_url=server.url, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


# --- replies --------------------------------------------------------------------------------------


def test_a_reply_has_the_published_form():
    with serve_model(["Oslo"]) as server:
        status, headers, data = post(server, body())
    reply = json.loads(data)
    created = reply.pop("created")
    assert abs(created - time.time()) < 60
    assert (status, headers["content-type"]) == (200, "application/json")
    assert reply == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "demo-2026-01-01",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Oslo", "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "system_fingerprint": "fp_loopback",
        "usage": {
            "prompt_tokens": 10,
            "completion_tokens": 1,
            "total_tokens": 11,
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    }


def test_a_dated_model_keeps_its_name():
    made = completion({"model": "x-2025-04-14"}, "hello", 1, Options())
    assert made["model"] == "x-2025-04-14"


def test_the_client_of_openai_reads_a_reply(client):
    with serve_model(["Oslo"], strict=True) as server:
        reply = client(server).chat.completions.create(
            model="demo", messages=HELLO, temperature=0, seed=1, max_tokens=50
        )
        assert reply.choices[0].message.content == "Oslo"
        assert reply.usage.total_tokens == reply.usage.prompt_tokens + 1
        assert [model.id for model in client(server).models.list()] == ["demo"]
        assert (server.count, server.answered, len(server.requests)) == (1, 1, 2)


def test_the_client_of_openai_reads_tool_calls(client):
    call = {"name": "INSERT", "arguments": {"content": "Ada"}}
    with serve_model([{"tool_calls": [call]}], strict=True) as server:
        reply = client(server).chat.completions.create(model="demo", messages=WRITE, tools=FLAT)
    (made,) = reply.choices[0].message.tool_calls
    assert (made.function.name, made.function.arguments) == ("INSERT", '{"content": "Ada"}')
    assert reply.choices[0].finish_reason == "tool_calls"


def test_a_script_is_followed_and_its_last_line_repeated():
    with serve_model(["one", "two"]) as server:
        assert [said(server)["content"] for _ in range(3)] == ["one", "two", "two"]


def test_replies_can_be_chosen_by_a_part_of_the_question():
    with serve_model({"Ada": "Oslo", "Ben": {"content": None, "refusal": "no"}}) as server:
        assert said(server)["content"] == "Oslo"
        ben = said(server, body([*HELLO, {"role": "user", "content": "And Ben?"}]))
        assert ben["refusal"] == "no"
        status, error = error_of(server, body([{"role": "user", "content": "And Cy?"}]))
        assert (status, error["code"]) == (400, "no_reply")


def test_a_function_sees_the_request_and_several_may_wait_at_once():
    together = threading.Barrier(3)

    def model(request):
        together.wait(timeout=10)
        return request["messages"][-1]["content"].upper()

    with serve_model(model) as server, ThreadPoolExecutor(3) as pool:
        replies = list(pool.map(lambda _: said(server)["content"], range(3)))
        assert replies == ["WHERE DOES ADA LIVE?"] * 3
        assert server.peak == 3


def test_a_function_that_raises_is_told_to_the_client():
    def model(request):
        raise ValueError("no such luck")

    with serve_model(model) as server:
        status, error = error_of(server, body())
    assert (status, error["message"]) == (500, "the behaviour raised ValueError: no such luck")


def test_a_whole_completion_is_sent_as_it_is():
    with serve_model([{"choices": "none of your business"}]) as server:
        assert json.loads(post(server, body())[2]) == {"choices": "none of your business"}


@pytest.mark.parametrize("wrong", [[], 7])
def test_what_is_no_behaviour_is_refused(wrong):
    with pytest.raises(SettingError):
        serve_model(wrong)


def test_an_unknown_behaviour_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'demo'"):
        serve_model("dem")


def test_a_reply_stops_at_its_limit():
    made = completion(body(max_tokens=2), "one two three four", 1, Options())
    assert made["choices"][0]["message"]["content"] == "one two"
    assert made["choices"][0]["finish_reason"] == "length"
    assert made["usage"]["completion_tokens"] == 2


def test_a_tool_call_that_passes_the_limit_is_broken_off():
    call = {"name": "INSERT", "arguments": {"content": "word " * 50}}
    for limit in range(1, 150):
        made = completion(body(max_tokens=limit), {"tool_calls": [call, call]}, 1, Options())
        assert made["usage"]["completion_tokens"] <= limit
    calls = completion(body(max_tokens=20), {"tool_calls": [call, call]}, 1, Options())
    (choice,) = calls["choices"]
    assert choice["finish_reason"] == "length"
    assert len(choice["message"]["tool_calls"]) == 1
    with pytest.raises(json.JSONDecodeError):
        json.loads(choice["message"]["tool_calls"][0]["function"]["arguments"])


# --- what is recorded -----------------------------------------------------------------------------


def test_requests_are_recorded_without_the_key():
    with serve_model(["Oslo"]) as server:
        post(server, body(), key="canary-1")
        (request,) = server.requests
        assert (request.number, request.path) == (1, "/v1/chat/completions")
        assert (request.body, request.status, request.fault) == (body(), 200, None)
        assert request.has_key("canary-1")
        assert not request.has_key("canary-2")
        assert "canary" not in repr(request)
        server.reset()
        assert (server.requests, server.count, server.answered, server.peak) == ((), 0, 0, 0)
        said(server)
        assert server.requests[0].number == 1


def test_only_the_newest_requests_are_kept_but_all_are_counted():
    with serve_model(["Oslo"], keep=2) as server:
        for _ in range(5):
            said(server)
        assert [request.number for request in server.requests] == [4, 5]
        assert server.count == 5
    with serve_model(["Oslo"], keep=0) as server:
        said(server)
        urllib.request.urlopen(server.url + "/models", timeout=10).close()
        assert (server.requests, server.count) == ((), 1)


def test_the_right_key_is_asked_for_and_no_key_is_echoed():
    with serve_model(["Oslo"], api_key="right-key") as server:
        for key in ("wrong-key", None):
            status, error = error_of(server, body(), key=key)
            assert (status, error["code"]) == (401, "invalid_api_key")
            assert "key-" not in json.dumps(error)
            assert "wrong-key" not in json.dumps(error)
        assert post(server, body(), key="right-key")[0] == 200
        assert (server.count, server.answered) == (3, 1)
        with pytest.raises(urllib.error.HTTPError, match="401") as caught:
            urllib.request.urlopen(server.url + "/models", timeout=10)
        caught.value.close()


# --- what is refused ------------------------------------------------------------------------------


def test_other_places_and_methods_are_refused():
    with serve_model() as server:
        assert error_of(server, body(), path="/nowhere")[0] == 404
        assert error_of(server, body(), path="/models")[0] == 405
        assert server.count == 0


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"\xff\xfe\xfa", b"[" * 200_000])
def test_a_body_that_is_no_json_object_is_refused(payload):
    with serve_model() as server:
        assert error_of(server, payload)[0] == 400
        assert said(server)


@pytest.mark.parametrize(
    ("payload", "param"),
    [
        ({"messages": HELLO}, "model"),
        ({"model": "demo"}, "messages"),
        (body([]), "messages"),
        (body(stream=True), "stream"),
        (body(n=2), "n"),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_what_no_server_takes_is_refused(payload, param, strict):
    assert refusal_of(payload, strict=strict)["param"] == param


@pytest.mark.parametrize(
    ("options", "payload", "param"),
    [
        ({"tools": False}, body(tools=FLAT), "tools"),
        ({"seed": False}, body(seed=1), "seed"),
        ({"max_tokens_field": "max_completion_tokens"}, body(max_tokens=9), "max_tokens"),
        (
            {"max_tokens_field": "max_tokens"},
            body(max_completion_tokens=9),
            "max_completion_tokens",
        ),
    ],
)
def test_what_a_server_does_not_know_is_an_unsupported_parameter(options, payload, param):
    error = refusal_of(payload, **options)
    assert (error["param"], error["code"]) == (param, "unsupported_parameter")
    read(json.dumps(payload).encode(), Options(strict=True))


def test_a_server_without_a_feature_says_so_to_the_client_of_openai(client):
    with serve_model(["Oslo"], max_tokens_field="max_completion_tokens") as server:
        ask = client(server).chat.completions.create
        with pytest.raises(openai.BadRequestError) as caught:
            ask(model="demo", messages=HELLO, max_tokens=5)
        assert (caught.value.code, caught.value.param) == ("unsupported_parameter", "max_tokens")
        assert ask(model="demo", messages=HELLO, max_completion_tokens=5)


def test_usage_can_be_missing_and_reasoning_be_there(client):
    with serve_model(["Oslo"], usage=False, reasoning=True) as server:
        reply = client(server).chat.completions.create(model="demo", messages=HELLO)
    assert reply.usage is None
    assert reply.choices[0].message.reasoning_content.startswith("Let me think")
    assert reply.choices[0].message.content == "Oslo"


def test_a_prompt_beyond_the_context_is_refused():
    long = body([{"role": "user", "content": "word " * 100}])
    assert refusal_of(long, n_context=100)["code"] == "context_length_exceeded"
    read(json.dumps(long).encode(), Options(n_context=105))


def test_a_limit_of_another_name_is_a_wrong_setting():
    with pytest.raises(SettingError):
        serve_model(max_tokens_field="tokens")


# --- the published schema -------------------------------------------------------------------------

ANSWERED = [
    *HELLO,
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "INSERT", "arguments": "{}"}}
        ],
    },
    {"role": "tool", "tool_call_id": "a", "content": "ok"},
]


@pytest.mark.parametrize(
    "payload",
    [
        body(),
        body([{"role": "system", "content": "Be brief."}, *HELLO]),
        body([{"role": "developer", "content": [{"type": "text", "text": "a"}]}, *HELLO]),
        body([{"role": "user", "content": [{"type": "text", "text": "a"}]}]),
        body([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]),
        body(ANSWERED),
        body(tools=[INSERT, *FLAT], tool_choice="auto", parallel_tool_calls=True),
        body(tools=FLAT, tool_choice={"type": "function", "function": {"name": "INSERT"}}),
        body(temperature=1, top_p=0.95, seed=-3, max_tokens=1, stop=["a"], user="me", n=1),
        body(response_format={"type": "json_object"}, logprobs=True, top_logprobs=2),
        body(
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "x", "schema": {"type": "object"}, "strict": True},
            },
            reasoning_effort="low",
            metadata={"a": "b"},
            stream=False,
            temperature=None,
        ),
    ],
)
def test_what_the_schema_allows_is_taken(payload):
    validate(payload)


@pytest.mark.parametrize(
    ("payload", "param"),
    [
        (body(top_k=5), "top_k"),
        (body(temperature=2.1), "temperature"),
        (body(temperature="0"), "temperature"),
        (body(temperature=True), "temperature"),
        (body(top_p=-0.1), "top_p"),
        (body(seed=1.5), "seed"),
        (body(max_tokens=0), "max_tokens"),
        (body(max_tokens=5, max_completion_tokens=5), "max_tokens"),
        (body(stop=["a"] * 5), "stop"),
        (body(model=None), "model"),
        (body("hello"), "messages"),
        (body([{"role": "robot", "content": "a"}]), "messages[0]"),
        (body([{"content": "a"}]), "messages[0]"),
        (body([{"role": "user"}]), "messages[0].content"),
        (body([{"role": "user", "content": 5}]), "messages[0].content"),
        (body([{"role": "user", "content": "a", "time": "now"}]), "messages[0].time"),
        (body([{"role": "user", "content": [{"type": "txt"}]}]), "messages[0].content[0].type"),
        (body([*HELLO, {"role": "assistant"}]), "messages[1]"),
        (body(ANSWERED[:2]), "messages"),
        (body([*ANSWERED[:2], *HELLO]), "messages[2]"),
        (body([*HELLO, ANSWERED[2]]), "messages[1]"),
        (body(tools=[]), "tools"),
        (body(tools=[INSERT["function"]]), "tools[0].type"),
        (body(tools=[{"type": "function", "function": {}}]), "tools[0].function.name"),
        (body(tools=[{"type": "function", "function": {"name": "a b"}}]), "tools[0].function.name"),
        (
            body(tools=[{"type": "function", "function": {"name": "a", "parameters": {"b": 1}}}]),
            "tools[0].function.parameters",
        ),
        (body(tool_choice="auto"), "tool_choice"),
        (body(tools=FLAT, tool_choice="maybe"), "tool_choice"),
        (body(parallel_tool_calls=False), "parallel_tool_calls"),
        (body(stream_options={}), "stream_options"),
        (body(top_logprobs=3), "top_logprobs"),
        (body(response_format={"type": "json_schema"}), "response_format.json_schema"),
        (body(response_format={"type": "xml"}), "response_format.type"),
    ],
)
def test_what_the_schema_forbids_is_refused_by_name(payload, param):
    assert refusal_of(payload, strict=True)["param"] == param


# --- faults ---------------------------------------------------------------------------------------


def test_faults_are_drawn_by_the_number_of_the_request():
    faults = Faults(rate=0.3, kinds=("500", "cut"), seed=7)
    drawn = [faults.kind(number) for number in range(1, 2001)]
    assert drawn == [faults.kind(number) for number in range(1, 2001)]
    assert drawn != [Faults(seed=8).kind(number) for number in range(1, 2001)]
    assert 0.27 < sum(kind is not None for kind in drawn) / 2000 < 0.33
    assert set(drawn) == {None, "500", "cut"}


@pytest.mark.parametrize(
    "wrong", [{"rate": 1.1}, {"kinds": ()}, {"kinds": "500"}, {"kinds": ("501",)}, {"plan": ("?",)}]
)
def test_faults_that_make_no_sense_are_refused(wrong):
    with pytest.raises((SettingError, UnknownNameError)):
        Faults(**wrong)


def test_a_retried_request_succeeds():
    with serve_model(["Oslo"], faults=["500", "429"]) as server:
        assert [post(server, body())[0] for _ in range(3)] == [500, 429, 200]
        assert [request.fault for request in server.requests] == ["500", "429", None]
        assert (server.count, server.answered) == (3, 1)


def test_a_limit_of_rate_may_say_how_long_to_wait():
    with serve_model(faults=["429", "429+retry-after"]) as server:
        plain, waiting = (post(server, body()) for _ in range(2))
    assert (plain[0], waiting[0]) == (429, 429)
    assert (plain[1]["retry-after"], waiting[1]["retry-after"]) == (None, "0.05")


@pytest.mark.parametrize("kind", ["429+retry-after", "503", "cut", "reset"])
def test_the_client_of_openai_retries_by_itself(kind, client):
    with serve_model(["Oslo"], faults=Faults(plan=(kind,), retry_after=0.01)) as server:
        patient = client(server, max_retries=1)
        reply = patient.chat.completions.create(model="demo", messages=HELLO)
        assert reply.choices[0].message.content == "Oslo"
        assert [request.fault for request in server.requests] == [kind, None]


def test_a_server_that_hangs_lets_the_client_give_up(client):
    with serve_model(["Oslo"], faults="hang") as server:
        with pytest.raises(openai.APITimeoutError):
            client(server, timeout=0.2).chat.completions.create(model="demo", messages=HELLO)
        server.set_faults(None)
        assert said(server)["content"] == "Oslo"
        assert server.answered == 1


@pytest.mark.parametrize(
    ("kind", "error"),
    [("cut", http.client.IncompleteRead), ("reset", ConnectionResetError)],
)
def test_a_connection_breaks_off(kind, error):
    with serve_model(["Oslo"], faults=kind) as server:
        with closing(
            http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        ) as connection:
            connection.request("POST", "/v1/chat/completions", json.dumps(body()))
            with pytest.raises(error):
                connection.getresponse().read()
        assert server.answered == 0


def test_a_slow_reply_comes_late_and_is_good():
    with serve_model(["Oslo"], faults=Faults(rate=1, kinds=("slow",), slow=0.3)) as server:
        start = time.monotonic()
        assert said(server)["content"] == "Oslo"
        assert time.monotonic() - start >= 0.3
        assert server.answered == 1


def usable(data):
    """Whether a client that looks closely finds a message."""
    try:
        message = json.loads(data)["choices"][0]["message"]
        return isinstance(message["content"], str) or bool(message["tool_calls"])
    except (ValueError, LookupError, TypeError):
        return False


@pytest.mark.parametrize("kind", ["bad-json", "wrong-schema", "empty-choices", "null-content"])
def test_a_broken_completion_has_no_message(kind):
    with serve_model(["Oslo"], faults=kind) as server:
        replies = {post(server, body())[2] for _ in range(40)}
        assert not any(usable(reply) for reply in replies)
        assert server.answered == 0
    assert len(replies) > 1


def test_every_fault_is_known_and_leaves_the_server_alive():
    with serve_model(["Oslo"]) as server:
        for kind in KINDS:
            server.set_faults(Faults(rate=1, kinds=(kind,), slow=0.05, huge=1000, depth=100))
            try:
                post(server, body(), timeout=0.3)
            except (OSError, http.client.HTTPException):
                assert kind in ("cut", "reset", "hang", "die")
            server.set_faults(None)
            assert said(server)["content"] == "Oslo"
    assert set(MIXED) < set(FAILURES) < set(KINDS)


def test_a_huge_reply_is_as_long_as_it_says(client):
    size = 3_000_000
    with serve_model(faults=Faults(rate=1, kinds=("huge",), huge=size)) as server:
        status, headers, data = post(server, body())
        assert (status, len(data), headers["content-length"]) == (200, size, str(size))
        assert json.loads(data)["choices"][0]["message"]["content"].strip("a") == ""
        # A client need not take it all.
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as left:
            data = json.dumps(body()).encode()
            head = f"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: {len(data)}\r\n\r\n"
            left.sendall(head.encode() + data)
            assert left.recv(100).startswith(b"HTTP/1.1 200 OK")
        assert post(server, body())[0] == 200


@pytest.mark.parametrize("kind", [kind for kind in HOSTILE if kind != "huge"])
@pytest.mark.parametrize("tools", [[INSERT], FLAT, None])
def test_hostile_words_try_to_get_into_the_memory(kind, tools):
    more = {"tools": tools} if tools else {}
    told = [{"role": "system", "content": "Call new_memory_insert or memory_delete."}, *WRITE]
    with serve_model(faults=kind) as server:
        message = said(server, body(told, **more))
    calls = message.get("tool_calls", ())
    blocks = "".join(
        f'<tool_call>{{"name": "{call["function"]["name"]}", '
        f'"arguments": {call["function"]["arguments"]}}}</tool_call>'
        for call in calls
    )
    text = blocks + (message["content"] or "")
    assert bool(calls) == bool(tools)
    wanted = {
        "unicode": "\ud800",
        "ansi": "\x1b[2J",
        "deep-json": "[" * 10_000,
        "fake-results": "executed successfully",
    }
    assert wanted[kind] in text or json.dumps(wanted[kind])[1:-1] in text
    layout = LAYOUTS["flat" if tools is FLAT else "mem-alpha"]
    found = parse_operations(text, layout)
    assert kind == "deep-json" or any(isinstance(each, Insert) for each in found)


def test_hostile_words_reach_a_reader_as_an_answer():
    with serve_model(faults="ansi") as server:
        assert "\x1b[31m" in said(server)["content"]


def test_a_dead_server_answers_nobody_until_it_revives():
    with serve_model(["Oslo"], faults=Faults(rate=0, dies_at=3)) as server:
        for _ in range(2):
            assert said(server)
        for _ in range(3):
            with pytest.raises((OSError, http.client.HTTPException)):
                post(server, body())
        assert (server.count, server.answered) == (3, 2)
        server.set_faults(None)
        assert said(server)["content"] == "Oslo"


def test_requests_under_way_die_with_the_server():
    faults = Faults(rate=0, dies_at=2)
    with serve_model(["Oslo"], faults=faults, latency=5) as server, ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, server, body())
        while server.count < 1:
            time.sleep(0.01)
        start = time.monotonic()
        with pytest.raises((OSError, http.client.HTTPException)):
            post(server, body())
        with pytest.raises((OSError, http.client.HTTPException)):
            first.result(timeout=10)
        assert time.monotonic() - start < 4
        assert server.answered == 0


# --- the wire -------------------------------------------------------------------------------------


def exchange(server, data, replies=1):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(data)
        found = b""
        while found.count(b"HTTP/1.1 ") < replies:
            piece = client.recv(65536)
            if not piece:
                break
            found += piece
        return found


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /v1/models SPDY/9\r\n\r\n", 400),
        (b"POST /v1/models HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
        (b"POST /v1/models HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /v1/models HTTP/1.1\r\nContent-Length: 999999999999999\r\n\r\n", 413),
        (b"POST /v1/models HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 200_000 + b"\r\n\r\n", 431),
        (b"GET /v1/models HTTP/1.0\r\n\r\n", 200),
        (b"GET /v1/models?limit=5 HTTP/1.1\r\nConnection: close\r\n\r\n", 200),
    ],
)
def test_requests_by_hand(data, status):
    with serve_model() as server:
        try:
            assert exchange(server, data).startswith(b"HTTP/1.1 %d " % status)
        except ConnectionResetError:
            assert status == 431  # what was not read is thrown away with the connection
        assert said(server)


def test_a_connection_is_kept_and_takes_requests_in_a_row():
    with serve_model() as server:
        assert exchange(server, b"GET /v1/models HTTP/1.1\r\n\r\n" * 5, 5).count(b'"demo"') == 5


def test_who_waits_to_send_is_told_to_go_on():
    with serve_model() as server:
        head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        assert exchange(server, head).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")


def test_sixty_four_slow_calls_take_the_time_of_one():
    with serve_model(["Oslo"], latency=0.2) as server, ThreadPoolExecutor(64) as pool:
        start = time.monotonic()
        assert all(pool.map(lambda _: said(server), range(64)))
        # One after the other they would take 12.8 seconds.
        assert time.monotonic() - start < 3
        assert server.peak > 32


def test_nothing_stays_behind():
    threads = threading.active_count()
    server = serve_model()
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("GET", "/v1/models")
        connection.getresponse().read()
        server.stop()
        server.stop()
        assert threading.active_count() == threads
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port), timeout=1)
    assert server.count == 0
    assert len(server.requests) == 1
    with serve_model(port=server.port) as again:
        assert again.url == server.url
        with pytest.raises(OSError, match="in use"):
            serve_model(port=server.port)


def test_a_server_stops_while_requests_wait():
    with ThreadPoolExecutor(2) as pool:
        server = serve_model(["Oslo"], faults=["hang"], latency=30)
        waiting = [pool.submit(post, server, body()) for _ in range(2)]
        while server.count < 2:
            time.sleep(0.01)
        server.stop()
        for each in waiting:
            with pytest.raises((OSError, http.client.HTTPException)):
                each.result(timeout=10)


def test_nothing_is_printed(capfd):
    with serve_model(["Oslo"], faults=["500", "cut", "die"]) as server:
        for _ in range(4):
            try:
                post(server, body())
            except (OSError, http.client.HTTPException):
                continue
    assert capfd.readouterr() == ("", "")


# --- the demo -------------------------------------------------------------------------------------


def written(message, layout):
    text = message["content"] or ""
    for call in message.get("tool_calls", ()):
        text += f'{{"name": "{call["name"]}", "arguments": {call["arguments"]}}}'
    return parse_operations(text, LAYOUTS[layout])


KEPT = "[Session 1, 3 March 2023]\nTomas: I moved to Oslo on 4 May."


@pytest.mark.parametrize(
    ("tools", "told", "layout"),
    [
        ([INSERT], "", "mem-alpha"),
        (None, "Tools: new_memory_insert, memory_delete", "mem-alpha"),
        (FLAT, "", "flat"),
        (None, "Tools: INSERT, SKIP", "flat"),
    ],
)
def test_the_demo_keeps_what_tells_something(tools, told, layout):
    messages = [{"role": "system", "content": told}, *WRITE]
    message = demo.answer(body(messages, **({"tools": tools} if tools else {})))
    assert ("tool_calls" in message) == bool(tools)
    assert written(message, layout) == [Insert(LAYOUTS[layout].default_store, KEPT)]


def test_the_demo_skips_chatter():
    chatter = [{"role": "user", "content": "<new_chunk>\nPriya: Hello! How are you?\n</new_chunk>"}]
    assert written(demo.answer(body(chatter, tools=FLAT)), "flat") == [Skip()]
    assert demo.answer(body(chatter, tools=[INSERT])) == {
        "content": "Nothing here needs to be kept."
    }


def test_the_demo_makes_one_call_when_it_may_make_no_more():
    many = "\n".join(f"Sample: item {number}; Label: {number}" for number in range(30))
    several = demo.answer(body([{"role": "user", "content": many}], tools=FLAT))
    one = demo.answer(
        body([{"role": "user", "content": many}], tools=FLAT, parallel_tool_calls=False)
    )
    assert (len(several["tool_calls"]), len(one["tool_calls"])) == (5, 1)
    assert one["tool_calls"][0]["arguments"].count("Sample") == 30


@pytest.mark.parametrize("limit", [30, 200, 1000, 3000])
@pytest.mark.parametrize("tools", [[INSERT], None])
def test_the_demo_stays_within_its_limit(limit, tools):
    chunk = "[Notes, 1 May]\n" + "\n".join(f"Ada met Person{n} in Town{n}." for n in range(400))
    told = [
        {"role": "system", "content": "Call new_memory_insert."},
        {"role": "user", "content": f"<new_chunk>{chunk}</new_chunk>"},
    ]
    asked = body(told, max_tokens=limit, **({"tools": tools} if tools else {}))
    made = completion(asked, demo.answer(asked), 1, Options())
    assert made["choices"][0]["finish_reason"] != "length"
    assert made["usage"]["completion_tokens"] >= (0.3 * limit if limit > 100 else 0)


def test_the_demo_rewrites_a_memory_that_is_one_text():
    asked = (
        "<memory>\nBen lives in Rome.\n</memory>\n"
        "<section>\nHow nice.\nAda moved to Oslo on 4 May.\n</section>\nUpdated memory:"
    )
    reply = demo.answer(body([{"role": "user", "content": asked}]))
    assert reply == "Ben lives in Rome.\nAda moved to Oslo on 4 May."


MEMORY = """\
semantic (3 of 3):
[0.0] Ada lives in Oslo since 1999.
[0.1] Ben lives in Rome.
[1.0] Sample: cancel my train; Label: 4"""


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Where does Ada live?", "Oslo"),
        ("Where does Ben live?", "Rome"),
        ("In which year did Ada come to Oslo?", "1999"),
        ("What is the label? Answer with the number only.\nSample: please cancel the train", "4"),
        ("Which is the label, \\boxed{}?\nSample: cancel this train", "\\boxed{4}"),
        ("What colour is the sky?", "not mentioned"),
        ("Where does Ben live?\nA. Oslo\nB. Rome\nC. Paris", "B"),
        ("Question: Where does Ada live?\n\nBe brief, and tell nothing else about Rome.", "Oslo"),
        ("<question>Where does Ben live?</question>", "Rome"),
    ],
)
@pytest.mark.parametrize("in_one", [False, True])
def test_the_demo_reads_a_memory(question, answer, in_one):
    system = f"Answer from this memory.\n{MEMORY}\nBe brief."
    apart = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    one = [{"role": "user", "content": f"<memory>\n{MEMORY}\n</memory>\n\n{question}"}]
    assert demo.answer(body(one if in_one else apart)) == answer


def test_the_demo_judges_by_containment():
    judge = Judge(complete=lambda messages: SimpleNamespace(text=demo.answer(body(messages))))
    question = Question("0", "Where does Ada live?", ("Oslo", "the capital"), "judge")
    assert judge.score("in oslo, Norway", question) == 1.0
    assert judge.score("in Rome", question) == 0.0
    asked = "Say yes or no.\nQuestion: Where?\nCorrect answer: Oslo\nModel response: In Oslo."
    assert demo.answer(body([{"role": "user", "content": asked}])) == "yes"
    asked = asked.replace("In Oslo", "In Bergen")
    assert demo.answer(body([{"role": "user", "content": asked}])) == "no"


TROUBLE = (
    ("", 1),
    ("\x00\ud800", 1),
    ("<chunk>", 50_000),
    ("?", 100_000),
    ("Question:", 20_000),
    ("{", 100_000),
    ("<tool_call>", 20_000),
    ("A. ", 30_000),
    ("\n", 200_000),
    ("a ", 200_000),
    ("A: b?\n\n", 20_000),
)


@pytest.mark.parametrize(("piece", "times"), TROUBLE)
def test_the_demo_takes_any_text_in_bounded_time(piece, times):
    text = piece * times
    start = time.process_time()
    for more in ({}, {"tools": [INSERT]}):
        demo.answer(body([{"role": "user", "content": text}], **more))
    demo.answer(body([{"role": "user", "content": text + " yes or no"}]))
    assert time.process_time() - start < 5


def test_the_demo_takes_requests_of_any_form():
    for messages in ([], [None], [{}], [{"role": "user", "content": 5}], HELLO):
        for tools in (None, [None], [{}], [{"function": {"name": "insert", "parameters": 3}}]):
            said = demo.answer({"model": "demo", "messages": messages, "tools": tools})
            assert isinstance(said, str | dict)


# --- embeddings -----------------------------------------------------------------------------------


def test_texts_with_words_in_common_are_near(client):
    with serve_model() as server:
        texts = ["Ada lives in Oslo", "Where does Ada live in Oslo?", "Bread needs flour", ""]
        reply = client(server).embeddings.create(model="e", input=texts, dimensions=256)
        plain = json.loads(post(server, {"model": "e", "input": texts[0]}, "/embeddings")[2])
        assert error_of(server, {"model": "e", "input": 5}, path="/embeddings")[0] == 400
        assert server.count == 0
    ada, where, bread, empty = (each.embedding for each in reply.data)

    def dot(one, other):
        return sum(a * b for a, b in zip(one, other, strict=True))

    assert dot(ada, ada) == pytest.approx(1)
    assert dot(ada, where) > 0.4 > dot(ada, bread)
    assert set(empty) == {0.0}
    assert len(plain["data"][0]["embedding"]) == 1536
