"""Relations of facts: what is known of one whatever the question is.

A memory has few relations and many facts, and most questions have no word of most relations: what
those are worth is worked out here, once.

    >>> relation = relation_of(("the", "former", "mayor", "of", "<", "is", ">"))
    >>> [part.root for part in relation.parts if part.root == "mayor"], sorted(relation.past)
    (['mayor'], ['former'])
    >>> relation.alone.modified
    1
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import NamedTuple

from memenv.readers.stems import GROUPS, root, stem
from memenv.readers.wordlists import ADDITIONS, LIGHT, PAST, PREPOSITIONS
from memenv.search import STOP_WORDS

_ENDS = ("<", ">")
_LOOSE = ("for", "with", "on", "from", "under")


class Part(NamedTuple):
    """A word of a relation, or where its subject or object stands.

    Attributes:
        word: itself.
        root: what it is compared by; empty for the subject and the object.
        stem: tells whether it has the same form.
        foreign: whether it says something of its own.
        loosens: whether it takes something from a word before it that is asked for.
    """

    word: str
    root: str
    stem: str
    foreign: bool
    loosens: bool


class Compared(NamedTuple):
    """What a relation has in common with a question.

    Attributes:
        answering: for every word that answers to some of the question's words their numbers, and
            whether it has their form.
        foreign: how many words of its own it has.
        modified: how many of its words say that it does not hold, or is of something else.
        loose: how many of its words fit less well than others might.
    """

    answering: tuple[tuple[tuple[int, ...], bool], ...]
    foreign: int
    modified: int
    loose: int


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """The words of a relation, looked up.

    Attributes:
        parts: one for each of its words, in order.
        keys: roots of its words, and the groups of synonyms they belong to. A question that has
            none of them has no word in common with it.
        past: its words that say that it does not hold now, unless they are asked for.
        adds: whether it adds to what was said and does not replace it.
        alone: what it has in common with a question that has none of its words.
    """

    parts: tuple[Part, ...]
    keys: frozenset[str | int]
    past: frozenset[str]
    adds: bool
    alone: Compared


@functools.lru_cache(maxsize=1 << 14)
def relation_of(said: tuple[str, ...]) -> Relation:
    """A relation, of the words of a fact."""
    parts = tuple(map(_part, said))
    roots = [part.root for part in parts if part.root]
    groups = [group for each in roots for group in GROUPS.get(each, ())]
    past = PAST.intersection(said)
    used = sum(pair == ("used", "to") for pair in itertools.pairwise(said))
    return Relation(
        parts,
        frozenset([*roots, *groups]),
        past,
        not ADDITIONS.isdisjoint(said),
        Compared(
            (),
            sum(part.foreign for part in parts),
            sum(word in past for word in said) + used,
            0,
        ),
    )


def _part(word: str) -> Part:
    if word in _ENDS:
        return Part(word, "", "", foreign=False, loosens=False)
    own = word not in PREPOSITIONS and word not in STOP_WORDS
    return Part(
        word,
        root(word),
        stem(word),
        foreign=own and word not in ADDITIONS and word not in LIGHT,
        loosens=word in PREPOSITIONS and word in _LOOSE,
    )
