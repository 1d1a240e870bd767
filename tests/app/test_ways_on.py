"""Without a key, a session or a server, and with a wrong key, a question names ways on."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.claude.api_client import ClaudeClient
from tui.screens.ways_on import NO_KEY, WaysOn
from tui.session import events as ev
from tui.widgets.key_dialog import KeyDialog
from tui.widgets.server_dialog import ServerDialog

KEY = "sk-ant-typed-0123456789"
WRONG_KEY = {"kind": "status", "status": 401}


async def choose(driver: AppDriver, name: str) -> None:
    """Wait for the list, and take the option of this name."""
    await driver.until(lambda: driver.choosing)
    assert name in driver.text()
    await driver.press(*name)
    await driver.press("enter")


async def type_line(driver: AppDriver, kind: type[object], text: str) -> None:
    await driver.until(lambda: isinstance(driver.app.screen, kind))
    await driver.press(*text)
    assert KEY not in driver.text()
    await driver.press("enter")


@pytest.fixture
def no_key(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No key in the environment, and no profile of the SDK."""
    monkeypatch.setenv("HOME", str(project))


async def test_escape_leaves_with_a_sentence_and_a_code(
    app_without_session: StartApp, no_key: None
):
    async with app_without_session() as driver:
        await driver.until(lambda: driver.choosing)
        for way in ("Work offline", "Type a key", "Use another server", "How to get a key", "Quit"):
            assert way in driver.text()
        await driver.press("escape")
        await driver.until(lambda: driver.app._exit)
        assert driver.app.return_code == 2
        assert NO_KEY in map(str, driver.app._exit_renderables)


async def test_a_typed_key_opens_the_session_and_is_nowhere(
    app_without_session: StartApp, no_key: None, project: Path
):
    async with app_without_session() as driver:
        await choose(driver, "Type a key")
        await type_line(driver, KeyDialog, KEY)
        await driver.until(lambda: driver.chat.session_ready)
        assert not driver.chat.session.simulated
        assert KEY not in driver.text()
        assert not any(KEY in repr(record.event) for record in driver.records())


async def test_leaving_the_line_for_a_key_leads_back_to_the_ways(
    app_without_session: StartApp, no_key: None
):
    async with app_without_session() as driver:
        await choose(driver, "Type a key")
        await driver.until(lambda: isinstance(driver.app.screen, KeyDialog))
        await driver.press("escape")
        await choose(driver, "Work offline")
        await driver.until(lambda: driver.chat.session_ready)


async def test_another_server_is_checked_and_used(app_without_session: StartApp, no_key: None):
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with app_without_session() as driver:
        await choose(driver, "Use another server")
        await type_line(driver, ServerDialog, "ftp://nowhere")
        assert "An address looks like" in driver.text()
        await driver.press("ctrl+u")
        await type_line(driver, ServerDialog, f"127.0.0.1:{port}")
        await driver.until(lambda: driver.chat.session_ready)
        assert driver.chat.session.base_url == f"http://127.0.0.1:{port}"
    server.close()


async def test_a_wrong_key_gives_the_prompt_back_and_takes_another(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.faults({**WRONG_KEY, "request": 1})
        await driver.submit("hello")
        await driver.until(lambda: driver.choosing)
        assert driver.chat.composer.text == "hello"
        assert not driver.state.conversation.messages
        assert "The server did not accept the key" in driver.text()
        client = driver.chat.session.runner.ctx.services.client
        assert isinstance(client, ClaudeClient)
        await choose(driver, "Type a key")
        await type_line(driver, KeyDialog, KEY)
        await driver.until(lambda: "from the next request on" in driver.notices()[-1])
        assert client.api_key == KEY
        assert driver.chat.composer.text == "hello"


async def test_a_lost_server_offers_the_same_prompt_again(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        chat = driver.chat
        chat.composer.set_draft("hello\nand a draft")
        ways = WaysOn(chat, chat.opener)
        chat.run_worker(partial(ways.after_fault, chat, "network", "hello"), group="ask")
        await choose(driver, "Try again")
        await driver.until(lambda: driver.state.turn == 1 and not chat.running)
        assert driver.state.prompts == ["hello"]
        assert chat.composer.text == "and a draft"


@pytest.mark.parametrize(("way", "copied"), [("Go on in a copy", True), ("New session", False)])
async def test_a_session_open_elsewhere_is_asked_about(
    way: str, copied: bool, running_app: StartApp
):
    async with running_app(mode="auto") as holder:
        await holder.run_turn("hello")
        held = holder.state.session
        async with running_app(resume="latest") as driver:
            assert "This session is open in another window" in driver.text()
            await choose(driver, way)
            await driver.until(lambda: driver.chat.session_ready)
            assert driver.state.session != held
            assert driver.state.turn == (1 if copied else 0)
            assert (driver.state.parent or ("",))[0] == (held if copied else "")


async def test_a_session_closed_elsewhere_is_opened_at_another_try(running_app: StartApp):
    async with running_app(mode="auto") as holder:
        await holder.run_turn("hello")
        held = holder.state.session
        async with running_app(resume="latest") as driver:
            await driver.until(lambda: driver.choosing)
            await holder.chat.close_session()
            await choose(driver, "Try again")
            await driver.until(lambda: driver.chat.session_ready)
            assert driver.state.session == held


async def test_a_folder_without_sessions_offers_a_new_one(running_app: StartApp):
    async with running_app(resume="latest", prompt="hello", mode="auto") as driver:
        assert "There is no earlier session in this folder" in driver.text()
        await choose(driver, "New session")
        await driver.until(lambda: driver.chat.session_ready and driver.state.turn == 1)
        kinds = [type(record.event) for record in driver.records()]
        assert kinds.index(ev.SessionStarted) == 0
