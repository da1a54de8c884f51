"""The fidelity of credit schemes on many episodes: play, perturb, measure, summarise.

Per episode: the recorded one, and copies of it with operations left out at random; every scheme
gives credit for all of them, and `memenv.fidelity` compares it with the counterfactual. Nothing is
stored. The numbers depend on the study alone, save for the seconds.
"""

from __future__ import annotations

import concurrent.futures
import concurrent.futures.process
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from memenv.errors import SettingError
from memenv.fidelity import FEWEST, MAJORITY, average, quarter, verdict
from memenv.harness.config import Target
from memenv.harness.evaluate import WorkerDiedError, begin_worker, interrupts_held
from memenv.harness.examine import Sample, examine
from memenv.harness.execute import Spec
from memenv.harness.study import BY_CONSTRUCTION, FORKED, Study, kind_of, scheme_of
from memenv.harness.summary import interval
from memenv.pipeline import mean
from memenv.terms import TERMS

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
    needs_gold = bool(getattr(scheme_of(study, name), "gold", False))
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
