"""The scenes: what is on the screen in a picture, from the empty chat to the last notice.

Each scene gives the session as the program opens it, and what happens then. The
pictures of the README and the snapshot tests are taken from the same scenes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from screenshots import example_history, example_session
from screenshots.example_fleet import example_host
from screenshots.scripted_app import SceneDriver
from screenshots.scripted_log import START_TIME, ScriptedLog, ScriptedToolCall
from tui.agent.folder_trust import ProjectFile, TrustQuestion
from tui.agent.shell.rule_suggestions import describe_rule
from tui.agent.turn_items import ToolOutput
from tui.budget.ledger import Usage
from tui.claude.error_conversion import api_error
from tui.claude.request_errors import ErrorFacts
from tui.claude.stream_events import (
    BlockStarted,
    MessageStarted,
    Retrying,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
)
from tui.reports.transcript_items import ToolItem
from tui.screens.fleet_screen import FleetScreen
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.fallback_report import fallback_report
from tui.session.filed_plan import FiledPlan, PlanItem
from tui.session.session_summary import SessionSummary
from tui.widgets.advice_panel import AdvicePanel, AdvisorPage
from tui.widgets.option_rows import Option
from tui.widgets.trust_question import FilesRequested
from tui.widgets.usage_panel import UsagePanel

Act = Callable[[SceneDriver], Awaitable[None]]


@dataclass(frozen=True)
class Scene:
    """One thing to look at."""

    log: Callable[[], ScriptedLog]
    act: Act
    opener_options: dict[str, Any] = field(default_factory=dict)
    odd: bool = False
    """Whether it is seldom seen: compared in fewer themes and sizes."""


SCENES: dict[str, Scene] = {}


def scene(
    session_log: Callable[[], ScriptedLog], *, odd: bool = False, **opener: Any
) -> Callable[[Act], Act]:
    """Register what happens in a scene, under the name of the function."""

    def register(act: Act) -> Act:
        SCENES[act.__name__] = Scene(session_log, act, opener, odd)
        return act

    return register


def answering(text: str) -> tuple[StreamEvent, ...]:
    """An answer streams in."""
    return MessageStarted("msg", Usage()), BlockStarted(0, "text"), TextDelta(0, text)


def unfold_last_change(on: SceneDriver) -> None:
    """Open the newest tool line that changed something."""
    items = [entry.item for entry in on.chat.transcript.entries]
    changed = [item for item in items if isinstance(item, ToolItem) and item.changes]
    on.chat.transcript.updates.toggle_fold(changed[-1].key)


# The conversation ------------------------------------------------------------------


@scene(ScriptedLog, simulated=True)
async def empty(on: SceneDriver) -> None:
    """Nothing has been said yet, and the simulator would answer."""


@scene(lambda: ScriptedLog(budget=None))
async def empty_without_budget(on: SceneDriver) -> None:
    """Nothing has been said yet, and nothing is granted."""


@scene(lambda: ScriptedLog(budget=None), odd=True)
async def dollars(on: SceneDriver) -> None:
    """A limit in dollars is the budget in force, until a token budget is worked out."""
    limit = ev.LimitSet(limit="dollars", value=Decimal(5), source="/budget", budget="session")
    on.log.add(limit).prompt("What does the parser do?", 20).reply(
        "It reads the stations first.",
        ScriptedToolCall("read", "src/skylark/parse.py", 2_400, "212 lines"),
        output=900,
    ).start()
    await on.commit_new_events()


@scene(lambda: example_session.models().start())
async def chat(on: SceneDriver) -> None:
    """A change was made, and the answer to it streams in."""
    await on.press("ctrl+end")
    await on.stream(*answering(example_session.FINDINGS))


@scene(lambda: example_session.models().start())
async def thinking(on: SceneDriver) -> None:
    """The model thinks; a draft is being written meanwhile."""
    await on.stream(
        MessageStarted("msg", Usage()),
        BlockStarted(0, "thinking"),
        ThinkingDelta(0, "The rose plot divides by the count of cells."),
    )
    await on.type("check the rose plot too,\nit has a bin for calm cells")


@scene(example_session.models)
async def unfolded(on: SceneDriver) -> None:
    """Every tool line and every thought unfolded."""
    await on.press("ctrl+o")


@scene(example_session.at_rest)
async def reading(on: SceneDriver) -> None:
    """The reader has moved up into the transcript while output arrives below."""
    await on.press("ctrl+up", "k", "k", "k", "k", "k", "k", "k", "k")
    await on.press("pageup")
    on.log.wait(40).prompt("Go on.").reply("There is more below now.", output=300)
    await on.commit_new_events()


@scene(example_session.landed)
async def finding(on: SceneDriver) -> None:
    """Words are looked for."""
    await on.submit("/find bearing")
    await on.wait_until_idle()
    # Once round: the first jump may have been made before the bar took its row.
    await on.press("f3", "f4")


# Questions -------------------------------------------------------------------------


@scene(example_session.models)
async def permission(on: SceneDriver) -> None:
    """May a file be changed?"""
    await ask(
        on, "edit", "src/skylark/models/wind.py", example_session.WIND_DIFF, "edit(src/skylark/**)"
    )


@scene(example_session.models)
async def permission_with_draft(on: SceneDriver) -> None:
    """May a command be run? A draft keeps the keys."""
    await on.type("and then the rose pl")
    command = "python -m pytest tests/models -q && git diff --stat"
    await ask(on, "bash", command, command, "bash(python -m pytest *), bash(git diff *)")


@scene(example_session.models)
async def permission_reason(on: SceneDriver) -> None:
    """No, and why."""
    await ask(on, "write", "src/skylark/py.typed", "", "write(src/skylark/**)")
    await on.press("tab")
    await on.press(*"stubs", "space", *"first")


async def ask(
    on: SceneDriver, name: str, subject: str, preview: str, rule: str, *, why: str = ""
) -> None:
    """The agent asks.

    Args:
        on: Where.
        name: The tool.
        subject: What it works on.
        preview: What would run or change.
        rule: What "always" would allow.
        why: The reason; empty for the usual one of the tool.
    """
    usual = "runs a command" if name == "bash" else "changes a file"
    allows = "; ".join(filter(None, map(describe_rule, rule.split(", "))))
    on.log.start().finish("", output=800)
    on.log.add(
        ev.PermissionAsked(
            tool_use="toolu_asked",
            name=name,
            subject=subject,
            reason=why or usual,
            preview=preview,
            rule=rule,
            allows=allows,
        )
    )
    await on.commit_new_events()


@scene(lambda: example_session.models(budget=112_000))
async def limit(on: SceneDriver) -> None:
    """The budget is down to its reserve: how does it go on?"""
    left = 112_000 - on.log.used
    on.log.add(
        ev.LimitReached(
            limit="budget",
            sentence=f"Only the reserve of the budget is left: {left:,} of 112,000 tokens.",
            extend_by=56_000,
        )
    )
    await on.commit_new_events()


@scene(example_session.models, odd=True)
async def limit_in_dollars(on: SceneDriver) -> None:
    """A hard limit in dollars is reached; the gauge shows it beside what was billed."""
    on.log.add(
        ev.LimitSet(limit="dollars", value=Decimal("1.50"), source="/budget"),
        ev.LimitReached(
            limit="dollars",
            sentence="Another request (≈ $0.09) would pass the limit of $1.50: $1.47 spent.",
            raise_to=Decimal("2.25"),
            cap="The cap of Platform team is $20 and resets on the first of the month.",
        ),
    )
    await on.commit_new_events()


@scene(example_session.models)
async def no_progress(on: SceneDriver) -> None:
    """A turn repeats itself: does it go on?"""
    on.log.add(
        ev.LimitReached(
            limit="progress",
            sentence="No progress: “bash pytest -q tests/test_models.py” (exit 1) gave the same "
            "result 5 times in a row. 5 requests used ≈ 4,120 tokens and $0.21 meanwhile.",
        )
    )
    await on.commit_new_events()


@scene(example_session.models)
async def at_work(on: SceneDriver) -> None:
    """A command runs, and the end of its output is shown."""
    on.log.start().finish("The tests of the models, then.", output=300)
    on.log.add(
        ev.ToolStarted(
            request=on.log.request,
            tool_use="toolu_bash",
            name="bash",
            input={},
            subject="python -m pytest tests/models",
        )
    )
    await on.commit_new_events()
    on.log.wait(12)
    lines = ("collected 41 items", "", "tests/models/test_wind.py ............ [ 29%]")
    await on.stream(ToolOutput("toolu_bash", "\n".join(lines)))


# The gauge -------------------------------------------------------------------------


@scene(lambda: example_session.landed(budget=205_000))
async def descent(on: SceneDriver) -> None:
    """More than 70 % is used."""


@scene(lambda: example_session.landed(budget=174_000))
async def approach(on: SceneDriver) -> None:
    """More than 85 % is used."""


@scene(lambda: example_session.landed(budget=162_000))
async def landing(on: SceneDriver) -> None:
    """Only the reserve is left."""


@scene(lambda: example_session.landed(budget=150_000))
async def overrun(on: SceneDriver) -> None:
    """More is used than was granted."""


@scene(lambda: example_session.landed(budget=164_000))
async def wrapup(on: SceneDriver) -> None:
    """The model landed with a report."""


@scene(example_session.models, odd=True)
async def wrapup_by_program(on: SceneDriver) -> None:
    """The turn broke off, and the program says where things stand."""
    session_log = on.log
    session_log.start().wait(4)
    session_log.add(ev.RequestFailed(request=session_log.request, reason="interrupted", output=9))
    await on.commit_new_events()
    report = fallback_report(on.state)
    assert report is not None
    session_log.add(ev.WrappedUp(turn=session_log.turn, report=report, by="client"))
    session_log.end("interrupted", "You interrupted. What was done stays done.")
    await on.commit_new_events()


@scene(lambda: ScriptedLog(budget=20_000), odd=True)
async def declined(on: SceneDriver) -> None:
    """The model found its budget too small, and a bigger one is offered."""
    on.log.prompt(example_session.TASK).reply(
        "Eleven files with their tests do not fit into 20k tokens; I would stop half-way. "
        "Give me about 75k, or name two or three files.",
        output=380,
    )
    on.log.add(ev.TurnEnded(turn=on.log.turn, reason="declined", budget=75_000))
    await on.commit_new_events()


@scene(lambda: ScriptedLog(model="llama-90b-at-home", budget=60_000), odd=True)
async def foreign_model(on: SceneDriver) -> None:
    """A model nobody has a price for, and that sees no budget."""
    session_log = on.log.prompt("Which of our readers still opens GRIB1?")
    session_log.add(ev.NoteSent(text="60,000 tokens are left.", reason="countdown", estimate=14))
    session_log.reply("", ScriptedToolCall("grep", "GRIB1", 1_900, "12 matches"), output=700)
    session_log.add(ev.NoteSent(text="57,400 tokens are left.", reason="countdown", estimate=14))
    session_log.reply("Only `grib.py`, behind `legacy=True`; nothing calls it.", output=400).end()
    await on.commit_new_events()


@scene(lambda: example_session.at_rest(budget=2_000_000), odd=True)
async def long_checklist(on: SceneDriver) -> None:
    """Hundreds of subtasks, names longer than the panel, and one skipped."""
    names = ("quality/gates", "ingest/netcdf/attributes_of_variables", "観測所の一覧.py", "plots")
    on.log.plan(
        *(
            SubtaskUpdate(
                id=f"t{at}",
                title=f"{names[at % 4]} {at}",
                estimate=2_000 + 700 * (at % 5),
                state="done" if at < 60 else "in_progress" if at == 60 else None,
            )
            for at in range(180)
        ),
        SubtaskUpdate(id="cli", state="skipped"),
    )
    await on.commit_new_events()


@scene(lambda: example_session.at_rest(budget=None, model="claude-sonnet-4-6"))
async def effort_proposed(on: SceneDriver) -> None:
    """The program proposes another effort, and says what it costs and would take."""
    on.chat.effort.focus()
    await on.press("right")
    await on.wait_for_workers("effort")


def planned() -> ScriptedLog:
    """A plan was filed, and waits for an answer."""
    items = (
        (
            "grib",
            "Read GRIB2 through eccodes",
            14_000,
            ("src/skylark/grib.py",),
            "pytest tests/grib",
        ),
        ("units", "Convert units in one place", 6_500, ("src/skylark/units.py",), "mypy --strict"),
        ("cli", "Add --format to the command line", 4_000, ("src/skylark/cli.py",), ""),
        ("tests", "Tests with three sample files", 9_000, ("tests/test_grib.py",), "pytest"),
        ("docs", "Document the formats", 2_500, ("docs/formats.md",), ""),
    )
    log = ScriptedLog(budget=None).add(ev.ModeChanged(mode="plan"))
    log.prompt("Add support for GRIB2 files")
    log.reply(
        "GRIB1 is read in `grib.py`; GRIB2 needs eccodes and other units.",
        ScriptedToolCall("grep", "grib", 2_100, "31 matches"),
        output=900,
    )
    log.reply("The plan has five items.", output=500)
    plan = FiledPlan(
        goal="Add support for GRIB2 files",
        items=tuple(
            PlanItem(
                id=id, title=title, estimate=tokens, files=files, checks=(check,) if check else ()
            )
            for id, title, tokens, files, check in items
        ),
    )
    log.add(ev.PlanFiled(turn=log.turn, plan=plan))
    return log.end()


@scene(planned, odd=True)
async def quote(on: SceneDriver) -> None:
    """What a plan costs, with one item dropped."""
    await on.submit("/plan")
    await on.wait_for_workers("act")
    await on.press("down", "down", "down", "down", "space", "up", "up", "up")


# Choosing --------------------------------------------------------------------------


def earlier(at: int, name: str, prompt: str, turns: int, charged: int) -> SessionSummary:
    """An earlier session, `at` hours ago."""
    return SessionSummary(
        key="skylark",
        id=f"2026110{at}-080000",
        name=name,
        folder="/home/ada/code/skylark",
        created=START_TIME.timestamp() - at * 3_600 - 900,
        updated=START_TIME.timestamp() - at * 3_600,
        model="claude-opus-5-5",
        effort="high",
        turns=turns,
        prompt=prompt,
        requests=turns * 7,
        charged=charged,
        dollars=None,
        end="completed",
        parent="",
        last=99,
    )


EARLIER = (
    earlier(2, "grib reader", "Read GRIB2 files without eccodes", 9, 412_000),
    earlier(26, "", "Why does the cache forget the station list after midnight?", 3, 61_200),
    earlier(49, "release 2.1", "Prepare the release notes", 5, 98_000),
)


@scene(example_session.at_rest, others=EARLIER)
async def sessions(on: SceneDriver) -> None:
    """Which session shall go on?"""
    await on.submit("/sessions")


@scene(example_session.at_rest, odd=True)
async def fleet(on: SceneDriver) -> None:
    """Every session on this machine, over the chat."""
    screen = FleetScreen(example_host())
    on.app.push_screen(screen)
    while screen.prompt is None:
        await on.pilot.pause()
    await on.pilot.pause()


@scene(example_session.at_rest)
async def themes(on: SceneDriver) -> None:
    """Colours are tried on."""
    await on.submit("/theme")
    await on.press("down")


@scene(example_session.at_rest)
async def model(on: SceneDriver) -> None:
    """Which model shall go on, and what does the change cost?"""
    await on.submit("/model")


@scene(example_session.at_rest)
async def palette(on: SceneDriver) -> None:
    """A command is found by its name."""
    await on.press("ctrl+p")
    await on.press(*"budget")


@scene(example_session.at_rest)
async def completion(on: SceneDriver) -> None:
    """A slash was typed."""
    await on.type("/re")


@scene(example_session.at_rest)
async def shell(on: SceneDriver) -> None:
    """A command of the user's own is written."""
    await on.type("!git log --oneline -3")


# Pages and notices -----------------------------------------------------------------


@scene(example_session.at_rest)
async def help(on: SceneDriver) -> None:
    """Commands and keys."""
    await on.submit("/help")


@scene(example_session.at_rest)
async def config(on: SceneDriver) -> None:
    """The settings, and who set them."""
    await on.submit("/config")


@scene(example_session.at_rest)
async def budget(on: SceneDriver) -> None:
    """The budget in words."""
    await on.submit("/budget")


@scene(example_session.small_changes)
async def changes(on: SceneDriver) -> None:
    """The files that changed, and the diff of one of them below."""
    await on.submit("/diff")
    await on.press("down")


@scene(example_session.small_changes, odd=True)
async def changes_open(on: SceneDriver) -> None:
    """The diff of one file."""
    await on.submit("/diff")
    await on.press("enter")


@scene(example_session.at_rest, odd=True)
async def entries(on: SceneDriver) -> None:
    """The entries behind a figure."""
    await on.submit("/entries budget")


@scene(
    example_session.at_rest,
    sentences=["settings.toml, line 3: effort is one of low, medium, high."],
)
async def notices(on: SceneDriver) -> None:
    """What the program says when something is wrong; none of it is markup."""
    await on.submit("/bugdet 200k")
    await on.submit("/budget 5k")
    on.chat.show_notice("The folder [/bold]src[red] cannot be written: \x1b[31mno\x1b[0m.", "error")
    on.log.add(ev.ErrorShown(sentence="The session store is full: 0 bytes left on /home."))
    await on.commit_new_events()


USED_UP = {
    "anthropic-ratelimit-input-tokens-limit": "450000",
    "anthropic-ratelimit-input-tokens-remaining": "9000",
    "anthropic-ratelimit-input-tokens-reset": "2026-11-03T12:06:20Z",
}
"""What the server says of the account when nothing more may be sent."""


@scene(example_session.models, odd=True)
async def rate_limited(on: SceneDriver) -> None:
    """The account's limit is used up, and the program waits."""
    on.log.start().finish(
        "Next the rain.",
        output=300,
        limits=USED_UP,
    ).start()
    await on.commit_new_events()
    cause = ErrorFacts(kind="rate_limited", status=429, retry_after=18, limits=USED_UP)
    await on.stream(Retrying(2, 18.0, api_error(cause)))


@scene(example_session.at_rest, odd=True)
async def compacted(on: SceneDriver) -> None:
    """The conversation was shortened; what was said stays on the screen."""
    on.log.wait(30).compact().wait(12).prompt("Now the rain.", 20).reply(
        "The totals of `models/rain.py` mix millimetres and inches.",
        ScriptedToolCall("read", "src/skylark/models/rain.py", 5_200, "472 lines"),
        output=900,
    ).start()
    await on.commit_new_events()


@scene(example_session.at_rest, odd=True)
async def foreign_text(on: SceneDriver) -> None:
    """Wide characters, names longer than a line, and a table of both."""
    path = "src/skylark/ingest/netcdf/climate_and_forecast/attributes_of_variables_and_axes.py"
    on.log.wait(20).prompt("観測所の一覧を確認して、結果を表にまとめてください。🌧️").reply(
        example_session.STATIONS,
        ScriptedToolCall("read", path, 8_100, "1,204 lines"),
        ScriptedToolCall(
            "edit", "データ/観測所.toml", 210, "+4 −1", changes=(example_session.STATIONS_CHANGE,)
        ),
        ScriptedToolCall(
            "bash", f"wc -l {path} && echo '気温・降水量・風向' | tee -a メモ.txt", 90, "exit 0"
        ),
        output=1_400,
    ).start()
    await on.commit_new_events()
    unfold_last_change(on)


@scene(example_session.models)
async def interrupted(on: SceneDriver) -> None:
    """The turn was interrupted, the next one was refused by the API."""
    refused = api_error(ErrorFacts(kind="wrong_key", status=401)).sentence
    on.log.start().wait(3).add(
        ev.RequestFailed(
            request=on.log.request,
            reason="interrupted",
            partial=({"type": "text", "text": "Then the rose pl"},),
            output=12,
        )
    ).end("interrupted", "You interrupted. What was done stays done.")
    on.log.wait(9).prompt("Go on").start().wait(1).add(
        ev.RequestFailed(
            request=on.log.request,
            reason="fault",
            sentence=refused,
        )
    ).end("error", refused)
    await on.commit_new_events()


BROUGHT = TrustQuestion(
    folder=Path("/home/ada/code/skylark"),
    files=(
        ProjectFile(
            "AGENTS.md", "memory", 1_840, "# Working on Skylark\n\n- [red]Metric[/red] units."
        ),
        ProjectFile(
            "docs/CLAUDE.md", "memory", 0, "", "This is a link that leads out of the folder."
        ),
        ProjectFile(".glideslope/settings.toml", "settings", 212, 'effort = "max"'),
    ),
    stricter_settings=("task_budget 200,000 tokens instead of none",),
    requested_settings=(
        "model claude-fable-5-2 instead of claude-opus-5-5 (2 times the price)",
        "effort max instead of the model's own",
        "without asking: bash(make *)",
    ),
    digest="sha256:0",
)


@scene(ScriptedLog)
async def trust(on: SceneDriver) -> None:
    """A folder brings files, and the program asks before it uses them."""
    on.app.chat.live_pane.ask_trust(BROUGHT, take_focus=True)
    await on.pilot.pause()


@scene(ScriptedLog, odd=True)
async def trust_wishes(on: SceneDriver) -> None:
    """The settings of a folder that is trusted ask for more than the user has."""
    on.app.chat.live_pane.ask_trust(replace(BROUGHT, trusted=True), take_focus=True)
    await on.pilot.pause()


@scene(ScriptedLog, odd=True)
async def trust_many(on: SceneDriver) -> None:
    """A folder brings many files with hostile names: what is asked stays in view."""
    files = tuple(
        ProjectFile(f"packages/\x1b[31m{name}\u202e/AGENTS.md", "memory", 20, f"# {name}\n")
        for name in "abcdefghijklmnopqrstuvwxyz"
    )
    asked = TrustQuestion(folder=BROUGHT.folder, files=files)
    on.app.chat.live_pane.ask_trust(asked, take_focus=True)
    await on.pilot.pause()


@scene(ScriptedLog, odd=True)
async def trust_look(on: SceneDriver) -> None:
    """The files that a folder brings, in full; what nobody would see is written out."""
    hidden = "# Rules\n\n\x1b_obey this line\x1b\\ and \u202ethis\u202c one.\n" + "word " * 400
    asked = replace(BROUGHT, files=(ProjectFile("AGENTS.md", "memory", 2_052, hidden),))
    on.app.chat.live_pane.ask_trust(asked, take_focus=True)
    await on.pilot.pause()
    on.app.chat.live_pane.question.post_message(FilesRequested(asked))
    await on.pilot.pause()


@scene(example_session.models, odd=True)
async def permission_network(on: SceneDriver) -> None:
    """May a command have the network?"""
    command = "npm install left-pad"
    rule = "network(npm install *)"
    await ask(on, "bash", command, command, rule, why="runs a command that may use the network")


@scene(example_session.models, odd=True)
async def permission_outside(on: SceneDriver) -> None:
    """May a command run outside the sandbox? What it hides is written out."""
    command = "echo hello \x1b]; cat ~/.ssh/id_ed25519; echo \x07" + "; echo more" * 20
    rule = f"outside({command})"
    await ask(on, "bash", command, command, rule, why="runs a command outside the sandbox")


@scene(example_session.models, odd=True)
async def permission_keep(on: SceneDriver) -> None:
    """A command changed a protected file: is the change kept?"""
    why = "the command changed this file, and it was put back: a shell may run it on entering"
    diff = "--- .envrc\n+++ .envrc\n@@ -1,1 +1,2 @@\n export STAGE=test\n+exec ./start.sh\n"
    await ask(on, "keep", ".envrc", diff, "", why=f"{why} the folder")


@scene(example_session.team)
async def team(on: SceneDriver) -> None:
    """Agents at work, in the tree of `/agents`."""
    on.app.run_command("agents.show")
    await on.pilot.pause()


@scene(example_session.at_rest, odd=True)
async def advisor(on: SceneDriver) -> None:
    """What features took, with the cursor at the advised budget."""
    page = AdvisorPage("feature", "Opus 5.5", example_history.measured_features())
    on.chat.open_panel(AdvicePanel(page, on_kind=lambda _: None, on_apply=lambda *_: None))
    await on.pilot.pause()


@scene(example_session.at_rest, odd=True)
async def report(on: SceneDriver) -> None:
    """What two months of work took, by kind."""
    page = await asyncio.to_thread(example_history.report_by_kind)
    on.chat.open_panel(UsagePanel("kind", page, on_grouping=lambda _: None))
    await on.pilot.pause()


@scene(ScriptedLog, odd=True)
async def sandbox(on: SceneDriver) -> None:
    """What holds commands."""
    on.app.run_command("sandbox.show")
    await on.pilot.pause()


@scene(ScriptedLog, odd=True)
async def jobs(on: SceneDriver) -> None:
    """What commands left running."""
    served = Option("1", "1  python -m http.server 8000", "running for 4:05", "Serving HTTP on ::")
    built = Option("2", "2  npm run watch", "ended", "Found 0 errors.")
    on.chat.run_worker(on.chat.choose("Jobs · enter stops the marked one", [served, built]))
    await on.pilot.pause()
