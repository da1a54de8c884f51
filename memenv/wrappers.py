"""Environments as arrays: `LineActions` offers the lines of a chunk to any policy.

    import gymnasium as gym
    from memenv.wrappers import LineActions

    env = LineActions(gym.make("MemAlpha-TTL-v0", size=2, capacity=0.2, credit="terminal"))
    observation, info = env.reset(seed=7)
    observation, reward, terminated, truncated, info = env.step(env.action_space.sample())

What the numbers of a line are and what can be done with it is in `memenv.lines`.
"""

from __future__ import annotations

from typing import Any, SupportsFloat

import gymnasium as gym
import numpy as np
import numpy.typing as npt

from memenv.errors import SettingError
from memenv.lines import (
    BUCKETS,
    CHOICES,
    FIXED,
    MOVING,
    Floats,
    look,
    operations,
    read,
)
from memenv.memory import Memory

Array = npt.NDArray[Any]


class LineActions(gym.Wrapper[Any, Any, Any, Any]):
    """A memenv environment whose actions choose, line by line, what to keep of a chunk.

    The observation is a flat `Box`, float32, of `lines` rows: per line of the chunk, in order, the
    numbers named in `columns`; rows beyond the last line are 0, and
    `observation.reshape(lines, -1)` is the table. The action is a `MultiDiscrete`
    with a number of `memenv.lines.CHOICES` for every row; those of rows without a line count for
    nothing. A choice that cannot be made becomes the nearest that can: without an entry to update
    or replace, and without a core, it is an insert.

    A chunk with more lines than there are rows takes several steps, a page each, with reward 0 but
    for the last; the memory changes when the last page has been decided on. The mask of the action
    is in `info["action_mask"]` and given by `action_masks()`, as `MaskablePPO` of sb3-contrib asks
    for it: one row of truth values after the other, flat.

    `info` has besides what the environment says: `action_mask`; `lines`, the texts of the rows;
    `page` and `pages`.

    Args:
        env: a memenv environment, be it within other wrappers that leave its spaces alone.
        lines: rows of a page.
        buckets: columns for the hashed words and word pairs of a line, at most `BUCKETS`.

    Raises:
        SettingError: for another environment, or numbers out of range.
    """

    def __init__(self, env: gym.Env[Any, Any], lines: int = 48, buckets: int = 64) -> None:
        super().__init__(env)
        if not isinstance(getattr(type(env.unwrapped), "memory", None), property):
            raise SettingError(
                f"LineActions wraps a memenv environment, which has a memory; got {env.unwrapped}"
            )
        for name, value, most in (("lines", lines, 4096), ("buckets", buckets, BUCKETS)):
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
                raise SettingError(f"{name} is a whole number from 1 to {most}, not {value!r}")
        self._rows, self._buckets = lines, buckets
        self.columns = (
            "line",
            *FIXED,
            *MOVING,
            *(f"may {choice}" for choice in CHOICES),
            *(f"words {number}" for number in range(buckets)),
        )
        self.observation_space = gym.spaces.Box(
            -np.inf, np.inf, (lines * len(self.columns),), np.float32
        )
        self.action_space = gym.spaces.MultiDiscrete(np.full(lines, len(CHOICES)))
        self._chunk, self._scene = read(""), look(read(""), Memory.empty(), 1)
        self._page = 0
        self._choices: list[int] = []

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Floats, dict[str, Any]]:
        """Begin an episode; see `MemoryEnv.reset`."""
        seen, info = self.env.reset(seed=seed, options=options)
        self._turn_to(seen)
        return self._observation(), self._told(info)

    def step(self, action: Array) -> tuple[Floats, SupportsFloat, bool, bool, dict[str, Any]]:
        """Decide on the lines of a page; after the last one the environment takes its step.

        Raises:
            SettingError: for an action that is not one choice per row.
        """
        self._choices += self._checked(action)[: self._shown()]
        if self._page + 1 < self._pages():
            self._page += 1
            return self._observation(), 0.0, False, False, self._told({})
        done = operations(self._chunk, self._scene, self._choices)
        seen, reward, terminated, truncated, info = self.env.step(done)
        self._turn_to(seen)
        return self._observation(), reward, terminated, truncated, self._told(info)

    def action_masks(self) -> npt.NDArray[np.bool_]:
        """What can be chosen, `[lines * len(CHOICES)]`; a row without a line can skip alone."""
        mask = np.zeros((self._rows, len(CHOICES)), dtype=np.bool_)
        mask[:, 0] = True
        first, shown = self._page * self._rows, self._shown()
        mask[:shown] = self._scene.allowed[first : first + shown]
        return mask.ravel()

    def _turn_to(self, seen: dict[str, Any]) -> None:
        """Look at the chunk of an observation; after the last one there are no lines."""
        self._chunk = read(seen["chunk"])
        self._scene = look(self._chunk, self._memory(), int(seen["step"][1]))
        self._page, self._choices = 0, []

    def _memory(self) -> Memory:
        memory: Memory = self.get_wrapper_attr("memory")
        return memory

    def _pages(self) -> int:
        return max(1, -(-len(self._chunk.lines) // self._rows))

    def _shown(self) -> int:
        return min(self._rows, len(self._chunk.lines) - self._page * self._rows)

    def _observation(self) -> Floats:
        table = np.zeros((self._rows, len(self.columns)), dtype=np.float32)
        first, shown = self._page * self._rows, self._shown()
        some = slice(first, first + shown)
        numbers = 1 + len(FIXED) + len(MOVING) + len(CHOICES)
        table[:shown, 0] = 1
        table[:shown, 1:numbers] = np.concatenate(
            [self._chunk.fixed[some], self._scene.moving[some], self._scene.allowed[some]], 1
        )
        for row, buckets in zip(table[:shown], self._chunk.buckets[some], strict=True):
            np.add.at(row[numbers:], buckets % self._buckets, 1 / np.sqrt(len(buckets)))
        return table.ravel()

    def _told(self, info: dict[str, Any]) -> dict[str, Any]:
        first, shown = self._page * self._rows, self._shown()
        return {
            **info,
            "action_mask": self.action_masks(),
            "lines": [line.text for line in self._chunk.lines[first : first + shown]],
            "page": self._page,
            "pages": self._pages(),
        }

    def _checked(self, action: Array) -> list[int]:
        if not self.action_space.contains(np.asarray(action)):
            raise SettingError(
                f"an action is {self._rows} whole numbers from 0 to {len(CHOICES) - 1}, one for "
                f"every row, not {action!r:.80}"
            )
        choices: list[int] = np.asarray(action).tolist()
        return choices
