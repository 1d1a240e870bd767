"""What the program says and asks beside the conversation: sentences, pages, lists."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from tui.command_line import CommandLineOptions
from tui.screens.chat_layout import ChatLayout
from tui.screens.clocks import SYSTEM_CLOCKS, Clocks

if TYPE_CHECKING:
    from tui.reports.transcript_items import NoticeLevel
    from tui.screens.app_interface import AppInterface
    from tui.widgets.option_rows import Option


class NoticeScreen(ChatLayout):
    """A shell that has something to say. None of it is in the log."""

    def __init__(self, options: CommandLineOptions, clocks: Clocks = SYSTEM_CLOCKS) -> None:
        super().__init__(options, clocks)
        self._notice_count = 0

    @property
    def host(self) -> "AppInterface":
        """The application, as far as screens know it."""
        return cast("AppInterface", self.app)

    def show_notice(self, text: str, level: "NoticeLevel" = "info") -> None:
        """One sentence in the transcript."""
        from tui.reports.transcript_items import NoticeItem

        self._notice_count += 1
        self.transcript.put(NoticeItem(f"local-{self._notice_count}", text, level))

    def show_markdown(self, markdown: str, *, from_top: bool = False) -> None:
        """An answer of the program's own, as Markdown; it comes into view.

        Args:
            markdown: The answer.
            from_top: Whether to show its first lines where it is longer than the screen.
        """
        from tui.reports.transcript_items import AnswerItem

        self._notice_count += 1
        key = f"local-{self._notice_count}"
        self.transcript.follow()
        self.transcript.put(AnswerItem(key, markdown, from_program=True))
        if from_top and (index := self.transcript.entries.index(key)) is not None:
            self.transcript.window.scroll_to_line(self.transcript.entries.heights.top(index))

    async def choose(
        self,
        title: str,
        options: "Sequence[Option]",
        current: str | None = None,
        preview: Callable[[str], None] | None = None,
    ) -> str | None:
        """Let the user choose one of `options`; None when they did not. Only in a worker."""
        from tui.widgets.select_dialog import SelectDialog

        return await self.app.push_screen_wait(
            SelectDialog(title, options, current=current, preview=preview)
        )
