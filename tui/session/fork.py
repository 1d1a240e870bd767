"""Forks: a new session that continues another one from some event on.

Nothing is copied. The fork's log begins with a `SessionStarted` that names its parent and a
position, and goes on counting there, so event numbers stay unique over the whole lineage.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tui.session.event_fold import apply_record
from tui.session.events import Record, SessionStarted
from tui.session.session_paths import SUFFIX
from tui.session.state import SessionState
from tui.session.store import Clock, SessionStore
from tui.session.store_errors import ForkParentInvalid, SessionReadOnly

PARENT_TIME = "parent_time"
"""Key in `meta`: the time of the event forked from, to know the parent again by."""


@dataclass(frozen=True, slots=True)
class ForkOrigin:
    """Where a fork comes from."""

    path: Path
    """File of the parent."""
    session: str
    """Id of the parent."""
    upto: int
    """Number of the parent's last event that belongs to the fork."""


def fork(
    parent: SessionStore, upto: int, session: str, *, program: str, now: Clock = time.time
) -> SessionStore:
    """Make a session that continues `parent` after its event `upto`.

    Args:
        parent: The session to continue; reading it is enough.
        upto: Number of the last event taken over, in the parent's lineage.
        session: Id of the new session; its file lies beside the parent's.
        program: Version of this program.
        now: The clock.

    Raises:
        ValueError: the parent has no event `upto`.
        StoreError: the parent could not be read, or the fork not be made.
    """
    if parent.restore_notice:
        raise SessionReadOnly(parent.path, parent.restore_notice)
    state, last = SessionState(), None
    for last in full_log(parent, upto):
        apply_record(state, last)
    if last is None or last.seq != upto:
        raise ValueError(f"there is no event {upto} to fork from")
    begun = SessionStarted(
        session=session,
        folder=state.folder,
        program=program,
        model=state.model,
        effort=state.effort,
        mode=state.mode,
        branch=state.branch,
        copy_of=state.copy_of,
        parent=(state.session, upto),
    )
    path = parent.path.with_name(session + SUFFIX)
    store = SessionStore.create(path, now=now, start=upto + 1, meta={PARENT_TIME: last.at})
    try:
        store.append([begun])
    except BaseException:
        store.close()
        raise
    return store


def fork_origin(store: SessionStore) -> ForkOrigin | None:
    """Where a session was forked from; None when it began by itself.

    Raises:
        ForkParentInvalid: the parent's file is gone.
    """
    first = next(store.records(upto=store.start), None)
    if first is None or not isinstance(first.event, SessionStarted) or first.event.parent is None:
        return None
    session, upto = first.event.parent
    return ForkOrigin(_find(store.path, session), session, upto)


def full_log(store: SessionStore, upto: int | None = None) -> Iterator[Record]:
    """The whole log of a session: what it took over from its parents, then its own.

    Args:
        store: The session.
        upto: End with the event of this number; None for the last one there is.

    Raises:
        ForkParentInvalid: a parent is gone or is no longer what it was when the fork was made.
        SessionDamaged: a log breaks off where it should go on.
    """
    came = fork_origin(store)
    if came is not None:
        yield from _inherited_records(store, came, upto)
    yield from store.records(upto=upto)


def _inherited_records(store: SessionStore, came: ForkOrigin, upto: int | None) -> Iterator[Record]:
    end = came.upto if upto is None else min(came.upto, upto)
    last = None
    with SessionStore.open(came.path, read_only=True) as parent:
        for last in full_log(parent, end):
            yield last
    if end and (last is None or last.seq != end):
        raise ForkParentInvalid(store.path, came.session, "has lost events it continues from")
    if last and end == came.upto and last.at != store.meta(PARENT_TIME):
        raise ForkParentInvalid(store.path, came.session, "has changed since")


def _find(child: Path, session: str) -> Path:
    """The file of a parent: beside the fork, or with another project's sessions."""
    name = session + SUFFIX
    beside = child.with_name(name)
    if beside != child and beside.exists():
        return beside
    for path in sorted(child.parent.parent.glob(f"*/{name}")):
        if path != child:
            return path
    raise ForkParentInvalid(child, session, "is gone")
