"""What the program says beside the conversation, in sentences. None of it is in the log."""

import logging

from tui.reports.transcript_items import NoticeItem, NoticeLevel
from tui.session.store_errors import StoreError
from tui.widgets.transcript.transcript_view import Transcript

log = logging.getLogger(__name__)


class Notices:
    """Puts the program's own words into the transcript."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._count = 0

    def show(self, text: str, level: NoticeLevel = "info") -> bool:
        """One sentence in the transcript; says whether it is in view."""
        key = self._next_key()
        self._transcript.put(NoticeItem(key, text, level))
        index, viewport = self._transcript.entries.index(key), self._transcript.viewport
        return viewport.is_following or (index is not None and viewport.shows_end_of(index))

    def _next_key(self) -> str:
        self._count += 1
        return f"local-{self._count}"


def error_sentence(error: BaseException) -> str:
    """The sentence for an error; an unexpected error is logged too."""
    if isinstance(error, StoreError):
        return error.sentence
    log.error("unexpected", exc_info=error)
    return (
        f"Something went wrong inside Glideslope ({type(error).__name__}). What was committed is "
        "safe; please report it with the log file."
    )
