"""`memenv leaderboard`: the runs of a database beside each other."""

from __future__ import annotations

import difflib
import importlib

import click

_COMMANDS = {
    "export": ("leaderboard_export", "Write the board, or any table, as CSV, JSON or parquet."),
    "search": ("leaderboard_search", "Find words in what agents wrote and were asked."),
    "show": ("leaderboard_show", "Rank the runs that can be compared."),
    "site": ("site_command", "Write the ranking, runs and episodes as pages to look at."),
}


class _Lazy(click.Group):
    """Imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"memenv.cli.{_COMMANDS[cmd_name][0]}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        near = difflib.get_close_matches(args[0], _COMMANDS, n=1)
        if args[0] not in _COMMANDS and near:
            ctx.fail(f"No such command {args[0]!r}; did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in sorted(_COMMANDS.items())])


@click.group("leaderboard", cls=_Lazy)
def command() -> None:
    """Compare the runs of a results database: rank, export, search.

    \b
    Examples:
      memenv leaderboard show --suite quick
      memenv leaderboard export -o board.csv
    """  # noqa: D301
