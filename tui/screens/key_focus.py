"""Where the keys are in the chat, and which of them help there."""

from typing import TYPE_CHECKING

from tui.commands import BY_ID
from tui.widgets.draft import PLACEHOLDER

if TYPE_CHECKING:
    from tui.screens.chat_interface import Chat
    from tui.screens.key_hints import HintContext
    from tui.settings.keymap import Keymap
    from tui.widgets.question_prompt import QuestionPrompt
    from tui.widgets.status_line import Hint


class KeyFocus:
    """What has the keys of one chat: the composer, the transcript, or a question."""

    def __init__(self, chat: "Chat") -> None:
        self._chat = chat
        self._hints: tuple[tuple[HintContext, Keymap], tuple[Hint, ...]] | None = None
        """The hints as last made, and what for."""

    @property
    def context(self) -> str:
        """Where the keys are: `composer`, `transcript`, `prompt`, `panel`, or `app`."""
        focused = self._chat.focused
        around = {node.id for node in focused.ancestors_with_self} if focused else set()
        for id, context in (
            ("composer", "composer"),
            ("transcript", "transcript"),
            ("live", "prompt"),
            ("panel-area", "panel"),
        ):
            if id in around:
                return context
        return "app"

    @property
    def _question(self) -> "QuestionPrompt | None":
        """The question on screen; None where there is none."""
        chat = self._chat
        return chat.live_pane.question if chat.widgets_mounted.is_set() else None

    @property
    def focused_question(self) -> "QuestionPrompt | None":
        """The question that has the keys; not while the line below it is written."""
        prompt = self._question
        return prompt if prompt is not None and prompt is self._chat.focused else None

    @property
    def is_writing_answer(self) -> bool:
        """Whether the keys are in the line below a question."""
        prompt = self._question
        return prompt is not None and prompt.is_writing and self.context == "prompt"

    @property
    def has_unfocused_question(self) -> bool:
        """Whether a question is on screen while the keys are elsewhere."""
        prompt, composer = self._question, self._chat.composer
        return prompt is not None and not prompt.has_focus_within and not composer.is_list_open

    @property
    def closes_panel(self) -> bool:
        """Whether a panel is open that Escape would close from here."""
        chat = self._chat
        if not chat.widgets_mounted.is_set() or chat.panel_area.panel is None:
            return False
        at_composer = self.context == "composer" and not chat.composer.is_list_open
        return at_composer or self.context == "panel"

    @property
    def composer_placeholder(self) -> str:
        """What the empty composer says: while a question waits, that words are a note."""
        if self._question is None:
            return PLACEHOLDER
        key = next(iter(self._chat.host.keymap_in_use.labels("prompt.focus")), "")
        back = f" · {key} back to the question" if key else ""
        return f"type to write a note{back}"

    @property
    def landing_commands(self) -> tuple[str, ...]:
        """Commands of the landing block above the composer, where the composer has the keys.

        Empty while something runs, a list is open or a question waits.
        """
        chat = self._chat
        if (
            self.context != "composer"
            or not chat.widgets_mounted.is_set()
            or chat.composer.is_list_open
            or chat.can_interrupt
            or chat.is_opening_session
            or self._question is not None
        ):
            return ()
        return tuple(action.command for action in chat.live_pane.landing_actions)

    @property
    def _has_agents_at_work(self) -> bool:
        """Whether agents of the session work, with their lead or without it."""
        session = self._chat.session
        return session is not None and session.crew is not None and bool(session.crew.at_work)

    def is_available(self, command: str) -> bool:
        """Whether a command makes sense now."""
        chat = self._chat
        match BY_ID[command].when:
            case "idle":
                return not chat.running
            case "running":
                return chat.can_interrupt or self._has_agents_at_work
            case "queued":
                return chat.can_send_now
            case "finding":
                return chat.widgets_mounted.is_set() and chat.find_bar.is_finding
            case _:
                return True

    def hints(self) -> "tuple[Hint, ...] | None":
        """The keys that help here and now; None before there is anything but the composer."""
        chat = self._chat
        if not chat.widgets_mounted.is_set():
            return None
        from tui.screens.key_hints import HintContext, key_hints

        # At a limit escape pauses, and from a line that is written it leads back.
        question = self.focused_question
        own = question.handles_escape if question else self.is_writing_answer
        place = HintContext(
            context=self.context,
            running=chat.can_interrupt and not own,
            agents=self._has_agents_at_work,
            empty=chat.composer.is_empty,
            asked=self.has_unfocused_question,
            finding=chat.find_bar.is_finding,
            searchable=chat.panel_area.searched is not None,
            enters=chat.transcript.cursor.enter_action,
        )
        wanted = (place, chat.host.keymap_in_use)
        if self._hints is None or self._hints[0] != wanted:
            self._hints = (wanted, key_hints(*wanted))
        return self._hints[1]
