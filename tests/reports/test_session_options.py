"""What a list of sessions says of each."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tui.reports.session_options import session_details, session_figures
from tui.session.session_summary import SessionSummary

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def summary(**known: Any) -> SessionSummary:
    plain: dict[str, Any] = {
        "key": "k", "id": "1", "name": "", "folder": "/p", "created": 0, "model": "claude-opus-5-5",
        "updated": datetime(2026, 11, 30, 9, 5).astimezone().timestamp(), "effort": "high",
        "turns": 4, "prompt": "first", "requests": 1, "charged": 15_000, "end": "landed",
        "dollars": Decimal("0.38"), "parent": "", "last": 9,
    }  # fmt: skip
    return SessionSummary(**(plain | known))


def test_a_row_says_when_how_long_and_for_how_much():
    assert session_figures(summary(), NOW) == "30 Nov 09:05 · 4 turns · 15k used · $0.38"
    old = summary(updated=datetime(2025, 1, 2, 3, 4).astimezone().timestamp(), dollars=None)
    assert session_figures(old, NOW) == "02 Jan  2025 · 4 turns · 15k used"


@pytest.mark.parametrize(
    ("known", "stopped", "worked"),
    [
        ({}, "landed", "no file changed · opus-5-5 high"),
        (
            {"subtasks": 11, "subtasks_done": 5, "next_subtask": "http.py", "files": 1,
             "last_file": "src/wind.py", "budget": 20_000, "budget_used": 18_000},
            "landed · 5 of 11 done · 18k used of 20k · next: http.py",
            "src/wind.py · opus-5-5 high",
        ),
        ({"end": "", "effort": None, "files": 3, "last_file": "a.py"}, "not finished",
         "3 files changed, last a.py · opus-5-5"),
        ({"end": "completed"}, "finished", "no file changed · opus-5-5 high"),
        ({"end": "of a newer program"}, "of a newer program", "no file changed · opus-5-5 high"),
    ],
)  # fmt: skip
def test_the_rest_says_where_it_stopped_and_what_it_worked_on(
    known: dict[str, Any], stopped: str, worked: str
):
    found = dict(session_details(summary(**known)))
    assert found == {"last prompt": "first", "stopped": stopped, "worked on": worked}
