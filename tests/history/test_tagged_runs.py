"""The tags of own runs: those that the session had while they ran."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.history.task_runs import asked
from tui.budget.wire_budget import CountingRules
from tui.cli import main
from tui.history.own_runs import own_runs
from tui.session import events as ev
from tui.session.session_paths import session_path
from tui.session.store import SessionStore
from tui.settings.user_folders import user_folders

START = ev.SessionStarted(session="s", folder="/p", program="0", model="claude-opus-5-5")


def tagged(name: str) -> ev.Event:
    return ev.SessionTagged(name=name)


def changed_within(turn: int, name: str) -> list[ev.Event]:
    """A turn with a request before the session gets another tag, and one behind it."""
    begun, *request, end = asked(turn)
    again = asked(turn + 1)[1:3]
    return [begun, *request, tagged(name), *again, end]


# What a session goes through; the tags of each of its runs.
SESSIONS: dict[str, tuple[list[ev.Event], list[tuple[str, ...]]]] = {
    "none": (asked(1), [()]),
    "from the beginning": ([tagged("a"), *asked(1)], [("a",)]),
    "another one for the next run": (
        [tagged("a"), *asked(1), tagged("b"), *asked(2)],
        [("a",), ("b",)],
    ),
    "taken away": ([tagged("a"), *asked(1), tagged(""), *asked(2)], [("a",), ()]),
    "another one within a run": ([tagged("a"), *changed_within(1, "b")], [("a", "b")]),
}


@pytest.mark.parametrize("case", SESSIONS)
def test_a_run_has_the_tags_under_which_it_made_requests(case: str):
    events, wanted = SESSIONS[case]
    records = [ev.Record(seq, float(seq), event) for seq, event in enumerate((START, *events), 1)]
    assert [run.tags for run in own_runs(records, CountingRules())] == wanted


def test_the_report_by_tag_reads_the_logs_of_own_sessions(tmp_path: Path, capsys: Any):
    path = session_path(user_folders().data, tmp_path, "s")
    path.parent.mkdir(parents=True)
    with SessionStore.create(path) as session:
        session.append([START, *SESSIONS["another one for the next run"][0], *asked(3)])
    assert main(["report", "--by", "tag", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert sorted((row["name"], row["runs"]) for row in body["rows"]) == [("a", 1), ("b", 2)]
    assert (body["total"]["runs"], body["runs_in_several_rows"]) == (3, 0)
    assert main(["report", "--by", "session", "--tag", "B", "--csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("s,2,")
    assert main(["report", "--tag", "c"]) == 0
    assert capsys.readouterr().out == "No run has the tag c.\n"
    assert main(["report", "--tag", "two words"]) == 2
    assert "'two words' is no tag" in capsys.readouterr().err
