"""The command line: reads the options, starts the screen, a headless run, or a subcommand.

Imports nothing beyond the standard library until it knows what is wanted, so `--help` and
a wrong option answer at once and the first frame is not kept waiting.
"""

import gc
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.options import Options, UsageError, parse, parser

if TYPE_CHECKING:
    from tui.agent.opened import Opened
    from tui.session.summary import Summary
    from tui.wiring import Wiring

USAGE = 2
PIPE_CLOSED = 141
"""The shell's code for a process ended by a closed pipe."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit code."""
    gc.disable()  # turned on again, frozen, after the first frame
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _dispatch(arguments)
    except UsageError as error:
        print(f"glideslope: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader went away, as `| head` does; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:
        return _stopped(error)


def _stopped(error: Exception) -> int:
    """The last resort: what nobody expected ends in a sentence, and in the log for details."""
    import logging

    from tui.logfile import start_log
    from tui.settings.folders import folders

    path = start_log(folders().state)
    if path is not None:
        logging.getLogger(__name__).error("unexpected", exc_info=error)
    details = f" Details are in {path}." if path else ""
    print(
        f"glideslope: Glideslope had to stop: {type(error).__name__} inside the program.{details} "
        "What was done is saved; glideslope -c continues it.",
        file=sys.stderr,
    )
    return 1


def _dispatch(arguments: list[str]) -> int:
    match arguments:
        case ["simulate", *rest]:
            from tui.simulator.__main__ import main as simulate

            return simulate(["--foreground", *rest], "glideslope simulate")
        case ["sessions", *rest]:
            from tui.sessions_command import sessions

            return sessions(rest)
        case ["config", *rest]:
            from tui.config_command import config

            return config(rest)
        case ["help"]:
            parser().print_help()
            return 0
        case _:
            return _start(parse(arguments))


def keep_memory_private() -> None:
    """Let no other process of this user read our memory and environment, keys included."""
    if sys.platform == "linux":
        from contextlib import suppress

        from tui.agent.sandbox.kernel import set_dumpable

        with suppress(OSError):
            set_dumpable(False)


def _start(options: Options) -> int:
    keep_memory_private()
    check_values(options)
    check_theme(options)
    if options.headless:
        return _headless(options)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "This is not a terminal. For a run without a screen use: glideslope -p PROMPT."
        )
    for size in ("COLUMNS", "LINES"):
        # Some shells export them; they would count for more than the window's own size.
        os.environ.pop(size, None)
    from tui.app import GlideslopeApp

    app = GlideslopeApp(LateOpener(options), options)
    app.run()
    return app.return_code or 0


def check_values(options: Options) -> None:
    """Say at once what is wrong with a value of the command line.

    Raises:
        UsageError: one of them is no such value.
    """
    given = (options.budget, options.effort, options.model, options.mode, options.theme)
    if not any(given):
        return
    from tui.settings.amounts import AmountError, parse_amount
    from tui.settings.layers import refusal, resolve
    from tui.settings.problems import Layer

    said = options.settings()
    if options.budget is not None and options.in_dollars:
        said["limits.dollars"] = options.budget
        try:
            parse_amount(options.budget)
        except AmountError as error:
            raise UsageError(str(error)) from error
    elif options.budget is not None and _is_zero(options.budget):
        raise UsageError("A budget of zero tokens allows nothing; --budget off means no budget.")
    found = resolve(options.folder, command_line=said)
    if sentence := refusal(found, said):
        raise UsageError(sentence)
    for problem in found.problems_of(Layer.COMMAND_LINE):
        raise UsageError(problem.sentence)


def _is_zero(budget: str) -> bool:
    """Whether a budget is nothing, in figures: that never means unlimited here."""
    from tui.settings.amounts import AmountError, Off, parse_amount

    try:
        return isinstance(parse_amount(budget), Off) and any(map(str.isdigit, budget))
    except AmountError:
        return False


def check_theme(options: Options) -> None:
    """Say at once that there is no such theme.

    Raises:
        UsageError: there is none.
    """
    if options.theme is None:
        return
    from tui.settings.folders import folders
    from tui.settings.themes import load_themes

    themes = load_themes(folders().themes).themes
    if options.theme not in themes:
        raise UsageError(f"There is no theme {options.theme!r}; there are {', '.join(themes)}.")


def _headless(options: Options) -> int:
    import asyncio

    from tui.headless_command import run

    gc.enable()
    return asyncio.run(run(options))


class LateOpener:
    """Opens sessions; the wiring behind it is imported on a thread when first needed."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._wiring: Wiring | None = None

    async def open(self, which: str | None, *, fork: bool = False) -> "Opened":
        """See `tui.agent.opened.Opener`."""
        return await (await self._made()).open(which, fork=fork)

    async def summaries(self, limit: int = 200) -> "Sequence[Summary]":
        """See `tui.agent.opened.Opener`."""
        return await (await self._made()).summaries(limit)

    def simulate(self) -> None:
        """See `tui.agent.opened.Opener`."""
        self._options = replace(self._options, simulate=True)
        self._wiring = None

    async def close(self) -> None:
        """See `tui.agent.opened.Opener`."""
        if self._wiring is not None:
            await self._wiring.close()

    async def _made(self) -> "Wiring":
        if self._wiring is None:
            import asyncio

            def make() -> "Wiring":
                from tui.wiring import Wiring

                return Wiring(self._options)

            self._wiring = await asyncio.to_thread(make)
        return self._wiring


if __name__ == "__main__":
    sys.exit(main())
