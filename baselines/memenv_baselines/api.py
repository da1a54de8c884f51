"""`api`: a model behind an OpenAI-compatible interface keeps the memory by calling tools.

One turn for each chunk, in a fresh context: the system message has the parts of the memory and what
it holds, the user message has the chunk (Mem-alpha, arXiv 2509.25911, and its released code). What
the model says is given back as text; `memenv.actions` reads the operations from it.

    memenv eval --agent api --model gpt-4.1-mini -a style=mem-alpha --suite quick
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from typing import ClassVar

from memenv import tokens
from memenv.actions import text_of_calls, tool_schemas
from memenv.errors import SettingError
from memenv.memory import CORE, LAYOUTS, Entry, Layout
from memenv.models import Complete
from memenv.prompts import Prompt, costs, fits, harmless, hashes, listed, load, version_of
from memenv.protocols import Observation
from memenv.sampling import MOST, Sampling, endpoint_of, integer, no_model
from memenv.types import canonical_json, sha256
from memenv.views import DEFAULT

STYLES = ("memenv", "mem-alpha", "fine-mem")
TOOLS = ("auto", "native", "text")
MARKERS = "mem-alpha"
"""The style whose calls as text have the marks that the released Memalpha-4B was trained with."""

ANSWER_SHARE = 0.8
"""Of the tokens of a completion, what the prompt allows the answer: 1,638 of 2,048 in Mem-alpha."""

_PACKAGE = "memenv_baselines"
_SHARED = load(_PACKAGE, "api-1")
_STYLES = {style: load(_PACKAGE, f"api-{style}-1") for style in STYLES}


class Api:
    """A model that is shown the chunk and a part of the memory, and answers with tool calls.

    Args:
        model: as the server names it.
        base_url: of the server; `None` is where the environment says.
        style: of the prompt: `memenv`; `mem-alpha` and `fine-mem` after the papers.
        temperature: 0 is answered from the cache when asked again.
        max_tokens: of an answer.
        tools: `native` tool calls; calls as `text`; or both are offered (`auto`), as some servers
            know no tools and some do not say so.
        seed: sent to the server; for repeats at temperatures above 0.
        budget: tokens of a prompt. The number of entries shown is halved until it fits, as in
            Mem-alpha; the chunk and the core are never cut.
        thinking: true or false is sent to servers that have a switch for it.

    Attributes:
        prompts: name -> sha256 of all that the wording of a prompt depends on.
        endpoint: which model to ask.
        complete: the way to it, to be handed in.
    """

    prompts: ClassVar[dict[str, str]] = {
        **hashes([_SHARED, *_STYLES.values()]),
        "tools": sha256(canonical_json([tool_schemas(layout) for layout in LAYOUTS.values()])),
    }
    version = version_of("1", prompts)
    needs_model = True
    view = DEFAULT

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        style: str = "memenv",
        temperature: float = 0.0,
        max_tokens: int = 2048,
        tools: str = "auto",
        seed: int | None = None,
        budget: int = 6144,
        thinking: bool | None = None,
    ) -> None:
        owner = "agent 'api'"
        self.endpoint = endpoint_of(owner, model, base_url)
        for name, value, known in (("style", style, STYLES), ("tools", tools, TOOLS)):
            if value not in known:
                raise SettingError(f"{owner}: {name} is one of {', '.join(known)}, not {value!r}")
        integer(owner, "budget", budget, 1, MOST)
        self.sampling = Sampling(owner, temperature, max_tokens, seed=seed, thinking=thinking)
        self.style, self.tools, self.budget = style, tools, budget
        self.complete: Complete = no_model

    def act(self, observation: Observation) -> str:
        """What the model said, its tool calls written behind it.

        Raises:
            ModelError: when it could not be asked.
        """
        system, user = self.prompt(observation)
        schemas = tool_schemas(observation.layout) if self.tools != "text" else ()
        said = self.sampling.ask(self.complete, user, system, schemas)
        return text_of_calls(said.text, said.calls)

    def prompt(self, observation: Observation) -> tuple[str, str]:
        """The system and the user message for one chunk."""
        style = _STYLES[self.style]
        user = style.fill(
            "user",
            number=str(observation.step + 1),
            count=str(observation.steps),
            when=when(observation),
            chunk=harmless(observation.chunk.text),
            limit=str(int(ANSWER_SHARE * self.sampling.max_tokens)),
        )
        fixed = tokens.count(self._system(style, observation, [])) + tokens.count(user)
        shown = newest_that_fit(observation.entries, self.budget - fixed)
        return self._system(style, observation, shown), user

    def _system(self, style: Prompt, observation: Observation, shown: Sequence[Entry]) -> str:
        layout = observation.layout
        as_text = self.tools == "text" and self.style == MARKERS
        return style.fill(
            "system",
            stores="\n".join(_stores(layout)),
            memory=_memory(observation, shown),
            room=_room(observation),
            tools=_tools(layout, "markers" if as_text else self.tools),
        )


def when(observation: Observation) -> str:
    """The time of a chunk as a sentence, when it has one."""
    time = observation.chunk.time
    return "" if time is None else f" Time: {harmless(time)}."


def newest_that_fit(entries: Sequence[Entry], room: int) -> list[Entry]:
    """The newest entries of each store, as many of each, within a number of tokens.

    The number is that of the largest store, halved until all fit; the core takes no part.
    """
    stores: dict[str, list[Entry]] = {}
    for entry in reversed(entries):
        if entry.id != CORE:
            stores.setdefault(entry.store, []).append(entry)
    sizes = [len(held) for held in stores.values()]
    sums = [costs(map(_line, held), room) for held in stores.values()]
    count = max(sizes, default=0)
    while count and not fits(count, sizes, sums, room):
        count //= 2
    chosen = {entry.id for held in stores.values() for entry in held[:count]}
    return [entry for entry in entries if entry.id in chosen]


def _line(entry: Entry) -> str:
    return listed(f"[{entry.id}]", entry.text)


@functools.cache
def _tools(layout: Layout, section: str) -> str:
    """What the prompt says of the tools."""
    functions = (tool["function"] for tool in tool_schemas(layout))
    return _SHARED.fill(section, tools="\n".join(json.dumps(function) for function in functions))


def _stores(layout: Layout) -> list[str]:
    """A line for each part of the memory: what belongs there."""
    lines = []
    if layout.core_limit is not None:
        lines.append(_SHARED.fill(CORE, limit=str(layout.core_limit)))
    for store in layout.stores:
        section = store if store in _SHARED.sections else "other"
        lines.append(_SHARED.fill(section, store=_tag(store)))
    return lines


def _memory(observation: Observation, shown: Sequence[Entry]) -> str:
    """The memory as Mem-alpha renders it: a block for each part, `[id] text`, oldest first."""
    layout, blocks = observation.layout, []
    held = [entry.tokens for entry in shown]
    if layout.core_limit is not None:
        core = next((entry for entry in observation.entries if entry.id == CORE), None)
        held.append(core.tokens if core else 0)
        blocks.append(_block(_tag(CORE), harmless(core.text) if core else ""))
    for store in layout.stores:
        lines = [_line(entry) for entry in shown if entry.store == store]
        count = f"showing {len(lines)} {'entry' if len(lines) == 1 else 'entries'}"
        blocks.append(_block(_tag(store), "\n".join([f"({count})", *lines])))
    hidden = observation.tokens - sum(held)
    if hidden > 0:
        blocks.append(_SHARED.fill("hidden", count=str(hidden)))
    return "\n".join(blocks)


def _tag(store: str) -> str:
    """A store as the tools and the prompt name it."""
    return "memory" if store == "memory" else f"{store}_memory"


def _block(tag: str, text: str) -> str:
    return f"<{tag}>\n{text}\n</{tag}>"


def _room(observation: Observation) -> str:
    if observation.capacity is None:
        return _SHARED.fill("unlimited", used=str(observation.tokens))
    return _SHARED.fill("limited", used=str(observation.tokens), capacity=str(observation.capacity))
