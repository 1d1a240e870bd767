"""What is said of sessions that began in a folder of another name or place."""

import os
from pathlib import Path

from msgspec import structs

from tui.session.folder_identity import identify_folder
from tui.session.folder_notes import NOTE, read_note
from tui.session.session_index import SessionIndex
from tui.session.session_summary import SessionSummary


def moved_sentence(index: SessionIndex, summary: SessionSummary, folder: Path) -> str:
    """That a session comes from another place; empty where it does not, or was said before.

    Args:
        index: All sessions.
        summary: The session that is resumed.
        folder: Where it works from now on.
    """
    places, here = index.places(folder), os.path.realpath(folder)
    if not summary.folder:
        return ""
    if summary.key == places.keys[0]:
        return _replaced_sentence(index, summary.key, here)
    old = places.names.get(summary.key)
    if old is None:
        return f"This session began in {summary.folder}; from now on it works in {here}."
    return "" if old == here else f"This folder was {old} before: its sessions go on here."


def _replaced_sentence(index: SessionIndex, key: str, here: str) -> str:
    """That the folder is not the one in which its sessions worked; empty where it is."""
    note, now = read_note(index.sessions / key / NOTE), identify_folder(Path(here))
    if note is None or not (note.identity.born and now.born):
        return ""
    if now.is_same_folder(note.identity) or now.is_same_repository(note.identity):
        return ""
    return f"{here} is another folder than the one in which this session worked last."


def similar_folder_sentence(index: SessionIndex, folder: Path, hint: str) -> str:
    """How the sessions of a folder are continued that this one may have been; empty without one.

    Args:
        index: All sessions.
        folder: A folder without sessions.
        hint: How a session is resumed by its id, which takes the place of `{}`.
    """
    similar = index.similar(folder)
    if similar is None:
        return ""
    how = hint.format(similar.id)
    return f"If it was {similar.folder} before: {how} continues the last session of that folder."


def with_present_folder(
    summary: SessionSummary, index: SessionIndex, folder: Path
) -> SessionSummary:
    """A session as a list shows it: of a folder that was renamed, with its present path.

    Args:
        summary: The session.
        index: All sessions.
        folder: The folder of the list.
    """
    if summary.key not in index.places(folder).names:
        return summary
    return structs.replace(summary, folder=str(folder))
