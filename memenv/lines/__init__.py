r"""Lines as numbers: what a small policy sees of the lines of a chunk, and can do with them.

A chunk is cut into lines (`memenv.segments`). Each has numbers that depend on the chunk alone, on
how it stands to the entries of the memory, and the hashed words and word pairs of its form, with
names and digits masked. For each a policy picks one of `CHOICES`, which `operations` carries out.

    >>> chunk = read("Ada lives in Rome.\nIs that so?")
    >>> chunk.fixed.shape[0] == len(chunk.lines) == 2
    True
    >>> from memenv.memory import Memory
    >>> scene = look(chunk, Memory.empty(), steps=3)
    >>> operations(chunk, scene, [1, 0])
    [Insert(store='semantic', text='Ada lives Rome', parents=())]

`LineActions` (`memenv.wrappers`), the agent `compact` and its training share these functions, so
that all three see the same numbers. Counts are whole numbers before they are scaled: the numbers do
not depend on how many lines or memories are worked on at a time.
"""

from memenv.lines.choices import chosen, operations
from memenv.lines.pairs import Floats, Pairs, Pool
from memenv.lines.reading import BUCKETS, FIXED, KINDS, Reading, read
from memenv.lines.scenes import CHOICES, MOVING, Scene, State, look, look_at, scene, state_of
from memenv.lines.texts import Line, brief, line_of

__all__ = [
    "BUCKETS",
    "CHOICES",
    "FIXED",
    "KINDS",
    "MOVING",
    "Floats",
    "Line",
    "Pairs",
    "Pool",
    "Reading",
    "Scene",
    "State",
    "brief",
    "chosen",
    "line_of",
    "look",
    "look_at",
    "operations",
    "read",
    "scene",
    "state_of",
]
