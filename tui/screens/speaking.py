"""What the program says and asks beside the conversation: sentences, pages, lists."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from tui.options import Options
from tui.screens.moments import CLOCKS, Clocks
from tui.screens.shell import Shell

if TYPE_CHECKING:
    from tui.screens.host import Host
    from tui.widgets.option_rows import Option
    from tui.widgets.transcript.items import NoticeLevel


class SpeakingScreen(Shell):
    """A shell that has something to say. None of it is in the log."""

    def __init__(self, options: Options, clocks: Clocks = CLOCKS) -> None:
        super().__init__(options, clocks)
        self._said = 0

    @property
    def host(self) -> "Host":
        """The application, as far as screens know it."""
        return cast("Host", self.app)

    def say_notice(self, text: str, level: "NoticeLevel" = "info") -> None:
        """One sentence in the transcript."""
        from tui.widgets.transcript.items import Notice

        self._said += 1
        self.transcript.put(Notice(f"local-{self._said}", text, level))

    def say(self, markdown: str, *, from_top: bool = False) -> None:
        """An answer of the program's own, as Markdown; it comes into view.

        Args:
            markdown: The answer.
            from_top: Whether to show its first lines where it is longer than the screen.
        """
        from tui.widgets.transcript.items import Answer

        self._said += 1
        key = f"local-{self._said}"
        self.transcript.follow()
        self.transcript.put(Answer(key, markdown, ours=True))
        if from_top and (index := self.transcript.entries.index(key)) is not None:
            self.transcript.scroll_to_line(self.transcript.entries.heights.top(index))

    async def choose(
        self,
        title: str,
        options: "Sequence[Option]",
        current: str | None = None,
        preview: Callable[[str], None] | None = None,
    ) -> str | None:
        """Let the user choose one of `options`; None when they did not. Only in a worker."""
        from tui.widgets.choice import Choice

        return await self.app.push_screen_wait(
            Choice(title, options, current=current, preview=preview)
        )
