"""Probe questions for streams that come without any."""

from __future__ import annotations

from memenv.terms import Asking
from memenv.types import Instance, Probes


def probes_of(instance: Instance, grade: Asking) -> Probes:
    """The probes of an instance, or cloze questions where it has none."""
    return Probes(instance.probes or ((),) * len(instance.chunks), "instance")
