"""The command line: reads the options, starts the screen, a headless run, or a subcommand.

Imports nothing beyond the standard library until it knows what is wanted, so `--help` and
a wrong option answer at once and the first frame is not kept waiting.
"""

import gc
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tui.command_line import (
    CommandLineOptions,
    UsageError,
    main_parser,
    parse_options,
    requested_output,
)
from tui.terminal_streams import OutputFailed, open_missing_streams, screen_refusal

if TYPE_CHECKING:
    from pathlib import Path

    from tui.agent.folder_trust import TrustAnswer, TrustQuestion
    from tui.agent.open_session import OpenSession
    from tui.bootstrap import Bootstrap
    from tui.session.session_summary import SessionSummary
    from tui.settings.settings_resolver import ResolvedSettings

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
EXIT_PIPE_CLOSED = 141
"""The shell's code for a process ended by a closed pipe."""

NOWHERE_TO_PRINT = "Standard output is closed, so there is nowhere to print. Nothing was sent."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit code."""
    gc.disable()  # turned on again, frozen, after the first frame
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if "stdout" in open_missing_streams():
        return _report_failure(NOWHERE_TO_PRINT, EXIT_USAGE, arguments)
    try:
        try:
            return _dispatch(arguments)
        except UsageError as error:
            return _report_failure(str(error), EXIT_USAGE, arguments)
        except KeyboardInterrupt:
            return _report_failure("", EXIT_INTERRUPTED, arguments)
        except BrokenPipeError:
            raise
        except OutputFailed as error:
            return _report_unwritten(error)
        except Exception as error:
            return _report_failure(_report_unexpected(error), 1, arguments)
    except BrokenPipeError:
        # The reader went away, as `| head` does.
        return _give_up_output(EXIT_PIPE_CLOSED)


def _report_unwritten(error: OutputFailed) -> int:
    from tui.printing import print_error

    print_error(f"The output could not be written: {error.strerror}.")
    return _give_up_output(1)


def _give_up_output(code: int) -> int:
    """Let nothing more go to standard output, which fails; returns the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _report_failure(sentence: str, code: int, arguments: Sequence[str]) -> int:
    """Say why there is no result, as JSON too where that was asked for; returns the code."""
    from tui.printing import print_error, print_json

    if sentence:
        print_error(sentence)
    if requested_output(arguments) != "text":
        from tui.agent.run_result import failure_result

        print_json(failure_result(sentence or "Interrupted.", code))
    return code


def _report_unexpected(error: Exception) -> str:
    """Log an unexpected error, and return the sentence for the user."""
    import logging

    from tui.log_file import start_log_file
    from tui.settings.user_folders import user_folders

    path = start_log_file(user_folders().state)
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
            from tui.sessions_command import run_sessions

            return run_sessions(rest)
        case ["config", *rest]:
            from tui.config_command import run_config

            return run_config(rest)
        case ["doctor", *rest]:
            from tui.doctor_command import run_doctor

            return run_doctor(rest)
        case ["import", *rest]:
            from tui.import_command import run_import

            return run_import(rest)
        case ["advise", *rest]:
            from tui.advise_command import run_advise

            return run_advise(rest)
        case ["measure", *rest]:
            from tui.measure_command import run_measure

            return run_measure(rest)
        case ["report", *rest]:
            from tui.report_command import run_report

            return run_report(rest)
        case ["runs", *rest]:
            from tui.runs_command import run_runs

            return run_runs(rest)
        case ["fleet", *rest]:
            from tui.fleet_command import run_fleet

            return run_fleet(rest, _resume_in)
        case ["help"]:
            main_parser().print_help()
            return 0
        case _:
            return _run_on_screen(parse_options(arguments))


def _resume_in(folder: "Path", session: str) -> int:
    """Go on with a session on the screen, in its folder; returns the exit code."""
    os.chdir(folder)
    return _run_on_screen(parse_options(["--resume", session]))


def keep_memory_private() -> None:
    """Let no other process of this user read our memory and environment, keys included."""
    if sys.platform == "linux":
        from contextlib import suppress

        from tui.agent.sandbox.kernel import set_dumpable

        with suppress(OSError):
            set_dumpable(False)


def _run_on_screen(options: CommandLineOptions) -> int:
    keep_memory_private()
    check_values(options)
    check_theme(options)
    if options.headless:
        return _run_headless(options)
    if refusal := screen_refusal(os.environ):
        raise UsageError(refusal)
    for size in ("COLUMNS", "LINES"):
        # Some shells export them; they would count for more than the window's own size.
        os.environ.pop(size, None)
    from tui.app import GlideslopeApp

    started_in = options.folder
    while True:
        app = GlideslopeApp(LazySessionOpener(options), options)
        app.run()
        if app.next_start is None:
            break
        options = app.next_start
        os.chdir(options.folder)
    if app.farewell and not app.return_code:
        from tui.printing import print_text

        print_text(app.farewell)
        if options.folder != started_in:
            print_text(f"The session works in {options.folder}.")
    return app.return_code or 0


def check_values(options: CommandLineOptions) -> None:
    """Say at once what is wrong with a value of the command line.

    Raises:
        UsageError: one of them is no such value.
    """
    given = (*options.settings().values(), options.budget)
    if all(value is None for value in given):
        return
    from tui.settings.amounts import AmountError, parse_amount
    from tui.settings.problems import Layer
    from tui.settings.settings_resolver import cap_violation, resolve_settings

    said = options.settings()
    if options.budget is not None and options.in_dollars:
        said["limits.dollars"] = options.budget
        try:
            parse_amount(options.budget)
        except AmountError as error:
            raise UsageError(str(error)) from error
    elif options.budget is not None and _is_zero(options.budget):
        raise UsageError("A budget of zero tokens allows nothing; --budget off means no budget.")
    found = resolve_settings(options.folder, command_line=said, use_project=False)
    if found.problems_of(Layer.COMMAND_LINE) and _takes_small_budgets(options, found):
        found = resolve_settings(
            options.folder, command_line=said, use_project=False, small_budgets=True
        )
    if sentence := cap_violation(found, said):
        raise UsageError(sentence)
    for problem in found.problems_of(Layer.COMMAND_LINE):
        raise UsageError(problem.sentence)


def _takes_small_budgets(options: CommandLineOptions, found: "ResolvedSettings") -> bool:
    """Whether a budget may be under the API's minimum: the API is sent none, or a session that is
    resumed decides.
    """
    from tui.claude.catalogue_overrides import sends_task_budgets

    base_url = os.environ.get("ANTHROPIC_BASE_URL") or None
    told = sends_task_budgets(found, base_url, simulator=options.simulate)
    return options.resume is not None or not told


def _is_zero(budget: str) -> bool:
    """Whether a budget is nothing, in figures: that never means unlimited here."""
    from tui.settings.amounts import AmountError, NoBudget, parse_amount

    try:
        return isinstance(parse_amount(budget), NoBudget) and any(map(str.isdigit, budget))
    except AmountError:
        return False


def check_theme(options: CommandLineOptions) -> None:
    """Say at once that there is no such theme.

    Raises:
        UsageError: there is none.
    """
    if options.theme is None:
        return
    from tui.settings.theme_catalogue import load_themes
    from tui.settings.user_folders import user_folders

    themes = load_themes(user_folders().themes).themes
    if options.theme not in themes:
        raise UsageError(f"There is no theme {options.theme!r}; there are {', '.join(themes)}.")


def _run_headless(options: CommandLineOptions) -> int:
    import asyncio

    from tui.standard_input import PipedInput, read_piped_input

    if options.plan_file is not None:
        if options.prompt.strip():
            raise UsageError("--plan has the work in it: leave the prompt out.")
    else:
        piped = PipedInput() if options.ends_with_input else read_piped_input()
        options = check_prompt(with_standard_input(options, *piped))
    gc.enable()
    from tui.headless_command import run_headless

    return asyncio.run(run_headless(options))


def with_standard_input(options: CommandLineOptions, data: str, remark: str) -> CommandLineOptions:
    """The options with what was piped into standard input; without a prompt it is the prompt.

    Args:
        options: Those of the command line.
        data: What was piped in.
        remark: What there is to say about it; may be empty.

    Raises:
        UsageError: there is no prompt.
    """
    if remark:
        from tui.printing import print_error

        print_error(remark)
    if options.prompt.strip() and not (data and options.prompt == "-"):
        return replace(options, data=data)
    if not data.strip():
        raise UsageError("The prompt after -p is empty. Say what to work on.")
    return replace(options, prompt=data)


def check_prompt(options: CommandLineOptions) -> CommandLineOptions:
    """The options with a prompt that can be sent without a screen.

    Raises:
        UsageError: it is a line for the screen: a command, or what looks like one.
    """
    from tui.slash_lines import classify_line, path_exists, unescape_prompt

    prompt = options.prompt
    if options.literal:
        return options

    why, name = "", prompt.split(maxsplit=1)[0]
    match classify_line(prompt, partial(path_exists, options.folder)):
        case "command":
            why = f"{name} is a command of the chat; -p cannot run it."
        case "unclear":
            why = f"{name} is neither a command nor a file."
        case "prompt" if prompt.startswith("!"):
            why = "A line that begins with ! runs a command in the chat; -p cannot do that."
        case _:
            return replace(options, prompt=unescape_prompt(prompt))
    raise UsageError(f"{why} To send it as a prompt: glideslope -p -- PROMPT")


class LazySessionOpener:
    """Opens sessions; the wiring behind it is imported on a thread when first needed."""

    def __init__(self, options: CommandLineOptions) -> None:
        self._options = options
        self._bootstrap: Bootstrap | None = None

    async def open(self, which: str | None, *, fork: bool = False) -> "OpenSession":
        """See `tui.agent.open_session.SessionOpener`."""
        return await (await self._load_bootstrap()).open(which, fork=fork)

    async def summaries(self) -> "Sequence[SessionSummary]":
        """See `tui.agent.open_session.SessionOpener`."""
        return await (await self._load_bootstrap()).summaries()

    async def trust_question(
        self, which: str | None, *, again: bool = False
    ) -> "TrustQuestion | None":
        """See `tui.agent.open_session.SessionOpener`."""
        return await (await self._load_bootstrap()).trust_question(which, again=again)

    async def answer_trust(self, question: "TrustQuestion", answer: "TrustAnswer") -> str:
        """See `tui.agent.open_session.SessionOpener`."""
        return await (await self._load_bootstrap()).answer_trust(question, answer)

    def simulate(self) -> None:
        """See `tui.agent.open_session.SessionOpener`."""
        self._options = replace(self._options, simulate=True)
        if self._bootstrap is not None:
            self._bootstrap.simulate()

    def use_key(self, key: str) -> None:
        """See `tui.agent.open_session.SessionOpener`; a session was asked for before."""
        self._options = replace(self._options, simulate=False)
        if self._bootstrap is not None:
            self._bootstrap.use_key(key)

    def use_server(self, address: str) -> None:
        """See `tui.agent.open_session.SessionOpener`; a session was asked for before."""
        self._options = replace(self._options, simulate=False)
        if self._bootstrap is not None:
            self._bootstrap.use_server(address)

    async def close(self) -> None:
        """See `tui.agent.open_session.SessionOpener`."""
        if self._bootstrap is not None:
            await self._bootstrap.close()

    async def _load_bootstrap(self) -> "Bootstrap":
        if self._bootstrap is None:
            import asyncio

            def make() -> "Bootstrap":
                from tui.bootstrap import Bootstrap

                return Bootstrap(self._options)

            self._bootstrap = await asyncio.to_thread(make)
        return self._bootstrap


if __name__ == "__main__":
    sys.exit(main())
