from hypothesis import given
from hypothesis import strategies as st

from memenv.memory import Memory
from memenv.operations import Insert
from memenv.readers.holdings import Holdings
from memenv.readers.questions import query_of
from memenv.readers.ranking import newest_first
from memenv.readers.settings import Rules
from memenv.readers.spans import best_span
from memenv.readers.units import Found

RULES = Rules()
LINES = (
    "The capital of Velsund is Holm.",
    "The capital of Velsund is Tal.",
    "The capital of Rook is Mira.",
    "## The capital of Velsund is Oslo",
    "Ada: The capital of Velsund was Holm in 1887.",
    "Ben: Nobody lives there.",
)


def holdings_of(lines):
    memory = Memory.empty("flat")
    for step, line in enumerate(lines):
        memory, _ = memory.apply([Insert("memory", line)], step)
    holdings = Holdings()
    holdings.sync(memory)
    return holdings


@given(
    st.lists(st.tuples(st.sampled_from(LINES), st.integers(50, 120)), min_size=1, max_size=14),
    st.integers(1, 4),
)
def test_the_first_that_stand_are_the_same_however_few_are_wanted(lines, most):
    holdings = holdings_of(
        f"{line}{' ' * number}x{number}" for number, (line, _) in enumerate(lines)
    )
    keys = sorted(holdings.held, reverse=True)
    units = [
        Found(key, *holdings.held[key], score) for key, (_, score) in zip(keys, lines, strict=False)
    ]
    units.sort(key=lambda found: (-found.score, found.key))

    def standing(wanted):
        kept = newest_first(units, RULES, wanted)
        plain = [(each.key, each.score) for each in kept if each.unit.kind != "header"]
        return plain[:most]

    assert standing(most) == standing(None)


@given(st.sampled_from(LINES), st.integers(-3_000, 9_000), st.integers(0, 1_000))
def test_a_span_that_must_be_better_is_the_best_one_or_none(line, above, weight):
    for asked in ("What is the capital of Velsund?", "Where is Holm?", "Why did Ada say 1887?"):
        query = query_of(asked, holdings_of(LINES), RULES)
        score, text = best_span(line, query, weight, RULES)
        wanted = (score, text) if text and score > above else (above, "")
        assert best_span(line, query, weight, RULES, above) == wanted


def test_names_are_the_same_after_going_there_and_back():
    lines = [
        "Ada Lee is the mayor of Velsund.",
        "Ada Lee lives in Holm.",
        "Tal is the capital of Rook.",
    ]
    memories = [Memory.empty("flat")]
    for step, line in enumerate(lines):
        memories.append(memories[-1].apply([Insert("memory", line)], step)[0])
    holdings = Holdings()

    def seen():
        names = holdings.names
        return [
            (
                (name, name in names, names.opens(name.split()[0]), names.relates(name)),
                [(lead.end, lead.turned, lead.found.key) for lead in names.leads(name)],
            )
            for name in ("ada lee", "velsund", "rook", "capital", "mayor", "liv")
        ]

    there = []
    for memory in memories:
        holdings.sync(memory)
        there.append(seen())
    assert len(set(map(str, there))) == len(there)
    for memory, before in zip(reversed(memories), reversed(there), strict=True):
        holdings.sync(memory)
        assert seen() == before
