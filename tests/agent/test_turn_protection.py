"""A turn in which commands change protected files: put back, asked, told, logged in order."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tui.agent.command_protection import CommandProtection
from tui.agent.protection_journal import was_left_open
from tui.agent.restored_changes import put_back_at_the_end
from tui.agent.user_inbox import PermissionAnswer
from tui.session import events as ev
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse

EVIL = "echo 'exec ./x' > .envrc; echo done"


def script(number: int = 0) -> ScriptedToolUse:
    """A command of which nobody can see what it writes."""
    return ScriptedToolUse("bash", {"command": f"sh script{number}.sh"})


def held(run: SessionRun, *scripts: str) -> None:
    """A session whose commands the kernel would hold, so that they run without a question."""
    change_context(run.ctx, rules=replace(run.ctx.run.rules, boundary=True))
    for number, text in enumerate(scripts):
        (run.folder / f"script{number}.sh").write_text(text)


def answering(
    run: SessionRun, answer: PermissionAnswer, look: Callable[[], object] = lambda: None
) -> None:
    """Answer the first question; `look` is called while it is open."""

    def reply(item: object) -> None:
        if isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked):
            look()
            run.driver.answer_permission(item.event.tool_use, answer)

    run.driver.listeners.append(reply)


@pytest.mark.parametrize(
    ("answer", "kept", "told"),
    [
        (PermissionAnswer("once"), True, "agreed to keep"),
        (
            PermissionAnswer("no", "never"),
            False,
            "They were put back: the user said no. They said: never",
        ),
    ],
)
async def test_the_user_decides_what_a_command_may_leave_behind(
    tmp_path: Path, answer: PermissionAnswer, kept: bool, told: str
):
    async with run_session(tmp_path, (script(),), (ScriptedText("ok"),), mode="auto") as run:
        held(run, EVIL)
        file, seen = run.folder / ".envrc", []
        answering(run, answer, lambda: seen.append(file.exists()))
        await run.driver.run_turn("go")
        assert seen == [False], "it is put back before the user is asked"
        assert file.exists() == kept
        (asked,) = run.events(ev.PermissionAsked)
        assert asked.subject == ".envrc"
        assert "+exec ./x" in asked.preview
        assert not asked.rule
        (finished,) = run.events(ev.ToolFinished)
        assert finished.content.startswith("done\n") and told in finished.content
        assert told in json.dumps(run.server.script.inputs[-1].messages)
        kinds = [type(event).__name__ for event in run.events()]
        assert kinds.index("PermissionAnswered") < kinds.index("ToolFinished")
        assert run.state.last_end.reason == "completed"


async def test_without_a_user_it_stays_put_back_and_is_said(tmp_path: Path):
    async with run_session(
        tmp_path, (script(),), (ScriptedText("ok"),), mode="auto", interactive=False
    ) as run:
        held(run, EVIL)
        await run.driver.run_turn("go")
        assert not (run.folder / ".envrc").exists()
        (finished,) = run.events(ev.ToolFinished)
        assert "nobody is here to allow it" in finished.content


@pytest.mark.parametrize("moment", ["while it runs", "at the question"])
async def test_an_interrupt_leaves_the_files_put_back(tmp_path: Path, moment: str):
    sleep = "; echo ready; sleep 60" if moment == "while it runs" else ""
    async with run_session(tmp_path, (script(),), (ScriptedText("ok"),), mode="auto") as run:
        held(run, f"echo x > .envrc{sleep}")

        def is_moment(item: object) -> bool:
            if moment == "while it runs":
                return "ready" in getattr(item, "text", "")
            return isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked)

        run.when(is_moment, run.driver.interrupt)
        await run.driver.run_turn("go")
        assert not (run.folder / ".envrc").exists()
        (finished,) = run.events(ev.ToolFinished)
        assert "They were put back" in finished.content
        assert run.state.last_end.reason == "interrupted"
        assert not run.state.conversation.open_calls


async def test_what_a_background_job_changes_is_found_at_the_end_of_the_turn(
    tmp_path: Path,
):
    job = "(while [ ! -e go ]; do sleep 0.02; done; echo x > .envrc; touch gone; sleep 60) &"
    wait = "touch go; while [ ! -e gone ]; do sleep 0.02; done"
    calls = ((script(0),), (script(1),), (ScriptedText("ok"),))
    async with run_session(tmp_path, *calls, mode="auto") as run:
        held(run, job, wait)
        answering(run, PermissionAnswer("no"))
        await run.driver.run_turn("go")
        assert not (run.folder / ".envrc").exists()
        (asked,) = run.events(ev.PermissionAsked)
        assert asked.subject == ".envrc"
        for started in run.ctx.services.environment.jobs.statuses():
            await run.ctx.services.environment.jobs.stop(started.number, 0.1)


async def test_a_file_tool_that_was_allowed_is_no_change_of_a_job(tmp_path: Path):
    write = ScriptedToolUse("write", {"path": ".envrc", "content": "x\n"})
    calls = ((script(0),), (write,), (script(1),), (ScriptedText("ok"),))
    async with run_session(tmp_path, *calls, mode="auto") as run:
        held(run, "sleep 60 &", "true")
        answering(run, PermissionAnswer("once"))
        await run.driver.run_turn("go")
        assert (run.folder / ".envrc").read_text() == "x\n"
        assert len(run.events(ev.PermissionAsked)) == 1
        for started in run.ctx.services.environment.jobs.statuses():
            await run.ctx.services.environment.jobs.stop(started.number, 0.1)


async def test_what_a_job_changes_after_the_last_look_is_put_back_when_the_session_closes(
    tmp_path: Path,
):
    async with run_session(tmp_path, mode="auto") as run:
        run.ctx.run.log_path = run.store.path
        protection = CommandProtection.of(run.ctx.services.environment, run.store.path)
        run.ctx.run.protection = protection
        view, _ = await protection.before_command()
        await protection.after_command(view, jobs=True)
        (run.folder / ".envrc").write_text("exec ./x\n")
        (said,) = await put_back_at_the_end(run.ctx)
        assert isinstance(said, ev.NoticeShown)
        assert said.sentence == (
            "A background job changed protected files: .envrc. They were put back."
        )
        assert not (run.folder / ".envrc").exists()
        assert not was_left_open(run.store.path)
        assert await put_back_at_the_end(run.ctx) == []
