"""A turn in which commands change protected files: put back, asked, told, logged in order."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from flight import flight

from tui.agent.desk import Answer
from tui.session import events as ev
from tui.simulator.pilot.situation import Text, ToolUse

EVIL = "echo 'exec ./x' > .envrc; echo done"


def script(number: int = 0) -> ToolUse:
    """A command of which nobody can see what it writes."""
    return ToolUse("bash", {"command": f"sh script{number}.sh"})


def held(flown, *scripts):
    """A session whose commands the kernel would hold, so that they run without a question."""
    flown.means.rules = replace(flown.means.rules, boundary=True)
    for number, text in enumerate(scripts):
        (flown.folder / f"script{number}.sh").write_text(text)


def answering(flown, answer, look=lambda: None):
    """Answer the first question; `look` is called while it is open."""

    def reply(item: object) -> None:
        if isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked):
            look()
            flown.means.desk.answer(item.event.tool_use, answer)

    flown.driver.listeners.append(reply)


@pytest.mark.parametrize(
    ("answer", "kept", "told"),
    [
        (Answer("once"), True, "agreed to keep"),
        (Answer("no", "never"), False, "They were put back: the user said no. They said: never"),
    ],
)
async def test_the_user_decides_what_a_command_may_leave_behind(
    tmp_path: Path, answer: Answer, kept: bool, told: str
) -> None:
    async with flight(tmp_path, (script(),), (Text("ok"),), mode="auto") as flown:
        held(flown, EVIL)
        file, seen = flown.folder / ".envrc", []
        answering(flown, answer, lambda: seen.append(file.exists()))
        await flown.driver.turn("go")
        assert seen == [False], "it is put back before the user is asked"
        assert file.exists() == kept
        (asked,) = flown.events(ev.PermissionAsked)
        assert asked.subject == ".envrc"
        assert "+exec ./x" in asked.preview
        assert not asked.rule
        (finished,) = flown.events(ev.ToolFinished)
        assert finished.content.startswith("done\n") and told in finished.content
        assert told in json.dumps(flown.server.script.told[-1].messages)
        kinds = [type(event).__name__ for event in flown.events()]
        assert kinds.index("PermissionAnswered") < kinds.index("ToolFinished")
        assert flown.state.last_end.reason == "completed"  # type: ignore[union-attr]


async def test_without_a_user_it_stays_put_back_and_is_said(tmp_path: Path) -> None:
    async with flight(
        tmp_path, (script(),), (Text("ok"),), mode="auto", interactive=False
    ) as flown:
        held(flown, EVIL)
        await flown.driver.turn("go")
        assert not (flown.folder / ".envrc").exists()
        (finished,) = flown.events(ev.ToolFinished)
        assert "nobody is here to allow it" in finished.content


@pytest.mark.parametrize("moment", ["while it runs", "at the question"])
async def test_an_interrupt_leaves_the_files_put_back(tmp_path: Path, moment: str) -> None:
    sleep = "; echo ready; sleep 60" if moment == "while it runs" else ""
    async with flight(tmp_path, (script(),), (Text("ok"),), mode="auto") as flown:
        held(flown, f"echo x > .envrc{sleep}")

        def is_moment(item: object) -> bool:
            if moment == "while it runs":
                return "ready" in getattr(item, "text", "")
            return isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked)

        flown.when(is_moment, flown.driver.interrupt)
        await flown.driver.turn("go")
        assert not (flown.folder / ".envrc").exists()
        (finished,) = flown.events(ev.ToolFinished)
        assert "They were put back" in finished.content
        assert flown.state.last_end.reason == "interrupted"  # type: ignore[union-attr]
        assert not flown.state.conversation.open_calls


async def test_what_a_background_job_changes_is_found_at_the_end_of_the_turn(
    tmp_path: Path,
) -> None:
    job = "(while [ ! -e go ]; do sleep 0.02; done; echo x > .envrc; touch gone; sleep 60) &"
    wait = "touch go; while [ ! -e gone ]; do sleep 0.02; done"
    calls = ((script(0),), (script(1),), (Text("ok"),))
    async with flight(tmp_path, *calls, mode="auto") as flown:
        held(flown, job, wait)
        answering(flown, Answer("no"))
        await flown.driver.turn("go")
        assert not (flown.folder / ".envrc").exists()
        (asked,) = flown.events(ev.PermissionAsked)
        assert asked.subject == ".envrc"
        for started in flown.means.world.jobs.listing():
            await flown.means.world.jobs.stop(started.number, 0.1)


async def test_a_file_tool_that_was_allowed_is_no_change_of_a_job(tmp_path: Path) -> None:
    write = ToolUse("write", {"path": ".envrc", "content": "x\n"})
    calls = ((script(0),), (write,), (script(1),), (Text("ok"),))
    async with flight(tmp_path, *calls, mode="auto") as flown:
        held(flown, "sleep 60 &", "true")
        answering(flown, Answer("once"))
        await flown.driver.turn("go")
        assert (flown.folder / ".envrc").read_text() == "x\n"
        assert len(flown.events(ev.PermissionAsked)) == 1
        for started in flown.means.world.jobs.listing():
            await flown.means.world.jobs.stop(started.number, 0.1)
