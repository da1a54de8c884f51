"""`memenv train`: policies that learn to build memory."""

from __future__ import annotations

import importlib

import click

_COMMANDS = {
    "compact": "Train a small policy line by line, in minutes on a CPU.",
    "llm": "Train a language model with GRPO.",
}


class _Lazy(click.Group):
    """Imports what trains only when it is called: torch takes seconds."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        found = importlib.import_module(f"memenv.cli.train_{cmd_name}_command").command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # The default would import every command to ask it for its help.
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.group("train", cls=_Lazy)
def command() -> None:
    """Train a policy that builds memory; needs the extra `train`.

    \b
    Examples:
      memenv train compact --output mine
      memenv eval --agent compact -a path=mine --env MemAlpha-AR-v0 --capacity tight
    """  # noqa: D301
