"""What one request says and does, together: no blank row inside, and nothing jumps as it grows."""

import pytest

from tests.widgets.transcript_app import run_transcript, visible_lines, wait_until_idle
from tui.reports.transcript_items import (
    AnswerItem,
    CallDetail,
    CallGroupItem,
    PromptItem,
    ThinkingItem,
    ToolItem,
    TranscriptItem,
)
from tui.session.events import FileChange

CHANGE = FileChange(path="a.py", added=1, removed=1, diff="@@ -1 +1 @@\n-x = 1\n+x = 2\n")


def read(name: str) -> ToolItem:
    return ToolItem(name, "read", f"{name}.py", "done", 100, summary="3 lines", detail="a\nb\nc")


REQUEST: list[TranscriptItem] = [
    AnswerItem("r1.1", "I look first."),
    CallGroupItem("r1.c0", (read("cart"), read("tax")), ThinkingItem("r1.c0", "so", 240)),
    ToolItem("r1.c1", "edit", "a.py", "done", 12, changes=(CHANGE,)),
    ToolItem("r1.c2", "bash", "make", "done", 9, summary="exit 0", detail="ok\nall well"),
    AnswerItem("r2.0", "Done."),
    CallGroupItem("r3.c0", (read("cart"),)),
]
ROWS = [
    " ● I look first.",
    "     read 2 files: cart tax · 200 · thought 240 ▸",
    "     edit a.py  +1 −1 · 12 ▸",
    "        1 − x = 1",
    "        1 + x = 2",
    "     bash make  exit 0 · 9 ▸",
    "       ▏ ok",
    "       ▏ all well",
    "",
    " ● Done.",
    "",
    "     read cart.py  3 lines · 100 ▸",
]


async def test_a_request_has_no_blank_row_inside_and_one_to_the_next():
    async with run_transcript(*REQUEST) as (_, transcript, _pilot):
        shown = [line.replace("9 ▸", "9") for line in visible_lines(transcript)]
        assert shown[: len(ROWS)] == [line.replace("9 ▸", "9") for line in ROWS]


async def test_a_request_looks_the_same_whether_it_came_bit_by_bit_or_was_loaded():
    async with run_transcript(PromptItem("p", "do")) as (_, live, pilot):
        heights = [live.entries.heights.total]

        async def look() -> None:
            await wait_until_idle(pilot)
            heights.append(live.entries.heights.total)

        live.open_stream("r1.0", "thinking")
        live.feed("r1.0", "so I think")
        await look()
        assert visible_lines(live)[2] == "     thinking ▸"
        live.open_stream("r1.1", "answer")
        assert visible_lines(live)[2] == "     thinking ▸", "stays till there is a word"
        for word in ("I ", "look ", "first."):
            live.feed("r1.1", word)
            await look()
            assert visible_lines(live)[2].startswith(" ● I")
        for item in (AnswerItem("r1.1", "I look first."), *grown_rows(), *REQUEST[4:]):
            if isinstance(item, AnswerItem):
                live.end_stream(item.key)
            live.put(item)
            await look()
        assert heights == sorted(heights), "nothing that was there moves up"
        seen = visible_lines(live)
    async with run_transcript(PromptItem("p", "do"), *REQUEST) as (_, loaded, _pilot):
        assert visible_lines(loaded) == seen


def grown_rows() -> list[TranscriptItem]:
    """The rows of the first request as its calls finish."""
    thought = ThinkingItem("r1.c0", "so", 240)
    return [
        CallGroupItem("r1.c0", (), thought),
        CallGroupItem("r1.c0", (read("cart"),), thought),
        REQUEST[2],
        REQUEST[1],
        REQUEST[3],
    ]


async def test_thinking_without_an_answer_becomes_the_row_of_what_follows():
    async with run_transcript(PromptItem("p", "do")) as (_, transcript, pilot):
        transcript.open_stream("r1.0", "thinking")
        transcript.feed("r1.0", "so")
        await wait_until_idle(pilot)
        transcript.end_stream("r1.0")
        transcript.put(CallGroupItem("r1.0", (read("cart"),), ThinkingItem("r1.0", "so", 9)))
        await wait_until_idle(pilot)
        assert visible_lines(transcript)[1:4] == [
            "", "     read cart.py  3 lines · 100 · thought 9 ▸", "",
        ]  # fmt: skip
        assert len(transcript.entries) == 2


async def test_thinking_that_the_user_unfolded_is_not_taken_away():
    async with run_transcript() as (_, transcript, pilot):
        transcript.open_stream("r1.0", "thinking")
        transcript.feed("r1.0", "so I think")
        await wait_until_idle(pilot)
        transcript.updates.toggle_fold("r1.0")
        transcript.open_stream("r1.1", "answer")
        transcript.feed("r1.1", "I look.")
        await wait_until_idle(pilot)
        assert visible_lines(transcript)[1:3] == ["       ▏ so I think", " ● I look."]


@pytest.mark.parametrize(
    ("detail", "rows"),
    [("rows", 14), ("names", len(ROWS)), ("counts", 8)],
)
async def test_how_much_of_calls_shows_can_be_changed_at_any_time(detail: CallDetail, rows: int):
    async with run_transcript(*REQUEST) as (_, transcript, pilot):
        for each in ("counts", "rows", detail):
            transcript.show_detail(each)
            await wait_until_idle(pilot)
        assert transcript.entries.heights.total == rows
        transcript.show_detail("names")
        await wait_until_idle(pilot)
        assert transcript.entries.heights.total == len(ROWS)


async def test_what_a_click_on_the_count_of_rows_hides_is_shown():
    tool = ToolItem("t", "bash", "make", "done", detail="\n".join(map(str, range(9))))
    async with run_transcript(tool) as (_, transcript, pilot):
        assert visible_lines(transcript)[1] == "    +5 rows ▸".rjust(16)
        await pilot.click("Transcript", offset=(8, 1))
        assert len([line for line in visible_lines(transcript) if "▏" in line]) == 9


async def test_what_is_hidden_in_a_row_is_found_and_shown():
    reads = CallGroupItem("g", (read("cart"), ToolItem("t", "read", "b", detail="x\nneedle")))
    items = [reads, *[PromptItem(f"p{n}", "other") for n in range(30)]]
    async with run_transcript(*items, size=(50, 12)) as (_, transcript, pilot):
        transcript.search.find("needle")
        await wait_until_idle(pilot)
        assert transcript.search.match_count == (1, 1)
        assert "       ▏ needle" in visible_lines(transcript)


async def test_a_selection_over_a_request_copies_what_it_shows():
    async with run_transcript(*REQUEST, size=(60, 30)) as (app, _transcript, pilot):
        await pilot.mouse_down("Transcript", offset=(3, 0))
        await pilot.hover("Transcript", offset=(30, 9))
        await pilot.mouse_up("Transcript", offset=(30, 9))
        await pilot.pause()
        assert app.screen.get_selected_text().split("\n") == [
            "I look first.",
            "read 2 files: cart tax · 200 · thought 240",
            "edit a.py +1 −1",
            "x = 1",
            "x = 2",
            "bash make exit 0",
            "ok",
            "all well",
            "",
            "Done.",
        ]


async def test_a_group_that_grows_costs_the_same_however_long_the_history_is():
    made = []
    for count in (20, 2_000):
        history = [PromptItem(f"p{n}", "other") for n in range(count)]
        async with run_transcript(*history) as (_, transcript, pilot):
            before = transcript.painter.strips_made
            for number in range(1, 6):
                reads = tuple(read(str(each)) for each in range(number))
                transcript.put(CallGroupItem("r1.c0", reads))
                await pilot.pause()
            made.append(transcript.painter.strips_made - before)
    assert made[0] == made[1] <= 40
