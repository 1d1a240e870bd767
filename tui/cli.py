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

from tui.options import Options, UsageError, output_asked, parse, parser

if TYPE_CHECKING:
    from tui.agent.folder_trust import TrustAnswer, TrustQuestion
    from tui.agent.opened import Opened
    from tui.session.summary import Summary
    from tui.settings.layers import Resolved
    from tui.wiring import Wiring

USAGE = 2
INTERRUPTED = 130
PIPE_CLOSED = 141
"""The shell's code for a process ended by a closed pipe."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit code."""
    gc.disable()  # turned on again, frozen, after the first frame
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        try:
            return _dispatch(arguments)
        except UsageError as error:
            return _failed(str(error), USAGE, arguments)
        except KeyboardInterrupt:
            return _failed("", INTERRUPTED, arguments)
        except BrokenPipeError:
            raise
        except Exception as error:
            return _failed(_stopped(error), 1, arguments)
    except BrokenPipeError:
        # The reader went away, as `| head` does; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED


def _failed(sentence: str, code: int, arguments: Sequence[str]) -> int:
    """Say why there is no result, as JSON too where that was asked for; returns the code."""
    from tui.printing import complain, say_json

    if sentence:
        complain(sentence)
    if output_asked(arguments) != "text":
        from tui.agent.report import failure

        say_json(failure(sentence or "Interrupted.", code))
    return code


def _stopped(error: Exception) -> str:
    """The last resort: what nobody expected ends in a sentence, and in the log for details."""
    import logging

    from tui.logfile import start_log
    from tui.settings.folders import folders

    path = start_log(folders().state)
    if path is not None:
        logging.getLogger(__name__).error("unexpected", exc_info=error)
    details = f" Details are in {path}." if path else ""
    return (
        f"Glideslope had to stop: {type(error).__name__} inside the program.{details} "
        "What was done is saved; glideslope -c continues it."
    )


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
    found = resolve(options.folder, command_line=said, use_project=False)
    if found.problems_of(Layer.COMMAND_LINE) and _takes_small_budgets(options, found):
        found = resolve(options.folder, command_line=said, use_project=False, small_budgets=True)
    if sentence := refusal(found, said):
        raise UsageError(sentence)
    for problem in found.problems_of(Layer.COMMAND_LINE):
        raise UsageError(problem.sentence)


def _takes_small_budgets(options: Options, found: "Resolved") -> bool:
    """Whether a budget may be under the API's minimum: the API is sent none, or a session that is
    resumed decides.
    """
    from tui.claude.corrections import sends_budgets

    base_url = os.environ.get("ANTHROPIC_BASE_URL") or None
    told = sends_budgets(found, base_url, simulator=options.simulate)
    return options.resume is not None or not told


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

    from tui.standard_input import piped

    options = check_prompt(with_data(options, *piped()))
    gc.enable()
    from tui.headless_command import run

    return asyncio.run(run(options))


def with_data(options: Options, data: str, remark: str) -> Options:
    """The options with what was piped into standard input; without a prompt it is the prompt.

    Args:
        options: Those of the command line.
        data: What was piped in.
        remark: What there is to say about it; may be empty.

    Raises:
        UsageError: there is no prompt.
    """
    if remark:
        from tui.printing import complain

        complain(remark)
    if options.prompt.strip() and not (data and options.prompt == "-"):
        return replace(options, data=data)
    if not data.strip():
        raise UsageError("The prompt after -p is empty: say what to work on.")
    return replace(options, prompt=data)


def check_prompt(options: Options) -> Options:
    """The options with a prompt that can be sent without a screen.

    Raises:
        UsageError: it is a line for the screen: a command, or what looks like one.
    """
    from tui.commands import kind_of, unquoted

    prompt = options.prompt
    if options.literal:
        return options

    def exists(path: str) -> bool:
        """Whether a path exists: from the root, or with several parts in the folder."""
        places = [path, f"{options.folder}{path}"] if "/" in path.strip("/") else [path]
        return any(map(os.path.exists, places))

    why, name = "", prompt.split(maxsplit=1)[0]
    match kind_of(prompt, exists):
        case "command":
            why = f"{name} is a line for the screen: -p runs no commands."
        case "unclear":
            why = f"{name} is no command and no file."
        case "prompt" if prompt.startswith("!"):
            why = "A line that begins with ! is for the screen: -p runs no commands of your own."
        case _:
            return replace(options, prompt=unquoted(prompt))
    raise UsageError(f"{why} To send it as a prompt: glideslope -p -- PROMPT")


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

    async def trust_question(
        self, which: str | None, *, again: bool = False
    ) -> "TrustQuestion | None":
        """See `tui.agent.opened.Opener`."""
        return await (await self._made()).trust_question(which, again=again)

    async def answer_trust(self, question: "TrustQuestion", answer: "TrustAnswer") -> str:
        """See `tui.agent.opened.Opener`."""
        return await (await self._made()).answer_trust(question, answer)

    def simulate(self) -> None:
        """See `tui.agent.opened.Opener`."""
        self._options = replace(self._options, simulate=True)
        if self._wiring is not None:
            self._wiring.simulate()

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
