"""Sessions in words: the table, the JSON, and what is said of one."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tui.reports.fleet_page import (
    age_text,
    fleet_counts,
    fleet_json,
    fleet_lines,
    folder_text,
    gauge_text,
    place_text,
    recent,
    resume_command,
)
from tui.session import events as ev
from tui.session.fleet import FleetSession
from tui.session.lock_holder import LockHolder
from tui.session.log_tail import LogTail, OpenQuestion
from tui.session.session_summary import SessionSummary

NOW = 1_000_000.0
HERE = LockHolder(7, "/dev/pts/3", "%4")
ASKED = ev.PermissionAsked(
    tool_use="t1", name="bash", subject="rm\x1b[2J -r build", reason="runs a command"
)


def session(holder: LockHolder | None = None, tail: LogTail | None = None, **more: Any):
    known: dict[str, Any] = {
        "key": "k", "id": "s1", "name": "", "folder": "/src/app", "created": 0.0,
        "updated": NOW - 300, "model": "m", "effort": None, "turns": 1, "prompt": "fix it\nnow",
        "requests": 1, "charged": 62_000, "dollars": Decimal("0.31"), "end": "completed",
        "parent": "", "last": 9, "mode": "ask",
    }  # fmt: skip
    return FleetSession(SessionSummary(**(known | more)), Path("/data/s1.db"), holder, tail)


BUDGET: dict[str, Any] = {"budget": 200_000, "budget_used": 62_000}
WAITS = session(HERE, LogTail(9, NOW, turn_open=True, questions=[OpenQuestion(9, ASKED)]), **BUDGET)


def test_the_table_says_what_each_figure_counts_and_cleans_foreign_words():
    assert fleet_lines([WAITS, session()], NOW) == [
        "does        session     folder    used   budget left  stage   dollars  ago  what",
        "permission  fix it now  /src/app   62k  138k of 200k  cruise    $0.31  <1m  "
        "bash rm -r build · runs a command",
        "closed      fix it now  /src/app   62k             –  –         $0.31   5m  done",
    ]
    assert fleet_counts([WAITS, session()]) == "1 waits for you · 0 work · 1 of 2 open"


def test_the_json_holds_the_question_by_its_event_and_the_process():
    found = json.loads(msgspec.json.encode(fleet_json([WAITS], unread=2)))
    (row,) = found["sessions"]
    assert found["version"] == 1 and found["unread"] == 2
    assert row["state"] == "waiting" and row["waits_for"] == "permission"
    assert row["question"]["event"] == 9 and row["question"]["tool_use"] == "t1"
    assert row["process"] == {"pid": 7, "terminal": "/dev/pts/3", "tmux_pane": "%4"}
    assert row["budget"] == {
        "granted": 200_000, "used": 62_000, "left": 138_000, "estimated": False, "stage": "cruise"
    }  # fmt: skip
    assert row["dollars"] == "0.310000"
    assert (row["used"], row["used_by_agents"]) == (62_000, 0)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "62k used, no budget"),
        (BUDGET, "62k used · 138k left of 200k · cruise"),
        (BUDGET | {"budget_estimated": 5}, "≈ 62k used · ≈ 138k left of 200k · cruise"),
        (BUDGET | {"budget_used": 210_000}, "210k used · 10k over of 200k · overrun"),
        # Dollars are those of the whole team, so its tokens are named beside those of the budget.
        (
            BUDGET | {"charged": 97_000, "agents_charged": 35_000},
            "62k used · 138k left of 200k · cruise · 35k used by agents",
        ),
        ({"charged": 97_000, "agents_charged": 35_000}, "97k used, 35k of it by agents, no budget"),
    ],
)
def test_the_gauge_says_used_and_left(more: dict[str, Any], words: str):
    assert gauge_text(session(**more)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "<1m"), (59, "<1m"), (60, "1m"), (3_599, "59m"), (7_200, "2h"), (172_800, "2d")],
)
def test_the_age_changes_at_most_once_a_minute(seconds: float, words: str):
    assert age_text(session(updated=NOW - seconds), NOW) == words


def test_where_a_session_is_open():
    assert place_text(session()) == ""
    assert place_text(session(HERE)) == "open in process 7 · /dev/pts/3 · tmux pane %4"
    assert place_text(session(HERE), own_pid=7) == "open here"
    assert place_text(session(LockHolder(0))) == "open in another process"


def test_the_command_leads_to_the_pane_or_into_the_folder():
    assert resume_command(session(HERE)) == "tmux switch-client -t %4"
    closed = session(folder="/my src/app; rm x")
    assert resume_command(closed) == "cd '/my src/app; rm x' && glideslope -r s1"


def test_a_folder_at_home_and_a_long_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert folder_text(session(folder="/home/me/src")) == "~/src"
    assert folder_text(session(folder="/home/metoo")) == "/home/metoo"
    assert folder_text(session(folder="/a/" + "b" * 30), 10) == "…" + "b" * 9


def test_old_sessions_are_recent_only_while_they_are_open():
    old: dict[str, Any] = {"updated": NOW - 8 * 86_400}
    assert recent([session(**old), session(HERE, **old), session()], NOW) == [
        session(HERE, **old),
        session(),
    ]
