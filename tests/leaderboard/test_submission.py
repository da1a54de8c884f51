"""What is declared of the training: what is meant by it, and what of it is tested."""

import pytest
from memenv_leaderboard.submission import check_trained_on, overlap

from memenv.errors import SettingError

SUITES = {"quick": ("MemAlpha-AR-v0", "memalpha-ar", "overrides"), "length-v0": ("needles",)}


@pytest.mark.parametrize(
    "name",
    [
        *("quick", "length-v0", "overrides", "overrides-v0", "Overrides-v0/test", "QUICK:test"),
        *(
            "MemAlpha-AR-v0",
            "memalpha-ar:train",
            "MemEnv/overrides-v0",
            "mine.jsonl",
            "other:my dog",
        ),
    ],
)
def test_what_is_known_is_taken_however_it_is_spelt(name):
    check_trained_on([name], ["mine.jsonl"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("overides", "did you mean 'overrides'"),
        ("quick:exam", "no suite, environment or split"),
        ("nothing of yours at all", "'other:nothing of yours at all'"),
    ],
)
def test_what_nobody_knows_is_told_with_the_nearest(name, said):
    with pytest.raises(SettingError, match=said):
        check_trained_on([name])


@pytest.mark.parametrize(
    ("name", "tested", "refused"),
    [
        ("quick", ["overrides"], True),
        ("quick:test", ["MemAlpha-AR-v0"], True),
        ("quick/train", ["overrides"], False),
        ("overrides-v0/test", ["quick", "overrides"], True),
        ("OVERRIDES", ["overrides"], True),
        ("other:overrides", ["overrides"], True),
        ("other:my dog", ["overrides"], False),
        ("length", ["needles"], True),
        ("length-v0", ["overrides"], False),
        ("memalpha-ar:exam", ["memalpha-ar"], True),
    ],
)
def test_any_overlap_with_what_is_tested_is_found(name, tested, refused):
    assert overlap([name], tested, "test", SUITES) == ([name] if refused else [])
