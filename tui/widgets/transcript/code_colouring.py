"""Code that is shown before its colours are known: it gets them in idle time."""

from tui.widgets.transcript.idle_work import IdleWork
from tui.widgets.transcript.lazy_loading import HighlightLoader
from tui.widgets.transcript.preformatted import CodeText, PreformattedSlice
from tui.widgets.transcript.scroll_window import ScrollWindow
from tui.widgets.transcript.strip_cache import StripCache
from tui.widgets.transcript.transcript_blocks import TranscriptBlock


class CodeColouring:
    """Loads what colours code, and colours what was painted roughly."""

    def __init__(self, painter: StripCache, window: ScrollWindow, idle_work: IdleWork) -> None:
        self._painter = painter
        self._window = window
        self._idle_work = idle_work
        self._loader = HighlightLoader()
        self._rough: list[tuple[CodeText, TranscriptBlock]] = []

    @property
    def is_loading(self) -> bool:
        """Whether lexers are being loaded."""
        return self._loader.busy

    def load(self) -> None:
        """Load what reads Markdown and colours code."""
        self._loader.load(self._repaint_all)

    def load_requested(self) -> None:
        """Load the lexers that painting asked for."""
        self._loader.load_requested(self._repaint_all)

    def _repaint_all(self) -> None:
        """Code that was painted without colours gets them."""
        if self._window.is_attached:
            self._painter.clear()
            self._window.repaint()

    def note_painted(self, block: TranscriptBlock) -> None:
        """A block was painted: if its colours are rough, make better ones."""
        if (
            isinstance(block, PreformattedSlice)
            and isinstance(code := block.sheet, CodeText)
            and code.has_rough_colours
            and all(block is not known for _, known in self._rough)
        ):
            self._rough.append((code, block))
            self._idle_work.schedule()

    def idle_step(self) -> bool:
        """Colour a few rows of what was painted last; whether there was anything to colour."""
        if not self._rough:
            return False
        code, block = self._rough[-1]
        if code.has_rough_colours:
            code.colour_more_rows()
        if not code.has_rough_colours:
            self._rough.pop()
            self._painter.forget([block])
            self._window.repaint()
        return True
