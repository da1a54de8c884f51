"""`memenv`: the group of commands, and how errors become one line and an exit code.

Exit codes: 0 all well; 1 some episode could not be scored, or a worker process died, or the output
cannot be written; 2 a mistake in the command or its input; 3 the results database; 130 interrupted;
141 nobody reads the output any more, as after `| head`.
"""

from __future__ import annotations

import atexit
import contextlib
import difflib
import gc
import importlib
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from typing import NoReturn

import click

from memenv import __version__
from memenv.errors import MemenvError, StoreError

_COMMANDS = {
    "compare": "Compare two runs: a paired test, and which questions flipped.",
    "credit": "Measure credit schemes against the true effect of the steps.",
    "data": "Published data sets and your own: list, prepare, check, chunk, probes, traces.",
    "eval": "Evaluate an agent and store the results.",
    "leaderboard": "Compare the runs of a database: show, export, search.",
    "list": "List environments, agents and all other plug-ins.",
    "play": "Be the agent yourself, in the terminal.",
    "rescore": "Grade a stored run again from its operations.",
    "show": "Explain a run, or one of its episodes.",
    "submit": "Pack a run into a bundle, verify bundles, add them to a database.",
    "train": "Train a policy that builds memory: compact, llm.",
    "view": "Look at a run in the browser, also while it is in progress.",
}

# Line ends, and all else that would make a terminal do anything but show it.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class _Lazy(click.Group):
    """Imports a command only when it is called, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = importlib.import_module(f"memenv.cli.{cmd_name}_command").command
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
        # The default would import every command to ask it for its help.
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="memenv")
def cli() -> None:
    """Train, measure and compare the memory construction of language-model agents.

    \b
    Example:
      memenv eval --agent lines --env MemAlpha-AR-v0
    """  # noqa: D301


def main() -> NoReturn:
    """What the `memenv` script runs."""
    try:
        # A plug-in given by dotted path lies where the command is given. Last, not first: a file
        # there must not take the place of an installed package.
        sys.path.append(os.getcwd())
        with _ended_like_interrupted():
            code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        # Click has ended the line already.
        stored = "; finished episodes are stored: the same command resumes"
        click.echo(f"interrupted{stored if sys.argv[1:2] == ['eval'] else ''}", err=True)
        code = 130
    except SystemExit:
        # How rich and click say that the pipe is closed; the code is a shell's for it.
        code = 141
    except StoreError as error:
        _tell(str(error))
        code = 3
    except MemenvError as error:
        from memenv.harness.evaluate import WorkerDiedError

        _tell(str(error))
        code = 1 if isinstance(error, WorkerDiedError) else 2
    except OSError as error:
        _tell(f"{error.filename or 'output'}: {error.strerror}")
        code = 1
    # A last search for cycles in all that was imported would take longer than many a command.
    atexit.register(gc.freeze)
    sys.exit(code)


@contextlib.contextmanager
def _ended_like_interrupted() -> Iterator[None]:
    """Whoever ends the process (a scheduler, `kill`) interrupts it as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(message: str) -> None:
    """One line, whatever a file or a plug-in has put into it."""
    click.echo(_CONTROL.sub(" ", f"error: {message}"), err=True)


if __name__ == "__main__":
    main()
