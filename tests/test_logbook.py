"""The logs of a folder: a session that could not be begun leaves nothing behind."""

import time
from pathlib import Path

import pytest

from tui.claude.catalogue import load
from tui.logbook import Logbook
from tui.session.faults import StoreFull
from tui.session.store import SessionStore
from tui.settings.folders import folders
from tui.settings.layers import resolve


def test_a_session_that_cannot_be_begun_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(store: SessionStore, events: object) -> None:
        raise StoreFull(store.path)

    monkeypatch.setattr(SessionStore, "append", full)
    book = Logbook(tmp_path, folders(), load(), time.time)
    with pytest.raises(StoreFull):
        book.open(None, resolve(tmp_path))
    assert [path for path in folders().data.rglob("*") if path.is_file()] == []
