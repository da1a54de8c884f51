"""`MemoryEnv`: one episode of memory construction as a Gymnasium environment."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, isfinite
from typing import Any

import gymnasium as gym
import numpy as np

from memenv import pipeline, run
from memenv.env.spaces import OperationsSpace, TextSpace
from memenv.errors import NotMeasuredError, SettingError
from memenv.memory import Memory, check_capacity, get_layout
from memenv.operations import Operation
from memenv.protocols import name_of
from memenv.sources import open_source
from memenv.terms import AT_THE_STEP, Judge, Row
from memenv.types import Episode, Instance, Step, Trajectory, forks
from memenv.views import DEFAULT, make_view, render

_RENDER_MODES = ["ansi", "human"]
_METERS = 2
"""Instances whose probes and answers an environment keeps, for rollouts that begin anew."""


@dataclass(frozen=True)
class Snapshot:
    """A moment of an episode; `restore` goes back to it as often as wanted.

    Attributes:
        trajectory: what was done so far.
        paid: the reward of every step so far.
        rows: the terms of every step so far: what was measured is not measured again.
        setting: of the environment.
        judge: what to call its judge, if it has one.
    """

    trajectory: Trajectory
    paid: tuple[float, ...]
    rows: tuple[Row, ...]
    setting: Mapping[str, Any]
    judge: str | None = None


class MemoryEnv(gym.Env[dict[str, Any], Any]):
    """A stream of chunks to be written into a memory; questions are answered at the end.

    An action is a sequence of operations, or a string of model output that is parsed. The
    observation is `{"chunk": str, "memory": str, "step": int64 [t, T], "tokens": int64 [used,
    capacity or -1]}`; after the last step the chunk is empty. The reward follows the credit
    scheme: terms it declares `online` are paid at their step, the remainder at the last one, so
    that the rewards sum to `sum(info["step_rewards"])`.

    `info` of every step: `outcomes`, `reward_terms` (raw; `None` where not measured),
    `memory_tokens`; of the last one also `score`, `step_rewards`, `step_terms`, `missing_terms`,
    `grades`, `evidence`, `record`.

    `snapshot`, `restore` and `fork` branch an episode at any step. Through a wrapper of Gymnasium
    they are `env.unwrapped.fork(8)` and so on.

    Args:
        task: name or dotted path of a task; or
        data: a file of instances.
        size: number of chunks; `None` is the task's default.
        split: `train`, `validation`, `test` or `wording`.
        capacity: `None`, tokens (an integer >= 2) or a share of the stream (0 < x <= 1).
        layout: `mem-alpha` or `flat`.
        view: what the observation shows of the memory: `full`, `newest_<k>`, `retrieved_<k>`.
        reader: name, dotted path or object.
        reader_arguments: for the constructor of a reader given by name.
        credit: name, dotted path, object or function `(episode) -> step rewards`.
        credit_arguments: for a scheme given by name.
        judge: `(operation, chunk) -> bool`: whether what an operation writes is worth keeping;
            without one the term `content` is not measured.
        secret: a salt for the seeds of a task: streams that nobody can make who does not know it.
        render_mode: `ansi`, `human` or `None`.

    Raises:
        MemenvError: for a name, setting or file that makes no sense.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 - as Gymnasium declares it
        "render_modes": _RENDER_MODES,
        "render_fps": 1,
    }

    def __init__(
        self,
        task: str | None = None,
        data: str | os.PathLike[str] | None = None,
        *,
        size: int | None = None,
        split: str = "test",
        capacity: float | None = None,
        layout: str = "mem-alpha",
        view: str = DEFAULT,
        reader: Any = "lexical",
        reader_arguments: Mapping[str, Any] | None = None,
        credit: Any = "finemem",
        credit_arguments: Mapping[str, Any] | None = None,
        judge: Judge | None = None,
        secret: str | None = None,
        render_mode: str | None = None,
    ) -> None:
        if render_mode not in (None, *_RENDER_MODES):
            raise SettingError(f"render_mode must be ansi, human or None, not {render_mode!r}")
        self.render_mode = render_mode
        self._source = open_source(task, data, size, split, secret)
        self._capacity = check_capacity(capacity)
        self._layout = get_layout(layout)
        self._view_name = view
        self._view = make_view(view)
        answerer, reader_described = run.named("reader", reader, reader_arguments)
        self._credit, credit_described = run.named("credit", credit, credit_arguments)
        run.refuse_group(self._credit, credit_described["name"])
        self._online = _online(self._credit)
        self._answerer, self._scorer_for, self._judge = answerer, run.scorer_for(), judge
        self._meters: dict[str, pipeline.Meter] = {}
        agent = {"name": "environment", "version": "1", "arguments": {}}
        self._setting = run.setting(
            agent, reader_described, credit_described, capacity, layout, view, judge
        )
        self._trajectory: Trajectory | None = None
        self._episode: Episode | None = None
        self._paid: tuple[float, ...] = ()
        self._rows: tuple[Row, ...] = ()
        high = np.iinfo(np.int64).max
        self.observation_space = gym.spaces.Dict(
            {
                "chunk": TextSpace(),
                "memory": TextSpace(),
                "step": gym.spaces.Box(0, high, (2,), np.int64),
                "tokens": gym.spaces.Box(-1, high, (2,), np.int64),
            }
        )
        self.action_space = OperationsSpace(self._layout)

    @property
    def memory(self) -> Memory:
        """The memory as it is now, a value."""
        return self._playing().memories[-1]

    @property
    def trajectory(self) -> Trajectory:
        """The instance and what was done so far, a value."""
        return self._playing()

    @property
    def episode(self) -> Episode | None:
        """What a credit scheme saw of the episode that ended last; `None` before the first end."""
        return self._episode

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begin an episode.

        Args:
            seed: picks the instance; without one it is drawn from `np_random`.
            options: `{"instance": id or index}` picks one of a file.

        Returns:
            The first observation, and `{"instance": id, "memory_tokens": 0}`.

        Raises:
            SettingError: for an instance that is not there, or an unknown option.
        """
        super().reset(seed=seed)
        options = options or {}
        unknown = sorted(set(options) - {"instance"})
        if unknown:
            raise SettingError(f"unknown option {unknown[0]!r}; expected 'instance'")
        if "instance" in options:
            instance = self._source.find(options["instance"])
        else:
            drawn = int(self.np_random.integers(2**31)) if seed is None else int(seed)
            instance = self._source.pick(drawn)
        trajectory = pipeline.begin(instance, self._layout.name, self._capacity)
        # Cloze probes are asked now; when that raises, the episode before goes on.
        self._meter_of(instance)
        self._trajectory, self._paid, self._rows = trajectory, (), ()
        self._view = make_view(self._view_name)
        if self.render_mode == "human":
            self.render()
        return self._observe(), {"instance": instance.id, "memory_tokens": 0}

    def step(
        self, action: str | Sequence[Operation]
    ) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Apply operations for the current chunk and go on to the next.

        Raises:
            TypeError: for an action that is neither a sequence of operations nor a string.
            NotMeasuredError: at the last step, when no question could be scored.

        Whatever is raised, the episode stays where it was: the step can be tried again.
        """
        trajectory = self._playing()
        if len(trajectory.steps) == len(trajectory.instance.chunks):
            raise SettingError("the episode is over: call reset() before step()")
        if not isinstance(action, str | Sequence):
            raise TypeError(
                f"expected a list of operations or a string, got {type(action).__name__}"
            )
        trajectory = pipeline.act(trajectory, action)
        step, number = trajectory.steps[-1], len(trajectory.steps)
        terms = self._meter_of(trajectory.instance)(trajectory, number - 1)
        info = _info(step, terms, trajectory)
        terminated = number == len(trajectory.instance.chunks)
        if terminated:
            reward = self._conclude(trajectory, (*self._rows, terms), info)
        else:
            reward = fsum(weight * (terms[name] or 0.0) for name, weight in self._online.items())
            self._paid = (*self._paid, reward)
        self._trajectory, self._rows = trajectory, (*self._rows, terms)
        if self.render_mode == "human":
            self.render()
        return self._observe(), reward, terminated, False, info

    def snapshot(self) -> Snapshot:
        """This moment of the episode; a reference, so it costs nothing."""
        return Snapshot(
            self._playing(), self._paid, self._rows, self._setting, _judge_name(self._judge)
        )

    def restore(self, snapshot: Snapshot) -> dict[str, Any]:
        """Go back to a moment, be it of another episode; gives its observation.

        What was measured until then is taken from the snapshot and not measured again.

        Raises:
            SettingError: for a snapshot of an environment with other settings, or of another
                reader or judge, whose measurements would be mixed with those of this one.
        """
        ours = {**self._setting, "judge": _judge_name(self._judge)}
        theirs = {**snapshot.setting, "judge": snapshot.judge}
        for name in ("layout", "capacity", "credit", "reader", "judge"):
            if ours[name] != theirs[name]:
                raise SettingError(
                    f"the snapshot is of an environment with {name} {theirs[name]!r}; this one has "
                    f"{ours[name]!r}"
                )
        self._meter_of(snapshot.trajectory.instance)
        self._trajectory, self._paid = snapshot.trajectory, snapshot.paid
        self._rows = snapshot.rows
        return self._observe()

    def fork(self, n: int) -> list[MemoryEnv]:
        """`n` environments at this very moment, each to be gone on with on its own.

        They share the source of instances, the reader, its answers and what it has indexed, so a
        fork costs nothing, but all of them must be stepped in one thread. Played one after the
        other they cost the steps they play; stepped in turns, the reader's index goes from one
        memory to the other at every step, and pays for how far they are apart. For rollouts in
        turns, far from where they part, `restore` a snapshot in environments with readers of their
        own. Gymnasium's wrappers, around this environment, are not around its forks.

        Args:
            n: how many, at least 1.

        Raises:
            SettingError: for fewer than one, or without an episode.
        """
        self._playing()
        return [self._forked() for _ in range(forks(n))]

    def _forked(self) -> MemoryEnv:
        fork = copy.copy(self)
        # What an environment draws by itself must not depend on what its siblings draw.
        for name in ("_np_random", "observation_space", "action_space"):
            setattr(fork, name, copy.deepcopy(getattr(self, name)))
        return fork

    def render(self) -> str | None:
        """The current chunk and the memory as text; `human` prints it."""
        trajectory = self._playing()
        number, total = len(trajectory.steps), len(trajectory.instance.chunks)
        memory = trajectory.memories[-1]
        limit = "no limit" if memory.capacity is None else f"of {memory.capacity}"
        lines = [f"{trajectory.instance.id}  step {number} of {total}"]
        if trajectory.steps:
            lines += [
                f"  {operation}  ->  {outcome.status}"
                for operation, outcome in zip(
                    trajectory.steps[-1].operations, trajectory.steps[-1].outcomes, strict=True
                )
            ]
        lines += [f"memory: {memory.tokens} tokens, {limit}", render(self._shown(), memory)]
        if number < total:
            lines += ["next chunk:", trajectory.instance.chunks[number].text]
        text = "\n".join(lines)
        if self.render_mode == "human":
            print(text, flush=True)  # noqa: T201 - what render_mode="human" means
            return None
        return text

    def _playing(self) -> Trajectory:
        if self._trajectory is None:
            raise SettingError("there is no episode yet: call reset() first")
        return self._trajectory

    def _chunk(self) -> str:
        trajectory = self._playing()
        number = len(trajectory.steps)
        chunks = trajectory.instance.chunks
        return chunks[number].text if number < len(chunks) else ""

    def _shown(self) -> Sequence[Any]:
        return self._view(self.memory, self._chunk())

    def _observe(self) -> dict[str, Any]:
        trajectory = self._playing()
        memory = trajectory.memories[-1]
        capacity = -1 if memory.capacity is None else memory.capacity
        total = len(trajectory.instance.chunks)
        return {
            "chunk": self._chunk(),
            "memory": render(self._shown(), memory),
            "step": np.array([len(trajectory.steps), total], dtype=np.int64),
            "tokens": np.array([memory.tokens, capacity], dtype=np.int64),
        }

    def _meter_of(self, instance: Instance) -> pipeline.Meter:
        """What measures the rollouts of an instance: they share its probes, and all answers."""
        meter = self._meters.pop(instance.digest, None)
        if meter is None:
            grader = pipeline.Grader(self._answerer, self._scorer_for)
            meter = run.meter_for(instance, grader, self._credit, self._judge)
            while len(self._meters) >= _METERS:
                del self._meters[next(iter(self._meters))]
        self._meters[instance.digest] = meter
        return meter

    def _conclude(self, trajectory: Trajectory, rows: Sequence[Row], info: dict[str, Any]) -> float:
        """Fill in what the last step tells; the remainder of the reward."""
        meter = self._meter_of(trajectory.instance)
        episode = pipeline.assess(trajectory, meter, rows=rows)
        rewards = pipeline.assign(episode, self._credit)
        if rewards is None:
            metrics = sorted({question.metric for question in trajectory.instance.questions})
            raise NotMeasuredError(
                f"no question of {trajectory.instance.id} could be scored (metrics: "
                f"{', '.join(metrics)}); there is no reward to give"
            )
        self._episode = episode
        info["reward_terms"] = {name: values[-1] for name, values in episode.step_terms.items()}
        info["score"] = episode.score
        info["step_rewards"] = list(rewards)
        info["step_terms"] = {name: list(values) for name, values in episode.step_terms.items()}
        info["grades"] = list(episode.grades)
        info["evidence"] = copy.deepcopy(list(episode.evidence))
        info["missing_terms"] = list(pipeline.missing_terms(episode, self._credit))
        info["record"] = pipeline.write(episode, rewards, self._credit, self._setting, meter.grade)
        return fsum([*rewards, *(-paid for paid in self._paid)])


def _info(step: Step, terms: Mapping[str, Any], trajectory: Trajectory) -> dict[str, Any]:
    return {
        "outcomes": list(step.outcomes),
        "reward_terms": dict(terms),
        "memory_tokens": trajectory.memories[-1].tokens,
    }


def _judge_name(judge: Judge | None) -> str | None:
    return None if judge is None else name_of(judge)


def _online(credit: object) -> dict[str, float]:
    """The terms a scheme declares to be paid at their step, with their weights.

    Raises:
        SettingError: for a term that no step knows when it is taken.
    """
    online = dict(getattr(credit, "online", {}))
    for name in online:
        if name not in AT_THE_STEP:
            raise SettingError(
                f"credit {name_of(credit)} declares online term {name!r}; "
                f"terms known at a step: {', '.join(AT_THE_STEP)}"
            )
        if not isinstance(online[name], int | float) or not isfinite(online[name]):
            raise SettingError(
                f"credit {name_of(credit)}: the weight of online term {name!r} is "
                f"{online[name]!r}; expected a number"
            )
    return online
