"""The headless runner: the same agent without a screen.

It listens to the session runner like the screen does, and prints the answer as text, as one JSON
object, or as one JSON object a line while it happens.
"""

import sys
from collections.abc import Awaitable, Callable
from typing import Literal, TextIO

import msgspec

from tui.agent.agent_ends import partial_agent_sentence
from tui.agent.cache_cost import cache_miss_sentence
from tui.agent.limit_sentences import TOLD_TO_LAND, answer_sentence, stage_sentence
from tui.agent.pacing_words import paced_sentence
from tui.agent.run_result import (
    answer_text,
    exit_code,
    failure_result,
    run_result,
    suggested_budget,
)
from tui.agent.session_runner import Published, SessionRunner
from tui.agent.silence_line import SilenceLine
from tui.budget.meters import Meters
from tui.budget.request_pacing import PacedWait
from tui.claude.stream_events import Retrying
from tui.printing import print_error, print_json, print_text
from tui.session import events as ev
from tui.session.changed_files import ChangedFileCounter
from tui.session.prompt_costs import PromptCosts
from tui.session.prompt_receipt import make_receipt
from tui.session.store_errors import StoreError

EXIT_NOT_RECORDED = 1
"""Exit code when the session could not be written any more."""

OutputFormat = Literal["text", "json", "stream-json"]


class HeadlessRun:
    """One prompt, run without a screen."""

    def __init__(
        self,
        runner: SessionRunner,
        meters: Callable[[], Meters],
        output: OutputFormat,
        out: TextIO = sys.stdout,
        err: TextIO = sys.stderr,
        signalled: Callable[[], int] = lambda: 0,
        settle: Callable[[], Awaitable[None]] | None = None,
        print_plan: Callable[[str, int], Awaitable[int]] | None = None,
    ) -> None:
        """Args:
        runner: The session.
        meters: Its meters at the moment of the call.
        output: The format.
        out: Where the answer goes.
        err: Where everything beside it goes.
        signalled: The exit code of the signal that ends the run; 0 while none came.
        settle: Waits till the warnings that are being looked up are told.
        print_plan: Prints the filed plan in the place of the result, from the answer and the exit
            code, and returns the exit code.
        """
        self._settle = settle
        self._warnings: list[ev.NoticeShown] = []
        """Warnings of this run."""
        self._signalled = signalled
        self._print_plan = print_plan
        self._runner = runner
        self._meters = meters
        self._output = output
        self._out = out
        self._err = err
        self._silence = SilenceLine(err)
        self._answer = ""
        self._told_of_wait = False
        """Whether the user knows that the next request waits for a rate limit."""
        self._costs = PromptCosts()
        """What the prompt went on."""
        self._changed = ChangedFileCounter()
        """What its tools changed."""
        self._recording_failed: OSError | None = None
        """Why our output is not read or kept any more."""
        runner.listeners.append(self._on_item)

    async def run(self, prompt: str, data: str = "") -> int:
        """Run one turn and print what came of it.

        Args:
            prompt: What the user asked for.
            data: What came with it from another program.

        Returns:
            The exit code.

        Raises:
            BrokenPipeError: nobody reads the output any more; the turn was interrupted.
        """
        try:
            async with self._silence.running():
                await self._runner.run_turn(prompt, data=data)
                if self._settle is not None and not self._signalled():
                    await self._settle()
        except StoreError as error:
            self._print_error(error.sentence)
            if self._output != "text" and self._recording_failed is None:
                print_json(failure_result(error.sentence, EXIT_NOT_RECORDED), self._out)
            return EXIT_NOT_RECORDED
        try:
            if self._recording_failed is not None:
                raise self._recording_failed
            if self._print_plan is not None:
                return await self._print_plan(self._answer, self._code)
            self._print_result()
        except BrokenPipeError:
            raise
        except OSError as error:
            self._print_error(
                f"The output could not be written: {error.strerror}. The session has it all."
            )
            return EXIT_NOT_RECORDED
        return self._code

    @property
    def _code(self) -> int:
        """The exit code: of the signal that ended the run, else of how the turn ended."""
        return self._signalled() or exit_code(self._runner.state)

    def _print_result(self) -> None:
        state = self._runner.state
        if self._output != "text":
            held = self._runner.ctx.services.environment.sandbox.enforcement
            more = suggested_budget(state, self._runner.ctx.settings)
            receipt = make_receipt(state.turn, state, self._costs, self._changed.files())
            told = run_result(
                state,
                self._answer,
                self._meters(),
                held,
                self._code,
                more,
                receipt,
                self._runner.ctx.run.monthly_standings,
            )
            told["warnings"] = [
                {"name": each.warning, "sentence": each.sentence} for each in self._warnings
            ]
            told["folder"] = str(self._runner.ctx.services.environment.folder)
            print_json(told, self._out)
            return
        if self._answer:
            print_text(self._answer, self._out)
        if state.last_end and state.last_end.sentence:
            self._print_error(state.last_end.sentence)

    def _on_item(self, item: Published) -> None:
        self._silence.note(item)
        if isinstance(item, Retrying):
            when = f"in {item.seconds:.0f} s" if item.seconds >= 1 else "now"
            self._print_error(f"{item.error.description} Trying again {when}.")
        if isinstance(item, PacedWait) and not self._told_of_wait:
            self._told_of_wait = True
            self._print_error(paced_sentence(item))
        if not isinstance(item, ev.Record):
            return
        if isinstance(item.event, ev.RequestStarted):
            self._told_of_wait = False
        self._costs.apply(item)
        if isinstance(item.event, ev.NoticeShown) and item.event.warning:
            self._warnings.append(item.event)
        if isinstance(item.event, ev.ToolFinished):
            self._changed.add(item.event.changes)
        summary = self._is_of_summary(item.event)
        if isinstance(item.event, ev.RequestFinished) and not summary:
            self._answer = answer_text(item.event.blocks) or self._answer
        if isinstance(item.event, ev.RequestFailed) and summary and item.event.sentence:
            self._print_error(item.event.sentence)
        if sentence := stderr_line(item.event):
            self._print_error(sentence)
        if isinstance(item.event, ev.LimitAnswered):
            self._print_limit_answer(item.event)
        if self._output == "stream-json" and self._recording_failed is None:
            self._stream(item)

    def _print_limit_answer(self, answered: ev.LimitAnswered) -> None:
        """Say that a limit was reached; where the turn ends at it, text output says it last."""
        reached = self._runner.state.last_limit
        if reached is not None and reached.unsent and answered.answer != "extend":
            return  # the end of the turn says it
        lands = reached is not None and reached.limit == "budget" and answered.answer == "finish"
        if reached is not None and (lands or self._output != "text"):
            self._print_error(f"{reached.sentence} {answer_sentence(answered)}")

    def _is_of_summary(self, event: ev.Event) -> bool:
        """Whether an answer, or its failure, belongs to a request for a summary."""
        if not isinstance(event, (ev.RequestFinished, ev.RequestFailed)):
            return False
        requests = self._runner.state.requests
        return bool(requests) and requests[-1].purpose == "compaction"

    def _stream(self, record: ev.Record) -> None:
        event = msgspec.json.decode(ev.encode(record.event))
        try:
            self._silence.clear()
            line = {"type": "event", "seq": record.seq, "at": record.at, "event": event}
            print_json(line, self._out)
        except OSError as error:
            # Raised into the turn it would break the turn off; interrupted, the turn ends well.
            self._recording_failed = error
            self._runner.interrupt("The output could not be written.")

    def _print_error(self, sentence: str) -> None:
        self._silence.clear()
        print_error(sentence, self._err)


def stderr_line(event: ev.Event) -> str:
    """The line about an event for the error output; empty for one that needs none."""
    match event:
        case ev.CacheMissed():
            return cache_miss_sentence([event])
        case ev.NoticeShown(sentence=sentence) | ev.ErrorShown(sentence=sentence):
            return sentence
        case ev.StageCrossed():
            return stage_sentence(event)
        case ev.NoteSent(reason="landing"):
            return TOLD_TO_LAND
        case ev.AgentFinished(partial=True):
            return partial_agent_sentence(event)
        case _:
            return ""
