"""`/fleet`: all sessions over the chat, the way into one, and answers to what another asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.session.log_events import ended, exchange, prompt, started
from tests.support.app_driver import AppDriver, StartApp
from tui.screens import fleet_screen, left_answers
from tui.screens.fleet_screen import FleetScreen
from tui.screens.fleet_view import TURN_RUNS
from tui.session import events as ev
from tui.session.answer_file import OutsideAnswer, take_answer
from tui.session.event_fold import fold
from tui.session.lock_holder import LockHolder, encode_holder
from tui.session.log_tail import read_question, read_tail
from tui.session.session_index import SessionIndex
from tui.session.session_paths import session_path, sibling_path
from tui.session.store import SessionStore
from tui.settings.user_folders import user_folders
from tui.widgets.text_page import TextPage

ASKED = ev.PermissionAsked(
    tool_use="t1", name="bash", subject="make all", reason="runs a command", preview="make all",
    rule="bash(make*)", allows="commands that begin with make",
)  # fmt: skip
LIMIT = ev.LimitReached(
    limit="budget", sentence="The reserve is reached.", extend_by=50_000, extend_most=80_000
)
ELSEWHERE = LockHolder(1, "/dev/pts/77", "%5")


@contextmanager
def other_session(folder: Path, text: str, *events: ev.Event) -> Iterator[SessionStore]:
    """A session that another process has open."""
    data = user_folders().data
    path = session_path(data, folder, text.replace(" ", "-"))
    with SessionStore.create(path) as store:
        grant = ev.BudgetGranted(total=60_000)
        begun = [started(path.stem, str(folder)), grant, prompt(1, text)]
        records = store.append([*begun, *exchange(1, 1, 100, "0.10", path.stem), *events])
        with SessionIndex(data) as index:
            index.record_use(path, fold(records), records[-1].at)
        sibling_path(path, ".lock").write_bytes(encode_holder(ELSEWHERE))
        yield store


async def open_list(driver: AppDriver, seen: str) -> FleetScreen:
    driver.app.handle_command("/fleet")
    await driver.until(lambda: isinstance(driver.app.screen, FleetScreen))
    await driver.until(lambda: seen in driver.text())
    screen = driver.app.screen
    assert isinstance(screen, FleetScreen)
    return screen


async def taken(driver: AppDriver, store: SessionStore) -> OutsideAnswer:
    """The answer that was left for the one question of a session."""
    (question,) = read_tail(store.path).questions
    found: list[OutsideAnswer] = []

    def look() -> bool:
        answer = take_answer(store.path, question.seq)
        found.extend([answer] if answer else [])
        return bool(found)

    await driver.until(look)
    whole = read_question(store.path, question)
    assert (found[0].event, found[0].digest) == (whole.seq, whole.digest)
    assert (found[0].session, found[0].tool_use) == (store.path.stem, whole.tool_use)
    return found[0]


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_screen, "LOOK_SECONDS", 0.02)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=["narrow", "wide"])
async def test_a_permission_question_of_another_session_is_answered_from_the_list(
    running_app: StartApp, tmp_path: Path, size: tuple[int, int]
):
    with other_session(tmp_path, "build it", ASKED) as store:
        async with running_app(size=size) as driver:
            await open_list(driver, "commands that begin with make")
            text = driver.text()
            assert "permission" in text and "1 waits for you" in text
            assert "/dev/pts/77 · tmux pane %5" in text and "of 60k" in text
            assert "change it" not in text, "a rule is granted only as it stands"
            await driver.press("y")
            assert not list(store.path.parent.glob("*.answer-*")), "no answer before tab"
            await driver.press("tab", "e", "a")
            answer = await taken(driver, store)
            assert answer.permission == "session" and "process" in answer.source
            store.append([ev.PermissionAnswered(tool_use="t1", answer="session")])
            await driver.until(lambda: "working" in driver.text())
            await driver.press("escape")
            assert driver.app.screen is driver.chat


async def test_a_no_carries_its_reason_and_escape_leads_back_step_by_step(
    running_app: StartApp, tmp_path: Path
):
    with other_session(tmp_path, "build it", ASKED) as store:
        async with running_app(size=(80, 24)) as driver:
            screen = await open_list(driver, "commands that begin with make")
            await driver.press("enter", "n", "escape", "escape")
            assert driver.app.screen is screen
            assert screen.prompt is not None and not screen.prompt.has_focus
            await driver.press("tab", "space")
            await driver.until(lambda: isinstance(driver.app.screen, TextPage))
            await driver.press("escape")
            await driver.until(lambda: driver.app.screen is screen)
            await driver.press("n", *"no", "enter")
            answer = await taken(driver, store)
            assert (answer.permission, answer.reason) == ("no", "no")


@pytest.mark.parametrize(
    ("keys", "limit", "by"),
    [("p", "pause", 0), (("x", "enter"), "extend", 50_000)],
)
async def test_a_reached_limit_is_answered_from_the_list(
    running_app: StartApp, tmp_path: Path, keys: tuple[str, ...], limit: str, by: int
):
    with other_session(tmp_path, "build it", LIMIT) as store:
        async with running_app() as driver:
            await open_list(driver, "p pause")
            await driver.press("tab", *keys)
            answer = await taken(driver, store)
            assert (answer.limit, answer.by, answer.permission) == (limit, by, None)


async def test_an_answer_that_nobody_takes_is_taken_back_and_said(
    running_app: StartApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(left_answers, "PATIENCE", 0.0)
    with other_session(tmp_path, "build it", ASKED) as store:
        async with running_app(size=(80, 24)) as driver:
            await open_list(driver, "commands that begin with make")
            await driver.press("tab", "y")
            await driver.until(lambda: left_answers.NOT_TAKEN.split(":")[0] in driver.text())
            assert not list(store.path.parent.glob("*.answer-*"))


async def test_a_question_that_is_answered_elsewhere_gives_the_keys_back(
    running_app: StartApp, tmp_path: Path
):
    again = ev.PermissionAsked(tool_use="t2", name="bash", subject="rm x", reason="runs")
    with other_session(tmp_path, "build it", ASKED) as store:
        async with running_app() as driver:
            screen = await open_list(driver, "commands that begin with make")
            await driver.press("tab")
            store.append([ev.PermissionAnswered(tool_use="t1", answer="once"), again])
            await driver.until(lambda: "rm x" in driver.text())
            assert screen.prompt is not None and not screen.prompt.has_focus
            await driver.press("y")
            assert not list(store.path.parent.glob("*.answer-*"))


async def test_a_session_that_is_open_elsewhere_says_where_and_a_closed_one_is_opened(
    running_app: StartApp, project: Path, tmp_path: Path
):
    done = ended(1)
    with other_session(project, "the closed one", done) as closed:
        pass
    with other_session(tmp_path, "the busy one"):
        async with running_app() as driver:
            await open_list(driver, "the closed one")
            await driver.press("enter")
            assert "It is open in process 1 · /dev/pts/77" in driver.text()
            await driver.press("end", "enter")
            wanted = closed.path.stem
            await driver.until(lambda: driver.chat.session_ready and driver.state.session == wanted)


async def test_a_session_of_another_folder_is_opened_there_by_the_next_start(
    running_app: StartApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with other_session(tmp_path, "far away", ended(1)) as store:
        pass
    with other_session(tmp_path / "gone", "nowhere", ended(1)):
        pass
    async with running_app() as driver:
        await open_list(driver, "nowhere")
        monkeypatch.setattr(type(driver.chat), "running", True)
        await driver.press("end", "enter")
        await driver.until(lambda: TURN_RUNS[:30] in driver.text())
        monkeypatch.undo()
        await driver.press("up", "enter")
        await driver.until(lambda: "Its folder is not there any more" in driver.text())
        await driver.press("down", "enter")
        await driver.until(lambda: driver.app.next_start is not None)
        start = driver.app.next_start
        assert start is not None
        assert (start.folder, start.resume, start.simulate) == (tmp_path, store.path.stem, True)


async def test_the_own_session_is_marked_as_open_here_and_enter_goes_back_to_it(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.run_turn("hello")
        await open_list(driver, "open here")
        await driver.press("enter")
        assert driver.app.screen is driver.chat


async def test_words_leave_the_sessions_that_hold_them_and_escape_brings_all_back(
    running_app: StartApp, tmp_path: Path
):
    with (
        other_session(tmp_path / "web", "paint it black"),
        other_session(tmp_path / "api", "build it", ASKED) as store,
    ):
        async with running_app(size=(80, 24)) as driver:
            screen = await open_list(driver, "paint it")
            await driver.press("slash", *"web", "enter")
            assert "build it" not in driver.text()
            assert "It is open in process 1" in driver.text()
            await driver.press("escape")
            assert "build it" in driver.text() and driver.app.screen is screen
            await driver.press("slash", *"api perm", "enter")
            await driver.until(lambda: screen.prompt is not None and screen.prompt.has_focus)
            await driver.press("n", "enter")
            assert (await taken(driver, store)).permission == "no"
            await driver.press("slash", *"nothing like it")
            assert "No session fits these words." in driver.text()


async def test_a_click_marks_a_session_and_another_one_chooses_it(
    running_app: StartApp, tmp_path: Path
):
    with other_session(tmp_path, "paint it black"):
        async with running_app(size=(80, 24)) as driver:
            await open_list(driver, "paint it black")
            await driver.press("end")
            row = next(at for at, line in enumerate(driver.rows()) if "paint it black" in line)
            for _ in range(2):
                await driver.pilot.click(offset=(30, row))
            await driver.until(lambda: "It is open in process 1" in driver.text())
