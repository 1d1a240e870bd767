"""The status line says where you are and what goes on, each in its place, and rests when idle."""

from dataclasses import replace

import pytest

from tests.widgets.widget_app import WidgetApp
from tui.widgets.status_line import (
    COMPACTING,
    PACED,
    SPINNER_FRAMES,
    TRYING_AGAIN,
    WAITING_FOR_ANSWER,
    WORKING,
    Hint,
    Status,
    StatusLine,
)
from tui.widgets.ticker import Ticker

IDLE = Status(
    mode="ask",
    model="opus-5.5",
    effort="medium",
    folder="~/code/shop",
    branch="main",
    hints=(Hint("?", "help"),),
)
BUSY = replace(IDLE, activity=WORKING, hints=(Hint("esc", "interrupt"),))
ASKED = replace(BUSY, activity=WAITING_FOR_ANSWER)


def row(
    status: Status,
    width: int,
    *,
    after: float = 0.0,
    used: int = 0,
    estimated: bool = False,
    heard: float | None = None,
) -> str:
    """The line as text, `after` so many seconds of it; `heard` is when the server was."""
    now = [100.0]
    line = StatusLine(clock=lambda: now[0])
    line.show(status)
    line.note_tokens(used, estimated=estimated)
    line.note_server_activity(heard)
    now[0] += after
    (shown,) = line.lines(width)
    assert shown.cell_length == width
    return shown.plain


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (100, "ask · opus-5.5 med · ~/code/shop (main)"),
        (84, "ask · opus-5.5 med · …/shop (main)"),
        (78, "ask · opus-5.5 med · …/shop"),
        (60, "ask · opus-5.5 med · …/shop"),
        (54, "ask · opus-5.5 med"),
        (32, "ask · opus-5.5"),
        (20, "ask"),
    ],
)
def test_where_the_user_is_depends_on_the_width_alone(width: int, shown: str):
    states = [
        row(IDLE, width),
        row(replace(IDLE, hints=(Hint("ctrl+j", "new line"),)), width),
        row(BUSY, width),
        row(BUSY, width, after=9, used=1_400, estimated=True),
        row(BUSY, width, after=400, used=99_000),
        row(BUSY, width, after=12, heard=100.0),
        row(replace(BUSY, below="↓ new output"), width),
        row(ASKED, width),
        row(replace(BUSY, activity=TRYING_AGAIN, until=104.0), width),
        row(replace(BUSY, activity=PACED, rate_left="9 requests/min left", until=104.0), width),
    ]
    for state in states:
        assert state.startswith(f"{shown}  "), state


@pytest.mark.parametrize(
    ("status", "options", "right"),
    [
        (IDLE, {}, "? help"),
        (BUSY, {"after": 2.9, "used": 900}, "⠋ working                       esc interrupt"),
        (BUSY, {"after": 3.0, "used": 900}, "⠋ working  3s ·    900 used     esc interrupt"),
        (
            BUSY,
            {"after": 12, "used": 1_400, "estimated": True},
            "⠋ working 12s · ≈ 1.4k used     esc interrupt",
        ),
        (BUSY, {"after": 75, "used": 12_400}, "⠋ working 1m 15s ·    12k used  esc interrupt"),
        (BUSY, {"after": 725, "used": 12_400}, "⠋ working    12m ·    12k used  esc interrupt"),
        (BUSY, {"after": 5}, "⠋ working  5s                   esc interrupt"),
        (
            replace(BUSY, activity=COMPACTING),
            {"after": 5, "used": 9},
            "⠋ compacting  5s                esc interrupt",
        ),
        (ASKED, {"after": 60, "used": 900}, "● waiting for you               esc interrupt"),
        (BUSY, {"after": 12, "heard": 100.0}, "⠋ no answer for 12s             esc interrupt"),
        (
            replace(BUSY, below="↓ new output"),
            {"after": 9, "used": 900},
            "⠋ working  9s ·    900 used      ↓ new output",
        ),
    ],
)
def test_what_goes_on_and_the_key_have_their_places(
    status: Status, options: dict[str, float], right: str
):
    for width in (78, 100, 160):
        assert row(status, width, **options).endswith(f"  {right}"), width  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("width", "right"),
    [
        (120, "⠋ paced: 12k tokens/min left, next request in 0:08  esc interrupt"),
        (80, "⠋ paced 0:08 · 12k tokens/min left  esc interrupt"),
        (74, "⠋ paced: next request in 0:08  esc interrupt"),
        (60, "⠋ paced 0:08     esc interrupt"),
    ],
)
def test_a_wait_for_a_rate_limit_says_as_much_as_there_is_room_for(width: int, right: str):
    status = replace(BUSY, activity=PACED, rate_left="12k tokens/min left", until=112.0)
    assert row(status, width, after=4).endswith(f"  {right}")


def test_the_time_of_work_stands_still_while_a_request_is_paced():
    now = [100.0]
    line = StatusLine(clock=lambda: now[0])
    for status, seconds in ((BUSY, 5.0), (replace(BUSY, activity=PACED), 60.0), (BUSY, 4.0)):
        line.show(status)
        now[0] += seconds
    (shown,) = line.lines(100)
    assert "working  9s" in shown.plain


@pytest.mark.parametrize(
    ("width", "right"),
    [
        (78, "⠋ working 12s · ≈ 1.4k used     esc interrupt"),
        (74, "⠋ working 12s · ≈ 1.4k      esc interrupt"),
        (60, "⠋ working 12s    esc interrupt"),
        (46, "⠋ working  esc interrupt"),
        (24, "⠋ working"),
    ],
)
def test_in_little_room_the_figures_give_way_before_the_key_and_the_key_before_the_work(
    width: int, right: str
):
    assert row(BUSY, width, after=12, used=1_400, estimated=True).endswith(f"  {right}")


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (
            100,
            "ask · opus-5.5 med · ~/code/shop (main)    No command /modell: did you mean /model?",
        ),
        (78, "ask · opus-5.5 med · …/shop    No command /modell: did you mean /model?"),
        (60, "ask · opus-5.5 med · …/shop    No command /modell: did you me…"),
        (30, "ask  No command /modell: did …"),
    ],
)
def test_a_notice_has_the_right_side_for_a_moment(width: int, shown: str):
    status = replace(BUSY, notice="No command /modell: did you mean /model?")
    found = row(status, width)
    assert found.split() == shown.split()
    assert found.rstrip() == found


async def test_time_stands_still_while_the_user_is_asked(widget_app: type[WidgetApp]):
    now = [100.0]
    line = StatusLine(clock=lambda: now[0])
    app = widget_app(line)
    async with app.run_test(size=(80, 2)):
        for status, seconds in [(BUSY, 5.0), (ASKED, 600.0), (BUSY, 7.0)]:
            line.show(status)
            now[0] += seconds
        assert "working 12s " in line.lines(80)[0].plain
        line.show(IDLE)
        line.show(BUSY)
        now[0] += 4.0
        assert "working  4s " in line.lines(80)[0].plain, "the next prompt counts from nothing"


def test_only_what_waits_for_the_user_has_the_colour_of_attention():
    colours = {}
    for status in (IDLE, BUSY, ASKED, replace(BUSY, notice="Copied.")):
        line = StatusLine(clock=lambda: 100.0)
        line.show(status)
        colours[status] = {str(span.style) for span in line.lines(80)[0].spans}
    assert [any("$warning" in each for each in found) for found in colours.values()] == [
        False, False, True, False,
    ]  # fmt: skip


async def test_the_clock_runs_exactly_while_something_is_going_on(
    widget_app: type[WidgetApp],
):
    line = StatusLine()
    line.show(IDLE)
    app = widget_app(line)
    async with app.run_test(size=(80, 2)) as pilot:
        await pilot.pause()
        ticker = Ticker.of(app)
        assert not ticker.running
        line.show(BUSY)
        assert ticker.running
        line.show(IDLE)
        assert not ticker.running
        line.show(BUSY)
        await line.remove()
        assert not ticker.running


async def test_a_tick_turns_the_spinner_and_moves_nothing_else(
    widget_app: type[WidgetApp],
):
    line = StatusLine()
    line.show(BUSY)
    app = widget_app(line)
    async with app.run_test(size=(80, 2)) as pilot:
        await pilot.pause()
        before = app.rows()[0]
        layouts = line._layout_updates
        line._spin()
        await pilot.pause()
        after = app.rows()[0]
    changed = [at for at, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert len(changed) == 1
    assert before[changed[0]] in SPINNER_FRAMES
    assert line._layout_updates == layouts


async def test_two_who_joined_share_one_timer(widget_app: type[WidgetApp]):
    lines = [StatusLine(), StatusLine()]
    app = widget_app(*lines)
    async with app.run_test(size=(80, 4)) as pilot:
        await pilot.pause()
        for line in lines:
            line.show(BUSY)
        timers = [timer for timer in app._timers if timer.name == "ticker"]
        assert len(timers) == 1


async def test_without_attention_one_tick_in_ten_goes_out(
    widget_app: type[WidgetApp],
):
    app = widget_app()
    async with app.run_test():
        app.app_focus = False
        ticker, heard = Ticker(app), []
        ticker._members.append(lambda: heard.append(1))
        for _ in range(30):
            ticker.tick()
        assert len(heard) == 3


async def test_branch_names_are_foreign_text(widget_app: type[WidgetApp]):
    line = StatusLine()
    line.show(replace(IDLE, branch="[/x]\x1b]52;c;AAAA\x07"))
    app = widget_app(line)
    async with app.run_test(size=(100, 2)) as pilot:
        await pilot.pause()
        assert "[/x]" in app.text()
        assert "\x1b" not in app.text()


def test_hints_are_as_many_as_fit_and_the_first_comes_first():
    card = (Hint("c", "continue"), Hint("x", "extend"), Hint("e", "effort"))
    status = replace(IDLE, hints=card)
    assert row(status, 100).endswith("  c continue · x extend · e effort")
    assert row(status, 64).endswith("  c continue · x extend · e effort")
    assert row(status, 60).endswith("  c continue · x extend")
    assert row(status, 46).endswith("  c continue · x extend")
    working = row(replace(status, activity=WORKING), 100, after=9, used=900)
    assert working.endswith("⠋ working  9s ·    900 used        c continue")


@pytest.mark.parametrize("width", [18, 30, 60, 100])
def test_a_simulated_answer_is_called_one_at_every_width(width: int):
    for status in (IDLE, BUSY, replace(ASKED, notice="press ctrl+c again to quit")):
        assert row(replace(status, simulated=True), width).startswith("ask · simulated")
    assert "simulated" not in row(IDLE, width)


@pytest.mark.parametrize(
    ("width", "mode", "sandbox", "shown"),
    [
        (120, "ask", "files", "ask · opus-5.5 med · ~/code/shop (main) · sandbox: files"),
        (100, "ask", "files", "ask · opus-5.5 med · …/shop (main) · sandbox: files"),
        (90, "ask", "files, network", "ask · opus-5.5 med · ~/code/shop (main)"),
        (120, "ask", "off", "ask · opus-5.5 med · ~/code/shop (main) · sandbox: off"),
        (120, "auto", "off", "auto · sandbox: off · opus-5.5 med · ~/code/shop (main)"),
        (42, "auto", "off", "auto · sandbox: off"),
        (120, "auto", "", "auto · opus-5.5 med · ~/code/shop (main)"),
    ],
)  # fmt: skip
def test_what_holds_commands_is_said_and_that_nothing_does_before_all_else(
    width: int, mode: str, sandbox: str, shown: str
):
    found = row(replace(IDLE, mode=mode, sandbox=sandbox, hints=()), width)
    assert found.strip() == shown


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (0.5, "trying again in 0:02"),
        (3.0, "trying again"),
        (11.9, "trying again"),
        (12.0, "no answer for 10s"),
    ],
)
def test_after_a_pause_the_silence_counts_from_the_next_try(after: float, said: str):
    status = replace(BUSY, activity=TRYING_AGAIN, until=102.0, hints=())
    assert row(status, 80, after=after, heard=102.0).rstrip().endswith(f"⠋ {said}")


@pytest.mark.parametrize(
    ("heard", "said"), [(100.0, "no answer for 12s"), (102.1, "working 12s"), (None, "working 12s")]
)
def test_a_server_that_is_silent_is_told_after_ten_seconds(heard: float | None, said: str):
    assert f"⠋ {said}  " in row(BUSY, 80, after=12, heard=heard)
