"""All sessions on this machine, live: what each does, and the answer to what one of them asks.

A look at them runs on a thread of its own, once a second while the terminal has the focus. What
is under the mark is shown below the list; a question that another process asks is answered here.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static
from textual.worker import Worker, WorkerState

from tui.budget.stages import StageThresholds
from tui.reports.fleet_page import budget_meter, fleet_counts, place_text, resume_command
from tui.reports.key_labels import KeyLabels, default_key_labels
from tui.reports.permission_page import permission_texts
from tui.screens.left_answers import LEFT, LeftAnswers
from tui.screens.notices import error_sentence
from tui.session import events as ev
from tui.session.answer_file import AskedQuestion, OutsideAnswer
from tui.session.fleet import Fleet, FleetSession
from tui.session.log_tail import OpenQuestion, read_question
from tui.session.store_errors import StoreError
from tui.widgets.fleet_list import FleetDetails, FleetList
from tui.widgets.limit_question import LimitAsked, LimitDecided, LimitQuestion
from tui.widgets.line_widget import MUTED, flatten
from tui.widgets.one_line_input import OneLineInput
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
TITLE = "Sessions on this machine"
ESCAPE_LABEL = "esc"


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
    read_question: Callable[[Path, OpenQuestion], AskedQuestion] = read_question
    """Reads a question whole, from the file of its session; called on a thread."""


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
    #fleet-filter {
        display: none; height: 1; background: $boost; padding: 0 1;
        &.-shown { display: block; }
        Static { width: auto; color: $muted; margin: 0 1 0 0; }
        Input { width: 1fr; height: 1; background: transparent; }
    }
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
        Binding("slash", "filter", "Filter", show=False),
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
        self._filter = OneLineInput(placeholder="name, folder, state", compact=True)
        self._filter_row = Horizontal(
            Static("filter", markup=False), self._filter, id="fleet-filter"
        )
        self._filter.cursor_blink = False
        self._details = FleetDetails(host.own_pid, host.thresholds)
        self._keys_shown = ""
        """What the frame says of keys."""
        self._shown: Sequence[FleetSession] = ()
        """What was counted last."""
        self._prompts: dict[str, QuestionPrompt] = {}
        """By the context of their keys."""
        self._question: AskedQuestion | None = None
        """The one that is shown."""
        self._wanted: tuple[Path, int] | None = None
        """File and event of the question that is shown or being read."""
        self._asked_by: FleetSession | None = None
        """The session that asks it."""
        self._wants_to_answer: Path | None = None
        """The session whose question takes the keys as soon as it has been read."""
        self._left = LeftAnswers(host.now)

    def compose(self) -> ComposeResult:
        """The list, and a foot for the session under the mark."""
        self._foot = Vertical(self._details, id="fleet-foot")
        self._box = Vertical(self._list, self._filter_row, self._foot, id="fleet-box")
        self._box.border_title = Content.styled(TITLE, "bold")
        self._show_keys()
        yield self._box

    def on_mount(self) -> None:
        """Look at the sessions from now on."""
        self._list.focus()
        self.run_worker(self._watch(), group="fleet", exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say why work in the background failed; the list goes on."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self._details.say(error_sentence(event.worker.error))

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
        if sessions != self._shown:
            self._shown = sessions
            counts = Content.styled(f" · {fleet_counts(sessions)}", MUTED)
            self._box.border_title = Content.assemble((TITLE, "bold"), counts)
        said = self._left.follow()
        if said is not None:
            self._details.say(said)
        self._show_marked()

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
        question, own = session.question, self._host.own_pid
        if question is None or (session.holder is not None and session.holder.pid == own):
            return False
        return not self._left.has(session.path, question.seq)

    def _show_question(self, session: FleetSession) -> None:
        """Ask the question of a session, unless it is asked or being read already."""
        question = session.question
        if question is None or self._wanted == (session.path, question.seq):
            return
        self._withdraw()
        self._wanted, self._asked_by = (session.path, question.seq), session
        reading: Callable[[], Awaitable[None]] = partial(self._read_question, session, question)
        self.run_worker(reading, group="question", exclusive=True, exit_on_error=False)

    async def _read_question(self, session: FleetSession, found: OpenQuestion) -> None:
        """Read a question whole, and ask it."""
        try:
            question = await asyncio.to_thread(self._host.read_question, session.path, found)
        except StoreError as error:
            self._wanted = None  # the next look tries again
            self._details.say(error.sentence)
            return
        if self._wanted == (session.path, found.seq):
            self._question = question
            await self._ask(self._as_question(session, question.asked))

    def _as_question(
        self, session: FleetSession, asked: ev.PermissionAsked | ev.LimitReached
    ) -> Question:
        if isinstance(asked, ev.PermissionAsked):
            question = PermissionQuestion(asked, rule_is_fixed=True)
            question.waiting = len(session.tail.questions) - 1 if session.tail else 0
            return question
        return LimitQuestion(LimitAsked(asked, budget_meter(session, self._host.thresholds)))

    async def _ask(self, question: Question) -> None:
        context = question.kind.context
        prompt = self._prompts.get(context)
        if prompt is None:
            prompt = QuestionPrompt(question.kind, labels=self._labels)
            prompt.display = False
            self._prompts[context] = prompt
            await self._foot.mount(prompt)
        prompt.display = True
        wanted, self._wants_to_answer = self._wants_to_answer, None
        by = self._asked_by.path if self._asked_by else None
        prompt.ask(question, take_focus=wanted is not None and wanted == by)
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
        self._question = self._asked_by = self._wanted = None
        for prompt in self._prompts.values():
            if prompt.display:
                if prompt.has_focus_within or prompt.has_focus:
                    self.set_focus(self._list)
                prompt.display = False
                prompt.withdraw()

    # Keys ----------------------------------------------------------------------------

    def on_descendant_focus(self) -> None:
        """Show the keys of what has the focus now."""
        self._show_keys()

    def _show_keys(self) -> None:
        keys = " · ".join(self._keys())
        if keys != self._keys_shown:
            self._keys_shown = keys
            self._box.border_subtitle = Content.styled(keys, MUTED)

    def _keys(self) -> list[str]:
        """What keys do now, for the frame."""
        session, focused = self._list.marked, self.focused
        if focused is self._filter:
            return ["enter goes on", "esc shows all"]
        if focused is not None and focused is not self._list:
            return ["esc goes back to the list"]
        if session is None:
            return ["esc closes"]
        answers = ["tab answers"] if self.prompt is not None else []
        opens = [] if session.is_open else ["enter opens it"]
        return ["↑ ↓ choose", "/ filters", *answers, *opens, "y copies command", "esc closes"]

    def action_move(self, by: int) -> None:
        """Move the mark."""
        self._list.move(by)

    def action_page(self, by: int) -> None:
        """Move the mark by a page."""
        self._list.move(by * self._list.page)

    def action_filter(self) -> None:
        """Type words that the sessions must hold."""
        self._filter_row.add_class("-shown")
        self.set_focus(self._filter)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Show the sessions that hold the words."""
        self._list.filter(message.value)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go on with the session under the mark."""
        self.set_focus(self._list)
        self.action_choose()

    def action_answer(self) -> None:
        """Let the keys answer the question."""
        session = self._list.marked
        if self.prompt is not None:
            self.prompt.take_focus_now()
        else:  # it is being read
            asks = session is not None and self._answers_here(session)
            self._wants_to_answer = session.path if session and asks else None

    def on_fleet_list_session_chosen(self) -> None:
        """Open what was clicked, or go to its question."""
        self.action_choose()

    def action_choose(self) -> None:
        """Open the session under the mark; where it asks something, go to the question."""
        session = self._list.marked
        if session is None:
            return
        if self._answers_here(session):
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
        """Leave the line, then the question, then the filter, then the list."""
        prompt = self.prompt
        if prompt is not None and prompt.is_writing:
            prompt.action_leave_line()
        elif prompt is not None and prompt.has_focus:
            self.set_focus(self._list)
        elif self._filter_row.has_class("-shown"):
            self._filter_row.remove_class("-shown")
            self._filter.value = ""
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
        self._left.begin(session.path, question.seq)
        self._details.say(LEFT)
        self._show_marked()
        self.run_worker(self._write(session.path, answer), group="answer", exit_on_error=False)

    async def _write(self, session: Path, answer: OutsideAnswer) -> None:
        if problem := await self._left.leave(session, answer):
            self._details.say(problem)

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
