"""Status, memory files and the key, in the running program."""

from pathlib import Path

import pytest
from textual.events import Paste

from tests.app.in_process_simulator import start_in_process
from tests.support.app_driver import AppDriver, StartApp
from tui.app import GlideslopeApp
from tui.bootstrap import Bootstrap
from tui.claude import credentials
from tui.claude.credentials import TYPED_KEY
from tui.command_line import CommandLineOptions
from tui.settings.theme_catalogue import DARK, load_theme
from tui.settings.user_folders import user_folders
from tui.widgets.key_dialog import KeyDialog
from tui.widgets.select_dialog import SelectDialog

KEY = "sk-ant-api03-abcdefghijklmnop"


@pytest.fixture(autouse=True)
def forgotten_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_typed_secrets", {})


async def answer(driver: AppDriver, line: str) -> str:
    """The page that a command shows."""
    driver.chat.panel_area.close()
    await driver.submit(line)
    await driver.until(driver.page)
    return driver.page()


async def test_status_says_what_runs_and_memory_what_every_request_carries(
    running_app: StartApp, project: Path
):
    (project / "AGENTS.md").write_text("Never touch the lexer.\n")
    async with running_app(trust=True, mode="edits") as driver:
        for line in ("/status", "/version"):
            page = (await answer(driver, line)).replace("\\", "")
            for words in (
                "| version | glideslope ",
                "| model | Opus 5.5 · effort ",
                "| key | none: the simulator needs no key |",
                "| server | the simulator, on this machine |",
                "| rate limits | not known before the first answer",
                f"| folder | {project} |",
                "| trust | you trust this folder: ",
                "| mode | edits · set by command-line, --permission-mode |",
                f"| resume it | glideslope -r {driver.state.session} |",
            ):
                assert words in page, (words, page)
        page = await answer(driver, "/doctor")
        assert "| ok | server | 127\\.0\\.0\\.1 answers" in page and "| ok | sessions |" in page
        page = await answer(driver, "/memory")
        assert "AGENTS" in page and "sent with every request" in page


async def test_a_typed_key_is_used_by_what_is_opened_next_and_stands_nowhere(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.submit("/login")
        await driver.until(lambda: isinstance(driver.app.screen, KeyDialog))
        assert "needs no key" in driver.text() and "memory, never in a file" in driver.text()
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is driver.chat)
        await driver.submit("/login")
        await driver.until(lambda: isinstance(driver.app.screen, KeyDialog))
        driver.app.screen.focused.post_message(Paste(KEY))
        await driver.press("enter")
        await driver.until(lambda: "/new starts one" in driver.text())
        assert KEY not in driver.text() and not any(KEY in each for each in driver.notices())
        await driver.submit("/new")
        await driver.until(lambda: driver.chat.session_ready and not driver.chat.session.simulated)
        assert driver.chat.session.key_source == TYPED_KEY
        assert driver.chat.session.environment.redactor(KEY).text != KEY
        home = Path(driver.chat.session.log_path).parents[3]
        files = [path for path in home.rglob("*") if path.is_file()]
        assert files and not any(KEY.encode() in path.read_bytes() for path in files)


async def test_init_asks_the_model_for_agents_md_and_says_what_it_takes(running_app: StartApp):
    async with running_app(mode="plan") as driver:
        await driver.submit("/init")
        await driver.until(lambda: "In mode plan nothing is written" in driver.text())
        assert driver.state.turn == 0
        await driver.submit("/mode ask")
        await driver.until(lambda: driver.state.mode == "ask")
        await driver.submit("/init name the owner of each module")
        await driver.until(lambda: driver.state.turn == 1)
        assert "AGENTS.md" in driver.state.prompts[0]
        assert driver.state.prompts[0].endswith("name the owner of each module")
        assert any("/budget 50k" in each for each in driver.notices())
        driver.app.run_command("session.interrupt")
        await driver.until_idle()


async def test_what_an_option_means_here_is_said_once_the_session_is_open(running_app: StartApp):
    async with running_app(mode="auto", remarks=("--yolo is mode auto here.",)) as driver:
        await driver.until(lambda: "--yolo is mode auto here." in driver.notices())


async def test_after_a_wrong_key_another_one_is_typed_and_the_session_goes_on(
    project: Path, monkeypatch: pytest.MonkeyPatch
):
    simulator = await start_in_process(pace=None, token=KEY, extra_args=[])
    monkeypatch.setenv("ANTHROPIC_BASE_URL", simulator.base_url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-api03-this-one-is-wrong")
    given = CommandLineOptions(folder=project)
    app = GlideslopeApp(Bootstrap(given), given, load_theme(DARK, user_folders().themes))
    async with app.run_test(size=(120, 40), notifications=True, tooltips=True) as pilot:
        driver = AppDriver(app, pilot, project)
        await driver.until(lambda: driver.chat.session_ready)
        await driver.submit("hello")
        await driver.until(lambda: "another key with /login" in driver.text())
        await driver.until_idle()
        await driver.until(lambda: isinstance(driver.app.screen, SelectDialog))  # the ways on
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is driver.chat)
        assert driver.chat.composer.text == "hello"  # to be sent again
        await driver.submit("/login")
        await driver.until(lambda: isinstance(driver.app.screen, KeyDialog))
        assert "uses the key of ANTHROPIC_API_KEY" in driver.text()
        driver.app.screen.focused.post_message(Paste(f"export ANTHROPIC_API_KEY={KEY}"))
        await driver.press("enter")
        await driver.until(lambda: "used from the next request on" in driver.text())
        await driver.submit("hello")
        await driver.until(lambda: "Hello! I am a simulator" in driver.text())
        await driver.until_idle()
        page = await answer(driver, "/status")
        assert f"| key | {TYPED_KEY} |" in page
        await app.shut_down()
    await simulator.stop()
