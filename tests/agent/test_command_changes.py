"""What commands change in files that the session knows is in the log, with its lines."""

from dataclasses import replace
from pathlib import Path

from tests.agent.tool_runner import ToolRunner
from tests.support.context import change_context
from tests.support.run_session import run_session
from tui.agent.command_changes import MAX_FILE_BYTES, KnownFiles
from tui.reports.transcript_items import ToolItem
from tui.reports.transcript_presenter import TranscriptPresenter
from tui.session import events as ev
from tui.session.state import SessionState
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse


async def test_a_command_that_changes_a_file_the_model_has_read_leaves_its_diff(tmp_path: Path):
    def bash(command: str) -> ScriptedToolUse:
        return ScriptedToolUse("bash", {"command": command})

    read = ScriptedToolUse("read", {"path": "cart.py"})
    both = "sed -i s/old/new/ cart.py other.py"
    steps = ((read,), (bash(both),), (bash("cat cart.py"),), (ScriptedText("ok"),))
    async with run_session(tmp_path, *steps, mode="auto") as run:
        for name in ("cart.py", "other.py"):
            (run.folder / name).write_text("a = 'old'\nb = 1\n")
        # So that commands run without a question.
        change_context(run.ctx, rules=replace(run.ctx.run.rules, boundary=True))
        await run.driver.run_turn("go")
        finished = run.events(ev.ToolFinished)
        assert [len(each.changes) for each in finished] == [0, 1, 0]
        (change,) = finished[1].changes
        assert (change.path, change.added, change.removed) == ("cart.py", 1, 1)
        assert "-a = 'old'\n+a = 'new'\n" in change.diff
        assert run.state.touched_files == {"cart.py": (1, 1)}


async def test_only_text_that_a_tool_knows_and_that_differs_counts(tmp_path: Path):
    tools, known = ToolRunner(tmp_path), KnownFiles()
    for name in ("same", "gone", "binary", "large", "text"):
        tools.write_file(name, "1\n")
        await tools.use("read", path=name)
    tools.write_file("unknown", "1\n")
    known.look(tools.world)
    tools.write_file("text", "2\r\n")
    tools.write_file("unknown", "2\n")
    tools.write_file("same", "1\n")
    tools.write_file("binary", b"\0\1")
    tools.write_file("large", "2\n" * MAX_FILE_BYTES)
    (tools.folder / "gone").unlink()
    (change,) = known.changes(tools.world)
    assert (change.path, change.added, change.removed, change.newline) == ("text", 1, 1, "\r\n")


def test_the_row_of_a_command_names_what_it_changed():
    change = ev.FileChange(path="src/cart.py", added=3, removed=1, diff="@@ -1 +1 @@\n-a\n+b\n")
    ran = ev.ToolFinished(
        request=1,
        tool_use="t",
        name="bash",
        content="formatted",
        outcome="done",
        summary="exit 0",
        changes=(change,),
    )
    record = ev.Record(seq=1, at=0.0, event=ran)
    (item,) = [
        each
        for each in TranscriptPresenter(SessionState()).history([record])
        if isinstance(each, ToolItem)
    ]
    assert item.summary == "exit 0 · changed cart.py +3 −1"
    assert item.changes == (), "below the row is the output"
