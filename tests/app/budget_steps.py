"""What several tests of this folder share."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.app_driver import AppDriver
from tui.budget.ledger import Usage
from tui.session import events as ev

SPENT = 61_234


async def spend(
    driver: AppDriver, tokens: int = SPENT, dollars: str = "1.25", subtask: str | None = None
) -> None:
    """A turn that took so much, as the log has it."""
    await driver.chat.record_events(
        ev.PromptSubmitted(turn=1, text="go", content=({"type": "text", "text": "go"},)),
        ev.RequestStarted(
            request=1,
            turn=1,
            model="claude-opus-5-5",
            effort="high",
            max_tokens=9,
            budget=None,
            messages=1,
            subtask=subtask,
        ),
        ev.RequestFinished(
            request=1,
            message="msg_spent",
            model="claude-opus-5-5",
            blocks=({"type": "text", "text": "ok"},),
            usage=Usage(input=10, output=tokens),
            raw_usage={},
            stop_reason="end_turn",
            dollars=Decimal(dollars),
        ),
        ev.TurnEnded(turn=1, reason="completed"),
    )


def cap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rows: str) -> None:
    """The organisation's file."""
    path = tmp_path / "managed.toml"
    path.write_text(f'owner = "Platform team"\n[cap]\n{rows}\n')
    monkeypatch.setattr("tui.settings.settings_resolver.managed_file", lambda: path)
