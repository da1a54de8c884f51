import pytest
from memenv_baselines.llm.play import Game, Said, play, sampled
from memenv_baselines.llm.presets import PRESETS, Settings, preset
from memenv_baselines.llm.styles import make_style
from memenv_baselines.llm.train import sizes_of

import memenv
from memenv.credit import advantages
from memenv.errors import SettingError, UnknownNameError

LONG = memenv.make("task", "overrides", size=3)(seed=1, split="train")
SHORT = memenv.make("task", "intents", size=2)(seed=2, split="train")


def game(**given):
    return Game(make_style("tiny"), **{"layout": "flat", "capacity": 0.3, **given})


def script(asked):
    """Rollout i inserts line i + 1; `None` for those who have ended."""
    return [
        None if each is None else Said(f"[{number % 4 + 1}] INSERT")
        for number, each in enumerate(asked)
    ]


def test_shorter_episodes_wait_for_longer_ones():
    seen = []

    def say(asked):
        seen.append([each is None for each in asked])
        return script(asked)

    played = play([LONG, SHORT], 2, game(), say)
    assert seen == [[False] * 4, [False] * 4, [False, False, True, True]]
    assert [[len(row) for row in each.said] for each in played] == [[3, 3], [2, 2]]


@pytest.mark.parametrize("credit", ["terminal", "finemem", "memalpha", "fork_replay", "same_state"])
@pytest.mark.parametrize("grouping", ["per_step", "pooled", "same_state"])
def test_advantages_are_those_of_the_library(credit, grouping):
    (played,) = play([SHORT], 4, game(credit=credit, grouping=grouping), script)
    states = None
    if grouping == "same_state":
        states = [
            [memory.digest for memory in each.trajectory.memories[:-1]] for each in played.episodes
        ]
    wanted = advantages(played.rewards, grouping, states=states)
    assert [list(row) for row in played.advantages] == wanted


def test_the_rollouts_of_an_instance_are_asked_the_same_share_of_its_questions():
    asked = game(questions=0.2)
    (played,) = play([SHORT], 3, asked, script, salt="7")
    ids = [[grade.question for grade in each.grades] for each in played.episodes]
    assert ids[0] == ids[1] == ids[2]
    assert len(ids[0]) == round(0.2 * len(SHORT.questions))
    assert sampled(SHORT, asked, "7") == sampled(SHORT, asked, "7") != sampled(SHORT, asked, "8")


@pytest.mark.parametrize(
    "given", [{"questions": 0}, {"credit": "no"}, {"grouping": "no"}, {"view": "no"}]
)
def test_mistakes_in_a_game_are_told_before_it_begins(given):
    with pytest.raises((SettingError, UnknownNameError)):
        game(**given)


def test_the_presets_are_what_the_papers_say():
    fine, alpha = preset("finemem"), preset("memalpha")
    assert (fine.credit, fine.grouping, fine.group, fine.questions) == (
        "finemem",
        "per_step",
        8,
        0.2,
    )
    assert (fine.layout, fine.style, fine.unbiased) == ("flat", "fine-mem", False)
    assert (alpha.credit, alpha.grouping, alpha.unbiased) == ("memalpha", "pooled", True)
    assert (alpha.learning_rate, alpha.warmup, alpha.batch, alpha.group) == (1e-6, 0.05, 32, 8)
    assert (alpha.beta, alpha.clip, alpha.dual_clip, alpha.steps) == (0.001, 0.2, 3.0, 205)
    assert set(PRESETS) == {"finemem", "memalpha", "tiny"}
    with pytest.raises(UnknownNameError, match="did you mean 'finemem'"):
        preset("fine-mem")


@pytest.mark.parametrize(
    "given",
    [{"group": 1}, {"batch": 0}, {"learning_rate": 0.0}, {"minibatch": 0}, {"decay": "fast"}],
)
def test_settings_that_make_no_sense_are_told(given):
    with pytest.raises(SettingError, match=next(iter(given))):
        Settings(**given)


def test_every_process_has_whole_groups():
    settings = Settings(batch=8, group=4, rows=3, minibatch=32)
    sizes = sizes_of(settings, 5, 2)
    # 4 instances x 4 rollouts x 5 chunks for each process.
    assert sizes.rows * sizes.micro == 80
    assert sizes.rows == 2
    assert sizes.rows * sizes.accumulated * 2 <= 32
    assert sizes.updates * sizes.accumulated == sizes.micro
    with pytest.raises(SettingError, match="multiple of 3"):
        sizes_of(settings, 5, 3)
