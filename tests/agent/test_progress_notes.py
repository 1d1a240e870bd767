"""Figures of a session at work are noted once for several events, a moment after the first."""

import asyncio
from typing import Any

import pytest

from tests.session.log_events import ended, exchange, note
from tui.agent import progress_notes
from tui.agent.progress_notes import ProgressNotes
from tui.session import events as ev


async def test_several_events_are_one_note_and_a_stop_leaves_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(progress_notes, "DELAY", 0.01)
    noted, done = list[int](), asyncio.Event()

    def take() -> None:
        noted.append(1)
        done.set()

    notes = ProgressNotes(take)
    for event in (note(), *exchange(1, 1, 100, None, "m"), *exchange(2, 1, 100, None, "n")):
        notes.follow(event)
    await asyncio.wait_for(done.wait(), 20)
    assert noted == [1]
    notes.follow(ended(1))  # whoever ends the turn notes it
    notes.follow(exchange(3, 1, 100, None, "o")[1])
    notes.stop()
    later = asyncio.Event()
    ProgressNotes(later.set).follow(exchange(4, 1, 100, None, "p")[1])
    await asyncio.wait_for(later.wait(), 20)
    assert noted == [1]


@pytest.mark.parametrize("kind", [ev.AgentSettled, ev.AgentFinished])
async def test_what_an_agent_used_is_noted_while_it_works(
    kind: type[ev.Event], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(progress_notes, "AGENTS_DELAY", 0.01, raising=False)
    later = asyncio.Event()
    end: Any = {"end": "done", "partial": False} if kind is ev.AgentFinished else {}
    ProgressNotes(later.set).follow(kind(agent="explore-1", number=7, charged=9_000, **end))
    await asyncio.wait_for(later.wait(), 20)
