"""`/agents`: the team as its log tells, and what one agent did, from its own log."""

from pathlib import Path

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.session import events as ev
from tui.session.session_paths import agent_log_path
from tui.session.store import SessionStore

SAID = "Two notes are open."


def write_agent_log(path: Path, session: str) -> None:
    """The log of an agent that was asked one thing and answered."""
    with SessionStore.create(path) as store:
        store.append([
            ev.SessionStarted(
                session=session,
                folder=str(path.parent),
                program="0",
                model="claude-opus-5-5",
                agent_of=(session, "explore-1"),
            ),
            ev.PromptSubmitted(
                turn=1,
                text="Look for open notes",
                content=({"type": "text", "text": "Look for open notes"},),
            ),
            ev.NoticeShown(sentence=SAID),
        ])  # fmt: skip


async def spawn(driver: AppDriver) -> None:
    """Two agents begin, and one is done."""
    session = driver.chat.session
    assert session is not None
    path = session.log_path
    assert path is not None
    log = agent_log_path(path, "explore-1")
    write_agent_log(log, session.state.session)
    await session.runner.commit(
        ev.PoolSet(total=300_000),
        *(
            ev.AgentSpawned(
                agent=f"explore-{number}",
                log=log.name,
                agent_kind="explore",
                task=f"Look into part {number}",
                model="claude-opus-5-5",
                reserved=100_000,
            )
            for number in (1, 2)
        ),
        ev.AgentSettled(agent="explore-2", number=4, charged=41_000, requests=3, doing="read a.py"),
        ev.AgentFinished(
            agent="explore-1", number=9, end="landed", charged=62_000, partial=True, requests=5
        ),
    )


async def test_the_tree_shows_each_agent_and_enter_what_it_did(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("/agents")
        await driver.until(lambda: "the model has delegated nothing" in driver.text())
        await spawn(driver)
        await driver.submit("/agents")
        await driver.until(lambda: "explore-2" in driver.text())
        text = driver.text()
        assert "agents 103k of 300k used · 138k free" in text
        assert "62k of 100k used" in text and "landed, partial" in text
        assert "41k of 100k used" in text and "working" in text
        await driver.press("enter")
        await driver.until(lambda: SAID in driver.text())
        assert "Look for open notes" in driver.text()
        await driver.press("left")
        await driver.until(lambda: "landed, partial" in driver.text())
        await driver.press("down", "enter", "escape")
        await driver.until(lambda: "41k of 100k used" in driver.text())
        assert driver.chat.panel_area.panel is not None, "Escape went one level back"
        await driver.until(lambda: "Look into part 2" in driver.text())
        assert "now: read a.py" in driver.text()
        await driver.press("escape")
        assert driver.chat.panel_area.panel is None
        await driver.submit("/agents explore-1")
        await driver.until(lambda: SAID in driver.text())
        await driver.press("escape")
        assert driver.chat.panel_area.panel is None, "there was no tree to go back to"


async def test_twenty_agents_are_no_more_widgets_than_one(running_app: StartApp):
    async with running_app(size=(160, 45)) as driver:
        session = driver.chat.session
        assert session is not None
        await driver.submit("/agents")
        await driver.until(lambda: "the model has delegated nothing" in driver.text())
        before = len(driver.app.query("*"))
        await session.runner.commit(
            ev.PoolSet(total=900_000),
            *(
                ev.AgentSpawned(
                    agent=f"explore-{number}",
                    log="none.db",
                    agent_kind="explore",
                    task=f"Look into part {number}",
                    model="claude-opus-5-5",
                    reserved=40_000,
                )
                for number in range(1, 21)
            ),
        )
        await driver.submit("/agents")
        await driver.until(lambda: "explore-20" in driver.text())
        assert len(driver.app.query("*")) <= before < 150
        assert "20 agents · 0 of 900k used" in driver.text()


async def test_the_sidebar_counts_agents_while_they_work(running_app: StartApp):
    async with running_app(size=(120, 40)) as driver:
        await spawn(driver)
        await driver.until(lambda: "1 agent · 103k used     138k free" in driver.text())


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/agents nobody", "There is no agent nobody; /agents lists them."),
        ("/agents stop", "Something is missing: /agents NAME, /agents tell"),
        ("/agents tell explore-2", "Something is missing"),
        ("/agents stop explore-1", "explore-1 is not at work."),
        ("/agents pause explore-1", "explore-1 is not at work."),
        ("/agents extend explore-2 lots", "lots"),
        ("/agents extend explore-2 $3", "An agent is given tokens"),
    ],
)
async def test_a_wish_that_makes_no_sense_gets_a_sentence(
    running_app: StartApp, typed: str, said: str
):
    async with running_app() as driver:
        await spawn(driver)
        await driver.submit(typed)
        await driver.until(lambda: said in driver.text().replace("\n", " "))


async def test_work_that_waits_on_a_branch_is_decided_about_from_the_tree(running_app: StartApp):
    async with running_app(team="300k") as driver:
        await spawn(driver)
        session = driver.chat.session
        assert session is not None
        work = ev.AgentWork(
            branch="glideslope/s/explore-2",
            base="a" * 40,
            commit="b" * 40,
            files=("a.py", "b.py"),
            conflicts=("b.py",),
        )
        await session.runner.commit(
            ev.AgentFinished(agent="explore-2", number=30, end="done", charged=50_000, work=work)
        )
        await driver.submit("/agents")
        await driver.until(lambda: "explore-2" in driver.text())
        await driver.press("down")
        await driver.until(lambda: "1 of them conflicts with yours: b.py" in driver.text())
        await driver.press("w")
        await driver.until(lambda: "apply: bring the 1 file that fit" in driver.text())
        assert "merge: bring all of them, 1 conflict marked" in driver.text()
        await driver.press("down", "down", "down", "enter")
        # The folder of this test is no repository: the sentence says so, and nothing is decided.
        await driver.until(lambda: "is no git repository" in driver.text())
        assert session.state.team.agents["explore-2"].open_work == work
