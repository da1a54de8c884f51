"""Training on a random model of two layers: with the extra `train` only."""

import errno
import json
import math
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import memenv

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from memenv_baselines.llm import checkpoint, serving, tiny, train, warm  # noqa: E402
from memenv_baselines.llm.play import Said  # noqa: E402
from memenv_baselines.llm.presets import TINY  # noqa: E402
from memenv_baselines.llm.saving import TrainingError, newest_checkpoint  # noqa: E402
from memenv_baselines.llm.traces import Setting, traces  # noqa: E402
from memenv_baselines.llm.trainer import MemoryTrainer  # noqa: E402

from memenv.credit import advantages  # noqa: E402
from memenv.errors import DataError, SettingError  # noqa: E402
from memenv.sources import TaskSource  # noqa: E402

# The libraries warn each other of what will be removed.
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")

TRAIN, HELD = TaskSource("overrides", 2, "train"), TaskSource("overrides", 2, "validation")
LONGER = TaskSource("overrides", 3, "train")
STREAMS = train.Streams([TRAIN], [HELD])
QUICK = replace(
    TINY, steps=2, batch=1, group=2, instances=2, rows=4, save_every=1, max_tokens=8,
    evaluate_every=0, learning_rate=1e-2, credit="memalpha", warmup=0.0,
)  # fmt: skip


def run(model, output, streams=STREAMS, **given):
    told = []
    settings = replace(QUICK, model=model, **given.pop("settings", {}))
    train.train(settings, streams, Path(output), tell=told.append, **given)
    return told


def weights(folder):
    from safetensors.torch import load_file

    return load_file(Path(folder) / "model.safetensors")


def test_steps_are_taken_and_the_checkpoint_is_evaluated_as_it_was_trained(model, tmp_path):
    told = run(model, tmp_path / "run", settings={"evaluate_every": 1, "held_out": 1})
    assert any("round 2 of 2" in each for each in told)
    assert any("held-out" in each for each in told)
    before, after = weights(model), weights(tmp_path / "run")
    assert any(not torch.equal(before[name], after[name]) for name in after)
    card = checkpoint.card_of(str(tmp_path / "run"))
    assert (card["style"], card["max_tokens"], card["update"]) == ("tiny", 8, 2)
    record = memenv.run_episode(
        HELD.pick(1), "local", capacity=0.2, arguments={"agent": {"path": str(tmp_path / "run")}}
    )
    step = record.steps[0]
    assert record.score is not None
    assert step["raw"] is not None
    told = run(model, tmp_path / "run", settings={"evaluate_every": 1, "held_out": 1})
    assert told == [f"{tmp_path / 'run'} is finished: there is nothing left to do"]
    with pytest.raises(SettingError, match="with other settings: seed 0"):
        run(model, tmp_path / "run", settings={"evaluate_every": 1, "held_out": 1, "seed": 1})


def watched(monkeypatch):
    """What TRL is handed in every round, and the rollouts it stands for."""
    seen = []
    theirs = MemoryTrainer._generate_and_score_completions

    def watch(trainer, inputs):
        output = theirs(trainer, inputs)
        seen.append((trainer, output, list(trainer._fresh)))
        return output

    monkeypatch.setattr(MemoryTrainer, "_generate_and_score_completions", watch)
    return seen


@pytest.mark.parametrize(
    ("credit", "grouping", "unbiased"),
    [("memalpha", "pooled", True), ("finemem", "per_step", False)],
)
def test_the_advantages_of_trl_are_ours(model, tmp_path, monkeypatch, credit, grouping, unbiased):
    seen = watched(monkeypatch)
    # Two lengths: the shorter episodes are filled up with masked rows.
    streams = train.Streams([TRAIN, LONGER], [HELD])
    settings = {"credit": credit, "grouping": grouping, "unbiased": unbiased, "batch": 2}
    run(model, tmp_path / "run", streams, settings={**settings, "group": 3, "steps": 1})
    ((trainer, output, played),) = seen
    wanted, real = [], []
    for group in played:
        ours = advantages(group.rewards, grouping, unbiased)
        for row in ours:
            wanted += [*row, *([0.0] * (3 - len(row)))]
            real += [True] * len(row) + [False] * (3 - len(row))
    assert len(wanted) == 2 * 3 * 3
    assert output["advantages"].tolist() == pytest.approx(wanted, abs=1e-6)
    assert max(map(abs, wanted)) > 0
    masked = (output["completion_mask"] * output["tool_mask"]).sum(1) > 0
    assert masked.tolist() == real
    assert trainer._stretch == pytest.approx(18 / 15)


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_the_trainer_finds_the_log_probabilities_of_the_rollouts(
    model, tmp_path, monkeypatch, temperature
):
    seen = watched(monkeypatch)
    run(model, tmp_path / "run", settings={"steps": 1, "temperature": temperature}, stop_after=0)
    trainer, output, played = seen[0]
    # The first update has been made: these are the weights before it.
    trainer.model.load_state_dict(weights(model), strict=False)
    ids = torch.cat([output["prompt_ids"], output["completion_ids"]], 1)
    mask = torch.cat([output["prompt_mask"], output["completion_mask"]], 1)
    width = output["completion_ids"].shape[1]
    with torch.no_grad():
        found, _, _ = trainer._get_per_token_logps_and_entropies(trainer.model, ids, mask, width)
    rows = [said for group in played for row in group.said for said in row]
    for row, said in enumerate(rows):
        drawn = torch.tensor(said.logprobs)
        assert torch.allclose(found[row, : len(drawn)], drawn, atol=1e-4)


def test_a_killed_run_goes_on_to_the_same_weights(model, tmp_path):
    settings = {"steps": 3, "learning_rate": 1e-2, "minibatch": 4, "rows": 2, "group": 3}
    run(model, tmp_path / "whole", settings=settings)
    run(model, tmp_path / "broken", settings=settings, stop_after=6)
    # What was being written when it was killed is not gone on from.
    half = tmp_path / "broken/checkpoint-99"
    half.mkdir()
    (half / "trainer_state.json").write_text("{")
    told = run(model, tmp_path / "broken", settings=settings)
    assert f"going on from {tmp_path / 'broken/checkpoint-6'}" in told
    whole, broken = weights(tmp_path / "whole"), weights(tmp_path / "broken")
    assert all(torch.equal(whole[name], broken[name]) for name in whole)


def test_a_loss_that_is_no_number_leaves_the_last_good_checkpoint(model, tmp_path, monkeypatch):
    theirs = MemoryTrainer._get_per_token_logps_and_entropies

    def broken(trainer, *args, **given):
        logps, *others = theirs(trainer, *args, **given)
        return (logps * (float("nan") if trainer.state.global_step else 1.0), *others)

    monkeypatch.setattr(MemoryTrainer, "_get_per_token_logps_and_entropies", broken)
    with pytest.raises(TrainingError, match=r"loss is nan.*checkpoint-1 is the last good one"):
        run(model, tmp_path / "run")
    assert newest_checkpoint(tmp_path / "run").name == "checkpoint-1"


def test_a_full_disk_leaves_the_last_good_checkpoint(model, tmp_path, monkeypatch):
    from transformers import Trainer

    theirs = Trainer._save_checkpoint

    def full(trainer, *args, **given):
        theirs(trainer, *args, **given)
        if trainer.state.global_step == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Trainer, "_save_checkpoint", full)
    with pytest.raises(TrainingError, match=r"No space left.*checkpoint-1 is the last good one"):
        run(model, tmp_path / "run")
    assert not (tmp_path / "run/checkpoint-2").exists()
    assert newest_checkpoint(tmp_path / "run").name == "checkpoint-1"


def test_weights_that_are_broken_are_not_saved(model, tmp_path, monkeypatch):
    theirs = MemoryTrainer.training_step

    def breaking(trainer, network, *args):
        loss = theirs(trainer, network, *args)
        with torch.no_grad():
            next(network.parameters()).fill_(float("nan"))
        return loss

    monkeypatch.setattr(MemoryTrainer, "training_step", breaking)
    with pytest.raises(TrainingError, match=r"is not finite: no checkpoint was written yet"):
        run(model, tmp_path / "run")


def pairs(style="tiny"):
    return [
        trace for seed in range(2) for trace in traces(TRAIN.pick(seed), "lines", Setting(style))
    ]


def test_a_warm_start_learns_what_is_said(model, tmp_path):
    settings = {"warm_rows": 40, "warm_rate": 1e-2, "steps": 1}
    run(model, tmp_path / "run", settings=settings, warm_start=pairs())
    card = json.loads((tmp_path / "run/warm/memenv.json").read_text())
    assert card["pairs"] == 4
    # Less than that of a guess.
    assert card["loss"] < math.log(600)
    with pytest.raises(SettingError, match="in style 'memenv'"):
        run(model, tmp_path / "other", warm_start=pairs("memenv"))


def test_only_completions_are_learned(model):
    loaded = checkpoint.load(model, "", "cpu")
    rows = [([5, 6, 7], [8, 1]), ([5], [8, 9, 1])]
    batch = warm._collated(rows, pad=0)
    assert batch["input_ids"].tolist() == [[5, 6, 7, 8, 1, 0], [0, 0, 5, 8, 9, 1]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 1, 1, 0], [0, 0, 1, 1, 1, 1]]
    assert batch["labels"].tolist() == [[8, 1, -100], [8, 9, 1]]
    assert loaded.stop in loaded.stops


def test_an_adapter_is_trained_and_evaluated(model, tmp_path):
    pytest.importorskip("peft")
    run(model, tmp_path / "run", settings={"lora": 2, "steps": 1})
    assert (tmp_path / "run/adapter_config.json").exists()
    record = memenv.run_episode(
        HELD.pick(1), "local", capacity=0.2, arguments={"agent": {"path": str(tmp_path / "run")}}
    )
    assert record.score is not None


def test_a_server_writes_the_rollouts_and_is_sent_the_adapter(model, tmp_path, monkeypatch):
    pytest.importorskip("peft")
    asked = []
    loaded = checkpoint.load(model, "", "cpu")

    class Fake(serving.Server):
        def _asked(self, path, value=None):
            asked.append((path, value))
            if path == "/v1/models":
                return {"data": [{"id": "base"}]}
            if path != "/v1/completions":
                assert path == "/v1/unload_lora_adapter" or Path(value["lora_path"]).is_dir()
                return {}
            (said,) = loaded.answer([value["prompt"]], 8, 1.0, str(value["seed"]))
            told = {"token_logprobs": list(said.logprobs)}
            return {"choices": [{"token_ids": list(said.tokens), "logprobs": told}]}

    monkeypatch.setattr("memenv_baselines.llm.trainer.Server", Fake)
    seen = watched(monkeypatch)
    settings = {"lora": 2, "vllm_url": "http://127.0.0.1:1"}
    run(model, tmp_path / "run", settings=settings)
    models = [value["model"] for path, value in asked if path == "/v1/completions"]
    assert models == ["base"] * 4 + ["memenv-1"] * 4
    # The server has the very weights of the first round: nothing is to be corrected.
    _trainer, output, played = seen[0]
    row = output["advantages"][0]
    assert row.tolist() == pytest.approx([played[0].advantages[0][0]] * len(row), abs=1e-3)


def test_all_weights_cannot_be_sent_over_http(model, tmp_path):
    with pytest.raises(SettingError, match="--lora"):
        run(model, tmp_path / "run", settings={"vllm_url": "http://127.0.0.1:1"})


def test_groups_that_are_split_are_refused(model, tmp_path, monkeypatch):
    seen = watched(monkeypatch)
    run(model, tmp_path / "run", settings={"steps": 1})
    trainer = seen[0][0]
    with pytest.raises(SettingError, match="whole groups of 4"):
        trainer.rows(["0", "0", "0", "1"])


def test_decoding_is_alike_for_equal_seeds_and_whatever_stands_beside(model):
    loaded = checkpoint.load(model, "", "cpu")
    prompts = [[5, 6, 7, 8], [9, 10]]
    one = loaded.answer(prompts, 6, 1.0, "a")
    assert one == loaded.answer(prompts, 6, 1.0, "a") != loaded.answer(prompts, 6, 1.0, "b")
    both = loaded.answer(prompts, 6, 0.0, "a")
    assert [each.tokens for each in both] == [
        loaded.answer([each], 6, 0.0, "a")[0].tokens for each in prompts
    ]
    assert isinstance(both[0], Said)


def test_what_is_no_checkpoint_is_told(model, tmp_path):
    with pytest.raises(DataError, match="has no weights"):
        memenv.make("agent", "local", path=str(tmp_path))
    with pytest.raises(SettingError, match="there is no folder"):
        memenv.make("agent", "local", path=str(tmp_path / "no"))
    copy = shutil.copytree(model, tmp_path / "copy")
    (copy / "memenv.json").write_text('{"format": 9}')
    with pytest.raises(DataError, match="reads format 1"):
        memenv.make("agent", "local", path=str(copy))
    (copy / "memenv.json").unlink()
    (copy / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(DataError, match="no checkpoint that can be loaded"):
        memenv.run_episode(
            HELD.pick(1), "local", arguments={"agent": {"path": str(copy), "style": "tiny"}}
        )


def test_a_changed_checkpoint_is_another_agent(model, tmp_path):
    first = memenv.make("agent", "local", path=model, style="tiny").version
    assert first == memenv.make("agent", "local", path=model, style="tiny").version
    copy = shutil.copytree(model, tmp_path / "copy")
    assert memenv.make("agent", "local", path=str(copy), style="tiny").version == first
    with open(copy / "model.safetensors", "ab") as file:
        file.write(b" ")
    assert memenv.make("agent", "local", path=str(copy), style="tiny").version != first


def test_a_wired_model_finds_the_line_of_a_number_and_is_kept_so(tmp_path):
    texts = ["Ada is in Oslo.\nBo is in Rome."] * 4
    tiny.build(texts, tmp_path / "wired", vocabulary=400, width=64, layers=3, heads=2)
    loaded = checkpoint.load(str(tmp_path / "wired"), "", "cpu")
    model, tokenizer = loaded.model, loaded.tokenizer
    model.set_attn_implementation("eager")
    ids = tokenizer("Ada [1]\nBo [2]\nAda [3]\n<|assistant|>[1] SKIP[2]", return_tensors="pt")
    ids = ids["input_ids"]
    asked, (line, _) = len(ids[0]) - 1, (ids[0] == ids[0, -1]).nonzero()[:, 0].tolist()
    looked = model(ids, output_attentions=True).attentions[tiny.FINDER][0, :, asked]
    assert (looked[:, line] > 0.2).all()
    tiny.guard(model)
    # What training does to other weights, it does not do to these.
    model(ids).logits.sum().backward()
    finder = model.model.layers[tiny.FINDER].self_attn
    assert finder.q_proj.weight.grad is None
    grad = model.model.layers[0].mlp.down_proj.weight.grad
    assert not grad[:32].any()
    assert grad[32:].any()


@pytest.mark.slow
def test_two_processes_share_out_whole_groups(model, tmp_path):
    words = "--preset tiny --env overrides --size 2 --batch 2 --group 2 --steps 2 --instances 2"
    more = f"--rows 4 --max-tokens 8 --evaluate-every 0 --model {model} --output {tmp_path / 'run'}"
    launched = "-m accelerate.commands.launch --cpu --num_processes 2 --num_machines 1"
    launched += " --mixed_precision no --dynamo_backend no --main_process_port 29511"
    command = [*launched.split(), "-m", "memenv.cli.main", "train", "llm"]
    done = subprocess.run(
        [sys.executable, *command, *words.split(), *more.split()],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    # Told once, not by each of the two.
    assert done.stderr.count("round 2 of 2") == 1
    assert checkpoint.card_of(str(tmp_path / "run"))["update"] == 2


@pytest.mark.slow
def test_a_short_tiny_recipe_beats_append_and_the_lines_it_could_not_tell_apart(tmp_path):
    # The recipe of docs/train-a-language-model.md with a tenth of its rounds and a third of its
    # warm start, on one family.
    sources = [TaskSource("intents", 2, "train")]
    held = [TaskSource("intents", 2, "validation")]
    settings = replace(TINY, steps=2, warm_rows=640, instances=320, evaluate_every=0)
    train.train(settings, train.Streams(sources, held), tmp_path / "run")
    scores = {}
    for name, arguments in (
        ("local", {"path": str(tmp_path / "run")}),
        ("append", {}),
        ("lines", {}),
    ):
        records = [
            memenv.run_episode(
                TaskSource("intents", 2, "test").pick(seed),
                name,
                capacity=0.2,
                layout="flat",
                arguments={"agent": arguments},
            )
            for seed in range(8)
        ]
        scores[name] = sum(record.score for record in records) / len(records)
    assert scores["local"] > scores["lines"] > scores["append"]
