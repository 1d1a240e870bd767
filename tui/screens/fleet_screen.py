"""All sessions on this machine, live: what each does, and the answer to what one of them asks.

A look at them runs on a thread of its own, once a second while the terminal has the focus. What
is under the mark is shown below the list; a question that another process asks is answered here.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from tui.budget.stages import StageThresholds
from tui.reports.fleet_page import budget_meter, fleet_counts, place_text, resume_command
from tui.reports.key_labels import KeyLabels, default_key_labels
from tui.reports.permission_page import permission_texts
from tui.session import events as ev
from tui.session.answer_file import AskedQuestion, OutsideAnswer, answer_path, leave_answer
from tui.session.fleet import Fleet, FleetSession
from tui.session.log_tail import read_question
from tui.session.store_errors import StoreError
from tui.widgets.fleet_list import FleetDetails, FleetList
from tui.widgets.limit_question import LimitAsked, LimitDecided, LimitQuestion
from tui.widgets.line_widget import MUTED, flatten
from tui.widgets.permission_question import (
    PermissionDecided,
    PermissionQuestion,
    PreviewRequested,
)
from tui.widgets.question_prompt import QuestionPrompt
from tui.widgets.question_view import Question
from tui.widgets.text_page import Section, TextPage

LOOK_SECONDS = 1.0
"""Seconds between two looks."""
BLURRED_SECONDS = 5.0
"""The same while the terminal has not the focus, as far as it says."""
PATIENCE = 4.0
"""Seconds in which a session that works takes an answer; it looks once a second."""
ESCAPE_LABEL = "esc"
LEFT = "Your answer is left for the session; it takes it within a second."
NOT_TAKEN = (
    "The session did not take your answer: its program may be an older one, or stopped. "
    "Answer in its own window."
)


@dataclass(frozen=True, slots=True)
class FleetHost:
    """What the list needs of the program around it."""

    open_fleet: Callable[[], Fleet]
    """Opens what reads the sessions; called on the thread of the list."""
    source: str
    """Who answers, in words for the log of another session."""
    own_pid: int
    thresholds: StageThresholds = StageThresholds()
    refusal: Callable[[FleetSession], str] = lambda session: ""
    """Why a session cannot be opened from here, as a sentence; empty where it can be."""
    now: Callable[[], float] = field(default=time.time)
    """Seconds since the Unix epoch."""


class FleetScreen(ModalScreen[FleetSession | None]):
    """The list, the session under the mark, and its question; gives the session to open."""

    DEFAULT_CSS = """
    FleetScreen { background: $background; }
    #fleet-box { width: 100%; height: 100%; border: round $accent; padding: 0 1; }
    #fleet-foot {
        height: auto; max-height: 65%; border-top: solid $rule; display: none;
        &.-shown { display: block; }
    }
    #fleet-foot QuestionPrompt { margin-top: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", show=False, priority=True),
        Binding("ctrl+c", "leave", "Close", show=False, priority=True),
        Binding("q", "leave", "Close", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup,b", "page(-1)", "Page up", show=False),
        Binding("pagedown,space", "page(1)", "Page down", show=False),
        Binding("home,g", "move(-1000000)", "To the first", show=False),
        Binding("end,G", "move(1000000)", "To the last", show=False),
        Binding("enter", "choose", "Open or answer", show=False),
        Binding("tab", "answer", "Answer", show=False),
        Binding("y", "copy_command", "Copy the command", show=False),
    ]

    def __init__(self, host: FleetHost, labels: KeyLabels = default_key_labels) -> None:
        """Args:
        host: The program around it.
        labels: The keys of commands, for the answers of questions.
        """
        super().__init__()
        self._key_labels = labels
        self._host = host
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fleet")
        self._list = FleetList(host.thresholds)
        self._details = FleetDetails(host.own_pid, host.thresholds)
        self._prompts: dict[str, QuestionPrompt] = {}
        """By the context of their keys."""
        self._question: AskedQuestion | None = None
        """The one that is shown."""
        self._asked_by: FleetSession | None = None
        """The session that asks it."""
        self._left: dict[Path, float] = {}
        """Answers that were left and not taken yet, and when they should have been."""

    def compose(self) -> ComposeResult:
        """The list, and a foot for the session under the mark."""
        self._foot = Vertical(self._details, id="fleet-foot")
        self._box = Vertical(self._list, self._foot, id="fleet-box")
        self._box.border_title = Content.styled("Sessions on this machine", "bold")
        self._show_keys()
        yield self._box

    def on_mount(self) -> None:
        """Look at the sessions from now on."""
        self._list.focus()
        self.run_worker(self._watch(), group="fleet", exit_on_error=False)

    # Looking -----------------------------------------------------------------------

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        fleet: Fleet | None = None
        try:
            while True:
                try:
                    if fleet is None:
                        fleet = await loop.run_in_executor(self._thread, self._host.open_fleet)
                    self._show(await loop.run_in_executor(self._thread, fleet.look))
                except StoreError as error:
                    self._details.say(error.sentence)
                    self._foot.add_class("-shown")
                await asyncio.sleep(LOOK_SECONDS if self.app.app_focus else BLURRED_SECONDS)
        finally:
            if fleet is not None:
                self._thread.submit(fleet.close)
            self._thread.shutdown(wait=False)

    def _show(self, sessions: Sequence[FleetSession]) -> None:
        self._list.show(sessions, self._host.now())
        self._box.border_title = Content.assemble(
            ("Sessions on this machine", "bold"), (f" · {fleet_counts(sessions)}", MUTED)
        )
        self._follow_answers()
        self._show_marked()

    def _follow_answers(self) -> None:
        """Say whether sessions took the answers that were left for them."""
        for path, until in list(self._left.items()):
            taken = not path.exists()
            if taken or self._host.now() > until:
                del self._left[path]
                self._details.say("" if taken else NOT_TAKEN)
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    # The session under the mark ------------------------------------------------------

    def on_fleet_list_mark_moved(self) -> None:
        """Show the session that is marked now."""
        self._details.say("")
        self._show_marked()

    def _show_marked(self) -> None:
        session = self._list.marked
        self._foot.set_class(session is not None or bool(self._details.remark), "-shown")
        asks = session is not None and self._answers_here(session)
        self._details.show(session, is_asked=asks)
        if session is not None and asks:
            self._show_question(session)
        else:
            self._withdraw()
        self._show_keys()

    def _answers_here(self, session: FleetSession) -> bool:
        """Whether the question of a session is answered from this list."""
        own = session.holder is not None and session.holder.pid == self._host.own_pid
        return session.question is not None and not own and not self._is_answered(session)

    def _is_answered(self, session: FleetSession) -> bool:
        question = session.question
        return question is not None and answer_path(session.path, question.seq) in self._left

    def _show_question(self, session: FleetSession) -> None:
        question, shown = session.question, self._question
        same = self._asked_by is not None and self._asked_by.path == session.path
        if question is None or (same and shown is not None and shown.seq == question.seq):
            return
        self._withdraw()
        self._asked_by = session
        reading = self._read_question(session)
        self.run_worker(reading, group="question", exclusive=True, exit_on_error=False)

    async def _read_question(self, session: FleetSession) -> None:
        """Read a question whole, and ask it."""
        assert session.question is not None
        try:
            question = await asyncio.to_thread(read_question, session.path, session.question)
        except StoreError as error:
            self._details.say(error.sentence)
            return
        if self._asked_by is session:
            self._question = question
            self._ask(self._as_question(session, question.asked))

    def _as_question(
        self, session: FleetSession, asked: ev.PermissionAsked | ev.LimitReached
    ) -> Question:
        if isinstance(asked, ev.PermissionAsked):
            question = PermissionQuestion(asked, rule_is_fixed=True)
            question.waiting = len(session.tail.questions) - 1 if session.tail else 0
            return question
        return LimitQuestion(LimitAsked(asked, budget_meter(session, self._host.thresholds)))

    def _ask(self, question: Question) -> None:
        context = question.kind.context
        prompt = self._prompts.get(context)
        if prompt is None:
            prompt = QuestionPrompt(question.kind, labels=self._labels)
            self._prompts[context] = prompt
            self._foot.mount(prompt)
        prompt.display = True
        prompt.ask(question, take_focus=False)
        self._show_keys()

    def _labels(self, command: str) -> Sequence[str]:
        """Keys of the answers; escape leads back to the list."""
        return [key for key in self._key_labels(command) if key != ESCAPE_LABEL]

    @property
    def prompt(self) -> QuestionPrompt | None:
        """The prompt that shows a question."""
        return next((each for each in self._prompts.values() if each.display), None)

    def _withdraw(self) -> None:
        """Show no question; the keys go back to the list."""
        self._question = self._asked_by = None
        for prompt in self._prompts.values():
            if prompt.display:
                if prompt.has_focus_within or prompt.has_focus:
                    self.set_focus(self._list)
                prompt.display = False
                prompt.withdraw()

    # Keys ----------------------------------------------------------------------------

    def _show_keys(self) -> None:
        session = self._list.marked
        keys = ["↑ ↓ choose"]
        if self.prompt is not None:
            keys.append("tab answers")
        elif session is not None and not session.is_open:
            keys.append("enter opens it")
        keys += ["y copies its command", "esc closes"]
        self._box.border_subtitle = Content.styled(" · ".join(keys), MUTED)

    def action_move(self, by: int) -> None:
        """Move the mark."""
        self._list.move(by)

    def action_page(self, by: int) -> None:
        """Move the mark by a page."""
        self._list.move(by * self._list.page)

    def action_answer(self) -> None:
        """Let the keys answer the question."""
        if self.prompt is not None:
            self.prompt.take_focus_now()

    def on_fleet_list_chosen(self) -> None:
        """Open what was clicked, or go to its question."""
        self.action_choose()

    def action_choose(self) -> None:
        """Open the session under the mark; where it asks something, go to the question."""
        session = self._list.marked
        if session is None:
            return
        if self.prompt is not None:
            self.action_answer()
        elif session.holder is not None and session.holder.pid == self._host.own_pid:
            self.dismiss(None)
        elif session.holder is not None:
            self._details.say(f"It is {place_text(session)}. Go on with it there.")
        elif refusal := self._host.refusal(session):
            self._details.say(refusal)
        else:
            self.dismiss(session)

    def action_copy_command(self) -> None:
        """Copy the command that opens the session."""
        session = self._list.marked
        if session is not None:
            command = resume_command(session)
            self.app.copy_to_clipboard(command)
            self._details.say(command)

    def action_back(self) -> None:
        """Leave the line, then the question, then the list."""
        prompt = self.prompt
        if prompt is not None and prompt.is_writing:
            prompt.action_leave_line()
        elif prompt is not None and prompt.has_focus:
            self.set_focus(self._list)
        else:
            self.dismiss(None)

    def action_leave(self) -> None:
        """Back to where it was opened."""
        self.dismiss(None)

    # Answers -------------------------------------------------------------------------

    def on_permission_decided(self, message: PermissionDecided) -> None:
        """Leave the answer to a permission question."""
        message.stop()
        self._leave(permission=message.answer, reason=message.reason)

    def on_limit_decided(self, message: LimitDecided) -> None:
        """Leave the answer at a limit."""
        message.stop()
        self._leave(limit=message.answer, by=message.by)

    def _leave(
        self,
        permission: ev.PermissionScope | None = None,
        reason: str = "",
        limit: ev.LimitAnswer | None = None,
        by: int = 0,
    ) -> None:
        """Leave an answer to the question that is shown.

        Args:
            permission: About a call.
            reason: For the model, with a no.
            limit: At a limit.
            by: Tokens to extend by.
        """
        question, session = self._question, self._asked_by
        if question is None or session is None:
            return
        answer = OutsideAnswer(
            session=session.summary.id,
            event=question.seq,
            tool_use=question.tool_use,
            digest=question.digest,
            source=self._host.source,
            permission=permission,
            reason=reason,
            limit=limit,
            by=by,
        )
        self._left[answer_path(session.path, question.seq)] = self._host.now() + PATIENCE
        self._details.say(LEFT)
        self._show_marked()
        self.run_worker(self._write(session.path, answer), group="answer", exit_on_error=False)

    async def _write(self, session: Path, answer: OutsideAnswer) -> None:
        try:
            await asyncio.to_thread(leave_answer, session, answer)
        except OSError as error:
            self._left.pop(answer_path(session, answer.event), None)
            self._details.say(f"Your answer could not be left: {error.strerror}.")

    def on_preview_requested(self, message: PreviewRequested) -> None:
        """Show all that a permission question is about."""
        message.stop()
        session = self._asked_by
        folder = Path(session.summary.folder) if session else Path()
        show = self._show_page(message.asked, folder)
        self.run_worker(show, group="page", exit_on_error=False)

    async def _show_page(self, asked: ev.PermissionAsked, folder: Path) -> None:
        def file_in_question() -> str | None:
            if asked.name not in ("edit", "write"):
                return None
            with suppress(OSError):
                return (folder / asked.subject).read_text(errors="replace")
            return None

        texts = permission_texts(asked, await asyncio.to_thread(file_in_question))
        sections = [Section(flatten(each.title, 300), each.text) for each in texts]
        self.app.push_screen(TextPage(flatten(asked.subject, 300), sections))
