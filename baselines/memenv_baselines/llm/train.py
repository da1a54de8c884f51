"""A training run from settings to a checkpoint: the first model, the warm start, GRPO.

In the folder of a run:

    run.json           what was asked for; another command cannot go on here by accident
    start/             the model that `tiny` makes
    warm/              the model after the warm start
    checkpoint-N/      after N updates of GRPO: weights, optimiser, random states, card
    memenv.json        the card of the model at the end, which lies beside it, with the curve
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import random
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from memenv import __version__
from memenv.errors import SettingError
from memenv.models import Models
from memenv.pipeline import mean
from memenv.sources import FileSource, Source, TaskSource
from memenv.types import Instance
from memenv_baselines.llm import tiny
from memenv_baselines.llm.checkpoint import CARD, load, sha256_of
from memenv_baselines.llm.needed import needed
from memenv_baselines.llm.play import Game, play
from memenv_baselines.llm.presets import Settings
from memenv_baselines.llm.saving import newest_checkpoint, write_card
from memenv_baselines.llm.styles import make_style
from memenv_baselines.llm.traces import Setting, traces

Tell = Callable[[str], None]

HELD_OUT = 1_000_000
"""The first seed of held-out instances, of split `validation`."""

TEACHER = "memenv_baselines.llm.sieve:Sieve"
"""Who writes the traces for a model that is made here, when no file of them is given."""


@dataclass(frozen=True)
class Streams:
    """What is played.

    Attributes:
        train: where instances are from, taken in turn.
        held_out: where held-out ones are from, likewise.
    """

    train: Sequence[Source]
    held_out: Sequence[Source] = ()

    def pick(self, count: int, spare: int = 0) -> list[Instance]:
        """Instances to train on; of a file, all but the last `spare`."""
        return [_nth(self.train, number, 0, spare) for number in range(count)]

    def validation(self, count: int) -> list[Instance]:
        """Held-out instances."""
        return [_nth(self.held_out, number, HELD_OUT, count) for number in range(count)]


def _nth(sources: Sequence[Source], number: int, first: int, spare: int) -> Instance:
    source, turn = sources[number % len(sources)], number // len(sources)
    if not isinstance(source, FileSource):
        return source.pick(first + turn)
    # The end of a file is held out.
    size = len(source.instances)
    begun = max(1, size - spare) if spare else size
    place = turn % begun if not first else begun + turn % max(1, size - begun)
    return source.instances[min(place, size - 1)]


def train(
    settings: Settings,
    streams: Streams,
    output: Path,
    *,
    warm_start: Sequence[Mapping[str, Any]] | None = None,
    models: Models | None = None,
    tell: Tell = lambda said: None,
    also: Mapping[str, Any] | None = None,
    stop_after: int | None = None,
) -> Path:
    """Train, or go on where a run in the same folder was broken off.

    Args:
        settings: of the run.
        streams: what is played.
        output: the folder.
        warm_start: traces; `None` is none, or for a model made here those of an oracle.
        models: the way to language models, for a reader that needs one.
        tell: told what happens, line by line.
        also: further things that the run depends on, for `run.json`.
        stop_after: updates after which to stop as if killed; for tests.

    Returns:
        The folder, in which the checkpoint is.

    Raises:
        MemenvError: for settings that make no sense, a missing extra, or training that broke.
    """
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    needed("torch", "transformers", "trl", "accelerate", "datasets")
    game = _game(settings, models)
    if settings.vllm_url is not None and not settings.lora:
        raise SettingError(
            "a server is sent a LoRA adapter after every update, all weights are too many: use "
            "--lora RANK with --vllm-url"
        )
    from accelerate import PartialState

    process = PartialState(cpu=not needed("torch")[0].cuda.is_available())
    if not process.is_main_process:
        tell = _hush
    with process.main_process_first():
        _same_run(output, settings, also or {})
    if (output / CARD).exists():
        tell(f"{output} is finished: there is nothing left to do")
        return output
    with _quiet():
        _train(settings, game, streams, output, process, warm_start, tell, stop_after)
    return output


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the progress bars of saving, and what the libraries say to each other."""
    (transformers,) = needed("transformers")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        transformers.utils.logging.disable_progress_bar()
        try:
            yield
        finally:
            transformers.utils.logging.enable_progress_bar()


def _train(
    settings: Settings,
    game: Game,
    streams: Streams,
    output: Path,
    process: Any,
    warm_start: Sequence[Mapping[str, Any]] | None,
    tell: Tell,
    stop_after: int | None,
) -> None:
    with process.main_process_first():
        start = _first_model(settings, streams, output, tell)
    warmed = output / "warm"
    pairs = warm_start
    if pairs is None and settings.model is None and settings.warm_rows != 0:
        pairs = _taught(settings, streams)
    if pairs is not None and not (warmed / CARD).exists():
        _warm(settings, start, pairs, warmed, process, tell)
    if pairs is not None:
        start = str(warmed)
    trainer = _trainer(settings, game, streams, start, output, tell)
    if stop_after is not None:
        trainer.add_callback(_stopping(stop_after))
    newest = newest_checkpoint(output)
    if newest is not None:
        tell(f"going on from {newest}")
    trainer.train(resume_from_checkpoint=None if newest is None else str(newest))
    if stop_after is None:
        trainer.finish()


def _hush(said: str) -> None:
    """Told by another process."""


def _game(settings: Settings, models: Models | None) -> Game:
    return Game(
        style=make_style(settings.style, settings.max_tokens, settings.budget),
        capacity=settings.capacity,
        layout=settings.layout,
        view=settings.view,
        reader=settings.reader,
        reader_arguments=settings.reader_arguments,
        credit=settings.credit,
        credit_arguments=settings.credit_arguments,
        grouping=settings.grouping,
        unbiased=settings.unbiased,
        questions=settings.questions,
        seed=settings.seed,
        models=models,
    )


def _same_run(output: Path, settings: Settings, also: Mapping[str, Any]) -> None:
    """Note what a run is, or check that the folder holds this very one."""
    asked = json.loads(json.dumps({**asdict(settings), **also}))
    file = output / "run.json"
    if file.exists():
        try:
            held = json.loads(file.read_text("utf-8"))
        except ValueError:
            held = None
        if not isinstance(held, dict):
            raise SettingError(f"{file} is broken: remove the folder, or name another --output")
        names = sorted({*held, *asked})
        differ = [name for name in names if held.get(name) != asked.get(name)]
        if differ:
            told = ", ".join(
                f"{name} {held.get(name)!r} (now {asked.get(name)!r})" for name in differ[:4]
            )
            raise SettingError(
                f"{output} holds a run with other settings: {told}; name another --output"
            )
        return
    if output.exists() and any(output.iterdir()):
        raise SettingError(f"{output} is not empty and holds no run: name another --output")
    output.mkdir(parents=True, exist_ok=True)
    part = output / "run.json.part"
    part.write_text(json.dumps(asked, indent=1, sort_keys=True) + "\n", "utf-8")
    os.replace(part, file)


def _first_model(settings: Settings, streams: Streams, output: Path, tell: Tell) -> str:
    if settings.model is not None:
        return settings.model
    folder = output / "start"
    if not (folder / CARD).exists():
        tell("making a tokenizer and a model with random weights")
        texts = tiny.texts_of(streams.pick(tiny.TEXTS))
        tiny.build(texts, folder, seed=settings.seed)
        write_card(folder, {"style": settings.style, "memenv": __version__})
    return str(folder)


def _taught(settings: Settings, streams: Streams) -> list[dict[str, Any]]:
    """What a teacher does, on instances enough for the warm start."""
    agent, arguments = _teacher(streams)
    setting = Setting(
        settings.style,
        settings.capacity,
        settings.layout,
        settings.view,
        settings.max_tokens,
        arguments,
    )
    pairs: list[dict[str, Any]] = []
    for number in range(settings.instances):
        if len(pairs) >= (settings.warm_rows or 0):
            break
        pairs += traces(_nth(streams.train, number, 0, 0), agent, setting)
    return pairs


def _teacher(streams: Streams) -> tuple[str, dict[str, Any]]:
    """The sieve of the tasks that are played; of files an oracle."""
    tasks = [each for each in streams.train if isinstance(each, TaskSource)]
    if not tasks:
        return "oracle", {}
    names = ",".join(dict.fromkeys(each.task for each in tasks))
    sizes = ",".join(dict.fromkeys(str(each.size) for each in tasks if each.size is not None))
    return TEACHER, {"envs": names, **({"sizes": sizes} if sizes else {})}


def _warm(
    settings: Settings,
    start: str,
    pairs: Sequence[Mapping[str, Any]],
    folder: Path,
    process: Any,
    tell: Tell,
) -> None:
    """The warm start, from a first model to another one in a folder."""
    from memenv_baselines.llm.warm import warm_up

    strange = next((each for each in pairs if each.get("style") != settings.style), None)
    if strange is not None:
        raise SettingError(
            f"the traces are in style {strange.get('style')!r}, the policy is asked in style "
            f"{settings.style!r}: write them with --style {settings.style}"
        )
    checkpoint = load(start, "", "cpu")
    model = checkpoint.model.train()
    if settings.lora:
        (peft,) = needed("peft")
        model = peft.get_peft_model(model, _lora(settings))
    else:
        tiny.guard(model)
    tell(f"warm start on {len(pairs)} pairs")
    loss = warm_up(
        replace(checkpoint, model=model),
        pairs,
        settings,
        {
            **_shared(settings, folder / "updates"),
            "world": process.num_processes,
            "logging_steps": 10,
        },
        {"style": settings.style, "memenv": __version__},
        [_telling(tell, "warm start", ("loss",))],
    )
    process.wait_for_everyone()
    if process.is_main_process:
        if settings.lora:
            model = model.merge_and_unload()
        model.save_pretrained(folder)
        checkpoint.tokenizer.save_pretrained(folder)
        write_card(
            folder,
            {
                "style": settings.style,
                "max_tokens": settings.max_tokens,
                "memenv": __version__,
                "pairs": len(pairs),
                "loss": loss,
            },
        )
    process.wait_for_everyone()
    load.cache_clear()


def _lora(settings: Settings) -> Any:
    (peft,) = needed("peft")
    return peft.LoraConfig(
        r=settings.lora,
        lora_alpha=2 * settings.lora,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def _shared(settings: Settings, folder: Path) -> dict[str, Any]:
    """Arguments of transformers for both kinds of training."""
    (torch,) = needed("torch")
    gpu = torch.cuda.is_available()
    return {
        "output_dir": str(folder),
        "use_cpu": not gpu,
        "bf16": gpu,
        "gradient_checkpointing": gpu,
        "report_to": [],
        "disable_tqdm": True,
        "save_total_limit": 2,
        "seed": settings.seed,
        "data_seed": settings.seed,
    }


@dataclass(frozen=True)
class Sizes:
    """How the rows of a round are cut.

    Attributes:
        chunks: the most that an instance has.
        rows: that go through a model at once.
        micro: how often that is, in a round and process.
        accumulated: of these, for one update.
        updates: of a round.
    """

    chunks: int
    rows: int
    micro: int
    accumulated: int
    updates: int


def sizes_of(settings: Settings, chunks: int, processes: int) -> Sizes:
    """Rows and updates of a round, so that every process has whole groups.

    Raises:
        SettingError: when the instances of a round cannot be shared out.
    """
    if settings.batch % processes:
        raise SettingError(
            f"{settings.batch} instances of a round cannot be shared out to {processes} processes "
            f"in whole groups: choose a --batch that is a multiple of {processes}"
        )
    rows = settings.batch // processes * settings.group * chunks
    at_once = _divisor(rows, settings.rows)
    micro = rows // at_once
    wanted = micro
    if settings.minibatch is not None:
        wanted = max(1, settings.minibatch // (processes * at_once))
    accumulated = _divisor(micro, wanted)
    return Sizes(chunks, at_once, micro, accumulated, micro // accumulated * settings.epochs)


def order_of(settings: Settings, count: int) -> list[int]:
    """The numbers of the instances of all rounds, every one once before any is taken again.

    One pass of the trainer is the whole run, so that one that goes on knows where it is.
    """
    draw = random.Random(f"order/{settings.seed}")
    order: list[int] = []
    while len(order) < settings.steps * settings.batch:
        order += draw.sample(range(count), count)
    return order[: settings.steps * settings.batch]


def _divisor(number: int, most: int) -> int:
    """The largest divisor that is not larger."""
    return max(each for each in range(1, min(number, most) + 1) if number % each == 0)


def _trainer(
    settings: Settings, game: Game, streams: Streams, start: str, output: Path, tell: Tell
) -> Any:
    from accelerate import PartialState
    from datasets import Dataset
    from trl import GRPOConfig

    from memenv_baselines.llm.trainer import MemoryTrainer

    spare = settings.held_out if settings.evaluate_every else 0
    count = min(settings.instances, max(1, settings.steps) * settings.batch)
    instances = streams.pick(max(count, settings.batch), spare)
    chunks = max(len(instance.chunks) for instance in instances)
    sizes = sizes_of(settings, chunks, PartialState().num_processes)
    tell(
        f"{len(instances)} instances of at most {chunks} chunks; a round is {settings.batch} x "
        f"{settings.group} episodes, {settings.batch * settings.group * chunks} rows, "
        f"{sizes.updates} updates"
    )
    scheduler = {"constant": "constant_with_warmup"}.get(settings.decay, settings.decay)
    given: dict[str, Any] = {
        **_shared(settings, output),
        "num_generations": settings.group * chunks,
        "per_device_train_batch_size": sizes.rows,
        "steps_per_generation": sizes.micro,
        "gradient_accumulation_steps": sizes.accumulated,
        "num_iterations": settings.epochs,
        "max_steps": settings.steps * sizes.updates,
        "shuffle_dataset": False,
        "max_completion_length": game.style.max_tokens,
        "learning_rate": settings.learning_rate,
        "warmup_steps": settings.warmup,
        "lr_scheduler_type": scheduler,
        "epsilon": settings.clip,
        "delta": settings.dual_clip,
        "beta": settings.beta,
        "loss_type": settings.loss,
        "entropy_coef": settings.entropy,
        "temperature": settings.temperature,
        "use_bias_correction_kl": False,
        "logging_steps": sizes.updates,
        "save_steps": settings.save_every * sizes.updates,
    }
    unknown = sorted(set(settings.trl) - set(GRPOConfig.__dataclass_fields__))
    if unknown:
        raise SettingError(f"TRL's GRPOConfig has no setting {unknown[0]!r}")
    ours = sorted(set(settings.trl) & (set(given) - _FREE))
    if ours:
        raise SettingError(f"{ours[0]!r} is set by an option of this command, not by --trl")
    try:
        arguments = GRPOConfig(**{**given, **settings.trl})
    except (TypeError, ValueError) as error:
        raise SettingError(f"TRL refuses the settings: {error}") from None
    checkpoint = load(start, sha256_of(start), "cpu")
    if not settings.lora:
        tiny.guard(checkpoint.model)
    rows = Dataset.from_dict({"prompt": list(map(str, order_of(settings, len(instances))))})
    trainer = MemoryTrainer(
        settings,
        game,
        instances,
        chunks,
        replace(checkpoint, model=checkpoint.model.train()),
        arguments,
        train_dataset=rows,
        peft_config=_lora(settings) if settings.lora else None,
        callbacks=[_telling(tell, "round", _WATCHED, sizes.updates)],
    )
    load.cache_clear()
    _without_printing(trainer)
    trainer.card = {
        "style": settings.style,
        "view": game.view or game.style.view,
        "max_tokens": game.style.max_tokens,
        "memenv": __version__,
        "settings": json.loads(json.dumps(asdict(settings))),
    }
    if settings.evaluate_every:
        trainer.add_callback(_evaluating(trainer, settings, game, streams, sizes, tell))
    return trainer


def _without_printing(trainer: Any) -> None:
    (transformers,) = needed("transformers")
    trainer.remove_callback(transformers.trainer_callback.PrinterCallback)


_FREE = {"bf16", "gradient_checkpointing", "report_to", "save_total_limit", "disable_tqdm"}
"""Settings of TRL that have a default here and no option."""

_WATCHED = ("score", "reward", "memory", "rejected", "writes", "entropy", "kl", "held_out")


def _telling(tell: Tell, what: str, names: Sequence[str], per: int = 1) -> Any:
    """A callback that tells the numbers of a log."""
    (transformers,) = needed("transformers")

    class Telling(transformers.TrainerCallback):  # type: ignore[misc,name-defined]
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if state.is_world_process_zero and logs:
                told = [f"{name} {logs[name]:.3f}" for name in names if logs.get(name) is not None]
                if told:
                    done = math.ceil(state.global_step / per)
                    tell(f"{what} {done} of {state.max_steps // per}: {', '.join(told)}")

    return Telling()


def _evaluating(
    trainer: Any, settings: Settings, game: Game, streams: Streams, sizes: Sizes, tell: Tell
) -> Any:
    """A callback that plays held-out instances, taking the likeliest tokens."""
    (transformers,) = needed("transformers")
    held = streams.validation(settings.held_out)
    judged = replace(game, questions=1.0)

    class Evaluating(transformers.TrainerCallback):  # type: ignore[misc,name-defined]
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.global_step == 0:
                self.look(state)

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.global_step % (settings.evaluate_every * sizes.updates) == 0:
                self.look(state)

        def look(self, state: Any) -> None:
            trainer.sync()
            played = play(held, 1, judged, lambda asked: trainer.say(asked, 0.0, "held out"))
            score = mean([each.episodes[0].score or 0.0 for each in played])
            done = state.global_step // sizes.updates
            trainer.curve.append({"round": done, "held_out": score})
            if state.is_world_process_zero:
                tell(f"round {done}: held-out score {score:.3f} ({len(held)} instances)")

    return Evaluating()


def _stopping(updates: int) -> Any:
    (transformers,) = needed("transformers")

    class Stopping(transformers.TrainerCallback):  # type: ignore[misc,name-defined]
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            control.should_training_stop = state.global_step >= updates

    return Stopping()
