"""The update of GRPO against numbers worked out by hand, and runs that end the same."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from memenv_baselines import compact  # noqa: E402
from memenv_baselines.training import checkpoints, grpo  # noqa: E402
from memenv_baselines.training.crew import Crew  # noqa: E402
from memenv_baselines.training.grpo import Learner, Watch, loss_of, surrogate, train  # noqa: E402
from memenv_baselines.training.network import Batch, Policy, batch_of, fresh  # noqa: E402
from memenv_baselines.training.rollout import grouped  # noqa: E402
from memenv_baselines.training.settings import Settings  # noqa: E402

from memenv.credit import advantages  # noqa: E402
from memenv.errors import SettingError, StoreError  # noqa: E402

SMALL = Settings(
    environments=("intents", "overrides"),
    steps=4,
    group=3,
    instances=2,
    sizes=(2,),
    hidden=5,
    evaluate=2,
    evaluation=1,
    save=2,
)


def groups(settings=SMALL, seed=0):
    policy = fresh(settings.hidden, seed)
    return policy, [grouped(settings, policy, 0, slot) for slot in range(settings.instances)]


# --- the formula, by hand -------------------------------------------------------------------------

REWARDS = [[1.0, 0.0, 0.5], [0.0, 0.5, 0.5], [0.5, 1.0, 0.0]]
"""Three rollouts of three steps."""

STATES = [["a", "b", "c"], ["a", "b", "d"], ["a", "e", "d"]]


def by_hand(grouping):
    """The advantages, straight from their definition."""
    found = np.zeros((3, 3))
    for i in range(3):
        for t in range(3):
            match grouping:
                case "per_step":
                    mates = [REWARDS[k][t] for k in range(3)]
                case "pooled":
                    mates = [value for row in REWARDS for value in row]
                case "same_state":
                    mates = [REWARDS[k][t] for k in range(3) if STATES[k][t] == STATES[i][t]]
            mean = sum(mates) / len(mates) if len(mates) > 1 else 0.0
            spread = math.sqrt(sum((x - mean) ** 2 for x in mates) / len(mates))
            spread = spread if len(mates) > 1 else 1.0
            found[i, t] = (REWARDS[i][t] - mean) / (spread + 1e-6)
    return found


@pytest.mark.parametrize("grouping", ["per_step", "pooled", "same_state"])
@pytest.mark.parametrize("moved", [0.0, 0.05, 1.0])
def test_the_gradient_is_that_of_the_formula(grouping, moved):
    """A policy with two choices and one parameter per step: p(1) = sigmoid(theta_t)."""
    choices = np.array([[1, 0, 1], [0, 0, 1], [1, 1, 0]])
    theta = torch.tensor([0.3, -0.2, 0.5], dtype=torch.float64, requires_grad=True)
    states = STATES if grouping == "same_state" else None
    gains = np.array(advantages(REWARDS, grouping, states=states))
    assert gains == pytest.approx(by_hand(grouping))
    logits = torch.stack([torch.zeros(3, dtype=torch.float64), theta + moved], -1)
    every = torch.log_softmax(logits, -1)[None].expand(3, 3, 2).reshape(9, 2)
    old = torch.log_softmax(torch.stack([torch.zeros(3), theta.detach()], -1), -1)
    played = old[None].expand(3, 3, 2).reshape(9, 2)
    flat = torch.from_numpy(choices).reshape(9)
    nothing = torch.zeros(0)
    batch = Batch(
        *(nothing,) * 7,
        choices=flat,
        logs=played.gather(-1, flat[:, None])[:, 0],
        advantages=torch.from_numpy(gains).reshape(9),
    )
    loss, _ = loss_of(every, batch, 0.2, 0.0, 0.0, None)
    loss.backward()
    wanted = np.zeros(3)
    for t in range(3):
        now, then = (1 / (1 + math.exp(-(theta[t].item() + by))) for by in (moved, 0.0))
        for i in range(3):
            taken = choices[i, t] == 1
            ratio = (now / then) if taken else (1 - now) / (1 - then)
            gain = by_hand(grouping)[i, t]
            # Beyond the clip nothing pulls any further; the other way it is pulled back.
            cut = (gain > 0 and ratio > 1.2) or (gain < 0 and ratio < 0.8)
            slope = (1 - now) if taken else -now
            wanted[t] -= 0.0 if cut else ratio * gain * slope / 9
    assert theta.grad.numpy() == pytest.approx(wanted, rel=1e-6, abs=1e-9)


def test_entropy_and_divergence_enter_with_their_weights():
    every = torch.log(torch.tensor([[0.5, 0.5], [0.9, 0.1]]))
    nothing = torch.zeros(0)
    logs = every[:, 0].clone()
    batch = Batch(*(nothing,) * 7, torch.zeros(2, dtype=torch.int64), logs, torch.zeros(2))
    reference = torch.log(torch.tensor([0.4, 0.9]))
    loss, entropy = loss_of(every, batch, 0.2, 0.1, 0.5, reference)
    spread = (math.log(2) - 0.9 * math.log(0.9) - 0.1 * math.log(0.1)) / 2
    apart = (0.4 / 0.5 - math.log(0.4 / 0.5) - 1) / 2
    assert entropy.item() == pytest.approx(spread)
    assert loss.item() == pytest.approx(-0.1 * spread + 0.5 * apart)


def test_the_ratio_is_clipped_where_it_would_pay():
    logs = torch.log(torch.tensor([1.5, 1.5, 0.5, 0.5]))
    gains = torch.tensor([1.0, -1.0, 1.0, -1.0])
    found = surrogate(logs, torch.zeros(4), gains, 0.2)
    assert found.tolist() == pytest.approx([1.2, -1.5, 0.5, -0.8])


# --- rollouts and batches -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [{}, {"credit": "finemem"}, {"credit": "fork_replay"}, {"credit": "tree_mc"}],
    ids=str,
)
def test_the_trainer_gives_the_probabilities_of_the_rollout(changed):
    settings = replace(SMALL, **changed)
    weights, played = groups(settings)
    batch = batch_of(played)
    assert batch is not None
    with torch.no_grad():
        again = Policy(weights)(batch).gather(-1, batch.choices[:, None])[:, 0]
    assert torch.allclose(again, batch.logs, atol=2e-5)


def test_the_gradient_of_the_policy_is_that_of_the_agent():
    """The score function of `compact` is what torch finds."""
    weights, played = groups(replace(SMALL, instances=1))
    chunk, made = played[0].chunks[0], played[0].decisions[0]
    one = replace(
        played[0],
        chunks=(chunk,),
        decisions=(
            replace(
                made,
                moving=made.moving[:1],
                allowed=made.allowed[:1],
                choices=made.choices[:1],
                logs=made.logs[:1],
                advantages=np.ones(1, dtype=np.float32),
            ),
        ),
    )
    batch, policy = batch_of([one]), Policy(weights)
    policy(batch).gather(-1, batch.choices[:, None]).sum().backward()
    found = np.concatenate([each.grad.numpy().ravel() for each in policy.parameters()])
    seen = type("Scene", (), {"moving": made.moving[0], "allowed": made.allowed[0]})
    own = weights.gradient(chunk, seen, made.choices[0])
    assert own == pytest.approx(found, rel=1e-3, abs=1e-4)


def test_forks_stand_before_one_memory_and_share_the_rest():
    settings = replace(SMALL, credit="fork_replay", group=4, sizes=(4,))
    _, played = groups(settings)
    for group in played:
        assert len(group.decisions) == 2
        for made in group.decisions:
            assert made.choices.shape[0] == 4
            assert all(np.array_equal(row, made.moving[0]) for row in made.moving)
            assert made.advantages.sum() == pytest.approx(0, abs=1e-4)


def test_a_group_in_which_all_do_alike_teaches_nothing():
    _, played = groups()
    even = [
        replace(
            group,
            decisions=tuple(
                replace(made, advantages=np.zeros_like(made.advantages)) for made in group.decisions
            ),
        )
        for group in played
    ]
    assert batch_of(even) is None
    learner = Learner(SMALL)
    before = learner.policy.weights()
    learner.learn(even)
    after = learner.policy.weights()
    assert all(np.array_equal(before.arrays[name], after.arrays[name]) for name in before.arrays)


def test_memory_never_exceeds_the_cap():
    _, played = groups(replace(SMALL, group=6))
    assert all(group.memory <= 0.2 for group in played)


def test_the_crew_gives_the_same_however_many_it_is():
    weights = fresh(SMALL.hidden, 0)
    with Crew(SMALL, 0) as alone, Crew(SMALL, 2) as two:
        for one, other in zip(alone.play(weights, 3), two.play(weights, 3), strict=True):
            assert one.scores == other.scores
            for a, b in zip(one.decisions, other.decisions, strict=True):
                assert np.array_equal(a.choices, b.choices)
                assert np.array_equal(a.logs, b.logs)
        assert alone.evaluate(weights) == two.evaluate(weights)


# --- runs -----------------------------------------------------------------------------------------

FILES = ("policy.safetensors", "state.safetensors", "card.json")


def contents(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def test_two_runs_with_one_seed_are_equal_and_another_seed_is_not(tmp_path):
    for name in ("one", "two"):
        train(SMALL, tmp_path / name, workers=0)
    train(replace(SMALL, seed=1), tmp_path / "other", workers=0)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert contents(tmp_path / "one") != contents(tmp_path / "other")


def test_a_run_that_broke_off_goes_on_to_the_same_end(tmp_path):
    train(SMALL, tmp_path / "whole", workers=0)

    class KilledError(Exception):
        pass

    def kill(number, row):
        if number == 3:
            raise KilledError

    with pytest.raises(KilledError):
        train(SMALL, tmp_path / "broken", workers=0, watch=Watch(update=kill))
    seen = []
    watch = Watch(update=lambda number, row: seen.append(number))
    log = train(SMALL, tmp_path / "broken", workers=0, resume=True, watch=watch)
    assert seen == [2, 3]
    assert contents(tmp_path / "broken") == contents(tmp_path / "whole")
    assert [row["update"] for row in log if "update" in row] == [0, 1, 2, 3]
    # Resuming what has ended changes nothing.
    train(SMALL, tmp_path / "broken", workers=0, resume=True)
    assert contents(tmp_path / "broken") == contents(tmp_path / "whole")


@pytest.mark.slow
def test_a_killed_process_resumes_to_the_same_end(tmp_path):
    command = [sys.executable, "-c", "from memenv.cli.train_command import command; command()"]
    command += ["compact", "--env", "intents", "--size", "2", "--steps", "8", "--group", "3"]
    command += ["--instances", "2", "--hidden", "5", "--evaluate", "0", "--evaluation", "1"]
    command += ["--save", "2", "--workers", "1", "--output"]
    subprocess.run([*command, str(tmp_path / "whole")], check=True, capture_output=True)
    broken = tmp_path / "broken"
    process = subprocess.Popen([*command, str(broken)], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not (broken / "state.safetensors").exists() and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    subprocess.run([*command, str(broken), "--resume"], check=True, capture_output=True)
    assert contents(broken) == contents(tmp_path / "whole")


def test_a_folder_with_another_run_is_refused(tmp_path):
    train(replace(SMALL, steps=1), tmp_path, workers=0)
    with pytest.raises(SettingError, match="has a run in it"):
        train(replace(SMALL, steps=1), tmp_path, workers=0)
    with pytest.raises(SettingError, match="has group 3, not 4"):
        train(replace(SMALL, steps=1, group=4), tmp_path, workers=0, resume=True)
    (tmp_path / "state.safetensors").write_bytes(b"broken")
    with pytest.raises(StoreError, match="cannot be read"):
        train(replace(SMALL, steps=1), tmp_path, workers=0, resume=True)


def test_a_loss_that_is_no_number_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    real, calls = grpo.surrogate, []

    def broken(*arguments):
        calls.append(1)
        found = real(*arguments)
        return found * float("nan") if len(calls) > 3 * SMALL.epochs else found

    monkeypatch.setattr(grpo, "surrogate", broken)
    with pytest.raises(SettingError, match="no number at update 3: a lower --rate"):
        train(SMALL, tmp_path, workers=0)
    assert compact.load(tmp_path)[1]["updates"] == 2


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    train(replace(SMALL, steps=1), tmp_path, workers=0)
    before = contents(tmp_path)

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints.os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device; the last checkpoint is as it"):
        checkpoints.save_run(tmp_path, Learner(replace(SMALL, steps=1)), [])
    assert contents(tmp_path) == before
    assert not list(Path(tmp_path).glob(".*"))


def test_a_policy_that_collapses_is_told(tmp_path):
    told = []
    watch = Watch(warning=told.append)
    stuck = fresh(SMALL.hidden, 0)
    stuck.arrays["third"][1] = 20.0
    path = tmp_path / "stuck.safetensors"
    checkpoints.save_policy(path, stuck, {"format": compact.FORMAT, "features": compact.FEATURES})
    settings = replace(SMALL, steps=5, start=str(path), evaluate=0)
    train(settings, tmp_path / "run", workers=0, watch=watch)
    assert len(told) == 1
    assert "100% of the choices are semantic" in told[0]
    assert "entropy" in told[0]


def test_a_divergence_keeps_the_policy_near_its_start(tmp_path):
    moved = {}
    for kl in (0.0, 50.0):
        learner = Learner(replace(SMALL, kl=kl, epochs=8, rate=0.01))
        weights, played = groups(learner.settings)
        for _ in range(3):
            learner.learn(played)
        batch = batch_of(played)
        with torch.no_grad():
            now, then = learner.policy(batch), Policy(weights)(batch)
        moved[kl] = (now.exp() - then.exp()).abs().mean().item()
    assert moved[50.0] < 0.7 * moved[0.0]


def test_dropped_words_are_the_same_in_all_epochs_and_others_in_the_next():
    learner = Learner(replace(SMALL, dropout=0.5))
    _, played = groups()
    batch = batch_of(played)
    one, two = learner._seen(batch), learner._seen(batch)
    learner.update = 1
    assert torch.equal(one, two)
    assert not torch.equal(one, learner._seen(batch))
    assert 0.3 < (one == 0).float().mean().item() < 0.7


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"steps": 0}, "steps is a whole number of at least 1"),
        ({"clip": float("nan")}, "clip is a number from 0 to 1"),
        ({"sizes": ()}, "sizes are numbers of chunks"),
        ({"grouping": "other"}, "grouping is one of per_step"),
        ({"environments": ("intentz",)}, "unknown environment 'intentz'"),
        ({"environments": ()}, "at least one environment"),
        ({"credit": "terminl"}, "did you mean 'terminal'"),
        ({"credit": "finemem", "parameters": {"betta": 1}}, "unexpected keyword"),
        ({"capacity": -1}, "capacity must be"),
        ({"hidden": 1000}, "hidden is at most 256"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changed, said):
    from memenv.errors import MemenvError

    with pytest.raises(MemenvError, match=said):
        replace(SMALL, **changed)


def test_settings_are_read_back_as_they_were_written():
    settings = replace(SMALL, credit="finemem", parameters={"beta": 0.25}, capacity=None)
    assert Settings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


def test_streams_get_longer_as_training_goes_on():
    settings = replace(SMALL, sizes=(2, 4, 8, 12), steps=100)
    assert settings.sizes_at(0) == (2, 4)
    assert settings.sizes_at(25) == (2, 4, 8)
    assert settings.sizes_at(50) == settings.sizes_at(99) == (2, 4, 8, 12)
    assert replace(SMALL, sizes=(3,)).sizes_at(1) == (3,)
