"""Tests of language-model policies; those that need the extra `train` are skipped without."""

import warnings
from dataclasses import replace

import pytest
from memenv_baselines.llm import tiny
from memenv_baselines.llm.presets import TINY
from memenv_baselines.llm.traces import Setting, traces

from memenv.sources import TaskSource

STREAM = TaskSource("overrides", 2, "train")


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """A folder with a model of two layers and its tokenizer.

    It was random, and has learned just enough to say something that is understood now and then.
    """
    torch = pytest.importorskip("torch")
    pytest.importorskip("trl")
    from memenv_baselines.llm import checkpoint, warm

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("model")
    instances = [STREAM.pick(seed) for seed in range(8)]
    tiny.build(tiny.texts_of(instances), folder, vocabulary=600, width=32, layers=2, heads=2)
    loaded = checkpoint.load(str(folder), "", "cpu")
    pairs = [
        {**trace, "completion": trace["completion"][:60]}
        for instance in instances
        for trace in traces(instance, "random", Setting("tiny", 0.2, "flat"))
    ]
    settings = replace(TINY, warm_rows=320, warm_rate=2e-2, warm_batch=8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = {"output_dir": str(folder / "x"), "use_cpu": True, "report_to": [], "seed": 0}
        quiet = {"disable_tqdm": True, "logging_steps": 10}
        warm.warm_up(loaded, pairs, settings, {**given, **quiet, "save_strategy": "no"}, {})
    loaded.model.save_pretrained(folder)
    checkpoint.load.cache_clear()
    return str(folder)
