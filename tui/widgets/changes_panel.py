"""The panel of `/diff`: which files changed, what each cost, and how each changed."""

import asyncio
from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from tui.reports.changes_page import ChangesPage, file_diff, scope_words
from tui.widgets.changes_list import ChangesList
from tui.widgets.line_widget import MUTED, flatten
from tui.widgets.panel import Panel
from tui.widgets.transcript.diffs import DiffText

LIST_KEYS = "enter opens · s scope · y copies patch · esc closes"
FILE_KEYS = "n next · p previous · ← files · y copies patch · esc closes"
_READ_AT_ONCE = 20_000
"""Characters of a diff up to which it is read at once: it takes a few milliseconds."""


class ChangesPanel(Panel):
    """Shows the files that changed, and the diff of one of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right,l", "open_file", "Open the diff", show=False),
        Binding("left,backspace,h", "list_files", "Back to the files", show=False),
        Binding("n", "go_to_file(1)", "Next file", show=False),
        Binding("p", "go_to_file(-1)", "Previous file", show=False),
        Binding("s", "choose_scope", "Whose changes", show=False),
    ]

    def __init__(
        self,
        page: ChangesPage,
        *,
        on_choose_scope: Callable[[], None],
        on_figures: Callable[[], None],
    ) -> None:
        """Args:
        page: What to show.
        on_choose_scope: The user wants to see the changes of another prompt or subtask.
        on_figures: Figures of the session are others now.
        """
        self.files = ChangesList(page)
        super().__init__("Changes", self.files)
        self._on_choose_scope = on_choose_scope
        self._on_figures = on_figures
        if len(page.files) == 1:
            self.files.open_file()
        self._show()

    def show_page(self, page: ChangesPage) -> None:
        """Show other changes; a single file of another scope opens at once."""
        other = page.scope != self.files.page.scope
        self.files.show_page(page)
        if other:
            self.files.open_file(is_open=len(page.files) == 1)
        self._show()

    def refresh_content(self) -> None:
        """Tell that figures are others now."""
        self._on_figures()

    def on_mount(self) -> None:
        """Read the diff of the first file."""
        self._read()

    # Keys ------------------------------------------------------------------------

    def action_scroll_body(self, by: int) -> None:
        """Look further down, or go to another file of the list."""
        super().action_scroll_body(by)
        self._read()

    def action_page_body(self, by: int) -> None:
        """Look pages further down, or go over many files of the list."""
        super().action_page_body(by)
        self._read()

    def action_open_file(self) -> None:
        """Open the diff of the marked file."""
        self.files.open_file()
        self._show()

    def action_list_files(self) -> None:
        """Go back to the list of files."""
        self.files.open_file(is_open=False)
        self._show()

    def action_go_to_file(self, by: int) -> None:
        """Go to the next file, or to the one before."""
        self.files.mark(self.files.marked + by)
        self._show()

    def action_choose_scope(self) -> None:
        """Choose whose changes are shown."""
        self._on_choose_scope()

    def on_changes_list_file_chosen(self, message: ChangesList.FileChosen) -> None:
        """Open the file that was clicked."""
        message.stop()
        self.files.mark(message.at)
        self.action_open_file()

    # Parts -----------------------------------------------------------------------

    def _show(self) -> None:
        """Say whose changes these are and which keys there are, and show the marked diff."""
        words = flatten(scope_words(self.files.page.scope), 200)
        self.border_title = Content.assemble(("Changes", "bold"), (f" · {words}", MUTED))
        keys = FILE_KEYS if self.files.is_open else LIST_KEYS
        self.border_subtitle = Content.styled(keys, MUTED)
        self._read()

    def _read(self) -> None:
        """Read the diff of the marked file: a large one in a thread."""
        file = self.files.file
        if file is None or not self.files.needs_diff:
            return
        text = file_diff(file)
        if len(text) <= _READ_AT_ONCE:
            self.files.put_diff(file, DiffText(file.path, text))
        elif self.is_attached:
            self.run_worker(self._read_large(), group="diff", exclusive=True)

    async def _read_large(self) -> None:
        page, file = self.files.page, self.files.file
        if file is None:
            return
        diff = await asyncio.to_thread(lambda: DiffText(file.path, file_diff(file)))
        if self.files.page is page:
            self.files.put_diff(file, diff)
