"""A stand-in for vLLM on this machine: enough of its interface to be asked by ours."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from memenv_baselines.llm.serving import Server

from memenv.errors import ModelError, SettingError


@pytest.fixture
def stand_in():
    """(url, what it was asked, answers by path)."""
    asked, answers = [], {}

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            self.reply({})

        def do_POST(self):
            self.reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def reply(self, value):
            asked.append((self.path, value))
            code, body = answers[self.path]
            body = body(value) if callable(body) else body
            self.send_response(code)
            self.end_headers()
            self.wfile.write(body.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    answers["/v1/models"] = (200, '{"data": [{"id": "base"}]}')
    answers["/v1/load_lora_adapter"] = (200, "Success")
    answers["/v1/unload_lora_adapter"] = (200, "Success")
    yield f"http://127.0.0.1:{server.server_port}", asked, answers
    server.shutdown()
    server.server_close()
    thread.join()


def told(value):
    choice = {"token_ids": value["prompt"][:2], "logprobs": {"token_logprobs": [-0.5, -1.5]}}
    return json.dumps({"choices": [choice]})


def test_prompts_and_answers_are_tokens_in_their_order(stand_in):
    url, asked, answers = stand_in
    answers["/v1/completions"] = (200, told)
    server = Server(f"{url}/v1/")
    assert server.model() == "base"
    prompts = [[number, 7, 8] for number in range(20)]
    got = server.complete("base", prompts, 9, 1.0, range(20))
    assert got == [([number, 7], [-0.5, -1.5]) for number in range(20)]
    sent = next(value for path, value in asked if path == "/v1/completions")
    assert (sent["model"], sent["max_tokens"], sent["return_token_ids"]) == ("base", 9, True)


def test_a_new_adapter_takes_the_place_of_the_old(stand_in):
    url, asked, _ = stand_in
    server = Server(url)
    server.load_adapter("memenv-1", "/a/1")
    server.load_adapter("memenv-2", "/a/2", "memenv-1")
    assert asked == [
        ("/v1/load_lora_adapter", {"lora_name": "memenv-1", "lora_path": "/a/1"}),
        ("/v1/load_lora_adapter", {"lora_name": "memenv-2", "lora_path": "/a/2"}),
        ("/v1/unload_lora_adapter", {"lora_name": "memenv-1"}),
    ]


def test_a_server_that_is_not_there_is_told(stand_in):
    with pytest.raises(ModelError, match=r"cannot be reached .*--vllm-url"):
        Server("http://127.0.0.1:1").model()
    with pytest.raises(SettingError, match=r"like http://127.0.0.1:8000"):
        Server("127.0.0.1:8000")


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ((400, "no such adapter"), "400: no such adapter"),
        ((200, '{"choices": [{"text": "hi"}]}'), "without tokens"),
        ((200, "{broken"), "not answer in JSON"),
        ((200, '{"choices": [{"token_ids": [], "logprobs": {"token_logprobs": []}}]}'), "told 0"),
    ],
)
def test_answers_that_are_none_are_told(stand_in, reply, message):
    url, _, answers = stand_in
    answers["/v1/completions"] = reply
    with pytest.raises(ModelError, match=message):
        Server(url).complete("base", [[1]], 9, 1.0, [0])
