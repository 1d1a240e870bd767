"""`/config`: every value with who set it, set for the session or kept in a file, or refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.settings.user_folders import project_settings, user_folders
from tui.widgets.transcript.transcript_view import Transcript


@pytest.fixture
def settings() -> Callable[..., None]:
    """Writes the user's settings."""

    def write(text: str) -> None:
        user_folders().settings.parent.mkdir(parents=True, exist_ok=True)
        user_folders().settings.write_text(text)

    return write


def row(driver: AppDriver, key: str) -> list[str]:
    """The cells of one setting on the last page."""
    lines = driver.page().replace("\\", "").splitlines()
    (line,) = [line for line in lines if line.startswith(f"| {key} ")]
    return [cell.strip() for cell in line.strip("| ").split("|")]


async def shown(driver: AppDriver, key: str) -> list[str]:
    """The cells of one setting, as `/config` shows them."""
    await driver.submit("/config")
    return row(driver, key)


async def heard(driver: AppDriver, line: str) -> str:
    """The sentence that answers `line`."""
    before = len(driver.notices())
    await driver.submit(line)
    await driver.until(lambda: len(driver.sentences()) > before)
    return driver.sentences()[before]


async def test_every_value_names_its_layer(
    running_app: StartApp, project: Path, settings: Callable[..., None]
):
    settings("effort = 'low'\n[limits]\nrequests = 40\n")
    (project / ".glideslope").mkdir()
    project_settings(project).write_text("[limits]\nrequests = 30\n")
    async with running_app(budget="90k", trust=True) as driver:
        await driver.submit("/config tools.bash_timeout 5")
        await driver.until(driver.notices)
        assert (await shown(driver, "effort"))[1:] == [
            "**low**",
            f"user, {user_folders().settings}, line 1",
        ]
        assert row(driver, "limits.requests")[1:] == [
            "**30 requests**",
            f"project, {project_settings(project)}, line 2",
        ]
        assert row(driver, "task_budget")[1:] == ["**90,000 tokens**", "command-line, --budget"]
        assert row(driver, "tools.bash_timeout")[1:] == ["**5 seconds**", "session"]
        assert row(driver, "model")[1:] == ["claude-opus-5-5", "built-in"]
        assert await heard(driver, "/config effort") == (
            f"effort is low, set by user, {user_folders().settings}, line 1."
        )


async def test_a_budget_is_given_taken_away_and_refused_with_the_reason(
    running_app: StartApp,
):
    async with running_app() as driver:
        assert await heard(driver, "/config task_budget 50000") == (
            "Budget: 50k tokens for this session."
        )
        assert driver.state.grant == 50_000
        assert (await shown(driver, "task_budget"))[1:] == ["**50,000 tokens**", "session"]
        assert "of 50k" in driver.text()
        least = "20,000 tokens or more (the API accepts no smaller task budget)."
        for few, expected in [
            ("19999", least),
            ("10k", least),
            ("-5", 'tokens, such as 50_000 or "200k".'),
            ("much", 'tokens, such as 50_000 or "200k".'),
        ]:
            sentence = await heard(driver, f"/config task_budget {few}")
            assert sentence == f'task_budget is "{few}"; expected {expected}'
            assert driver.state.grant == 50_000
        assert await heard(driver, "/config task_budget 0") == "No budget for this session."
        assert driver.state.grant is None
        assert (await shown(driver, "task_budget"))[1:] == ["**none**", "session"]
        assert await heard(driver, "/config task_budget=20k") == (
            "Budget: 20k tokens for this session."
        )


async def test_what_is_unknown_or_unfit_is_refused_and_leaves_everything_as_it_was(
    running_app: StartApp,
):
    async with running_app() as driver:
        for line, sentence in [
            ("/config task_bugdet 50k", 'There is no setting "task_bugdet"; did you mean '),
            ("/config nothing 1", 'There is no setting "nothing"; '),
            ("/config effort nine", 'effort is "nine"; expected low, medium, high, xhigh or max.'),
            ("/config model gpt", 'There is no model "gpt" in the catalogue; /model lists them.'),
            ("/config theme pink", 'There is no theme "pink"; /theme lists them all.'),
            ("/config permissions.mode wild", 'permissions.mode is "wild"; expected plan, ask, '),
            ("/config limits.requests none", 'limits.requests is "none"; expected '),
            ("/config limits.dollars -1", 'limits.dollars is "-1"; expected '),
            ("/config effort low --save nowhere", "--save nowhere needs user or project."),
            ("/config effort --save user", "Nothing to save: /config effort VALUE --save user."),
        ]:
            assert (await heard(driver, line)).startswith(sentence), line
        for key in ("effort", "model", "theme", "permissions.mode", "limits.requests"):
            assert (await shown(driver, key))[2] == "built-in"
        assert not user_folders().settings.exists()


async def test_a_level_that_the_model_lacks_is_refused_by_the_setting_too(
    running_app: StartApp,
):
    async with running_app(model="haiku-4.5") as driver:
        assert await heard(driver, "/config effort high") == "Haiku 4.5 has no effort levels."
        assert (await shown(driver, "effort"))[2] == "built-in"


async def test_settings_that_are_commands_too_do_the_same(
    running_app: StartApp,
):
    async with running_app() as driver:
        assert (await heard(driver, "/config model sonnet")).startswith("Model: Sonnet 5.5, ")
        assert driver.state.model == "claude-sonnet-5-5"
        assert (await heard(driver, "/config effort max")).startswith("Effort: max, ")
        await driver.submit("/config permissions.mode plan")
        await driver.until(lambda: driver.state.mode == "plan")
        await driver.submit("/config theme glideslope-light")
        await driver.until(lambda: driver.app.theme == "glideslope-light")
        assert await heard(driver, "/config budget_scope turn") == (
            "budget_scope is turn from now on."
        )
        assert await heard(driver, "/budget 100k") == "Budget: 100k tokens for each prompt."
        assert await heard(driver, "/config budget_scope session") == (
            "Budget: 100k tokens for this session."
        )


async def test_a_value_is_kept_in_the_file_it_is_saved_to(
    running_app: StartApp, project: Path, settings: Callable[..., None]
):
    settings("# mine\neffort = 'low'\n")
    async with running_app() as driver:
        await driver.submit("/config effort high --save user")
        await driver.until(
            lambda: f"Saved effort in {user_folders().settings}." in driver.notices()
        )
        assert user_folders().settings.read_text() == '# mine\neffort = "high"\n'
        await driver.submit("/config model opus --save project")
        path = project_settings(project)
        await driver.until(lambda: f"Saved model in {path}." in driver.notices())
        assert path.read_text() == 'model = "claude-opus-5-5"\n'
        await driver.submit("/config task_budget 10k --save user")
        await driver.submit("/config task_budget 60k --save user")
        await driver.until(
            lambda: f"Saved task_budget in {user_folders().settings}." in driver.notices()
        )
        assert "task_budget = 60000" in user_folders().settings.read_text()
    async with running_app() as driver:
        assert driver.state.effort == "high"
        assert driver.state.grant == 60_000
        assert (await shown(driver, "model"))[2] == f"project, {path}, line 1"
    async with running_app() as driver:
        user_folders().settings.write_text("effort = \n")
        await driver.submit("/config effort max --save user")
        await driver.until(lambda: driver.state.effort == "max")
        assert (
            f"{user_folders().settings} was not changed: it holds a mistake. Correct that first."
        ) in driver.notices()
        assert user_folders().settings.read_text() == "effort = \n"


async def test_a_session_setting_acts_at_once(running_app: StartApp):
    async with running_app() as driver:
        await heard(driver, "/config tools.bash_timeout 1")
        await driver.submit("!sleep 30")
        await driver.until(lambda: not driver.chat.can_interrupt)
        assert "stopped after 1 s" in driver.text()


async def test_how_tool_calls_show_is_set_in_a_file_and_at_once_with_a_command(
    running_app: StartApp, settings: Callable[..., None]
):
    settings("[transcript]\ncalls = 'counts'\n")
    async with running_app() as driver:
        entries = driver.app.screen.query_one(Transcript).entries
        assert entries.detail == "counts"
        assert await heard(driver, "/config transcript.calls rows") == (
            "transcript.calls is rows from now on."
        )
        assert entries.detail == "rows"


async def test_what_holds_is_shown_whoever_set_it(running_app: StartApp):
    """By a command of its own, a key, an extension: the page reads the session."""
    async with running_app(budget="90k") as driver:
        await driver.submit("/effort max")
        await driver.until(lambda: driver.state.effort == "max")
        assert (await shown(driver, "effort"))[1:] == ["**max**", "session"]
        assert row(driver, "task_budget")[1:] == ["**90,000 tokens**", "command-line, --budget"]
        await driver.submit("/config task_budget 0")
        await driver.until(lambda: driver.state.grant is None)
        await driver.submit("/budget 80k")
        await driver.until(lambda: driver.state.grant == 80_000)
        await driver.submit("/budget +20k")
        await driver.until(lambda: driver.state.grant == 100_000)
        assert (await shown(driver, "task_budget"))[1:] == ["**100,000 tokens**", "session"]
        mode = driver.state.mode
        await driver.press("shift+tab")
        await driver.until(lambda: driver.state.mode != mode)
        assert (await shown(driver, "permissions.mode"))[1:] == [
            f"**{driver.state.mode}**",
            "session",
        ]
        await driver.submit("/model sonnet-5.5")
        await driver.until(lambda: driver.state.model == "claude-sonnet-5-5")
        assert (await shown(driver, "model"))[1:] == ["**claude-sonnet-5-5**", "session"]
        await driver.submit("/theme dusk")
        await driver.until(lambda: driver.app.theme == "dusk")
        assert (await shown(driver, "theme"))[1:] == ["**dusk**", "user, chosen with /theme"]
        assert await heard(driver, "/config theme") == (
            "theme is dusk, set by user, chosen with /theme."
        )
        await driver.submit("/config budget_scope turn")
        await driver.until(lambda: driver.state.envelope.scope == "turn")
        assert (await shown(driver, "budget_scope"))[1:] == ["**turn**", "session"]


async def test_what_was_set_back_is_not_called_the_sessions_own(
    running_app: StartApp,
):
    async with running_app() as driver:
        before = await shown(driver, "effort")
        await driver.submit("/effort max")
        await driver.until(lambda: driver.state.effort == "max")
        await driver.submit(f"/effort {driver.chat.session.model.default_effort}")
        await driver.until(lambda: driver.state.effort != "max")
        assert await shown(driver, "effort") == before


async def test_the_burn_down_goes_and_comes_back_at_once(running_app: StartApp):
    async with running_app(size=(120, 40), mode="auto", budget="60k") as driver:
        await driver.run_turn()

        def dotted() -> bool:
            lines = driver.chat.budget_panel.lines(34)
            return any("\u2801" <= char <= "\u28ff" for line in lines for char in line.plain)

        assert dotted()
        assert await heard(driver, "/config burn_down false") == "burn_down is false from now on."
        assert not dotted()
        await heard(driver, "/config burn_down true")
        assert dotted()
