"""What agents of earlier sessions took is known without a report having been read before."""

from pathlib import Path

from tui.budget.ledger import Usage
from tui.budget.wire_budget import CountingRules
from tui.history.team_history import TeamHistory
from tui.session import events as ev
from tui.session.session_paths import sessions_folder
from tui.session.store import SessionStore

MODEL = "claude-opus-5-5"
EARLIER = "20260101-000000-aaaaaa"


def write_agent(data: Path) -> None:
    """The log of an agent of an earlier session that used 400 tokens and was done."""
    folder = sessions_folder(data) / "project"
    folder.mkdir(parents=True)
    with SessionStore.create(folder / f"{EARLIER}.explore-1.db") as store:
        store.append([
            ev.SessionStarted(
                session=f"{EARLIER}.explore-1",
                folder=str(data),
                program="0",
                model=MODEL,
                agent_of=(EARLIER, "explore-1"),
            ),
            ev.PromptSubmitted(turn=1, text="Look", content=({"type": "text", "text": "Look"},)),
            ev.RequestStarted(
                request=1,
                turn=1,
                model=MODEL,
                effort="high",
                max_tokens=1_000,
                budget=None,
                messages=1,
            ),
            ev.RequestFinished(
                request=1,
                message="m1",
                model=MODEL,
                blocks=({"type": "text", "text": "Seen."},),
                usage=Usage(input=10, output=400),
                raw_usage={},
                stop_reason="end_turn",
            ),
            ev.TurnEnded(turn=1, reason="completed"),
        ])  # fmt: skip


async def test_agents_of_sessions_that_no_report_has_read_are_in_the_estimate(tmp_path: Path):
    data, state = tmp_path / "data", tmp_path / "state"
    write_agent(data)
    past = TeamHistory(data, state, CountingRules(), "20260202-000000-bbbbbb")
    past.start()
    (spend,) = (await past.spends())["explore"]
    assert spend >= 400
    await past.close()


async def test_a_history_that_cannot_be_read_is_no_error(tmp_path: Path):
    (tmp_path / "data").write_text("no folder")
    past = TeamHistory(tmp_path / "data", tmp_path, CountingRules(), "x")
    assert await past.spends() == {}
    await past.close()
