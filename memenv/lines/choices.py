"""What is done with the lines of a chunk: choices as operations, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence

from memenv.lines.reading import Reading
from memenv.lines.scenes import ADD_TO_CORE, EPISODIC, REPLACE, SEMANTIC, SKIP, UPDATE, Scene
from memenv.memory import CORE
from memenv.operations import Delete, Insert, Operation, Update


def operations(chunk: Reading, scene: Scene, choices: Sequence[int]) -> list[Operation]:
    """What the choices for the lines of a chunk are as operations, in the order of the lines.

    A line that is too long for the whole memory drives nothing out. An update whose entry was
    deleted or updated before in this step becomes an insert. What goes into the core is added to
    it by one update at the end.

    Args:
        chunk: the lines.
        scene: what was seen of the memory.
        choices: for each line a number of `CHOICES`; those beyond the last line are ignored.
    """
    state = scene.state
    done: list[Operation] = []
    used, gone, oldest = state.tokens, set[int](), 0
    core: list[str] = []
    for line, choice, near in zip(chunk.lines, choices, scene.nearest, strict=False):
        place, room = int(near), math.inf if state.capacity is None else state.capacity
        text, cost = (
            (line.text, line.tokens) if choice == EPISODIC else (line.brief, line.brief_tokens)
        )
        if choice == UPDATE and place >= 0 and place not in gone:
            if used + cost - state.held[place] <= room:
                gone.add(place)
                used += cost - state.held[place]
            done.append(Update(state.ids[place], text))
        elif choice == ADD_TO_CORE and state.core is not None:
            core.append(text)
        elif choice != SKIP:
            if choice == REPLACE and cost <= room:
                left = (each for each in range(oldest, len(state.ids)) if each not in gone)
                for oldest in left:
                    gone.add(oldest)
                    used -= state.held[oldest]
                    done.append(Delete(state.ids[oldest]))
                    if used + cost <= room:
                        break
            if used + cost <= room:
                used += cost
            done.append(Insert(state.stores[choice == EPISODIC], text))
    if core:
        text = "\n".join([*([state.core_text] if state.core_text else []), *core])
        done.append(Update(CORE, text))
    return done


def chosen(chunk: Reading, scene: Scene, done: Sequence[Operation]) -> list[int]:
    """For every line the number of the choice that operations came from, as far as they tell.

    It reads what `operations` wrote, or what is left of it after some were taken out.
    """
    core = ""
    inserted: dict[tuple[str, str], int] = {}
    updated: set[tuple[str, str]] = set()
    making_room = False
    for operation in done:
        match operation:
            case Delete():
                making_room = True
                continue
            case Insert(store, text) if isinstance(store, str) and isinstance(text, str):
                inserted.setdefault((store, text), REPLACE if making_room else SEMANTIC)
            case Update(id, text) if isinstance(id, str) and isinstance(text, str):
                if id == CORE:
                    core = text.removeprefix(scene.state.core_text)
                else:
                    updated.add((id, text))
        making_room = False
    added = set(core.split("\n"))
    semantic, episodic = scene.state.stores
    found = []
    for line, near in zip(chunk.lines, scene.nearest, strict=True):
        target = scene.state.ids[near] if near >= 0 else ""
        choice = SKIP
        if (semantic, line.brief) in inserted:
            choice = inserted[semantic, line.brief]
        elif (episodic, line.text) in inserted:
            choice = EPISODIC
        elif (target, line.brief) in updated:
            choice = UPDATE
        elif line.brief in added:
            choice = ADD_TO_CORE
        found.append(choice)
    return found
