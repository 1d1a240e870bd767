"""What `/kind` does: say how the last run is filed and why, and file it as another kind."""

import asyncio
from typing import TYPE_CHECKING

from tui.budget.task_kinds import TaskKind
from tui.history.history_store import HistoryStore
from tui.history.own_runs import own_filings
from tui.reports.run_list import correction_sentence, filing_sentence
from tui.session.store_errors import StoreError
from tui.settings.user_folders import user_folders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen
    from tui.session.events import Record

NO_RUN = "No run of this session is over yet, so none is filed."


async def show_or_correct_kind(
    chat: "ChatScreen", session: "OpenSession", kind: TaskKind | None
) -> None:
    """Say what the last run that is over is filed as, or file it as `kind`."""
    records = await session.read_log() if session.read_log else session.records
    try:
        said = await asyncio.to_thread(_sentence, session, records, kind)
    except StoreError as error:
        chat.show_notice(error.sentence, "warning")
    else:
        chat.show_notice(said)


def _sentence(session: "OpenSession", records: "Sequence[Record]", kind: TaskKind | None) -> str:
    """What there is to say once it is done.

    Args:
        session: The open session.
        records: Its whole log.
        kind: What the last run is; None to leave it.

    Raises:
        StoreError: the store of runs cannot be read or written.
    """
    with HistoryStore(user_folders().data) as store:
        filings = own_filings(records, session.catalogue.counting, store.corrections.verbs)
        if not filings:
            return NO_RUN
        last = filings[-1]
        if kind is not None:
            store.correct(last.corrected(kind))
            return correction_sentence(kind, last.verb)
        corrected = store.corrections.runs.get(last.run)
        return filing_sentence(last, corrected or last.guess.kind, is_corrected=bool(corrected))
