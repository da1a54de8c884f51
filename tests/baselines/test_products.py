"""Products of others, seen through the adapter: as themselves, and over HTTP."""

import http.server
import json
import re
import shlex
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memenv_baselines.products import http_memory
from memenv_baselines.products.base import Product
from memenv_baselines.products.http_memory import HttpMemory
from memenv_baselines.products.own_search import OwnSearch

import memenv
from memenv import Chunk, Delete, Insert, Instance, Memory, Question, Update, pipeline, tokens
from memenv.errors import MemenvError, ModelError, SettingError
from memenv.harness.config import Config, Target
from memenv.harness.execute import Spec, execute
from memenv.models import Completion, Endpoint
from memenv.readers.lexical import Lexical
from memenv.search import words
from memenv.testing import check_agent, small_instance
from memenv.types import Usage
from memenv.views import make_view


class Notebook(Product):
    """Keeps every chunk, and finds by shared words."""

    def __init__(self):
        self.notes = {}
        self.asked = []
        self.closed = 0

    def add(self, text, time):
        self.notes[f"n{len(self.notes)}"] = text

    def items(self):
        return self.notes

    def search(self, query, limit):
        self.asked.append((self.step, query))
        wanted = set(words(query))
        scored = [(name, len(wanted & set(words(text)))) for name, text in self.notes.items()]
        return sorted((pair for pair in scored if pair[1]), key=lambda pair: -pair[1])[:limit]

    def reset(self):
        self.notes.clear()

    def close(self):
        self.closed += 1


class Scripted(Product):
    """Holds what a script says after each chunk."""

    def __init__(self, *states):
        self.states = states
        self.at = -1

    def add(self, text, time):
        self.at += 1

    def items(self):
        return {} if self.at < 0 else self.states[self.at]

    def reset(self):
        self.at = -1


def stream(count, after=None):
    chunks = tuple(Chunk(f"Chunk {number}.", number) for number in range(count))
    return Instance(
        "test", "AR", "test", chunks, (Question("0", "Who?", ("Ada",), "subem", after),)
    )


def played(product, count, capacity=None, layout="flat"):
    trajectory = pipeline.begin(stream(count), layout, capacity)
    return pipeline.play(trajectory, product, make_view(product.view))


def texts(memory):
    return {entry.text for entry in memory.entries}


# --- the mirror -----------------------------------------------------------------------------------


def test_a_product_keeps_the_contract_of_agents():
    check_agent(Notebook)


def test_what_is_added_changed_and_removed_is_mirrored():
    trajectory = played(
        Scripted(
            {"a": "Ada is in Rome.", "b": "Ben is in Lima."},
            {"a": "Ada is in Oslo.", "b": "Ben is in Lima.", "c": "Eve came."},
            {"a": "Ada is in Oslo.", "c": "Eve came."},
            {"a": "Ada is in Oslo.", "c": "Eve came."},
        ),
        4,
    )
    assert [list(step.operations) for step in trajectory.steps[:3]] == [
        [Insert("memory", "Ada is in Rome."), Insert("memory", "Ben is in Lima.")],
        [Update("0.0", "Ada is in Oslo."), Insert("memory", "Eve came.")],
        [Delete("0.1")],
    ]
    assert texts(trajectory.memories[-1]) == {"Ada is in Oslo.", "Eve came."}
    assert trajectory.memories[-1].get("0.0").writers == (0, 1)


def test_items_of_one_text_are_one_entry_until_the_last_of_them_is_gone():
    trajectory = played(
        Scripted(
            {"a": "same", "b": "same"},
            {"a": "other", "b": "same"},
            {"a": "other", "b": "third"},
            {"a": "third", "b": "third"},
            {},
        ),
        5,
    )
    assert [texts(memory) for memory in trajectory.memories] == [
        set(),
        {"same"},
        {"same", "other"},
        {"third", "other"},
        {"third"},
        set(),
    ]
    assert all(each.status == "ok" for step in trajectory.steps for each in step.outcomes)


def test_two_items_that_swap_their_texts_change_nothing():
    trajectory = played(Scripted({"a": "x", "b": "y"}, {"a": "y", "b": "x"}), 2)
    assert trajectory.memories[1] == trajectory.memories[2]


def test_what_does_not_fit_is_rejected_once_and_tried_again_when_there_is_room():
    long, short = "word " * 30, "Ada."
    trajectory = played(
        Scripted(
            {"s": short, "l": long}, {"s": short, "l": long}, {"l": long, "x": short}, {"l": long}
        ),
        4,
        capacity=tokens.count(long) + 1,
    )
    kinds = [[each.status for each in step.outcomes] for step in trajectory.steps]
    assert kinds == [["ok", "rejected"], ["ok"], ["ok"], ["ok", "ok"]]
    assert trajectory.steps[1].operations == (memenv.Skip(),)
    assert texts(trajectory.memories[-1]) == {long}


def test_an_old_text_goes_even_where_the_new_one_does_not_fit():
    trajectory = played(Scripted({"a": "Ada."}, {"a": "word " * 40}), 2, capacity=8)
    assert [each.status for each in trajectory.steps[1].outcomes] == ["ok", "rejected"]
    assert len(trajectory.memories[-1]) == 0


@pytest.mark.parametrize("text", ["", "  \n", "lone \ud800"])
def test_what_no_memory_takes_is_rejected_once(text):
    trajectory = played(Scripted({"a": text}, {"a": text}, {"a": "fine"}), 3, capacity=100)
    kinds = [[each.status for each in step.outcomes] for step in trajectory.steps]
    assert kinds == [["rejected"], ["ok"], ["ok"]]
    assert texts(trajectory.memories[-1]) == {"fine"}


STATES = st.dictionaries(
    st.sampled_from("abcdef"),
    st.sampled_from(["", "one", "two words", "three more words", "x " * 9]),
)


@settings(max_examples=100)
@given(st.lists(STATES, min_size=1, max_size=8))
def test_without_a_limit_the_memory_is_what_the_product_holds(states):
    trajectory = played(Scripted(*states), len(states))
    for state, memory in zip(states, trajectory.memories[1:], strict=True):
        assert texts(memory) == {text for text in state.values() if text}
    rejected = [each for step in trajectory.steps for each in step.outcomes if each.status != "ok"]
    assert all(each.reason == "the text is blank" for each in rejected)


@settings(max_examples=100)
@given(st.lists(STATES, min_size=1, max_size=8), st.integers(2, 14))
def test_under_a_limit_the_memory_has_nothing_that_the_product_has_not(states, capacity):
    trajectory = played(Scripted(*states), len(states), capacity=capacity)
    for state, memory in zip(states, trajectory.memories[1:], strict=True):
        missing = {text for text in state.values() if text} - texts(memory)
        assert texts(memory) <= set(state.values())
        assert all(tokens.count(text) > capacity - memory.tokens for text in missing)


def test_a_product_that_is_not_empty_at_the_start_is_refused():
    class Full(Notebook):
        def reset(self):
            self.notes["old"] = "of somebody else"

    with pytest.raises(SettingError, match=r"Full holds 1 items before .* reset\(\)"):
        memenv.run_episode(small_instance(), Full())


def test_one_object_serves_several_episodes_when_it_can_be_reset():
    notebook = Notebook()
    first = memenv.run_episode(small_instance(), notebook)
    assert memenv.run_episode(small_instance(), notebook).digest == first.digest


def test_a_product_cannot_be_given_chunks_out_of_order():
    product = Notebook()
    played(product, 2)
    trajectory = pipeline.advance(pipeline.begin(stream(3), "flat", None), [])
    with pytest.raises(SettingError, match="chunk 1 after chunk 1"):
        product.act(pipeline.observe(trajectory, make_view("full")))


def test_a_view_that_hides_entries_is_refused():
    with pytest.raises(SettingError, match="see every entry"):
        memenv.run_episode(small_instance(), Notebook(), view="newest_1")


@pytest.mark.parametrize("items", [{1: "x"}, {"a": None}, ["a"]])
def test_items_that_are_no_texts_are_refused(items):
    class Odd(Notebook):
        def items(self):
            return items if self.notes else {}

    with pytest.raises(SettingError, match=r"items\(\)"):
        memenv.run_episode(small_instance(), Odd())


def test_what_a_product_spent_is_unknown_unless_it_says_so():
    class Frugal(Notebook):
        def spent(self):
            return Usage(calls=2, usd=0.5)

    assert memenv.run_episode(small_instance(), Notebook()).usage.usd is None
    assert memenv.run_episode(small_instance(), Frugal()).usage == Usage(calls=8, usd=2.0)


def test_an_agent_given_by_name_is_closed_and_an_object_is_not(monkeypatch):
    closed = []
    monkeypatch.setattr(Notebook, "close", lambda self: closed.append(self))
    memenv.run_episode(small_instance(), Notebook())
    assert closed == []
    monkeypatch.setattr(Notebook, "add", lambda self, text, time: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        memenv.run_episode(small_instance(), f"{__name__}:Notebook")
    assert len(closed) == 1


# --- its own search -------------------------------------------------------------------------------


def test_its_own_search_is_what_the_reader_may_read():
    asked = []

    class Noting(Lexical):
        def answer(self, question, memory):
            asked.append((question.text, texts(memory)))
            return super().answer(question, memory)

    reader = OwnSearch(limit=1)
    reader._make = Noting
    product = Notebook()
    record = memenv.run_episode(small_instance(), product, reader)
    assert len(asked) == len(small_instance().questions)
    for text, given_texts in asked:
        found = product.search(text, 1)
        assert given_texts == {product.notes[name] for name, _ in found}
    shown = [each["retrieved"] for each in record.evidence]
    assert all(len(each) <= 1 for each in shown)
    assert any(shown)


def test_questions_are_asked_at_their_moment():
    product = Notebook()
    instance = stream(5, after=2)
    last = Question("1", "Chunk?", ("Ada",), "subem")
    instance = Instance("test", "AR", "test", instance.chunks, (*instance.questions, last))
    record = memenv.run_episode(instance, product, OwnSearch())
    assert product.asked == [(2, "Who?"), (4, "Chunk?")]
    assert len(record.grades) == 2


def test_a_search_that_fails_is_a_failure_of_the_reader():
    class Failing(Notebook):
        def search(self, query, limit):
            raise ModelError("the index is down")

    stages = []
    with pytest.raises(ModelError, match="index is down"):
        memenv.run_episode(
            stream(3, after=1),
            Failing(),
            OwnSearch(),
            watch=lambda stage, step: stages.append(stage),
        )
    assert stages[-1] == "reader"


def test_a_credit_scheme_that_asks_of_earlier_memories_needs_another_reader():
    with pytest.raises(SettingError, match="cannot be set back"):
        memenv.run_episode(small_instance(), Notebook(), OwnSearch(), credit="finemem")


def test_a_credit_scheme_that_asks_of_replays_needs_another_reader():
    with pytest.raises(SettingError, match="credit schemes that ask again later"):
        memenv.run_episode(stream(4), Notebook(), OwnSearch(), credit="counterfactual")


def test_an_agent_without_a_search_is_refused():
    with pytest.raises(SettingError, match=r"Lines has no method search"):
        memenv.run_episode(small_instance(), "lines", "own-search")
    with pytest.raises(SettingError, match="by memenv eval or run_episode"):
        OwnSearch().answer(Question("0", "Who?", (), "subem"), Memory.empty())


@pytest.mark.parametrize(
    ("found", "message"),
    [([("n0", float("nan"))], "finite score"), ([("n0",)], "pairs"), ([("n0", "1")], "finite")],
)
def test_a_score_that_is_no_number_is_refused(found, message):
    class Odd(Notebook):
        def search(self, query, limit):
            return found

    with pytest.raises(SettingError, match=message):
        memenv.run_episode(small_instance(), Odd(), OwnSearch())


def test_what_the_memory_lacks_is_left_out_and_the_best_come_first():
    class Odd(Notebook):
        def search(self, query, limit):
            return [("gone", 9.0), ("n1", 1), ("n2", 3.0), ("n1", 2.0)]

    record = memenv.run_episode(small_instance(), Odd(), OwnSearch())
    shown = [(each["entry"], each["score"]) for each in record.evidence[0]["retrieved"]]
    assert shown == [("2.0", 3.0), ("1.0", 2.0)]


def test_the_reader_that_answers_is_any_reader():
    reader = memenv.make("reader", "own-search", reader="api", model="toy", limit=2)
    assert reader.needs_model
    assert reader.endpoint == Endpoint("toy")
    assert reader.version.startswith("1+api-")
    asked = []

    def complete(messages, **settings):
        asked.append(messages)
        return Completion("Oslo")

    reader.complete = complete
    record = memenv.run_episode(small_instance(), Notebook(), reader)
    assert [grade.answer.text for grade in record.grades if grade.answer.retrieved]
    assert asked


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"limit": 0}, "limit is an integer"),
        ({"reader": "own-search"}, "name one that does not"),
        ({"reader": "lexcial"}, "did you mean 'lexical'"),
        ({"k": "x"}, "k is an integer"),
    ],
)
def test_a_setting_of_the_reader_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(MemenvError, match=message):
        OwnSearch(**arguments)


def test_nothing_outside_is_reached_for_an_estimate():
    class Closed(Notebook):
        def add(self, text, time):
            raise AssertionError("reached")

        items = reset = search = add

    record = memenv.run_episode(small_instance(), Closed(), OwnSearch(limit=2), rehearsal=True)
    assert [step["operations"][0]["op"] for step in record.steps] == ["insert"] * 4
    assert len(record.evidence[0]["retrieved"]) == 2


# --- the guide ------------------------------------------------------------------------------------

GUIDE = Path(__file__).parents[2] / "docs/evaluate-your-memory-product.md"


@pytest.mark.slow
def test_the_guide_holds_word_for_word(tmp_path):
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE.read_text("utf-8"), re.M | re.S)
    for kind, code in blocks:
        if named := re.match(r"# (\w+\.py)\n", code):
            assert kind in ("py", "python")
            (tmp_path / named[1]).write_text(code, "utf-8")
    lines = [line for kind, code in blocks if kind == "text" for line in code.splitlines()]
    commands = [line for line in lines if "mem0" not in line and not line.startswith("export")]
    assert [line.split()[0] for line in commands] == ["memenv"] * 3 + ["python"] + ["memenv"] * 2
    port = free_port()
    servers = []
    try:
        for line in commands:
            program, *words = shlex.split(line.replace("8080", str(port)).removesuffix("&"))
            if program == "python":
                servers.append(subprocess.Popen([sys.executable, *words], cwd=tmp_path))
                wait_for(port)
                continue
            done = subprocess.run(
                [sys.executable, "-m", "memenv.cli.main", *words],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=300,
            )
            assert done.returncode == 0, f"{line}\n{done.stderr}"
    finally:
        for server in servers:
            server.terminate()
            server.wait()


def free_port():
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]


def wait_for(port):
    for _ in range(200):
        with socket.socket() as opened:
            if opened.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("no server came up")


# --- over HTTP ------------------------------------------------------------------------------------


class Server:
    """A product in another language, as far as we can tell."""

    def __init__(self):
        self.sessions = {}
        self.requests = []
        self.faults = {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                what = self.path.rpartition("/")[2]
                outer.requests.append((what, body, self.headers.get("authorization")))
                fault = outer.faults.get(what)
                status, reply = (fault.pop(0) if fault else None) or (200, outer.reply(what, body))
                if status == "hang":
                    time.sleep(reply)
                    status, reply = 200, {}
                raw = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(raw)))
                if status == 429:
                    self.send_header("retry-after", "0")
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/memory"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def reply(self, what, body):
        held = self.sessions.setdefault(body["session"], [])
        if what == "add":
            held.append(body["text"])
        elif what == "reset":
            del self.sessions[body["session"]]
        elif what == "list":
            return {"items": [{"id": number, "text": text} for number, text in enumerate(held)]}
        else:
            wanted = set(words(body["query"]))
            best = sorted(range(len(held)), key=lambda n: -len(wanted & set(words(held[n]))))
            return {"items": [{"id": number} for number in best[: body["limit"]]]}
        return {}

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def server():
    made = Server()
    yield made
    made.stop()


def made(server, **arguments):
    return {"agent": {"url": server.url, **arguments}}


def run_http(server, reader="lexical", **arguments):
    return memenv.run_episode(
        small_instance(), "http-memory", reader, arguments=made(server, **arguments)
    )


def test_a_product_behind_http_is_the_same_as_the_one_in_the_process(server):
    here = memenv.run_episode(small_instance(), Notebook())
    there = run_http(server)
    assert there.steps == here.steps
    assert there.score == here.score
    assert server.requests[0][0] == "reset"
    assert server.requests[-1][0] == "reset"
    assert server.sessions == {}


def test_its_search_over_http_needs_no_scores(server):
    record = run_http(server, "own-search")
    asked = [body for what, body, _ in server.requests if what == "search"]
    assert len(asked) == len(small_instance().questions)
    assert all(body["limit"] == 20 for body in asked)
    assert record.evidence[0]["retrieved"][0]["score"] == 1.0


def test_episodes_side_by_side_have_sessions_of_their_own(server):
    config = Config(
        "http-memory",
        (Target("memalpha-ar", size=4),),
        agent_arguments={"url": server.url},
        repeats=4,
    )
    specs = [Spec(config, config.targets[0], 0, repeat) for repeat in range(4)]
    results = [None] * 4

    def run(number):
        results[number] = execute(specs[number])

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({result.record["memory_digest"] for result in results}) == 1
    assert len({body["session"] for _, body, _ in server.requests}) == 4


def test_a_product_that_is_busy_is_asked_again_and_adds_once(server):
    server.faults["add"] = [(429, {}), (503, {}), None]
    record = run_http(server)
    assert record.steps == memenv.run_episode(small_instance(), Notebook()).steps


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ((500, b"\x1b[31mbroken"), r"status 500: .*\\x1b\[31mbroken"),
        ((302, {}), "status 302"),
        ((200, b"oops"), "no JSON"),
        ((200, b"[" * 100_000), "no JSON"),
        ((200, []), "no JSON object"),
        ((200, {}), "expected"),
        ((200, {"items": [1]}), "expected"),
        ((200, {"items": [{"id": 1}]}), "an item is"),
        ((200, {"items": [{"id": None, "text": "x"}]}), "an item is"),
        (("hang", 1.5), "timed out|Timeout"),
    ],
)
def test_a_product_that_fails_is_a_failure_and_no_score(server, fault, message):
    server.faults["list"] = [None, None, fault]
    with pytest.raises(ModelError, match=message):
        run_http(server, timeout=0.5)
    # It is closed all the same.
    assert server.requests[-1][0] == "reset"


def test_a_text_that_may_have_arrived_is_not_sent_again(server):
    server.faults["add"] = [("hang", 1.5)]
    with pytest.raises(ModelError):
        run_http(server, timeout=0.3)
    assert [what for what, _, _ in server.requests].count("add") == 1


def test_a_reply_is_bounded(server, monkeypatch):
    monkeypatch.setattr(http_memory, "MAX_BYTES", 1000)
    server.faults["list"] = [(200, {"items": [{"id": "a", "text": "x" * 2000}]})]
    with pytest.raises(ModelError, match="more than 1,000 bytes"):
        run_http(server)


def test_a_product_that_is_not_there_is_a_failure():
    server = Server()
    server.stop()
    begun = time.monotonic()
    with pytest.raises(ModelError, match=r"127\.0\.0\.1"):
        run_http(server)
    assert time.monotonic() - begun < 20


def test_the_key_is_sent_and_told_to_nobody(server, monkeypatch):
    monkeypatch.setenv(http_memory.KEY, "canary-1234567")
    assert "canary" not in json.dumps(run_http(server).to_dict())
    assert {key for *_, key in server.requests} == {"Bearer canary-1234567"}
    server.faults["list"] = [(500, b"x" * 48 + b" canary-1234567")]
    config = Config("http-memory", (Target("memalpha-ar", size=4),), {"url": server.url})
    failure = execute(Spec(config, config.targets[0], 0, 0)).failure
    assert failure.error == "ModelError"
    assert "canary" not in failure.message
    assert "status 500" in failure.message
    items = [{"id": "canary-1234567", "text": "sent with canary-1234567"}]
    server.faults["list"] = [None, *[(200, {"items": items})] * 3]
    record = run_http(server).to_dict()
    assert f"sent with [{http_memory.KEY}]" in json.dumps(record)
    assert "canary" not in json.dumps(record)


def test_a_product_behind_http_is_not_reached_for_an_estimate(server):
    memenv.run_episode(
        small_instance(), "http-memory", "own-search", arguments=made(server), rehearsal=True
    )
    assert server.requests == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"url": "127.0.0.1:80"}, "url is like"),
        ({"url": "http://me:secret@host"}, "url is like"),
        ({"url": "http://host?key=1"}, "url is like"),
        ({"url": "http://[::1"}, "url is like"),
        ({"url": None}, "url is like"),
        ({"timeout": 0}, "timeout is"),
        ({"timeout": True}, "timeout is"),
    ],
)
def test_a_setting_of_http_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(SettingError, match=message) as raised:
        HttpMemory(**{"url": "http://127.0.0.1:1", **arguments})
    assert "secret" not in str(raised.value)


def test_a_key_that_no_header_can_carry_is_refused(monkeypatch):
    monkeypatch.setenv(http_memory.KEY, "two\nlines")
    with pytest.raises(SettingError, match=http_memory.KEY) as raised:
        HttpMemory("http://127.0.0.1:1")
    assert "two" not in str(raised.value)
