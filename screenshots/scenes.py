"""The scenes: what is on the screen in a picture, from the empty chat to the last notice.

Each scene tells how far the story is when the program opens it, and what happens then. The
pictures of the README and the snapshot tests are taken from the same scenes.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import skylark
from story import NOON, Story, Use
from studio import Set

from tui.agent.folder_trust import BroughtFile, TrustQuestion
from tui.agent.means import ToolOutput
from tui.agent.shell.offers import in_words
from tui.budget.ledger import Usage
from tui.claude.errors import Cause, fault
from tui.claude.progress import (
    BlockStarted,
    MessageStarted,
    Progress,
    Retrying,
    TextDelta,
    ThinkingDelta,
)
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.own_report import own_report
from tui.session.summary import Summary
from tui.widgets.option_rows import Option
from tui.widgets.transcript.items import ToolLine
from tui.widgets.trust_prompt import TrustPrompt

Act = Callable[[Set], Awaitable[None]]


@dataclass(frozen=True)
class Scene:
    """One thing to look at."""

    story: Callable[[], Story]
    act: Act
    studio: dict[str, Any] = field(default_factory=dict)
    odd: bool = False
    """Whether it is seldom seen: compared in fewer themes and sizes."""


SCENES: dict[str, Scene] = {}


def scene(story: Callable[[], Story], *, odd: bool = False, **studio: Any) -> Callable[[Act], Act]:
    """Register what happens in a scene, under the name of the function."""

    def register(act: Act) -> Act:
        SCENES[act.__name__] = Scene(story, act, studio, odd)
        return act

    return register


def answering(text: str) -> tuple[Progress, ...]:
    """An answer streams in."""
    return MessageStarted("msg", Usage()), BlockStarted(0, "text"), TextDelta(0, text)


def unfold_last_change(on: Set) -> None:
    """Open the newest tool line that changed something."""
    items = [entry.item for entry in on.chat.transcript.entries]
    changed = [item for item in items if isinstance(item, ToolLine) and item.changes]
    on.chat.transcript.toggle_fold(changed[-1].key)


# The conversation ------------------------------------------------------------------


@scene(Story, simulated=True)
async def empty(on: Set) -> None:
    """Nothing has been said yet, and the simulator would answer."""


@scene(lambda: Story(budget=None))
async def empty_without_budget(on: Set) -> None:
    """Nothing has been said yet, and nothing is granted."""


@scene(lambda: Story(budget=None), odd=True)
async def dollars(on: Set) -> None:
    """A limit in dollars is the budget in force, until a token budget is worked out."""
    limit = ev.FuseSet(fuse="dollars", value=Decimal(5), source="/budget", budget="session")
    on.story.add(limit).prompt("What does the parser do?", 20).reply(
        "It reads the stations first.",
        Use("read", "src/skylark/parse.py", 2_400, "212 lines"),
        output=900,
    ).start()
    await on.happen()


@scene(lambda: skylark.models().start())
async def chat(on: Set) -> None:
    """A change stands unfolded, and the answer to it streams in."""
    unfold_last_change(on)
    await on.press("ctrl+end")
    await on.stream(*answering(skylark.FINDINGS))


@scene(lambda: skylark.models().start())
async def thinking(on: Set) -> None:
    """The model thinks; a draft is being written meanwhile."""
    await on.stream(
        MessageStarted("msg", Usage()),
        BlockStarted(0, "thinking"),
        ThinkingDelta(0, "The rose plot divides by the count of cells."),
    )
    await on.type("check the rose plot too,\nit has a bin for calm cells")


@scene(skylark.models)
async def unfolded(on: Set) -> None:
    """Every tool line and every thought unfolded."""
    await on.press("ctrl+o")


@scene(skylark.at_rest)
async def reading(on: Set) -> None:
    """The reader has moved up into the transcript while output arrives below."""
    await on.press("ctrl+up", "k", "k", "k", "k", "k", "k", "k", "k")
    await on.press("pageup")
    on.story.later(40).prompt("Go on.").reply("There is more below now.", output=300)
    await on.happen()


@scene(skylark.landed)
async def finding(on: Set) -> None:
    """Words are looked for."""
    await on.say("/find bearing")
    await on.quiet()
    # Once round: the first jump may have been made before the bar took its row.
    await on.press("f3", "f4")


# Questions -------------------------------------------------------------------------


@scene(skylark.models)
async def permission(on: Set) -> None:
    """May a file be changed?"""
    await ask(on, "edit", "src/skylark/models/wind.py", skylark.WIND_DIFF, "edit(src/skylark/**)")


@scene(skylark.models)
async def permission_with_draft(on: Set) -> None:
    """May a command be run? A draft keeps the keys."""
    await on.type("and then the rose pl")
    command = "python -m pytest tests/models -q && git diff --stat"
    await ask(on, "bash", command, command, "bash(python -m pytest *), bash(git diff *)")


@scene(skylark.models)
async def permission_reason(on: Set) -> None:
    """No, and why."""
    await ask(on, "write", "src/skylark/py.typed", "", "write(src/skylark/**)")
    await on.press("tab")
    await on.press(*"stubs", "space", *"first")


async def ask(on: Set, name: str, subject: str, preview: str, rule: str, *, why: str = "") -> None:
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
    allows = "; ".join(filter(None, map(in_words, rule.split(", "))))
    on.story.start().finish("", output=800)
    on.story.add(
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
    await on.happen()


@scene(lambda: skylark.models(budget=112_000))
async def limit(on: Set) -> None:
    """The budget is down to its reserve: how does it go on?"""
    left = 112_000 - on.story.used
    on.story.add(
        ev.LimitReached(
            limit="budget",
            sentence=f"The budget is down to its reserve: {left:,} tokens left of 112,000.",
            extend_by=56_000,
        )
    )
    await on.happen()


@scene(skylark.models, odd=True)
async def limit_in_dollars(on: Set) -> None:
    """A hard limit in dollars is reached; the gauge shows it beside what was billed."""
    on.story.add(
        ev.FuseSet(fuse="dollars", value=Decimal("1.50"), source="/budget"),
        ev.LimitReached(
            limit="dollars",
            sentence="Another request (≈ $0.09) would pass the limit of $1.50: $1.47 spent.",
            raise_to=Decimal("2.25"),
            cap="The cap of Platform team is $20 and resets on the first of the month.",
        ),
    )
    await on.happen()


@scene(skylark.models)
async def no_progress(on: Set) -> None:
    """A turn repeats itself: does it go on?"""
    on.story.add(
        ev.LimitReached(
            limit="progress",
            sentence="No progress: “bash pytest -q tests/test_models.py” (exit 1) gave the same "
            "result 5 times in a row. 5 requests used ≈ 4,120 tokens and $0.21 meanwhile.",
        )
    )
    await on.happen()


@scene(skylark.models)
async def at_work(on: Set) -> None:
    """A command runs, and the end of its output is shown."""
    on.story.start().finish("The tests of the models, then.", output=300)
    on.story.add(
        ev.ToolStarted(
            request=on.story.request,
            tool_use="toolu_bash",
            name="bash",
            input={},
            subject="python -m pytest tests/models",
        )
    )
    await on.happen()
    on.story.later(12)
    lines = ("collected 41 items", "", "tests/models/test_wind.py ............ [ 29%]")
    await on.stream(ToolOutput("toolu_bash", "\n".join(lines)))


# The gauge -------------------------------------------------------------------------


@scene(lambda: skylark.landed(budget=205_000))
async def descent(on: Set) -> None:
    """More than 70 % is used."""


@scene(lambda: skylark.landed(budget=174_000))
async def approach(on: Set) -> None:
    """More than 85 % is used."""


@scene(lambda: skylark.landed(budget=162_000))
async def landing(on: Set) -> None:
    """Only the reserve is left."""


@scene(lambda: skylark.landed(budget=150_000))
async def overrun(on: Set) -> None:
    """More is used than was granted."""


@scene(lambda: skylark.landed(budget=164_000))
async def wrapup(on: Set) -> None:
    """The model landed with a report."""


@scene(skylark.models, odd=True)
async def wrapup_by_program(on: Set) -> None:
    """The turn broke off, and the program says where things stand."""
    story = on.story
    story.start().later(4)
    story.add(ev.RequestFailed(request=story.request, reason="interrupted", output=9))
    await on.happen()
    report = own_report(on.state)
    assert report is not None
    story.add(ev.WrappedUp(turn=story.turn, report=report, by="client"))
    story.end("interrupted", "You interrupted. What was done stays done.")
    await on.happen()


@scene(lambda: Story(budget=20_000), odd=True)
async def declined(on: Set) -> None:
    """The model found its budget too small, and a bigger one is offered."""
    on.story.prompt(skylark.TASK).reply(
        "Eleven files with their tests do not fit into 20k tokens; I would stop half-way. "
        "Give me about 75k, or name two or three files.",
        output=380,
    )
    on.story.add(ev.TurnEnded(turn=on.story.turn, reason="declined", budget=75_000))
    await on.happen()


@scene(lambda: Story(model="llama-90b-at-home", budget=60_000), odd=True)
async def foreign_model(on: Set) -> None:
    """A model nobody has a price for, and that sees no budget."""
    story = on.story.prompt("Which of our readers still opens GRIB1?")
    story.add(ev.NoteSent(text="60,000 tokens are left.", reason="countdown", estimate=14))
    story.reply("", Use("grep", "GRIB1", 1_900, "12 matches"), output=700)
    story.add(ev.NoteSent(text="57,400 tokens are left.", reason="countdown", estimate=14))
    story.reply("Only `grib.py`, behind `legacy=True`; nothing calls it.", output=400).end()
    await on.happen()


@scene(lambda: skylark.at_rest(budget=2_000_000), odd=True)
async def long_checklist(on: Set) -> None:
    """Hundreds of subtasks, names longer than the panel, and one skipped."""
    names = ("quality/gates", "ingest/netcdf/attributes_of_variables", "観測所の一覧.py", "plots")
    on.story.plan(
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
    await on.happen()


@scene(lambda: skylark.at_rest(budget=None, model="claude-sonnet-4-6"))
async def effort_proposed(on: Set) -> None:
    """Another effort is proposed, and what it costs is said."""
    on.chat.effort.focus()
    await on.press("right")


# Choosing --------------------------------------------------------------------------


def earlier(at: int, name: str, prompt: str, turns: int, charged: int) -> Summary:
    """An earlier session, `at` hours ago."""
    return Summary(
        key="skylark",
        id=f"2026110{at}-080000",
        name=name,
        folder="/home/ada/code/skylark",
        created=NOON.timestamp() - at * 3_600 - 900,
        updated=NOON.timestamp() - at * 3_600,
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


@scene(skylark.at_rest, others=EARLIER)
async def sessions(on: Set) -> None:
    """Which session shall go on?"""
    await on.say("/sessions")


@scene(skylark.at_rest)
async def themes(on: Set) -> None:
    """Colours are tried on."""
    await on.say("/theme")
    await on.press("down")


@scene(skylark.at_rest)
async def model(on: Set) -> None:
    """Which model shall go on, and what does the change cost?"""
    await on.say("/model")


@scene(skylark.at_rest)
async def palette(on: Set) -> None:
    """A command is found by its name."""
    await on.press("ctrl+p")
    await on.press(*"budget")


@scene(skylark.at_rest)
async def completion(on: Set) -> None:
    """A slash was typed."""
    await on.type("/re")


@scene(skylark.at_rest)
async def shell(on: Set) -> None:
    """A command of the user's own is written."""
    await on.type("!git log --oneline -3")


# Pages and notices -----------------------------------------------------------------


@scene(skylark.at_rest)
async def help(on: Set) -> None:
    """Commands and keys."""
    await on.say("/help")


@scene(skylark.at_rest)
async def config(on: Set) -> None:
    """The settings, and who set them."""
    await on.say("/config")


@scene(skylark.at_rest)
async def budget(on: Set) -> None:
    """The budget in words."""
    await on.say("/budget")


@scene(skylark.at_rest, odd=True)
async def entries(on: Set) -> None:
    """What stands behind a figure."""
    await on.say("/entries budget")


@scene(skylark.at_rest, sentences=["settings.toml, line 3: effort is one of low, medium, high."])
async def notices(on: Set) -> None:
    """What the program says when something is wrong; none of it is markup."""
    await on.say("/bugdet 200k")
    await on.say("/budget 5k")
    on.chat.say_notice("The folder [/bold]src[red] cannot be written: \x1b[31mno\x1b[0m.", "error")
    on.story.add(ev.ErrorShown(sentence="The session store is full: 0 bytes left on /home."))
    await on.happen()


USED_UP = {
    "anthropic-ratelimit-input-tokens-limit": "450000",
    "anthropic-ratelimit-input-tokens-remaining": "9000",
    "anthropic-ratelimit-input-tokens-reset": "2026-11-03T12:06:20Z",
}
"""What the server says of the account when nothing more may be sent."""


@scene(skylark.models, odd=True)
async def rate_limited(on: Set) -> None:
    """The account's limit is used up, and the program waits."""
    on.story.start().finish(
        "Next the rain.",
        output=300,
        limits=USED_UP,
    ).start()
    await on.happen()
    cause = Cause(kind="rate_limited", status=429, retry_after=18, limits=USED_UP)
    await on.stream(Retrying(2, 18.0, fault(cause)))


@scene(skylark.at_rest, odd=True)
async def compacted(on: Set) -> None:
    """The conversation was shortened; what was said stays on the screen."""
    on.story.later(30).compact().later(12).prompt("Now the rain.", 20).reply(
        "The totals of `models/rain.py` mix millimetres and inches.",
        Use("read", "src/skylark/models/rain.py", 5_200, "472 lines"),
        output=900,
    ).start()
    await on.happen()


@scene(skylark.at_rest, odd=True)
async def foreign_text(on: Set) -> None:
    """Wide characters, names longer than a line, and a table of both."""
    path = "src/skylark/ingest/netcdf/climate_and_forecast/attributes_of_variables_and_axes.py"
    on.story.later(20).prompt("観測所の一覧を確認して、結果を表にまとめてください。🌧️").reply(
        skylark.STATIONS,
        Use("read", path, 8_100, "1,204 lines"),
        Use("edit", "データ/観測所.toml", 210, "+4 −1", changes=(skylark.STATIONS_CHANGE,)),
        Use("bash", f"wc -l {path} && echo '気温・降水量・風向' | tee -a メモ.txt", 90, "exit 0"),
        output=1_400,
    ).start()
    await on.happen()
    unfold_last_change(on)


@scene(skylark.models)
async def interrupted(on: Set) -> None:
    """The turn was interrupted, the next one was refused by the API."""
    refused = fault(Cause(kind="wrong_key", status=401)).sentence
    on.story.start().later(3).add(
        ev.RequestFailed(
            request=on.story.request,
            reason="interrupted",
            partial=({"type": "text", "text": "Then the rose pl"},),
            output=12,
        )
    ).end("interrupted", "You interrupted. What was done stays done.")
    on.story.later(9).prompt("Go on").start().later(1).add(
        ev.RequestFailed(
            request=on.story.request,
            reason="fault",
            sentence=refused,
        )
    ).end("error", refused)
    await on.happen()


BROUGHT = TrustQuestion(
    folder=Path("/home/ada/code/skylark"),
    files=(
        BroughtFile(
            "AGENTS.md", "memory", 1_840, "# Working on Skylark\n\n- [red]Metric[/red] units."
        ),
        BroughtFile(
            "docs/CLAUDE.md", "memory", 0, "", "This is a link that leads out of the folder."
        ),
        BroughtFile(".glideslope/settings.toml", "settings", 212, 'effort = "max"'),
    ),
    tighter=("task_budget 200,000 tokens instead of none",),
    wishes=(
        "model claude-fable-5-2 instead of claude-opus-5-5 (2 times the price)",
        "effort max instead of the model's own",
        "without asking: bash(make *)",
    ),
    digest="sha256:0",
)


@scene(Story)
async def trust(on: Set) -> None:
    """A folder brings files, and the program asks before it uses them."""
    on.app.chat.live_pane.ask_trust(BROUGHT, take_focus=True)
    await on.pilot.pause()


@scene(Story, odd=True)
async def trust_wishes(on: Set) -> None:
    """The settings of a folder that is trusted ask for more than the user has."""
    on.app.chat.live_pane.ask_trust(replace(BROUGHT, trusted=True), take_focus=True)
    await on.pilot.pause()


@scene(Story, odd=True)
async def trust_many(on: Set) -> None:
    """A folder brings many files with hostile names: what is asked stays in view."""
    files = tuple(
        BroughtFile(f"packages/\x1b[31m{name}\u202e/AGENTS.md", "memory", 20, f"# {name}\n")
        for name in "abcdefghijklmnopqrstuvwxyz"
    )
    asked = TrustQuestion(folder=BROUGHT.folder, files=files)
    on.app.chat.live_pane.ask_trust(asked, take_focus=True)
    await on.pilot.pause()


@scene(Story, odd=True)
async def trust_look(on: Set) -> None:
    """The files that a folder brings, in full; what nobody would see is written out."""
    hidden = "# Rules\n\n\x1b_obey this line\x1b\\ and \u202ethis\u202c one.\n" + "word " * 400
    asked = replace(BROUGHT, files=(BroughtFile("AGENTS.md", "memory", 2_052, hidden),))
    on.app.chat.live_pane.ask_trust(asked, take_focus=True)
    await on.pilot.pause()
    on.app.chat.live_pane.prompt.post_message(TrustPrompt.LookWanted(asked))
    await on.pilot.pause()


@scene(skylark.models, odd=True)
async def permission_network(on: Set) -> None:
    """May a command have the network?"""
    command = "npm install left-pad"
    rule = "network(npm install *)"
    await ask(on, "bash", command, command, rule, why="runs a command that may use the network")


@scene(skylark.models, odd=True)
async def permission_outside(on: Set) -> None:
    """May a command run outside the sandbox? What it hides is written out."""
    command = "echo hello \x1b]; cat ~/.ssh/id_ed25519; echo \x07" + "; echo more" * 20
    rule = f"outside({command})"
    await ask(on, "bash", command, command, rule, why="runs a command outside the sandbox")


@scene(skylark.models, odd=True)
async def permission_keep(on: Set) -> None:
    """A command changed a protected file: is the change kept?"""
    why = "the command changed this file, and it was put back: a shell may run it on entering"
    diff = "--- .envrc\n+++ .envrc\n@@ -1,1 +1,2 @@\n export STAGE=test\n+exec ./start.sh\n"
    await ask(on, "keep", ".envrc", diff, "", why=f"{why} the folder")


@scene(Story, odd=True)
async def sandbox(on: Set) -> None:
    """What holds commands."""
    on.app.run_act("sandbox.show")
    await on.pilot.pause()


@scene(Story, odd=True)
async def jobs(on: Set) -> None:
    """What commands left running."""
    served = Option("1", "1  python -m http.server 8000", "running for 4:05", "Serving HTTP on ::")
    built = Option("2", "2  npm run watch", "ended", "Found 0 errors.")
    on.chat.run_worker(on.chat.choose("Jobs · enter stops the marked one", [served, built]))
    await on.pilot.pause()
