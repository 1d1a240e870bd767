"""The chat: transcript, composer and the budget beside them.

What it does with keys and messages. The shell it is made of is `tui.screens.shell`, what it
works on `tui.screens.working`, and what binds a session to it `tui.screens.session_view`.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import SuspendNotSupported

from tui.commands import BY_ID, quoted
from tui.options import Options
from tui.screens.moments import CLOCKS, Clocks
from tui.screens.working import WorkingScreen
from tui.widgets.composer import Composer

if TYPE_CHECKING:
    from tui.agent.folder_trust import TrustAnswer, TrustQuestion
    from tui.agent.opened import Opened, Opener
    from tui.widgets.budget_gauge import MarkedFigures
    from tui.widgets.checklist_panel import ChecklistPanel
    from tui.widgets.effort_selector import EffortSelector
    from tui.widgets.find_bar import FindBar
    from tui.widgets.limit_prompt import LimitPrompt
    from tui.widgets.offer_prompt import OfferPrompt
    from tui.widgets.permission_prompt import PermissionPrompt
    from tui.widgets.question import Question
    from tui.widgets.status_line import Hint
    from tui.widgets.transcript.messages import ActionChosen, Copied, Found, LinkChosen
    from tui.widgets.trust_prompt import TrustPrompt


class ChatScreen(WorkingScreen):
    """The one screen people work in."""

    AUTO_FOCUS = "Draft"

    def __init__(self, opener: "Opener", options: Options, clocks: Clocks = CLOCKS) -> None:
        super().__init__(opener, options, clocks)
        self._paths: Sequence[str] | None = None
        self._trust_answer: asyncio.Future[TrustAnswer] | None = None
        """Where the answer about a folder goes while it is asked about."""

    def on_mount(self) -> None:
        """Paint first; everything that costs time comes after the first frame."""
        self.status_line.show(self.status)
        options = self.options
        prompt = quoted(options.prompt) if options.literal else options.prompt
        self.call_after_refresh(self.start, options.resume, prompt, fork=options.fork)

    async def show_session(self, opened: "Opened") -> None:
        """Show a session that was opened."""
        from tui.screens.session_view import SessionView

        self.view = SessionView(self, opened)
        self._paths = None
        self.view.show()
        self.remove_class("-unopened")
        self.call_after_refresh(opened.warm_up)
        if opened.unmet:
            from tui.screens.acts.granting import change_budget

            await change_budget(self, opened.unmet)

    async def ask_trust(self, question: "TrustQuestion") -> "TrustAnswer":
        """Ask whether a folder is trusted, and wait for the answer."""
        answer: asyncio.Future[TrustAnswer] = asyncio.get_running_loop().create_future()
        self._trust_answer = answer
        self.live_pane.ask_trust(question, take_focus=self.composer.is_empty)
        self.set_status(activity="waiting for your answer")
        self.app.bell()
        try:
            return await answer
        finally:
            had_keys = self.context == "prompt"
            self.live_pane.ask_trust(None)
            self.set_status(activity="")
            if had_keys and self.live_pane.prompt is None:
                self.composer.take_keys()

    # Keys ------------------------------------------------------------------------

    def labels(self, command: str) -> "Sequence[str]":
        """The keys that a command has, as people write them."""
        return self.host.keymap_in_use.labels(command)

    def hints(self) -> "tuple[Hint, ...]":
        """The keys that help here and now."""
        from tui.screens.hints import Place, hints

        # At a limit escape pauses, and from a line that is written it leads back.
        own = self.question.escapes if self.question else self.answer_is_written
        place = Place(
            context=self.context,
            running=self.busy and not own,
            empty=self.composer.is_empty,
            asked=self.question_waits,
            finding=self.find_bar.finding,
            offered=self.offered,
            enters=self.transcript.enters,
        )
        return hints(place, self.host.keymap_in_use)

    def look_again(self) -> None:
        """Say which keys help, now that something else is going on."""
        if self.is_attached:
            self.set_status()

    def on_composer_emptied(self) -> None:
        """Other keys help with a draft."""
        self.look_again()

    def on_descendant_focus(self) -> None:
        """Other keys help elsewhere."""
        self.call_later(self.look_again)

    def can(self, command: str) -> bool:
        """Whether a command makes sense now."""
        match BY_ID[command].when:
            case "idle":
                return not self.running
            case "running":
                return self.busy
            case "finding":
                return self.furnished.is_set() and self.find_bar.finding
            case _:
                return True

    @property
    def _prompt(self) -> "LimitPrompt | PermissionPrompt | OfferPrompt | TrustPrompt | None":
        """The question on screen."""
        return self.live_pane.prompt if self.furnished.is_set() else None

    @property
    def question(self) -> "Question | None":
        """The question that has the keys; not while the line below it is written."""
        prompt = self._prompt
        return prompt if prompt is not None and prompt is self.focused else None

    @property
    def answer_is_written(self) -> bool:
        """Whether the keys are in the line below a question."""
        prompt = self._prompt
        return prompt is not None and prompt.writing and self.context == "prompt"

    @property
    def question_waits(self) -> bool:
        """Whether a question is on screen while the keys are elsewhere."""
        prompt = self._prompt
        return prompt is not None and not prompt.has_focus_within and not self.composer.listing

    @property
    def offered(self) -> tuple[str, ...]:
        """Commands that the card under the block cursor offers; none without a card."""
        return self.transcript.offered if self.context == "transcript" else ()

    @property
    def context(self) -> str:
        """Where the keys are: `composer`, `transcript`, `prompt`, or `app`."""
        around = {node.id for node in self.focused.ancestors_with_self} if self.focused else set()
        for id, context in (
            (self.composer.id, "composer"),
            ("transcript", "transcript"),
            ("live", "prompt"),
        ):
            if id in around:
                return context
        return "app"

    def on_key(self, event: events.Key) -> None:
        """The way back from a panel that has no other use for the key."""
        if event.key == "escape" and self.context == "app" and not self._is_wanted(event.key):
            event.stop()
            self.composer.focus()

    def _is_wanted(self, key: str) -> bool:
        """Whether the focused widget, or one around it, has a use for `key`."""
        active = self.active_bindings.get(key)
        return active is not None and active.node not in (self, self.app)

    # Messages of widgets ---------------------------------------------------------

    @on(Composer.Submitted)
    def _submitted(self, message: Composer.Submitted) -> None:
        if self.furnished.is_set():
            self.transcript.follow()
            self.host.take_input(message.text)
        else:
            self.hold(message.text)

    @on(Composer.ShellRequested)
    def _shell_requested(self, message: Composer.ShellRequested) -> None:
        if self.furnished.is_set():
            self.transcript.follow()
        self.shell(message.command)

    @on(Composer.EditorRequested)
    def _editor_requested(self, message: Composer.EditorRequested) -> None:
        self._write_outside(message.text)

    @work(group="editor", exclusive=True, exit_on_error=False)
    async def _write_outside(self, text: str) -> None:
        """Leave the terminal to the editor; the turn works on, and nothing is painted."""
        from tui.screens.errands import edit, lent_terminal

        try:
            with lent_terminal(self.app):
                text = await edit(text)
        except (OSError, ValueError, SuspendNotSupported) as error:
            self.say_notice(f"The editor could not be used: {error}. Set $EDITOR.", "error")
            return
        self.composer.put(text)

    async def find_files(self, query: str) -> Sequence[str]:
        """Paths in the project for `@`."""
        from tui.screens.errands import project_files

        fresh = self._paths is None or not query  # files come and go while we work
        if fresh and self.opened is not None:
            self._paths = await project_files(self.opened.driver.means.world)
        return self._paths or ()

    def price_of_draft(self, text: str) -> str:
        """What the first picture of the conversation costs, while the draft names one.

        So it can be read, and the name taken out again, before the prompt is sent.
        """
        if "@" not in text or self.opened is None or self.running:
            return ""
        from tui.agent.caching import image_sentence
        from tui.agent.pictures import named

        return image_sentence(self.opened.state, self.opened.driver.means) if named(text) else ""

    def on_find_bar_asked(self, message: "FindBar.Asked") -> None:
        """Look for other words."""
        self.transcript.find(message.words)

    def on_find_bar_stepped(self) -> None:
        """Go to the next place."""
        self.transcript.find_next()

    def on_find_bar_closed(self) -> None:
        """Stop looking."""
        self.transcript.find("")
        self.composer.focus()

    def on_transcript_found(self, message: "Found") -> None:
        """Say how many places there are."""
        self.find_bar.show_count(message.at, message.count)

    def on_transcript_new_output(self) -> None:
        """Say that there is more below."""
        key = self.host.keymap_in_use.label("transcript.end")
        self.set_status(below=f"↓ new output · {key}" if key else "↓ new output")

    def on_transcript_at_end(self) -> None:
        """Nothing is out of sight any more."""
        self.set_status(below="")

    def on_transcript_cursor_moved(self) -> None:
        """Other keys help on another block."""
        self.look_again()

    def on_transcript_copied(self, message: "Copied") -> None:
        """Say so."""
        self.notify(f"Copied {len(message.text):,} characters.", timeout=2, markup=False)

    def on_transcript_link_chosen(self, message: "LinkChosen") -> None:
        """Open it."""
        self.app.open_url(message.href)

    def on_transcript_action_chosen(self, message: "ActionChosen") -> None:
        """Run the command a card offered."""
        self.host.run_act(message.action)

    def on_permission_prompt_answered(self, message: "PermissionPrompt.Answered") -> None:
        """The user answered a question."""
        if self.view is not None:
            self.view.answer(message.tool_use, message.answer, message.reason)

    async def on_limit_prompt_answered(self, message: "LimitPrompt.Answered") -> None:
        """The user said how it goes on at a reached limit."""
        if self.view is not None:
            await self.view.answer_limit(message.answer, message.by, message.effort)

    def on_offer_prompt_answered(self, message: "OfferPrompt.Answered") -> None:
        """The user took what was offered, or did not."""
        if self.view is not None:
            self.view.answer_offer(message.amount)

    def on_trust_prompt_answered(self, message: "TrustPrompt.Answered") -> None:
        """The user decided whether the folder is trusted."""
        if self._trust_answer is not None and not self._trust_answer.done():
            self._trust_answer.set_result(message.answer)

    def on_trust_prompt_look_wanted(self, message: "TrustPrompt.LookWanted") -> None:
        """Show the files that the folder brings, in full."""
        from tui.widgets.lines import flat
        from tui.widgets.text_page import Section, TextPage

        asked = message.asked
        changes = [*(f"{each} (tighter)" for each in asked.tighter)]
        changes += [f"{each} (asked for)" for each in asked.wishes]
        sections = [Section("What the settings change", "\n".join(changes))] if changes else []
        sections += [
            Section(f"{flat(file.name, 300)} · {file.size:,} bytes", file.text or file.remark)
            for file in asked.files
        ]
        self.app.push_screen(TextPage(flat(str(asked.folder), 300), sections))

    def on_marked_figures_figure_chosen(self, message: "MarkedFigures.FigureChosen") -> None:
        """Open what is behind a figure."""
        self.host.run_act("entries.show", message.figure)

    def on_checklist_panel_subtask_chosen(self, message: "ChecklistPanel.SubtaskChosen") -> None:
        """Open what a subtask is charged with."""
        from tui.screens.acts.figures import show_subtask

        show_subtask(self, message.subtask)

    def on_effort_selector_chosen(self, message: "EffortSelector.Chosen") -> None:
        """Work at another effort."""
        self.host.run_act("effort.choose", message.level)
