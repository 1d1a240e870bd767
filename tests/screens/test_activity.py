"""The status line says what goes on now, not what went on before."""

from screenshots import example_session
from screenshots.scripted_app import SceneDriver, ScriptedOpener, scripted_app
from screenshots.scripted_log import ScriptedLog
from tui.session import events as ev
from tui.widgets.status_line import WAITING_FOR_ANSWER, WORKING


async def activity_after(*events: ev.Event) -> str:
    """What the status line says once these have happened in a turn under way."""
    log: ScriptedLog = example_session.models().start()
    app = scripted_app(ScriptedOpener(log), "glideslope-dark")
    async with app.run_test(size=(100, 30)) as pilot:
        on = SceneDriver(app, pilot, log)
        await on.wait_until_ready()
        log.add(*events)
        await on.commit_new_events()
        said = app.chat.status_report.status.activity
        await app.shut_down()
    return said


def ran(*, finished: bool) -> tuple[ev.Event, ...]:
    """A command of the last request, started and perhaps finished."""
    started = ev.ToolStarted(request=1, tool_use="t", name="bash", input={}, subject="make")
    done = ev.ToolFinished(request=1, tool_use="t", name="bash", content="", outcome="done")
    return (started, done) if finished else (started,)


def sent() -> ev.RequestStarted:
    """The next request goes out."""
    return ev.RequestStarted(
        request=99, turn=2, model="m", effort=None, max_tokens=9, budget=None, messages=1
    )


async def test_work_is_work_whether_a_tool_runs_or_the_model_writes():
    assert await activity_after(*ran(finished=False)) == WORKING
    assert await activity_after(*ran(finished=True), sent()) == WORKING


async def test_while_a_question_waits_a_tool_that_starts_is_not_what_goes_on():
    asked = ev.PermissionAsked(tool_use="q", name="bash", subject="rm x", reason="runs a command")
    assert await activity_after(asked, *ran(finished=False)) == WAITING_FOR_ANSWER
