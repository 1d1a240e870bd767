"""The status line says what goes on now, not what went on before."""

import skylark
from story import Story
from studio import Set, Studio, application

from tui.session import events as ev


async def activity_after(*events: ev.Event) -> str:
    """What the status line says once these have happened in a turn under way."""
    story: Story = skylark.models().start()
    app = application(Studio(story), "glideslope-dark")
    async with app.run_test(size=(100, 30)) as pilot:
        on = Set(app, pilot, story)
        await on.ready()
        story.add(*events)
        await on.happen()
        said = app.chat.status.activity
        await app.leave()
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


async def test_a_tool_at_work_is_named():
    assert await activity_after(*ran(finished=False)) == "running bash"


async def test_once_the_next_request_is_sent_the_tool_before_it_is_not_named_any_more():
    assert await activity_after(*ran(finished=True), sent()) == "working"
