"""The permission prompt: everything is seen, no key is stolen, every way of answering works."""

from contextlib import AbstractAsyncContextManager

import pytest
from msgspec import structs
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.widgets import Input

from tests.widgets.widget_app import WidgetApp
from tui.reports.cache_cost_text import CacheStake
from tui.reports.key_labels import default_key_labels
from tui.session.events import PermissionAsked
from tui.widgets.live_pane import LivePane, RunningTool
from tui.widgets.permission_question import PermissionDecided, PermissionQuestion, PreviewRequested
from tui.widgets.preview import preview_lines
from tui.widgets.question_view import QuestionView
from tui.widgets.ticker import Ticker
from tui.widgets.transcript.transcript_styles import ADDED_WORD, REMOVED_WORD

DIFF = (
    "--- a/src/parse.py\n+++ b/src/parse.py\n@@ -1,2 +1,2 @@\n def parse(text):\n-    x\n+    y\n"
)
EDIT = PermissionAsked(
    tool_use="t1",
    name="edit",
    subject="src/parse.py",
    reason="writes a file",
    preview=DIFF,
    rule="edit files in src",
)
COMMAND = PermissionAsked(
    tool_use="t2", name="bash", subject="pytest -q", reason="runs a command", preview="pytest -q"
)


class PermissionPromptRun:
    """A pane with a text field beside it, and a clock that stands still."""

    def __init__(self, widget_app: type[WidgetApp]) -> None:
        self.now = 100.0
        self.pane = LivePane(clock=lambda: self.now)
        self.draft = Input()
        self.app = widget_app(self.pane, self.draft)

    def run(self, size: tuple[int, int] = (80, 30)) -> AbstractAsyncContextManager[Pilot[None]]:
        return self.app.run_test(size=size, notifications=True, tooltips=True)

    async def ask(
        self, pilot: Pilot[None], *asked: PermissionAsked, take_focus: bool = True
    ) -> None:
        self.pane.show(asked=asked, take_focus=take_focus)
        await pilot.pause()
        self.now += 10

    @property
    def answers(self) -> list[tuple[str, str, str]]:
        got = self.app.posted_of(PermissionDecided)
        return [(message.tool_use, message.answer, message.reason) for message in got]


@pytest.fixture
def prompt_run(widget_app: type[WidgetApp]) -> PermissionPromptRun:
    return PermissionPromptRun(widget_app)


async def test_it_shows_what_and_why_with_a_preview_and_four_answers(
    prompt_run: PermissionPromptRun,
):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, EDIT)
        text = prompt_run.app.text()
    for words in ["edit src/parse.py · writes a file", "2 −     x", "2 +     y"]:
        assert words in text
    for words in [
        "y yes · a yes, by this rule in this session · p in this project",
        "n no, and say",
    ]:
        assert words in text
    assert "edit files in src" in text


KEYS = (
    (["y"], "once"),
    (["1"], "once"),
    (["enter"], "once"),
    (["a"], "session"),
    (["2"], "session"),
    (["p"], "project"),
    (["3"], "project"),
    (["4", "enter"], "no"),
    (["n", "enter"], "no"),
    (["down", "enter"], "session"),
    (["right", "right", "left", "enter"], "session"),
    (["down", "down", "down", "down", "enter", "enter"], "no"),
)
"""Keys at the question, and the answer they give."""


async def test_keys_answer(prompt_run: PermissionPromptRun):
    async with prompt_run.run() as pilot:
        for keys, answer in KEYS:
            prompt_run.pane.show()
            await pilot.pause()
            prompt_run.app.posted.clear()
            await prompt_run.ask(pilot, EDIT)
            await pilot.press(*keys)
            assert prompt_run.answers == [("t1", answer, "")], keys


async def test_a_click_answers(prompt_run: PermissionPromptRun):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, EDIT)
        rows = prompt_run.app.rows()
        y = next(at for at, row in enumerate(rows) if "p in this project" in row)
        await pilot.click(offset=(rows[y].index("this project"), y))
        assert prompt_run.answers == [("t1", "project", "")]


async def test_without_a_rule_there_is_nothing_to_allow_for_longer(
    prompt_run: PermissionPromptRun,
):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, COMMAND)
        assert "in this" not in prompt_run.app.text()
        await pilot.press("2", "3", "a", "p", "e")
        assert prompt_run.answers == []


async def test_a_refusal_can_carry_a_reason(prompt_run: PermissionPromptRun):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, EDIT)
        await pilot.press("n", *"no y1", "enter")
        assert prompt_run.answers == [("t1", "no", "no y1")]


async def test_escape_leaves_the_reason_and_answers_nothing(
    prompt_run: PermissionPromptRun,
):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, EDIT)
        await pilot.press("n", *"ab", "escape")
        assert prompt_run.answers == []
        await pilot.press("y")
        assert prompt_run.answers == [("t1", "once", "")]


async def test_a_draft_loses_no_letter_to_a_question(prompt_run: PermissionPromptRun):
    async with prompt_run.run() as pilot:
        prompt_run.draft.focus()
        await pilot.press(*"fix ")
        await prompt_run.ask(pilot, EDIT, take_focus=False)
        await pilot.press(*"yn1")
        assert prompt_run.draft.value == "fix yn1"
        assert prompt_run.answers == []
        assert "tab to answer" in prompt_run.app.text()


async def test_a_question_is_answered_once(prompt_run: PermissionPromptRun):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, EDIT)
        await pilot.press("y", "y", "n")
        assert prompt_run.answers == [("t1", "once", "")]


async def test_questions_come_one_after_the_other(prompt_run: PermissionPromptRun):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, EDIT, COMMAND)
        assert "1 of 2" in prompt_run.app.text()
        assert "pytest" not in prompt_run.app.text()
        await pilot.press("y")
        await prompt_run.ask(pilot, COMMAND)
        assert "pytest -q" in prompt_run.app.text()
        await pilot.press("n", "enter")
        assert prompt_run.answers == [("t1", "once", ""), ("t2", "no", "")]


async def test_the_end_of_a_long_line_is_seen(prompt_run: PermissionPromptRun):
    hidden = "echo " + "x" * 300 + "e\u0301" * 40 + " ; rm -rf ~"
    asked = PermissionAsked(
        tool_use="t", name="bash", subject="echo", reason="runs a command", preview=hidden
    )
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, asked)
        assert "; rm -rf ~" in prompt_run.app.text()


async def test_a_command_that_looks_like_a_diff_hides_nothing(
    prompt_run: PermissionPromptRun,
):
    sly = "rm -rf ~\n--- a\n+++ b\n@@ -1 +1 @@\n\\rm -rf /\n"
    asked = PermissionAsked(
        tool_use="t", name="bash", subject="rm", reason="runs a command", preview=sly
    )
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, asked)
        text = prompt_run.app.text()
    for line in sly.splitlines():
        assert f"▏ {line}" in text


async def test_foreign_text_is_shown_as_it_is_and_does_nothing(
    prompt_run: PermissionPromptRun,
):
    nasty = "echo [/x] list[int] \x1b]52;c;QUJD\x07 \u202egnp.exe\u202c"
    asked = PermissionAsked(
        tool_use="t", name="bash", subject="[red]", reason="runs", preview=nasty, rule="[/]"
    )
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, asked)
        text = prompt_run.app.text()
    assert "[/x] list[int]" in text
    assert "⟦U+001B⟧]52;c;QUJD⟦U+0007⟧ ⟦U+202E⟧gnp.exe⟦U+202C⟧" in text, "a shell would get it all"
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text


def test_a_question_about_agents_says_once_how_many_they_are():
    asked = PermissionAsked(
        tool_use="t",
        name="delegate",
        subject="2 agents",
        reason="2 agents want 40,000 of the 300,000 tokens that are free in the team's pool",
        preview="explore: a\nexplore: b",
    )
    head = PermissionQuestion(asked)._head(QuestionView(lambda: 0.0, default_key_labels), 78)
    assert [row.plain.strip() for row in head][1:] == [
        "2 agents want 40,000 of the 300,000 tokens that are free in the team's pool"
    ]


def test_a_question_about_agents_breaks_no_word():
    tasks = "explore: find out how the configuration is read\nreview: " + "x" * 40
    asked = PermissionAsked(
        tool_use="t", name="delegate", subject="2 agents", reason="many", preview=tasks
    )
    for width in range(12, 60):
        rows = [row.plain for row in PermissionQuestion(asked)._wrapped_preview(width)]
        assert all(cell_len(row) <= width for row in rows)
        said = " ".join(row.removeprefix("▏ ") for row in rows)
        assert said.startswith("explore: find out how the configuration is read") or width < 15
        assert said.replace(" ", "").endswith("review:" + "x" * 40), "nothing is lost"
    head = PermissionQuestion(asked)._head(QuestionView(lambda: 0.0, default_key_labels), 80)
    assert head[0].plain.endswith("whole list")


@pytest.mark.parametrize("height", [10, 14, 24, 40])
async def test_a_long_preview_leaves_room_for_the_answers_and_scrolls(
    prompt_run: PermissionPromptRun, height: int
):
    long = "\n".join(f"line {n}" for n in range(400))
    asked = PermissionAsked(
        tool_use="t", name="write", subject="a.txt", reason="writes", preview=long, rule="r"
    )
    async with prompt_run.run(size=(80, height)) as pilot:
        await prompt_run.ask(pilot, asked)
        text = prompt_run.app.text()
        assert "y yes" in text
        assert "n no" in text
        assert "rule  r" in text
        assert prompt_run.pane.size.height <= height // 2 + 1
        if height >= 24:
            assert "line 0" in text
            for _ in range(80):
                prompt_run.pane.question.scroll_subject(8)
            await pilot.pause()
            assert "line 399" in prompt_run.app.text()


@pytest.mark.parametrize("subject", ["a.txt", "src/far/away/in/a/deep/folder/module.py"])
async def test_in_the_smallest_window_it_still_says_what_it_asks_and_how_to_answer(
    prompt_run: PermissionPromptRun, subject: str
):
    asked = PermissionAsked(
        tool_use="t", name="edit", subject=subject, reason="changes a file", preview=DIFF, rule="r"
    )
    async with prompt_run.run(size=(20, 5)) as pilot:
        await prompt_run.ask(pilot, asked)
        text = prompt_run.app.text()
        assert subject[:12] in text
        assert "y yes" in text and "n no" in text
        await pilot.press("n", "enter")
        assert prompt_run.answers == [("t", "no", "")]


async def test_a_running_tool_shows_its_name_time_and_last_output(
    prompt_run: PermissionPromptRun,
):
    tools = [
        RunningTool("a", "bash", "pytest -q", 40.0, tuple(f"out {n}" for n in range(20))),
        RunningTool("b", "grep", "TODO", 90.0),
    ]
    async with prompt_run.run() as pilot:
        prompt_run.pane.show(tools=tools)
        await pilot.pause()
        text = prompt_run.app.text()
        assert "bash pytest -q" in text
        assert "1m 00s" in text
        assert "out 19" in text
        assert "out 14" not in text
        assert "and 1 more: grep TODO" in text
        assert Ticker.of(prompt_run.app).running
        prompt_run.pane.show()
        await pilot.pause()
        assert not prompt_run.pane.display
        assert not Ticker.of(prompt_run.app).running


async def test_a_question_goes_before_a_running_tool(prompt_run: PermissionPromptRun):
    tools = [RunningTool("a", "bash", "make", 40.0)]
    async with prompt_run.run() as pilot:
        prompt_run.pane.show(tools=tools, asked=[EDIT])
        await pilot.pause()
        assert "make" not in prompt_run.app.text()
        prompt_run.pane.show(tools=tools)
        await pilot.pause()
        assert "bash make" in prompt_run.app.text()
        assert prompt_run.pane.question is None


async def test_one_call_may_ask_twice_and_the_second_question_is_shown(
    prompt_run: PermissionPromptRun,
):
    kept = PermissionAsked(
        tool_use=COMMAND.tool_use,
        name="keep",
        subject=".envrc",
        reason="the command changed it, and it was put back; yes keeps the change",
        preview="--- .envrc\n+++ .envrc\n@@ -0,0 +1,1 @@\n+exec ./x\n",
    )
    async with prompt_run.run(size=(120, 30)) as pilot:
        await prompt_run.ask(pilot, COMMAND)
        await pilot.press("y")
        await prompt_run.ask(pilot, kept)
        text = prompt_run.app.text()
        await pilot.press("n", "enter")
    assert "keep .envrc · the command changed it, and it was put back; yes keeps" in text
    assert "1 +exec ./x" in text or "1 + exec ./x" in text
    assert "in this project" not in text
    assert "y yes, keep the change" in text and "n no, leave the file as it was" in text
    assert prompt_run.answers == [("t2", "once", ""), ("t2", "no", "")]


async def test_an_agents_question_names_the_way_down_to_it_and_has_an_answer_for_the_team(
    prompt_run: PermissionPromptRun,
):
    asked = structs.replace(COMMAND, agent="chief-1", below=("write-1",), rule="bash(pytest *)")
    async with prompt_run.run(size=(80, 24)) as pilot:
        await prompt_run.ask(pilot, asked)
        text = " ".join(prompt_run.app.text().replace("┃", " ").split())
        await pilot.press("t")
    assert text.startswith("chief-1 ▸ write-1 · bash")
    assert "a yes, by this rule to this agent · t to the whole team p in this project" in text
    assert prompt_run.answers == [(COMMAND.tool_use, "team", "")]


async def test_what_always_would_allow_is_shown_in_full_and_in_words(
    prompt_run: PermissionPromptRun,
):
    rules = tuple(f"bash(program{number} --flag)" for number in range(12))
    asked = PermissionAsked(
        tool_use="t9",
        name="bash",
        subject="make",
        reason="runs a command",
        rule=", ".join(rules),
        allows="; ".join(
            f"running exactly this command: program{number} --flag" for number in range(12)
        ),
    )
    async with prompt_run.run(size=(60, 50)) as pilot:
        await prompt_run.ask(pilot, asked)
        text = " ".join(prompt_run.app.text().replace("┃", " ").split())
    assert "rule running exactly this command: program0 --flag;" in text
    assert "program11 --flag" in text


async def test_a_long_rule_never_pushes_the_command_out_of_view(
    prompt_run: PermissionPromptRun,
):
    command = "echo begins-here " + "word " * 300
    rules = "; ".join(
        f"running program{number} with any options that only read" for number in range(60)
    )
    asked = PermissionAsked(
        tool_use="t9", name="bash", subject=command, reason="runs a command", rule="x", allows=rules
    )
    async with prompt_run.run(size=(80, 24)) as pilot:
        await prompt_run.ask(pilot, asked)
        assert "begins-here" in prompt_run.app.text()
        assert prompt_run.pane.question.scroll_subject(10_000)
        await pilot.pause()
        assert "program59 with any options" in prompt_run.app.text()


async def test_an_exact_rule_does_not_repeat_the_command(prompt_run: PermissionPromptRun):
    asked = PermissionAsked(
        tool_use="t9",
        name="bash",
        subject="make all *.o",
        reason="runs a command",
        rule="outside(make all \\*.o)",
        allows="running exactly this command, outside the sandbox: make all *.o",
    )
    async with prompt_run.run(size=(80, 24)) as pilot:
        await prompt_run.ask(pilot, asked)
        text = prompt_run.app.text()
    assert text.count("make all") == 1
    assert "rule  running exactly this command, outside the sandbox" in text


async def test_a_long_reason_is_read_to_its_end_in_a_narrow_window(
    prompt_run: PermissionPromptRun,
):
    asked = PermissionAsked(
        tool_use="t9",
        name="keep",
        subject="a/" * 60 + "x",
        reason="because " * 12 + "of END",
        preview="+x",
    )
    async with prompt_run.run(size=(60, 30)) as pilot:
        await prompt_run.ask(pilot, asked)
        text = "".join(prompt_run.app.text().replace("┃", "").split())
    assert "ofEND" in text and "a/" * 60 + "x" in text


EVERY_EDIT = PermissionAsked(
    tool_use="t1",
    name="edit",
    subject="src/parse.py",
    reason="changes a file",
    preview=DIFF,
    rule="edit(**)",
    allows="edits of any file in this folder",
)


async def test_at_80_by_24_it_takes_eight_rows_and_shows_the_change_first(
    prompt_run: PermissionPromptRun,
):
    lines = [" above", " ", *(f"-old {n}\n+new {n}" for n in range(9)), " ", " below"]
    long = "@@ -1,13 +1,13 @@\n" + "\n".join(lines) + "\n"
    asked = structs.replace(EVERY_EDIT, preview=long)
    async with prompt_run.run(size=(80, 24)) as pilot:
        await prompt_run.ask(pilot, asked)
        rows = [row for row in prompt_run.app.rows() if row.startswith("┃")]
    assert len(rows) == 8
    assert rows[0].startswith("┃ edit src/parse.py · changes a file")
    assert "− old 0" in rows[1] and "+ new 0" in rows[2]
    assert rows[5].startswith("┃ rule  edits of any file in this folder  edit(**)")
    assert rows[6] == (
        "┃ y yes · a yes to all edits in this session (mode: edits) · p in this project"
    )
    assert rows[7] == "┃ n no, and say what instead"


async def test_at_80_by_24_the_row_about_the_cache_is_one_of_the_eight(
    prompt_run: PermissionPromptRun,
):
    lines = "".join(f"-old {n}\n+new {n}\n" for n in range(9))
    asked = structs.replace(EVERY_EDIT, preview=f"@@ -1,9 +1,9 @@\n{lines}")
    dear = "≈ $0.20 more (41k tokens written again)"
    async with prompt_run.run(size=(80, 24)) as pilot:
        stake = CacheStake(prompt_run.now + 252, dear, extending=dear.replace("0.20", "0.30"))
        prompt_run.pane.show(asked=[asked], stake=stake, take_focus=True)
        await pilot.pause()
        assert prompt_run.pane.size.height == 8
        shown = prompt_run.app.text()
        assert "warm for 4:12. After that: ≈ $0.20 more. If you extend: ≈ $0.30 more." in shown
        prompt_run.now += 10
        await pilot.press("n")
        await pilot.pause()
        assert prompt_run.pane.size.height <= 8


async def test_the_rule_is_edited_before_it_is_granted(prompt_run: PermissionPromptRun):
    def check(tool_use: str, rule: str) -> str:
        return "" if rule == "edit(src/**)" else f"{tool_use}: no such rule."

    prompt_run.pane.check_rule = check
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, EVERY_EDIT)
        await pilot.press("e", "home", "shift+end", *"edit(x)", "enter")
        assert "t1: no such rule." in prompt_run.app.text()
        await pilot.press("home", "shift+end", *"edit(src/**)", "enter")
        text = prompt_run.app.text()
        assert "rule  edit(src/**)" in text and "(mode: edits)" not in text
        assert prompt_run.answers == []
        await pilot.press("a")
    (given,) = prompt_run.app.posted_of(PermissionDecided)
    assert (given.answer, given.rule) == ("session", "edit(src/**)")


async def test_a_rule_that_was_not_edited_is_the_one_on_offer(prompt_run: PermissionPromptRun):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, EVERY_EDIT)
        await pilot.press("e", "escape", "p")
    (given,) = prompt_run.app.posted_of(PermissionDecided)
    assert (given.answer, given.rule) == ("project", "")


async def test_space_asks_for_all_of_it_and_the_question_stays(prompt_run: PermissionPromptRun):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, COMMAND)
        assert "space whole command" in prompt_run.app.text()
        await pilot.press("space")
        assert [each.asked for each in prompt_run.app.posted_of(PreviewRequested)] == [COMMAND]
        await pilot.press("y")
    assert prompt_run.answers == [("t2", "once", "")]


def test_the_words_that_changed_are_marked():
    diff = "@@ -1,2 +1,2 @@\n-def add(items, tags=[]):\n-x\n+def add(items, tags=None):\n+y\n"
    marked = []
    for line in preview_lines(diff, "a.txt"):
        marks = [span for span in line.text.spans if span.style in (ADDED_WORD, REMOVED_WORD)]
        marked.append([line.text.plain[span.start : span.end] for span in marks])
    assert marked == [["[]"], [], ["None"], []], "of lines that have nothing in common none are"
