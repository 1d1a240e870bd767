"""Waits until a program under test has nothing left to do, and no longer than that.

Textual's own tests look at the clock of the processor every fiftieth of a second until it has
hardly moved: two fiftieths for each key at least, a whole second while a meter runs.
"""

import asyncio
import contextlib
import time
from asyncio.base_events import BaseEventLoop
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from textual._context import active_app
from textual.app import App
from textual.message import Message
from textual.pilot import Pilot, WaitForScreenTimeout
from textual.screen import Screen

QUIET_ROUNDS = 3
"""Rounds of the event loop, each with a look at the sockets, in which nothing was ready."""
MAX_PAINTS = 10
"""Screens that are painted at most: one that asks for the next one each time has no end."""
TRIES, TRY_SECONDS = 6, 5.0
"""How often widgets are asked again whether they are through, and how long they have."""
KEY_GAP = 0.1
"""Seconds between two keys of a pilot, by their times: keys in less would be a paste."""

_last_pressed = WeakKeyDictionary[App[Any], float]()
"""When a pilot pressed the last key, as the program has it."""
_in_threads: set[asyncio.Future[Any]] = set()
"""What event loops wait for that threads do."""


@contextlib.contextmanager
def held_threads() -> Iterator[None]:
    """A scene in which a thread waits for the test: nobody waits for it in vain."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BaseEventLoop, "run_in_executor", _run_in_executor)
        yield


_run_in_executor = BaseEventLoop.run_in_executor


def install(patched: pytest.MonkeyPatch) -> None:
    """Let the pilots of Textual wait this way."""
    patched.setattr("textual.pilot.wait_for_idle", wait_until_idle)
    patched.setattr("textual.app.wait_for_idle", wait_until_idle)
    patched.setattr(App, "_press_keys", _one_by_one(App._press_keys))
    patched.setattr(Pilot, "_wait_for_screen", _asked_again(Pilot._wait_for_screen))
    patched.setattr(BaseEventLoop, "run_in_executor", _counted(BaseEventLoop.run_in_executor))


async def wait_until_idle(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Return when no task and no message is ready, no thread works, and all is painted.

    It takes the place of `textual._wait.wait_for_idle` and so has its arguments.

    Args:
        min_sleep: Seconds it takes at least.
        max_sleep: Seconds after which it returns although something is to be done still.
    """
    end = time.monotonic() + max_sleep
    await asyncio.sleep(min_sleep)
    for _ in range(MAX_PAINTS):
        await _wait_until_nothing_is_ready(end)
        app = active_app.get()
        if app._resize_timer is not None:
            app._check_resize()
        elif app.screen_stack and _must_paint(app.screen_stack[-1]):
            app.screen_stack[-1]._on_timer_update()
        else:
            return


async def _wait_until_nothing_is_ready(end: float) -> None:
    loop = asyncio.get_running_loop()
    ready = loop._ready  # type: ignore[attr-defined]
    quiet = 0
    while quiet < QUIET_ROUNDS and (left := end - time.monotonic()) > 0:
        await asyncio.sleep(0)
        quiet = 0 if ready else quiet + 1
        if not ready and (awaited := [work for work in _in_threads if work.get_loop() is loop]):
            await asyncio.wait(awaited, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            quiet = 0


def _must_paint(screen: Screen[object]) -> bool:
    if not screen.is_current or screen.app._batch_count:
        return False
    return bool(
        screen._layout_required
        or screen._scroll_required
        or screen._repaint_required
        or screen._dirty_widgets
        or screen._recompose_required
        or screen._callbacks
    )


def _asked_again(wait: Callable[..., Awaitable[bool]]) -> Callable[..., Awaitable[bool]]:
    """Ask the widgets once more where one did not answer: it may have gone meanwhile.

    Textual (8.2.8) asks each widget on the screen and waits for all; one that is being removed
    takes the question and never answers.
    """

    async def patiently(pilot: Pilot[Any]) -> bool:
        for _ in range(TRIES):
            with contextlib.suppress(WaitForScreenTimeout):
                return await wait(pilot, TRY_SECONDS)
        return await wait(pilot)

    return patiently


def _one_by_one(press_keys: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """No time passes between the keys, but each has the time a person would have pressed it at."""

    async def press(app: App[Any], keys: Iterable[str]) -> None:
        driver = app._driver
        assert driver is not None

        def send(message: Message) -> None:
            earliest = _last_pressed.get(app, 0.0) + KEY_GAP
            message.time = _last_pressed[app] = max(message.time, earliest)
            type(driver).send_message(driver, message)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(driver, "send_message", send)
            await press_keys(app, keys)

    return press


def _counted(run_in_executor: Callable[..., Any]) -> Callable[..., asyncio.Future[Any]]:
    def run(loop: BaseEventLoop, *call: Any) -> asyncio.Future[Any]:
        work: asyncio.Future[Any] = run_in_executor(loop, *call)
        _in_threads.add(work)
        work.add_done_callback(_in_threads.discard)
        return work

    return run
