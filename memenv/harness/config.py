"""What an evaluation is: which agent on which environments under which settings."""

from __future__ import annotations

import functools
import importlib.util
import inspect
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from memenv import datasets, registry, run, tokens
from memenv.errors import DataError, SettingError, unknown_name
from memenv.harness.client import place_of
from memenv.harness.failures import explained
from memenv.memory import check_capacity, get_layout
from memenv.models import DEMO, Endpoint
from memenv.protocols import describe, refuse_secrets
from memenv.sources import Source, file_sha256, open_source, secret_key
from memenv.types import canonical_json, sha256
from memenv.views import make_view

DEFAULT_EPISODES = 5
"""Episodes per generated environment, when nobody says how many."""


@dataclass(frozen=True)
class Target:
    """Where episodes come from.

    Attributes:
        env: a registered id, a task name or a dotted path to a task.
        data: for `MemEnv-File-v0`: a file of instances, or a published data set
            (`memenv.datasets.locate`).
        size: number of chunks; `None` is the task's own default.
        episodes: how many; `None` leaves it to the configuration.
        name: what it is called in results; `None` is the environment, or the file. Without one an
            environment cannot be had at two sizes.
    """

    env: str
    data: str | None = None
    size: int | None = None
    episodes: int | None = None
    name: str | None = None

    def source(self, split: str, secret: str | None = None) -> Source:
        """The instances behind it; a secret makes those of a generated environment private.

        Raises:
            MemenvError: for an unknown name or a file that cannot be read.
        """
        if self.env == registry.FILE_ENVIRONMENT:
            if self.data is None:
                raise SettingError(f"{self.env} needs a file of instances: pass --data FILE")
            return open_source(data=self.data, size=self.size, split=split)
        with explained(f"environment {self.env!r} cannot be loaded"):
            return open_source(task=self.task(), size=self.size, split=split, secret=secret)

    def task(self) -> str:
        """The name of the task behind a registered id, or the task itself."""
        arguments = registry.ENVIRONMENTS.get(self.env)
        if arguments is not None:
            return str(arguments["task"])
        known = [*registry.ENVIRONMENTS, *registry.names("task")]
        if ":" not in self.env and self.env not in known:
            raise unknown_name("environment", self.env, known)
        return self.env

    @property
    def label(self) -> str:
        """How it is called in tables: the environment, or the file."""
        if self.name is not None:
            return self.name
        return datasets.locate(self.data).name if self.data else self.env


@dataclass(frozen=True)
class Config:
    """An evaluation. Its run is named by the hash of all but episodes, workers and engine.

    Attributes:
        agent: name or dotted path.
        targets: the environments.
        agent_arguments: for the agent's constructor, without `view`.
        view: what the agent is shown; `None` is what it declares.
        episodes: per environment; `None` is every instance of a file, else `DEFAULT_EPISODES`.
        seed: episode i of an environment is the instance of `reset(seed=seed + i)`.
        split: `train`, `validation`, `test` or `wording`.
        capacity: `None`, tokens or a share of the stream.
        layout: `mem-alpha` or `flat`.
        reader: name or dotted path.
        reader_arguments: for its constructor.
        credit: name or dotted path.
        credit_arguments: for its constructor.
        repeats: how often every instance is run; an agent that takes a `seed` gets another each
            time.
        workers: episodes at a time.
        engine: `threads`, for agents that wait; `processes`, for agents and readers that compute.
        timeout: seconds an episode may take.
        secret: a salt for the seeds of generated environments; only a slow hash of it is stored.
        judge: the model that judges the questions meant for one, beside their scores.
        judge_base_url: where it is.
    """

    agent: str
    targets: tuple[Target, ...]
    agent_arguments: Mapping[str, Any] = field(default_factory=dict)
    view: str | None = None
    episodes: int | None = None
    seed: int = 0
    split: str = "test"
    capacity: float | None = None
    layout: str = "mem-alpha"
    reader: str = "lexical"
    reader_arguments: Mapping[str, Any] = field(default_factory=dict)
    credit: str = "terminal"
    credit_arguments: Mapping[str, Any] = field(default_factory=dict)
    repeats: int = 1
    workers: int = 1
    engine: Literal["threads", "processes"] = "threads"
    timeout: float = 1800.0
    secret: str | None = field(default=None, repr=False)
    judge: str | None = None
    judge_base_url: str | None = None


def endpoints(config: Config) -> tuple[Endpoint, ...]:
    """The models that a run asks: those of the agent, the reader and the judge.

    Raises:
        MemenvError: when a plug-in cannot be made, or needs a model and does not say which.
    """
    found = []
    for kind, name, arguments in _plugins(config)[:2]:
        with explained(f"{kind} {name!r} cannot be made"):
            made, _ = run.named(kind, name, arguments)
        # Of the object, not of its class: a reader may need one for what it is told to read with.
        if getattr(made, "needs_model", False):
            found.append(run.endpoint_of(kind, made))
    if config.judge is not None:
        found.append(Endpoint(config.judge, config.judge_base_url))
    return tuple(found)


def asks_models(config: Config) -> bool:
    """Whether a run asks any model.

    Raises:
        MemenvError: likewise.
    """
    return bool(endpoints(config))


def check(config: Config) -> None:
    """Everything that can be wrong with a configuration, before the first episode.

    Raises:
        MemenvError: with what was expected.
    """
    if not config.targets:
        raise SettingError("nothing to evaluate on: pass --env ID, --suite NAME or --data FILE")
    for name in ("repeats", "workers"):
        if getattr(config, name) < 1:
            raise SettingError(f"{name} must be at least 1, not {getattr(config, name)}")
    if config.episodes is not None and config.episodes < 1:
        raise SettingError(f"episodes must be at least 1, not {config.episodes}")
    if config.secret is not None:
        secret_key(config.secret)
        if all(target.data is not None for target in config.targets):
            raise SettingError("a secret is for generated environments: data is what it is")
    if config.seed < 0:
        raise SettingError(f"seed must not be negative, not {config.seed}")
    if not config.timeout > 0:
        raise SettingError(f"timeout must be above 0 seconds, not {config.timeout}")
    check_capacity(config.capacity)
    get_layout(config.layout)
    if config.view is not None:
        make_view(config.view)
    for kind, name, arguments in _plugins(config):
        with explained(f"{kind} {name!r} cannot be made"):
            made, _ = run.named(kind, name, arguments)
        if kind == "credit":
            run.refuse_group(made, name)
    if config.judge is None and config.judge_base_url is not None:
        raise SettingError("--judge-url says where the judge is: name it with --judge-model")
    if endpoints(config) and config.engine == "processes":
        raise SettingError(
            "the run waits for a model, and processes have no way to one: leave out "
            "--engine processes"
        )
    refuse_secrets("judge", {"model": config.judge, "base_url": config.judge_base_url})
    labels = [target.label for target in config.targets]
    for label in labels:
        if not label.isprintable():
            raise SettingError(f"{label!a} cannot be shown as a name: rename the file")
    if len(set(labels)) != len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise SettingError(
            f"environment {twice!r} is named twice: name it once; of two files of one name, "
            f"rename one"
        )
    for target in config.targets:
        with explained(f"environment {target.label!r} gives no instance"):
            target.source(config.split, config.secret).pick(config.seed)


def identity(config: Config) -> dict[str, Any]:
    """All that makes a run another run: settings, data, and the code that makes the numbers."""
    value = asdict(config)
    for name in ("episodes", "workers", "engine", "timeout"):
        del value[name]
    value["capacity"] = check_capacity(config.capacity)
    # Runs of two secrets are two runs, and neither tells its secret.
    value["secret"] = (
        None if config.secret is None else sha256(secret_key(config.secret).hex())[:12]
    )
    value["targets"] = [_target(target) for target in config.targets]
    value["tokenizer"] = tokens.bundled().label
    value["library"] = _library()
    for kind, name, arguments in _plugins(config):
        loaded = registry.load(kind, name)
        value[kind] = {**describe(loaded, name, arguments), "code": _code(loaded)}
        value.pop(f"{kind}_arguments")
    loaded = [registry.load(kind, name) for kind, name, _ in _plugins(config)[:2]]
    if config.judge or any(getattr(each, "needs_model", False) for each in loaded):
        # The same model somewhere else may be another one.
        value["places"] = [
            [each.model, place_of(each.base_url)]
            for each in endpoints(config)
            if each != Endpoint(DEMO)
        ]
    if config.judge is not None:
        judge = registry.load("scorer", "judge")
        value["judge_scorer"] = {
            **describe(judge, "judge", {}),
            "prompts": dict(getattr(judge, "prompts", {})),
        }
    return value


def run_id(config: Config) -> str:
    """The name of the run: the first 12 hex digits of the hash of its identity."""
    return sha256(canonical_json(identity(config)))[:12]


def _plugins(config: Config) -> list[tuple[str, str, Mapping[str, Any]]]:
    return [
        ("agent", config.agent, config.agent_arguments),
        ("reader", config.reader, config.reader_arguments),
        ("credit", config.credit, config.credit_arguments),
    ]


def _target(target: Target) -> dict[str, Any]:
    value: dict[str, Any] = {"env": target.env, "size": target.size}
    if target.name is not None:
        value["name"] = target.name
    if target.data is None:
        value["code"] = _code(registry.load("task", target.task()))
    else:
        # The content counts, not where the file lies.
        located = datasets.locate(target.data)
        sha256_of = datasets.content_sha256(located.path)
        value["data"] = {"name": located.name, "sha256": sha256_of}
        if located.loader is not None:
            value["data"]["code"] = _code(registry.load("loader", located.loader))
    return value


@functools.cache
def _library() -> str:
    """The hash of our own code, less the command line: an upgrade must not resume an old run."""
    parts = []
    for package in ("memenv", "memenv_baselines", "memenv_tasks"):
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.submodule_search_locations is not None
        root = Path(next(iter(spec.submodule_search_locations)))
        for path in sorted(root.rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if not name.startswith("cli/"):
                parts.append(f"{package}/{name} {file_sha256(path)}")
    return sha256("\n".join(parts))[:12]


def _code(plugin: Any) -> str | None:
    """The hash of the file a plug-in is written in: edited code must not resume an old run."""
    try:
        # Behind a decorator is the file that was written.
        path = inspect.getsourcefile(inspect.unwrap(plugin))
        # No file for what is built in, none on disk for what lies in an archive.
        return None if path is None else file_sha256(path)[:12]
    except (TypeError, DataError):
        return None
