"""`glideslope -p`: one prompt without a screen, to the end, and an exit code."""

import asyncio
import signal
from collections.abc import Callable

from tui.agent.headless_run import HeadlessRun
from tui.agent.open_session import NoCredentials, SessionOpenError
from tui.agent.run_result import failure_result
from tui.bootstrap import Bootstrap
from tui.command_line import CommandLineOptions, UsageError
from tui.headless_plan import PlanPrinter, begin_filed_work, print_bill, read_plan_file
from tui.input_watch import end_with_input
from tui.printing import print_error, print_json
from tui.reports.cache_cost_text import cold_cache_sentence
from tui.session.store_errors import StoreFull, StoreUnwritable
from tui.signals import handle_exit_signals

EXIT_UNWRITTEN = 1
EXIT_REFUSED = 5
EXIT_USAGE = 2


async def run_headless(options: CommandLineOptions) -> int:
    """Run one prompt; returns the exit code.

    Raises:
        UsageError: the file that was named holds no plan; nothing was opened.
    """
    given = read_plan_file(options.plan_file) if options.plan_file is not None else None
    this = asyncio.current_task()
    assert this is not None, "a coroutine runs in a task"
    stop = StopOnSignal(this.cancel)
    handle_exit_signals(stop)
    if options.ends_with_input:
        end_with_input(stop)
    bootstrap = Bootstrap(options, interactive=False)
    try:
        opened = await bootstrap.open(options.resume, fork=options.fork)
    except SessionOpenError as problem:
        print_error(str(problem))
        await bootstrap.close()
        return _report_failure(options, str(problem), _exit_code(problem))
    except asyncio.CancelledError:
        await bootstrap.close()
        return _report_failure(options, f"{stop.sentence} Nothing was sent.", stop.code)
    stop.on_stop = lambda: opened.runner.interrupt(stop.sentence)
    warnings = opened.spend_warnings
    cold = "" if warnings and not warnings.may_say_cold_cache else cold_cache_sentence(opened)
    if warnings and cold:
        warnings.note_cold_cache_said()
    held = opened.sandbox.enforcement
    unheld = "" if held.files else held.sentences[0]
    for sentence in filter(None, (*options.remarks, unheld, *opened.warnings, cold)):
        print_error(sentence)
    try:
        headless = HeadlessRun(
            opened.runner,
            opened.meters,
            options.output,
            signalled=lambda: stop.code,
            settle=warnings.settle if warnings else None,
            print_plan=PlanPrinter(opened, options) if options.plan_only else None,
        )
        prompt = options.prompt
        if given is not None:
            prompt = await begin_filed_work(opened, given, options)
        code = await headless.run(prompt, options.data)
        if given is not None and options.output == "text":
            print_bill(opened)
    except UsageError as mistake:
        print_error(str(mistake))
        code = _report_failure(options, str(mistake), EXIT_USAGE)
    finally:
        await opened.close()
        await bootstrap.close()
    return stop.code or code


def _report_failure(options: CommandLineOptions, sentence: str, code: int) -> int:
    """Print why there is no result, where a program reads the output; returns the exit code."""
    if options.output != "text":
        print_json(failure_result(sentence, code))
    return code


def _exit_code(problem: SessionOpenError) -> int:
    """The exit code of a run whose session could not be opened."""
    if isinstance(problem, NoCredentials):
        return EXIT_REFUSED
    return (
        EXIT_UNWRITTEN
        if isinstance(problem.__cause__, (StoreUnwritable, StoreFull))
        else EXIT_USAGE
    )


class StopOnSignal:
    """Stops the run when a signal says so, and keeps the exit code of that."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.on_stop = act
        """What stops the run now."""
        self.code = 0

    @property
    def sentence(self) -> str:
        """Which signal stopped the run, as a sentence; empty for an interrupt by the user."""
        if not self.code:
            return ""
        name = signal.Signals(self.code - 128).name
        return "You interrupted." if name == "SIGINT" else f"Ended by {name}."

    def __call__(self, code: int) -> None:
        """See `tui.signals.handle_exit_signals`."""
        self.code = code
        self.on_stop()
