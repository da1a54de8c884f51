"""The fidelity of credit schemes on many episodes: play, perturb, measure, summarise.

Per episode: the recorded one, and copies of it with operations left out at random; every scheme
gives credit for all of them, and `memenv.fidelity` compares it with the counterfactual. Nothing is
stored. The numbers depend on the study alone, save for the seconds.
"""

from __future__ import annotations

import concurrent.futures
import concurrent.futures.process
import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

from memenv import cloze, pipeline, registry, run
from memenv.credit import advantages, counterfactual, shapley
from memenv.credit.replays import effect, losses
from memenv.errors import MemenvError, SettingError
from memenv.fidelity import (
    FEWEST,
    MAJORITY,
    Rollouts,
    across,
    average,
    comparable,
    compared,
    cosine,
    covered,
    halves,
    quarter,
    restricted,
    score_functions,
    spaced,
    term_spreads,
    thinned,
    verdict,
    within,
)
from memenv.harness.config import Config, Target
from memenv.harness.evaluate import WorkerDiedError, begin_worker, interrupts_held, plan
from memenv.harness.execute import Spec
from memenv.harness.failures import explained, said
from memenv.harness.summary import interval
from memenv.memory import Memory
from memenv.pipeline import mean
from memenv.protocols import Reader, name_of
from memenv.terms import TERMS
from memenv.types import Answer, Episode, Grade, Instance, Question, Trajectory
from memenv.views import DEFAULT, make_view

TRUTHS = ("counterfactual", "shapley")
"""The schemes that the others are compared with."""

OURS = ("fork_replay",)
"""Registered schemes that no paper has published."""

FORKED = ("same_state", "fork_replay")
"""Schemes that compare steps taken from one memory: their `across` is over forks of one step."""

BY_CONSTRUCTION = {"fork_replay": ("across", "forks")}
"""What says nothing of a scheme, because it replays the very forks that it is measured on."""

SPLITS = 4
"""So often the questions of an episode are dealt into halves."""

FORKED_STEPS = 4
"""At most so many steps of an episode are forked, evenly spaced."""

ANSWERS = 200_000
"""Answers that are kept per episode, for all its rollouts together."""

LARGEST = 1e100
"""Rewards beyond it have sums and squares that are no numbers any more."""

MEASURES = (
    "within",
    "within_share",
    "within_shapley",
    "across",
    "across_share",
    "across_shapley",
    "forks",
    "forks_share",
    "top_k",
    "sign",
    "split_within",
    "split_across",
    "constant",
    "unconserved",
    "unconserved_most",
    "spread",
    "cosine",
    "calls",
    "seconds",
)
"""What is said of every scheme; see `memenv.fidelity.compared` for those that are not here.

- `forks`: correlation with the counterfactual over the forks of one step, mean over the steps;
  `forks_share`: the share of the steps it is the mean of, as `across_share` is of `across`;
- `split_within`, `split_across`: credit from one half of the questions against the counterfactual
  from the other half, mean over several deals; that of `counterfactual` itself is the ceiling,
  where it is above 0. `None` where the halves ask about too few chunks in common;
- `cosine`: of the policy gradient over the copies with that of the counterfactual, where the agent
  has a `score_function`;
- `calls`: reader calls that the scheme costs per episode beyond those for the questions;
- `seconds`: what it costs beyond them.
"""

Sample = dict[str, Any]
"""The measures of one episode, as plain values that travel between processes."""


@dataclass(frozen=True)
class Study:
    """What is measured.

    Attributes:
        config: agent, environments, reader; its credit scheme is not looked at.
        schemes: names or dotted paths.
        copies: perturbed rollouts of each episode, at least 2.
        drop: the probability of each operation to be left out of a copy, above 0 and below 1.
        permutations: for the Shapley values of an episode; an eighth of them for those of a copy,
            at least 2. 0 leaves Shapley values out.
        parameters: scheme -> its parameters; the others have their defaults.
    """

    config: Config
    schemes: tuple[str, ...]
    copies: int = 8
    drop: float = 0.2
    permutations: int = 32
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def copy_permutations(self) -> int:
        """For the Shapley values of a copy."""
        return max(2, self.permutations // 8) if self.permutations else 0


def schemes_of(named: Sequence[str]) -> tuple[str, ...]:
    """The schemes to measure, in the order of the report: published, ours, strangers', the truth.

    Args:
        named: registered names, of which only those are measured (all when there is none), and
            dotted paths, which are measured besides.

    Raises:
        UnknownNameError: for a name nobody knows.
    """
    known = registry.names("credit")
    for name in named:
        registry.load("credit", name)
    wanted = [name for name in named if name in known] or known
    added = [name for name in dict.fromkeys(named) if name not in known]
    special = (*TRUTHS, *OURS)
    return (
        *(name for name in known if name in wanted and name not in special),
        *(name for name in OURS if name in wanted),
        *added,
        *TRUTHS,
    )


def kind_of(scheme: str) -> str:
    """`published`, `ours`, `added` or `truth`."""
    if scheme in TRUTHS:
        return "truth"
    if scheme in OURS:
        return "ours"
    return "published" if scheme in registry.names("credit") else "added"


def planned(study: Study) -> tuple[tuple[Spec, ...], tuple[str, ...]]:
    """The episodes of a study, and notes on them.

    Raises:
        MemenvError: for a study that makes no sense.
    """
    if study.copies < 2:
        raise SettingError(f"copies must be at least 2, not {study.copies}")
    if not 0 < study.drop < 1:
        raise SettingError(f"drop is a probability above 0 and below 1, not {study.drop}")
    if study.permutations < 0 or study.permutations == 1:
        raise SettingError(f"permutations must be 0 or at least 2, not {study.permutations}")
    _check_parameters(study)
    for name in study.schemes:
        _scheme(study, name)
    found = plan(study.config, None)
    return found.specs, found.notes


def _check_parameters(study: Study) -> None:
    for name in study.parameters:
        registry.load("credit", name)
        if name in TRUTHS:
            raise SettingError(f"{name} is what the others are compared with: no parameters")
        if name not in study.schemes:
            raise SettingError(f"parameters for {name}, which is not among the schemes to measure")


def measure(
    study: Study,
    specs: Sequence[Spec],
    workers: int = 1,
    on_sample: Callable[[], None] = lambda: None,
) -> list[Sample]:
    """The samples of episodes, in their order.

    Args:
        study: what is measured.
        specs: of the episodes.
        workers: processes; with one, everything is done in this process.
        on_sample: called after each.

    Raises:
        MemenvError: when an episode cannot be played or read; the others are given up.
        WorkerDiedError: when a worker process dies.
    """
    if workers < 1:
        raise SettingError(f"workers must be at least 1, not {workers}")
    samples: dict[int, Sample] = {}
    one_process = workers == 1 or len(specs) == 1
    for number, sample in (_here if one_process else _elsewhere)(study, specs, workers):
        samples[number] = sample
        on_sample()
    return [samples[number] for number in range(len(specs))]


def _here(study: Study, specs: Sequence[Spec], workers: int) -> Iterator[tuple[int, Sample]]:
    for number, spec in enumerate(specs):
        yield number, examine(study, spec)


def _elsewhere(study: Study, specs: Sequence[Spec], workers: int) -> Iterator[tuple[int, Sample]]:
    # As the harness runs episodes: fresh interpreters, which Ctrl-C reaches through this one alone.
    context = multiprocessing.get_context("spawn")
    others = multiprocessing.active_children()
    pool = concurrent.futures.ProcessPoolExecutor(min(workers, len(specs)), context, begin_worker)
    try:
        with interrupts_held():
            running = {pool.submit(examine, study, spec): i for i, spec in enumerate(specs)}
        for future in concurrent.futures.as_completed(running):
            yield running[future], future.result()
    except concurrent.futures.process.BrokenProcessPool as error:
        raise WorkerDiedError(
            "a worker process died, perhaps for lack of memory: try fewer --workers"
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            if process not in others:
                process.terminate()


# --- one episode ----------------------------------------------------------------------------------


def examine(study: Study, spec: Spec) -> Sample:
    """The measures of all schemes on one episode.

    Raises:
        MemenvError: when it cannot be played or read.
    """
    config = study.config
    seed = config.seed + spec.index
    with explained(f"environment {spec.target.label!r} gives no instance for seed {seed}"):
        instance = spec.target.source(config.split, config.secret).pick(seed)
    with explained(f"agent {config.agent!r} on {instance.id}"):
        actor, _ = run.named("agent", config.agent, config.agent_arguments)
        shown = config.view or str(getattr(actor, "view", DEFAULT))
        begun = pipeline.begin(instance, config.layout, config.capacity)
        trajectory = pipeline.play(begun, actor, make_view(shown))
    with explained(f"reader {config.reader!r} on {instance.id}"):
        bench = _Bench(study, instance)
        original = bench.assess(trajectory)
        sample: Sample = {
            "instance": instance.id,
            "steps": len(instance.chunks),
            "questions": len(instance.questions),
            "gold": any(question.evidence for question in instance.questions),
            "probes": bench.probes,
            "score": original.score,
        }
        if original.score is None:
            return sample
        # While no answer but the episode's own is known, so that its cost is seen.
        values = bench.shapley(original, study.permutations) if study.permutations else None
        rollouts = _rollouts(study, original, bench, seed)
        if any(episode.score is None for episode in rollouts.group):
            return {**sample, "score": None}
        scene = _Scene.of(study, rollouts, seed, values)
    who = f"agent {config.agent!r} on {instance.id}"
    gradients = _gradients(who, actor, [each.trajectory for each in rollouts.group[1:]])
    return {
        **sample,
        "terms": term_spreads(rollouts.group[1:]),
        "constant_truth": mean([float(not any(row)) for row in scene.truths["counterfactual"]]),
        "split": bool(scene.splits),
        "schemes": {
            name: _examined(name, _scheme(study, name), scene, bench, gradients)
            for name in study.schemes
            if study.permutations or name != "shapley"
        },
    }


def _gradients(who: str, actor: Any, trajectories: Sequence[Trajectory]) -> list[Any] | None:
    if not hasattr(actor, "score_function"):
        return None
    with explained(f"score_function of {who}"):
        given = [actor.score_function(each) for each in trajectories]
        try:
            return score_functions(given, trajectories)
        except SettingError as error:
            # It is the agent's mistake, and would be told once for every scheme.
            raise SettingError(f"{who}: {error}") from None


class _Counted:
    """A reader that counts what it is asked."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.calls = 0

    def answer(self, question: Question, memory: Memory) -> Answer:
        self.calls += 1
        return self.reader.answer(question, memory)


class _Bench:
    """Assesses the rollouts of one instance: with shared answers, or anew to see the cost."""

    def __init__(self, study: Study, instance: Instance) -> None:
        self._config = study.config
        self._instance = instance
        self._shared, grader = self._reader()
        found = cloze.probes_of(instance, grader)
        self.probes = found.origin if any(found.rows) else None
        self._meter = pipeline.Meter(grader, found)
        self._probes: tuple[float, float] | None = None
        self.shapley_cost = (0.0, 0.0)

    def assess(self, trajectory: Trajectory) -> Episode:
        """The episode, its probes asked; what was asked before is not asked again."""
        return pipeline.assess(trajectory, self._meter)

    def shapley(self, episode: Episode, permutations: int) -> list[float]:
        """The Shapley values of an episode; what they cost is kept."""
        calls, begun = self._shared.calls, time.perf_counter()
        values = shapley(episode, permutations=permutations)
        self.shapley_cost = (float(self._shared.calls - calls), time.perf_counter() - begun)
        return values

    def cost(self, scheme: Any, trajectories: Sequence[Trajectory]) -> tuple[float, float]:
        """Reader calls and seconds that a scheme costs on fresh rollouts, for all of them."""
        reader, grader = self._reader()
        episodes = [pipeline.assess(each, pipeline.Meter(grader)) for each in trajectories]
        calls, begun = reader.calls, time.perf_counter()
        scheme.assign(episodes if getattr(scheme, "group", False) else episodes[0])
        return float(reader.calls - calls), time.perf_counter() - begun

    def probes_cost(self, trajectory: Trajectory) -> tuple[float, float]:
        """Reader calls and seconds of the probes of one episode, made and asked."""
        if self._probes is None:
            plain, probed = (self._assessed(trajectory, probes=each) for each in (False, True))
            self._probes = (probed[0] - plain[0], max(0.0, probed[1] - plain[1]))
        return self._probes

    def _assessed(self, trajectory: Trajectory, *, probes: bool) -> tuple[float, float]:
        reader, grader = self._reader()
        begun = time.perf_counter()
        rows = cloze.probes_of(self._instance, grader) if probes else None
        pipeline.assess(trajectory, pipeline.Meter(grader, rows))
        return float(reader.calls), time.perf_counter() - begun

    def _reader(self) -> tuple[_Counted, pipeline.Grader]:
        made, _ = run.named("reader", self._config.reader, self._config.reader_arguments)
        reader = _Counted(made)
        return reader, pipeline.Grader(reader, run.scorer_for(), keep=ANSWERS)


def _rollouts(study: Study, original: Episode, bench: _Bench, seed: int) -> Rollouts:
    trajectory = original.trajectory
    name = f"{trajectory.instance.id}/{seed}"
    group = [original]
    for copy in range(study.copies):
        group.append(bench.assess(thinned(trajectory, study.drop, f"{name}/copy/{copy}")))
    forks: dict[int, tuple[Episode, ...]] = {}
    for step in spaced(len(trajectory.steps), FORKED_STEPS):
        forked = [
            bench.assess(thinned(trajectory, study.drop, f"{name}/fork/{step}/{copy}", step))
            for copy in range(study.copies)
        ]
        if all(episode.score is not None for episode in forked):
            forks[step] = (group[0], *forked)
    return Rollouts(tuple(group), forks)


@dataclass(frozen=True)
class _Scene:
    """Rollouts and the truth about them.

    Attributes:
        rollouts: of one episode.
        truths: `counterfactual` and `shapley` of the group, [R][T] each.
        forked: step -> its effect in the original and in each fork of it.
        splits: for each deal of the questions the two halves; empty when they cannot be compared.
    """

    rollouts: Rollouts
    truths: Mapping[str, list[list[float]]]
    forked: Mapping[int, list[float]]
    splits: Sequence[tuple[_Half, _Half]]

    @classmethod
    def of(cls, study: Study, rollouts: Rollouts, seed: int, values: list[float] | None) -> _Scene:
        """The truth about rollouts, given the Shapley values of the original."""
        group = rollouts.group
        truths = {"counterfactual": [counterfactual(each) for each in group]}
        if values is not None:
            others = [shapley(each, permutations=study.copy_permutations) for each in group[1:]]
            truths["shapley"] = [values, *others]
        forked = {
            step: [effect(episode, step) for episode in forks]
            for step, forks in rollouts.forks.items()
        }
        return cls(rollouts, truths, forked, _splits(group, seed))


@dataclass(frozen=True)
class _Half:
    """What one half of the questions says.

    Attributes:
        group: the episode and its copies, with these questions alone.
        effects: the counterfactual of each, [R][T].
    """

    group: tuple[Episode, ...]
    effects: list[list[float]]


def _splits(group: Sequence[Episode], seed: int) -> list[tuple[_Half, _Half]]:
    """The questions dealt into halves, several times; none when these cannot be compared."""
    instance = group[0].trajectory.instance
    scored = [j for j, grade in enumerate(group[0].grades) if grade.score is not None]
    gold = [instance.questions[j].evidence for j in scored]
    lost = [
        [losses(episode, step) for step in range(len(episode.trajectory.steps))]
        for episode in group
    ]
    splits = []
    for deal in range(SPLITS):
        cut = halves(gold, f"{instance.id}/{seed}/halves/{deal}")
        if not comparable(gold, cut):
            return []
        one, other = (_half(group, [scored[place] for place in part], lost) for part in cut)
        if one is None or other is None:
            return []
        splits.append((one, other))
    return splits


def _half(
    group: Sequence[Episode], numbers: Sequence[int], lost: Sequence[Sequence[Mapping[int, float]]]
) -> _Half | None:
    parts = tuple(restricted(episode, numbers) for episode in group)
    # The counterfactual of a part, without another replay.
    rows = [[mean([each[j] for j in numbers if j in each]) for each in row] for row in lost]
    effects = [[value for value in row if value is not None] for row in rows]
    whole = all(len(one) == len(other) for one, other in zip(rows, effects, strict=True))
    return (
        _Half(parts, effects) if whole and all(each.score is not None for each in parts) else None
    )


def _scheme(study: Study, name: str) -> Any:
    with explained(f"credit {name!r} cannot be made"):
        return run.named("credit", name, study.parameters.get(name))[0]


def _examined(
    name: str, scheme: Any, scene: _Scene, bench: _Bench, gradients: Sequence[Any] | None
) -> dict[str, Any]:
    """The measures of one scheme; an error of its own is told instead."""
    group = scene.rollouts.group
    try:
        with explained(f"credit {name!r}"):
            begun = time.perf_counter()
            rows, asks = (scene.truths[name], True) if name in TRUTHS else _credited(scheme, group)
            calls, seconds = 0.0, (time.perf_counter() - begun) / len(group)
            found = compared(rows, scene.truths, [each.score or 0.0 for each in group])
            found |= _over_forks(name, scheme, scene)
            found |= _over_halves(name, scheme, scene)
            found["cosine"] = _cosine(rows, scene, gradients)
            if name == "shapley":
                calls, seconds = bench.shapley_cost
            elif asks:
                of = group if getattr(scheme, "group", False) else group[:1]
                calls, seconds = (
                    each / len(of) for each in bench.cost(scheme, [each.trajectory for each in of])
                )
            if "chunk" in {*getattr(scheme, "terms", ()), *getattr(scheme, "online", {})}:
                more = bench.probes_cost(group[0].trajectory)
                calls, seconds = calls + more[0], seconds + more[1]
            found |= {"calls": calls, "seconds": seconds}
    except MemenvError as error:
        return {"error": said(error)}
    if name in FORKED:
        found |= {
            "across": found["forks"],
            "across_share": found["forks_share"],
            "across_shapley": None,
        }
    return found


def _credited(scheme: Any, episodes: Sequence[Episode]) -> tuple[list[list[float]], bool]:
    """The step rewards of rollouts, and whether the reader was asked for them."""
    asked: list[int] = []

    def watched(episode: Episode) -> Episode:
        def grade(memory: Memory, questions: Sequence[Question]) -> tuple[Grade, ...]:
            asked.append(len(questions))
            return episode.grade(memory, questions)

        return replace(episode, grade=grade)

    return _assigned(scheme, [watched(episode) for episode in episodes]), any(asked)


def _assigned(scheme: Any, episodes: Sequence[Episode]) -> list[list[float]]:
    """The step rewards of rollouts, checked; what a scheme does to episodes is done to copies.

    Raises:
        SettingError: when a scheme does not give one finite number per step, or too large ones.
    """
    if getattr(scheme, "group", False):
        rows = _together(scheme, episodes)
    else:
        alone = [pipeline.assign(episode, scheme) for episode in episodes]
        rows = [row for row in alone if row is not None]
    large = [reward for row in rows for reward in row if abs(reward) > LARGEST]
    if large:
        raise SettingError(
            f"credit {name_of(scheme)} gave {large[0]:g}: rewards beyond {LARGEST:g} are too large "
            f"to be compared"
        )
    return [list(row) for row in rows]


def _together(scheme: Any, episodes: Sequence[Episode]) -> list[tuple[float, ...]]:
    given = scheme.assign([pipeline.lent(episode) for episode in episodes])
    values = given.tolist() if hasattr(given, "tolist") else given
    rows = [pipeline.numbers_of(row) for row in values] if isinstance(values, Sequence) else []
    steps = len(episodes[0].trajectory.steps)
    fits = len(rows) == len(episodes) and all(len(row) == steps for row in rows)
    if not fits or not all(isfinite(reward) for row in rows for reward in row):
        raise SettingError(
            f"credit {name_of(scheme)} gave {repr(given)[:80]} for {len(episodes)} episodes of "
            f"{steps} steps; expected a row per episode, of one finite number per step"
        )
    return rows


def _over_forks(name: str, scheme: Any, scene: _Scene) -> dict[str, float | None]:
    """The correlation over the forks of a step, mean over the steps, and the share of those."""
    if name == "shapley":
        return {"forks": None, "forks_share": None}
    rows, effects = [], []
    for step, forks in scene.rollouts.forks.items():
        # The original is among them, because a group scheme compares with it; it counts for none.
        truth = scene.forked[step]
        own = name == "counterfactual"
        credit = truth if own else [row[step] for row in _assigned(scheme, forks)]
        rows.append(credit[1:])
        effects.append(truth[1:])
    return {
        "forks": average(within(rows, effects)),
        "forks_share": covered(rows, effects),
    }


def _over_halves(name: str, scheme: Any, scene: _Scene) -> dict[str, float | None]:
    """Credit from one half of the questions against the effects on the other half."""
    inside: list[float | None] = []
    over: list[float | None] = []
    for pair in scene.splits if name != "shapley" else ():
        for half, other in (pair, pair[::-1]):
            own = name == "counterfactual"
            rows = half.effects if own else _assigned(scheme, half.group)
            inside += within(rows, other.effects)
            over += across(rows, other.effects)
    return {
        "split_within": average(inside),
        "split_across": None if name in FORKED else average(over),
    }


def _cosine(
    rows: Sequence[Sequence[float]], scene: _Scene, gradients: Sequence[Any] | None
) -> float | None:
    if gradients is None:
        return None
    effects = scene.truths["counterfactual"]
    return cosine(advantages(rows[1:]), advantages(effects[1:]), gradients)


# --- the report -----------------------------------------------------------------------------------


def summarise(study: Study, target: Target, samples: Sequence[Sample]) -> dict[str, Any]:
    """What an agent's episodes in one environment say, as plain JSON values.

    Every measure is `{"mean", "low", "high", "episodes"}`: the mean over episodes that have it, and
    a bootstrap 95 % interval over them; `None` where there is none. `unconserved_most` is the
    largest of all, and seconds have no interval. `probes` says where they came from: `instance`,
    `cloze`, `None` where an episode has none.
    """
    scored = [sample for sample in samples if sample["score"] is not None]
    names = [name for name in study.schemes if study.permutations or name != "shapley"]
    gold = any(sample["gold"] for sample in scored)
    return {
        "agent": study.config.agent,
        "environment": target.label,
        "episodes": len(scored),
        "unscored": len(samples) - len(scored),
        "steps": mean([sample["steps"] for sample in scored]),
        "questions": mean([sample["questions"] for sample in scored]),
        "score": mean([sample["score"] for sample in scored]),
        "chance_top_k": mean([quarter(sample["steps"]) / sample["steps"] for sample in scored]),
        "constant_truth": mean([sample["constant_truth"] for sample in scored]),
        "unsplit": sum(not sample["split"] for sample in scored),
        "gold": gold,
        "probes": list(dict.fromkeys(sample["probes"] for sample in scored)),
        "term_spread": {
            term: average([sample["terms"][term] for sample in scored]) for term in TERMS
        },
        "schemes": {
            name: _summarised(study, name, [sample["schemes"][name] for sample in scored], gold)
            for name in names
        },
    }


def _summarised(
    study: Study, name: str, found: Sequence[Mapping[str, Any]], gold: bool
) -> dict[str, Any]:
    errors = list(dict.fromkeys(each["error"] for each in found if "error" in each))
    measured = [each for each in found if "error" not in each]
    columns = {
        measure: [each[measure] for each in measured if each.get(measure) is not None]
        for measure in MEASURES
    }
    summary: dict[str, Any] = {measure: _spread(columns[measure]) for measure in MEASURES}
    summary["unconserved_most"] = max(columns["unconserved_most"], default=None)
    summary["seconds"] = mean(columns["seconds"])
    constant = bool(columns["constant"]) and min(columns["constant"]) == 1
    given = BY_CONSTRUCTION.get(name, ())
    inside, over = (
        None if measure in given else _shown(summary, measure) for measure in ("within", "across")
    )
    needs_gold = bool(getattr(_scheme(study, name), "gold", False))
    followed = verdict(inside, over, constant=constant)
    return {
        "kind": kind_of(name),
        "parameters": dict(study.parameters.get(name, {})),
        "gold": needs_gold,
        "forked": name in FORKED,
        "by_construction": list(given),
        "verdict": "error" if errors else "no gold" if needs_gold and not gold else followed,
        "error": errors[0] if errors else None,
        **summary,
    }


def _spread(values: Sequence[float]) -> dict[str, float | int | None]:
    low, high = interval(values) or (None, None)
    return {"mean": mean(values), "low": low, "high": high, "episodes": len(values)}


def _shown(summary: Mapping[str, Any], measure: str) -> tuple[float, float] | None:
    """The interval of a measure; `None` where too few episodes, or places in them, have it."""
    measured, share = summary[measure], summary[f"{measure}_share"]["mean"]
    enough = measured["episodes"] >= FEWEST and share is not None and share >= MAJORITY
    return (measured["low"], measured["high"]) if enough else None
