"""Sentences of a headless run name options and settings, never commands of the screen."""

import re
from pathlib import Path

import pytest

from tests.support.context import change_context
from tests.support.run_session import run_session
from tests.support.simulator import words
from tui.agent.window_guard import WindowGuard
from tui.session import events as ev
from tui.simulator.scripted_model.model_input import ScriptedText

COMMAND = re.compile(r"(?<![\w.])/[a-z]+\b")
"""A command of the screen."""


@pytest.mark.parametrize(
    ("interactive", "budget", "window"),
    [
        (True, "extend the budget with /budget.", "/compact shortens the conversation."),
        (False, "give a larger budget with --budget.", "start a new session (without -c)."),
    ],
)
async def test_what_does_not_fit_is_answered_with_what_there_is_here(
    tmp_path: Path, interactive: bool, budget: str, window: str
):
    async with run_session(
        tmp_path, (ScriptedText(words(20)),), budget=20_000, interactive=interactive
    ) as run:
        await run.driver.run_turn("go")
        change_context(run.ctx, compact_at=None)

        async def ignore(*_: object) -> None:
            return None

        guard = WindowGuard(run.state, run.ctx, ignore)
        ends = [*guard._end_over_budget(30_000, 10), *guard._end_too_long()]
        said = [event.sentence for event in ends if isinstance(event, ev.TurnEnded)]
        ends_as_told = [
            each.endswith(end) for each, end in zip(said, (budget, window), strict=True)
        ]
        assert ends_as_told == [True, True], said
        assert bool(COMMAND.search(" ".join(said))) is interactive
