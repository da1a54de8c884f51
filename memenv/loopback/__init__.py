"""A model server on this machine: for tests, for load, and for a demo without a key.

    from memenv.loopback import Faults, serve_model

    with serve_model(["Oslo", "I do not know."], faults=Faults(rate=0.3)) as server:
        client = openai.OpenAI(base_url=server.url, api_key="any")
        ...
    assert server.count == 2

It speaks the chat-completions interface of OpenAI (and `models` and `embeddings`), listens on
127.0.0.1 alone, and misbehaves on demand. `demo` is a model of simple rules that can write
memories, read them and judge answers.
"""

from memenv.loopback.behaviours import Behaviour, Said
from memenv.loopback.faults import FAILURES, HOSTILE, KINDS, MIXED, Faults
from memenv.loopback.server import ModelServer, Request, serve_model

__all__ = [
    "FAILURES",
    "HOSTILE",
    "KINDS",
    "MIXED",
    "Behaviour",
    "Faults",
    "ModelServer",
    "Request",
    "Said",
    "serve_model",
]
