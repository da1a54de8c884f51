"""The picture of `memenv credit`: within against across, a point for every scheme."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from memenv.errors import SettingError


def check_plot(path: Path | None) -> None:
    """Told before anything is measured.

    Raises:
        SettingError: for a kind of picture or a folder that there is not, or without matplotlib.
    """
    if path is None:
        return
    if _format(path) not in ("png", "svg"):
        raise SettingError(f"--plot takes NAME.png or NAME.svg, not {path}")
    if not path.parent.is_dir():
        raise SettingError(f"--plot: there is no folder {path.parent}")
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise SettingError('--plot needs matplotlib: pip install "memenv[plots]"') from None


def _format(path: Path) -> str:
    return path.suffix[1:].lower()


def plot(reports: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Within against across, a panel per agent and environment.

    Raises:
        SettingError: when the file cannot be written.
    """
    # No pyplot: it would look for a display.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4 * len(reports), 5.6), layout="constrained")
    FigureCanvasAgg(figure)
    for place, report in enumerate(reports, start=1):
        axes = figure.add_subplot(1, len(reports), place)
        labels: dict[tuple[float, float], list[str]] = {}
        for name, found in drawn(report["schemes"]).items():
            x, y = (found[measure]["mean"] for measure in ("within", "across"))
            left, down = (_arms(found[measure]) for measure in ("within", "across"))
            axes.errorbar(
                x,
                y,
                xerr=[[each] for each in left],
                yerr=[[each] for each in down],
                fmt="s" if found["kind"] == "truth" else "o",
                markersize=4,
                linewidth=0.7,
            )
            # Schemes that say the same lie on one point.
            labels.setdefault((round(x, 2), round(y, 2)), []).append(name)
        axes.axhline(0, color="grey", linewidth=0.5)
        axes.axvline(0, color="grey", linewidth=0.5)
        axes.set_xlabel(caption(report["schemes"]), parse_math=False)
        axes.set_ylabel("across rollouts of one step")
        axes.set_title(f"{report['agent']} on {report['environment']}", parse_math=False)
        _label(figure, axes, {point: ", ".join(names) for point, names in labels.items()})
    kind = _format(path)
    try:
        figure.savefig(
            path, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None
        )
    except OSError as error:
        raise SettingError(f"--plot: cannot write {path}: {error.strerror}") from None


def drawn(schemes: Mapping[str, Any]) -> dict[str, Any]:
    """Those that have a place: a credit that is the same for all steps orders none."""
    return {
        name: found
        for name, found in schemes.items()
        if not found["error"] and None not in (found["within"]["mean"], found["across"]["mean"])
    }


def caption(schemes: Mapping[str, Any]) -> str:
    """What stands below the picture: how to read it, and who is not in it."""
    shown = drawn(schemes)
    flat = [name for name, found in schemes.items() if name not in shown and not found["error"]]
    failed = [name for name, found in schemes.items() if found["error"]]
    said = ["within an episode: rank correlation with the counterfactual"]
    for names, why in ((flat, "no order within or across"), (failed, "error")):
        if names:
            said += textwrap.wrap(f"not drawn, {why}: {', '.join(names)}", 80)
    return "\n".join(said)


def _label(figure: Any, axes: Any, labels: Mapping[tuple[float, float], str]) -> None:
    """Write the labels beside their points, moved up or down where two would lie on each other."""
    figure.draw_without_rendering()
    left, right = axes.get_xlim()
    placed: list[tuple[float, float, float]] = []
    for point, text in sorted(labels.items(), key=lambda each: each[0][::-1]):
        x, y = (float(each) * 72 / figure.dpi for each in axes.transData.transform(point))
        # On the right half a label stands to the left of its point, and stays inside.
        before = point[0] > (left + right) / 2
        width = 4.0 * len(text) + 4
        start = x - width if before else x
        move = free(placed, start, start + width, y)
        placed.append((start, start + width, y + move))
        axes.annotate(
            text,
            point,
            xytext=(-4 if before else 4, move),
            textcoords="offset points",
            ha="right" if before else "left",
            fontsize=7,
            parse_math=False,
        )


def free(
    placed: Sequence[tuple[float, float, float]], start: float, end: float, height: float
) -> float:
    """How far a label goes up or down so that it lies on none before it; all in points."""
    for move in (4.0, -10.0, *(4.0 + 8 * n * side for n in range(1, 30) for side in (1, -1))):
        if all(
            end <= first or last <= start or abs(height + move - other) >= 8
            for first, last, other in placed
        ):
            return move
    return 4.0


def _arms(measured: Mapping[str, Any]) -> tuple[float, float]:
    """How far an interval reaches below and above its mean."""
    if measured["low"] is None:
        return (0.0, 0.0)
    return (
        max(0.0, measured["mean"] - measured["low"]),
        max(0.0, measured["high"] - measured["mean"]),
    )
