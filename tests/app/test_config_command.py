"""`/config`: every value with who set it, set for the session or kept in a file, or refused."""

import pytest

from tui.settings.folders import folders, project_settings
from tui.widgets.transcript.items import Answer


@pytest.fixture
def settings():
    """Writes the user's settings."""

    def write(text: str) -> None:
        folders().settings.parent.mkdir(parents=True, exist_ok=True)
        folders().settings.write_text(text)

    return write


def row(cockpit, key: str) -> list[str]:
    """The cells of one setting on the last page."""
    page = [item for item in cockpit.items() if isinstance(item, Answer)][-1].markdown
    lines = page.replace("\\", "").splitlines()
    (line,) = [line for line in lines if line.startswith(f"| {key} ")]
    return [cell.strip() for cell in line.strip("| ").split("|")]


async def shown(cockpit, key: str) -> list[str]:
    """The cells of one setting, as `/config` shows them."""
    await cockpit.say("/config")
    return row(cockpit, key)


async def heard(cockpit, line: str) -> str:
    """The sentence that answers `line`."""
    before = len(cockpit.notices())
    await cockpit.say(line)
    await cockpit.until(lambda: len(cockpit.notices()) > before)
    return cockpit.notices()[before]


async def test_every_value_names_its_layer(fly, project, settings):
    settings("effort = 'low'\n[limits]\nrequests = 40\n")
    (project / ".glideslope").mkdir()
    project_settings(project).write_text("[limits]\nrequests = 30\n")
    async with fly(budget="90k", trust=True) as cockpit:
        await cockpit.say("/config tools.bash_timeout 5")
        await cockpit.until(cockpit.notices)
        assert (await shown(cockpit, "effort"))[1:] == [
            "**low**",
            f"user, {folders().settings}, line 1",
        ]
        assert row(cockpit, "limits.requests")[1:] == [
            "**30 requests**",
            f"project, {project_settings(project)}, line 2",
        ]
        assert row(cockpit, "task_budget")[1:] == ["**90,000 tokens**", "command-line"]
        assert row(cockpit, "tools.bash_timeout")[1:] == ["**5 seconds**", "session"]
        assert row(cockpit, "model")[1:] == ["claude-opus-5-5", "built-in"]
        assert await heard(cockpit, "/config effort") == (
            f"effort is low, set by user, {folders().settings}, line 1."
        )


async def test_a_budget_is_given_taken_away_and_refused_with_the_reason(fly):
    async with fly() as cockpit:
        assert await heard(cockpit, "/config task_budget 50000") == (
            "Budget: 50k tokens for this session."
        )
        assert cockpit.state.grant == 50_000
        assert (await shown(cockpit, "task_budget"))[1:] == ["**50,000 tokens**", "session"]
        assert "of 50k" in cockpit.text()
        least = "20,000 tokens or more (the API accepts no smaller task budget)."
        for few, expected in [
            ("19999", least),
            ("10k", least),
            ("-5", 'tokens, such as 50_000 or "200k".'),
            ("much", 'tokens, such as 50_000 or "200k".'),
        ]:
            sentence = await heard(cockpit, f"/config task_budget {few}")
            assert sentence == f'task_budget is "{few}"; expected {expected}'
            assert cockpit.state.grant == 50_000
        assert await heard(cockpit, "/config task_budget 0") == "No budget for this session."
        assert cockpit.state.grant is None
        assert (await shown(cockpit, "task_budget"))[1:] == ["**none**", "session"]
        assert await heard(cockpit, "/config task_budget=20k") == (
            "Budget: 20k tokens for this session."
        )


async def test_what_is_unknown_or_unfit_is_refused_and_leaves_everything_as_it_was(fly):
    async with fly() as cockpit:
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
            assert (await heard(cockpit, line)).startswith(sentence), line
        for key in ("effort", "model", "theme", "permissions.mode", "limits.requests"):
            assert (await shown(cockpit, key))[2] == "built-in"
        assert not folders().settings.exists()


async def test_a_level_that_the_model_lacks_is_refused_by_the_setting_too(fly):
    async with fly(model="haiku-4.5") as cockpit:
        assert await heard(cockpit, "/config effort high") == "Haiku 4.5 has no effort levels."
        assert (await shown(cockpit, "effort"))[2] == "built-in"


async def test_settings_that_are_commands_too_do_the_same(fly):
    async with fly() as cockpit:
        assert (await heard(cockpit, "/config model sonnet")).startswith("Model: Sonnet 5.5, ")
        assert cockpit.state.model == "claude-sonnet-5-5"
        assert (await heard(cockpit, "/config effort max")).startswith("Effort: max, ")
        await cockpit.say("/config permissions.mode plan")
        await cockpit.until(lambda: cockpit.state.mode == "plan")
        await cockpit.say("/config theme glideslope-light")
        await cockpit.until(lambda: cockpit.app.theme == "glideslope-light")
        assert await heard(cockpit, "/config budget_scope turn") == (
            "budget_scope is turn from now on."
        )
        assert await heard(cockpit, "/budget 100k") == "Budget: 100k tokens for each prompt."
        assert await heard(cockpit, "/config budget_scope session") == (
            "Budget: 100k tokens for this session."
        )


async def test_a_value_is_kept_in_the_file_it_is_saved_to(fly, project, settings):
    settings("# mine\neffort = 'low'\n")
    async with fly() as cockpit:
        await cockpit.say("/config effort high --save user")
        await cockpit.until(lambda: f"Saved effort in {folders().settings}." in cockpit.notices())
        assert folders().settings.read_text() == '# mine\neffort = "high"\n'
        await cockpit.say("/config model opus --save project")
        path = project_settings(project)
        await cockpit.until(lambda: f"Saved model in {path}." in cockpit.notices())
        assert path.read_text() == 'model = "claude-opus-5-5"\n'
        await cockpit.say("/config task_budget 10k --save user")
        await cockpit.say("/config task_budget 60k --save user")
        await cockpit.until(
            lambda: f"Saved task_budget in {folders().settings}." in cockpit.notices()
        )
        assert "task_budget = 60000" in folders().settings.read_text()
    async with fly() as cockpit:
        assert cockpit.state.effort == "high"
        assert cockpit.state.grant == 60_000
        assert (await shown(cockpit, "model"))[2] == f"project, {path}, line 1"
    async with fly() as cockpit:
        folders().settings.write_text("effort = \n")
        await cockpit.say("/config effort max --save user")
        await cockpit.until(lambda: cockpit.state.effort == "max")
        assert (
            f"{folders().settings} was not changed: "
            "it holds a mistake that has to be corrected first."
        ) in cockpit.notices()
        assert folders().settings.read_text() == "effort = \n"


async def test_a_session_setting_acts_at_once(fly):
    async with fly() as cockpit:
        await heard(cockpit, "/config tools.bash_timeout 1")
        await cockpit.say("!sleep 30")
        await cockpit.until(lambda: not cockpit.chat.busy)
        assert "stopped after 1 s" in cockpit.text()


async def test_what_holds_is_shown_whoever_set_it(fly):
    """By a command of its own, a key, an extension: the page reads the session."""
    async with fly(budget="90k") as cockpit:
        await cockpit.say("/effort max")
        await cockpit.until(lambda: cockpit.state.effort == "max")
        assert (await shown(cockpit, "effort"))[1:] == ["**max**", "session"]
        assert row(cockpit, "task_budget")[1:] == ["**90,000 tokens**", "command-line"]
        await cockpit.say("/config task_budget 0")
        await cockpit.until(lambda: cockpit.state.grant is None)
        await cockpit.say("/budget 80k")
        await cockpit.until(lambda: cockpit.state.grant == 80_000)
        await cockpit.say("/budget +20k")
        await cockpit.until(lambda: cockpit.state.grant == 100_000)
        assert (await shown(cockpit, "task_budget"))[1:] == ["**100,000 tokens**", "session"]
        mode = cockpit.state.mode
        await cockpit.press("shift+tab")
        await cockpit.until(lambda: cockpit.state.mode != mode)
        assert (await shown(cockpit, "permissions.mode"))[1:] == [
            f"**{cockpit.state.mode}**",
            "session",
        ]
        await cockpit.say("/model sonnet-5.5")
        await cockpit.until(lambda: cockpit.state.model == "claude-sonnet-5-5")
        assert (await shown(cockpit, "model"))[1:] == ["**claude-sonnet-5-5**", "session"]
        await cockpit.say("/theme dusk")
        await cockpit.until(lambda: cockpit.app.theme == "dusk")
        assert (await shown(cockpit, "theme"))[1:] == ["**dusk**", "user, chosen with /theme"]
        assert await heard(cockpit, "/config theme") == (
            "theme is dusk, set by user, chosen with /theme."
        )
        await cockpit.say("/config budget_scope turn")
        await cockpit.until(lambda: cockpit.state.envelope.scope == "turn")
        assert (await shown(cockpit, "budget_scope"))[1:] == ["**turn**", "session"]


async def test_what_was_set_back_is_not_called_the_sessions_own(fly):
    async with fly() as cockpit:
        before = await shown(cockpit, "effort")
        await cockpit.say("/effort max")
        await cockpit.until(lambda: cockpit.state.effort == "max")
        await cockpit.say(f"/effort {cockpit.chat.opened.model.default_effort}")
        await cockpit.until(lambda: cockpit.state.effort != "max")
        assert await shown(cockpit, "effort") == before
