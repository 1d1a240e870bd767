"""The transcript as a widget: what is shown, followed, folded and kept in place."""

import random

import pytest
from textual.screen import Screen

from tests.widgets.transcript_app import run_transcript, styles_at, visible_lines, wait_until_idle
from tui.reports.transcript_items import (
    AnswerItem,
    DividerItem,
    NoticeItem,
    PromptItem,
    ThinkingItem,
    ToolItem,
)
from tui.session.events import FileChange
from tui.widgets.ticker import Ticker
from tui.widgets.transcript import entry_list, idle_work, text_streams


def prompts(count: int, start: int = 0) -> list[PromptItem]:
    return [PromptItem(f"p{number}", f"prompt {number}") for number in range(start, start + count)]


def answers(count: int) -> list[AnswerItem]:
    return [
        AnswerItem(f"a{number}", f"## Part {number}\n\nwords **of** it\n\n- one\n- two\n")
        for number in range(count)
    ]


async def test_items_stand_one_below_the_other():
    items = [
        PromptItem("p", "do it"),
        ThinkingItem("t", "so", 1240),
        ToolItem("r", "read", "a.py", "done", 950, summary="3 lines"),
        AnswerItem("a", "**Done**, see `a.py`."),
        NoticeItem("n", "landing", "warning"),
        DividerItem("d", "done"),
    ]
    async with run_transcript(*items, size=(40, 24)) as (_, transcript, _pilot):
        assert visible_lines(transcript)[:17] == [
            " > do it",
            "",
            "     thought 1.2k ▸",
            "",
            "     read a.py  3 lines · 950",
            "",
            " ● Done, see a.py.",
            "",
            " ! landing",
            "",
            "   ── done ───────────────────────────",
            "",
            "",
            "",
            "",
            "",
            "",
        ]


async def test_the_end_is_shown_first_and_followed():
    async with run_transcript(*prompts(100)) as (_, transcript, pilot):
        assert visible_lines(transcript)[-1] == " > prompt 99"
        transcript.put(PromptItem("new", "the newest"))
        await pilot.pause()
        assert visible_lines(transcript)[-1] == " > the newest"
        assert transcript.viewport.is_following


async def test_putting_the_same_key_replaces_in_place():
    line = ToolItem("t", "bash", "make")
    async with run_transcript(PromptItem("p", "x"), line, PromptItem("q", "y")) as (
        _,
        transcript,
        pilot,
    ):
        assert "     ○ bash make  running" in visible_lines(transcript)
        transcript.put(ToolItem("t", "bash", "make", "error", summary="exit 2"))
        await pilot.pause()
        assert visible_lines(transcript)[2] == "     ✗ bash make  failed · exit 2"
        assert len(transcript.entries) == 3


async def test_an_answer_streams_in_and_the_end_stays_in_view():
    async with run_transcript(*prompts(3)) as (_, transcript, pilot):
        transcript.open_stream("a", "answer")
        text = "".join(f"- item number {number}\n" for number in range(60))
        for at in range(0, len(text), 17):
            transcript.feed("a", text[at : at + 17])
        transcript.end_stream("a")
        await wait_until_idle(pilot)
        assert visible_lines(transcript)[-1] == "   • item number 59"
        assert transcript.streams.keys == ()
        assert transcript.entries[3].item == AnswerItem("a", text)


async def test_a_streamed_answer_looks_like_a_loaded_one():
    rng = random.Random(5)
    text = "# Head\n\nA *paragraph*.\n\n```py\nx = 1\n```\n\n| a | b |\n| - | - |\n| 1 | 2 |\n" * 3
    async with run_transcript(AnswerItem("a", text), size=(50, 60)) as (_, transcript, pilot):
        loaded = visible_lines(transcript)
        transcript.load(())
        transcript.open_stream("a", "answer")
        at = 0
        while at < len(text):
            size = rng.randint(1, 30)
            transcript.feed("a", text[at : at + size])
            at += size
            transcript.streams.flush()
        transcript.end_stream("a")
        await wait_until_idle(pilot)
        assert visible_lines(transcript) == loaded


async def test_the_whole_answer_put_after_its_stream_changes_nothing():
    async with run_transcript() as (_, transcript, pilot):
        transcript.open_stream("a", "answer")
        transcript.feed("a", "some words\n")
        transcript.end_stream("a")
        await wait_until_idle(pilot)
        blocks = transcript.entries.blocks(0)
        transcript.put(AnswerItem("a", "some words\n"))
        assert transcript.entries.blocks(0) is blocks


async def test_a_stream_that_is_behind_ends_in_the_whole_answer_without_reading_it_again():
    text = "".join(f"paragraph {number}\n\n" for number in range(500))
    async with run_transcript() as (_, transcript, pilot):
        transcript.open_stream("a", "answer")
        transcript.feed("a", text[:6_000])
        transcript.streams.flush()
        first = transcript.entries.blocks(0)[0]
        transcript.put(AnswerItem("a", text))
        await wait_until_idle(pilot)
        assert transcript.entries.blocks(0)[0] is first
        assert visible_lines(transcript)[-1] == "   paragraph 499"
        assert transcript.entries[0].item == AnswerItem("a", text)
        assert transcript.streams.keys == ()


async def test_a_stream_that_is_replaced_midway_takes_no_more_text():
    async with run_transcript() as (_, transcript, pilot):
        transcript.open_stream("a", "answer")
        transcript.feed("a", "half of ")
        transcript.put(AnswerItem("a", "the whole"))
        transcript.feed("a", "late")
        transcript.end_stream("a")
        await wait_until_idle(pilot)
        assert visible_lines(transcript)[0] == " ● the whole"


async def test_text_that_comes_between_two_frames_is_shown_once(monkeypatch: pytest.MonkeyPatch):
    flushes = []
    async with run_transcript() as (app, transcript, _pilot):
        clock = ManualTicker(app)
        Ticker.use(app, clock)
        flush = transcript.streams.flush
        monkeypatch.setattr(transcript.streams, "flush", lambda: flushes.append(flush()))
        transcript.open_stream("a", "answer")
        for _ in range(3):
            for _ in range(50):
                transcript.feed("a", "y")
            clock.tick()
        clock.tick()
        assert len(flushes) == 3
        assert transcript.entries[0].stream.text == "y" * 150


async def test_the_end_is_followed_through_every_height_a_question_leaves():
    text = "word " * 200 + "\n\n- one\n- two\n"
    async with run_transcript(*(AnswerItem(f"l{n}", text) for n in range(60))) as run:
        _, transcript, pilot = run
        for height in (3, 15, 1, 18, 0, 9, 0, 0, 18, 2, 12):
            transcript.styles.height = height
            transcript.put(PromptItem(f"h{transcript.entries.heights.total}", "x\n" * 5))
            await pilot.pause()
            assert transcript.viewport.is_following, height
            assert transcript.window.is_at_end or not height
        transcript.action_page_up()
        for height in (5, 12, 0, 9):
            transcript.styles.height = height
            await pilot.pause()
            assert not transcript.viewport.is_following


class ManualTicker(Ticker):
    """A clock that a test moves."""

    def _start(self) -> None:
        """No timer."""


async def test_a_burst_is_read_in_parts():
    async with run_transcript() as (_, transcript, pilot):
        transcript.open_stream("a", "answer")
        transcript.feed("a", "words and words\n\n" * 2_000)
        transcript.streams.flush()
        assert len(transcript.entries[0].stream.text) == text_streams.MOST_AT_ONCE
        transcript.end_stream("a")
        await wait_until_idle(pilot)
        assert len(transcript.entries[0].stream.text) == 34_000


async def test_growing_text_needs_no_layout(monkeypatch: pytest.MonkeyPatch):
    layouts = []
    original = Screen._refresh_layout
    async with run_transcript(*prompts(2)) as (_, transcript, pilot):
        monkeypatch.setattr(
            Screen, "_refresh_layout", lambda *a, **k: layouts.append(1) or original(*a, **k)
        )
        transcript.open_stream("a", "answer")
        for number in range(100):
            transcript.feed("a", f"line {number}\n\n")
            transcript.streams.flush()
            await pilot.pause()
        assert transcript.max_scroll_y > 150
        assert layouts == []


async def test_only_lines_that_changed_are_painted_again(monkeypatch: pytest.MonkeyPatch):
    async with run_transcript(PromptItem("p", "x")) as (_, transcript, pilot):
        transcript.open_stream("a", "answer")
        transcript.feed("a", "first paragraph\n\nsecond paragraph, ")
        transcript.streams.flush()
        await pilot.pause()
        regions = []
        original = transcript.refresh
        monkeypatch.setattr(
            transcript, "refresh", lambda *a, **k: regions.extend(a) or original(*a, **k)
        )
        transcript.feed("a", "more of it")
        transcript.streams.flush()
        assert [region.y for region in regions] == [4]


async def test_strips_stay_the_same_objects():
    async with run_transcript(*answers(4), size=(60, 40)) as (_, transcript, pilot):
        region = transcript.scrollable_content_region.reset_offset
        before = list(transcript.render_lines(region))
        transcript.put(PromptItem("p", "more"))
        await pilot.pause()
        after = transcript.render_lines(region)
        kept = [strip for strip in before if strip.text.strip()]
        assert all(any(strip is other for other in after) for strip in kept[1:])


async def test_lines_of_a_growing_paragraph_stay_the_same_objects():
    async with run_transcript() as (_, transcript, pilot):
        region = transcript.scrollable_content_region.reset_offset
        transcript.open_stream("a", "answer")
        transcript.feed("a", "many words " * 20)
        transcript.streams.flush()
        await pilot.pause()
        first, second = transcript.render_lines(region)[:2]
        transcript.feed("a", "and more")
        transcript.streams.flush()
        await pilot.pause()
        assert transcript.render_lines(region)[0] is first
        assert transcript.render_lines(region)[1] is second


async def test_who_scrolls_up_is_left_alone_and_told_once():
    async with run_transcript(*prompts(50)) as (app, transcript, pilot):
        transcript.action_page_up()
        await pilot.pause()
        before = visible_lines(transcript)
        assert not transcript.viewport.is_following
        transcript.open_stream("a", "answer")
        for _ in range(20):
            transcript.feed("a", "text nobody sees yet\n\n")
            transcript.streams.flush()
        await pilot.pause()
        assert visible_lines(transcript) == before
        assert transcript.entries[50].stream.text == ""
        assert [type(message).__name__ for message in app.received] == ["NewOutput"]
        transcript.follow()
        await wait_until_idle(pilot)
        assert visible_lines(transcript)[-1] == "   text nobody sees yet"
        assert [type(message).__name__ for message in app.received] == ["NewOutput", "AtEnd"]


async def test_scrolling_down_to_the_end_follows_again():
    async with run_transcript(*prompts(50)) as (_, transcript, pilot):
        transcript.action_page_up()
        transcript.action_page_down()
        await pilot.pause()
        assert transcript.viewport.is_following


async def test_a_stream_sealed_out_of_sight_is_whole_when_it_is_looked_at():
    async with run_transcript(*prompts(50)) as (_, transcript, pilot):
        transcript.action_scroll_home()
        await pilot.pause()
        transcript.open_stream("a", "answer")
        transcript.feed("a", "hidden words")
        transcript.end_stream("a")
        await wait_until_idle(pilot)
        assert visible_lines(transcript)[0] == " > prompt 0"
        transcript.follow()
        await pilot.pause()
        assert visible_lines(transcript)[-1] == " ● hidden words"


async def test_thinking_streams_in_one_line():
    async with run_transcript() as (_, transcript, pilot):
        transcript.open_stream("t", "thinking")
        transcript.feed("t", "first I look\nthen I leap")
        transcript.end_stream("t")
        transcript.put(ThinkingItem("t", "first I look\nthen I leap", 1300))
        await wait_until_idle(pilot)
        assert visible_lines(transcript)[:2] == ["     thought 1.3k ▸", ""]
        transcript.updates.toggle_fold("t")
        await pilot.pause()
        assert visible_lines(transcript)[1:3] == ["       ▏ first I look", "       ▏ then I leap"]


async def test_unfolding_keeps_the_line_where_it_is():
    tool = ToolItem("t", "read", "make", "done", detail="\n".join(map(str, range(30))))
    async with run_transcript(*prompts(20), tool, *prompts(20, 20)) as (_, transcript, pilot):
        transcript.window.scroll_to_line(transcript.entries.line_of(20, 0) - 5)
        await pilot.pause()
        assert visible_lines(transcript)[5] == "     read make  done ▸"
        transcript.updates.toggle_fold("t")
        await pilot.pause()
        assert visible_lines(transcript)[5:8] == [
            "     read make  done ▾",
            "       ▏ 0",
            "       ▏ 1",
        ]
        transcript.updates.toggle_fold("t")
        await pilot.pause()
        assert visible_lines(transcript)[5:8] == ["     read make  done ▸", "", " > prompt 20"]


@pytest.mark.parametrize(("rows", "seen"), [(5, range(5)), (60, range(16))])
async def test_the_last_block_unfolds_into_view(rows: int, seen: range):
    tool = ToolItem("t", "read", "make", "done", detail="\n".join(map(str, range(rows))))
    async with run_transcript(*prompts(20), tool, size=(60, 20)) as (_, transcript, pilot):
        transcript.updates.toggle_fold("t")
        await wait_until_idle(pilot)
        shown = visible_lines(transcript)
        assert "     read make  done ▾" in shown
        assert [line for line in shown if "▏" in line][:17] == [f"       ▏ {n}" for n in seen]


async def test_what_is_unfolded_stands_apart_from_the_next_line():
    items = [ToolItem(f"t{n}", "read", "x", "done", detail=f"out {n}") for n in range(2)]
    async with run_transcript(*items) as (_, transcript, pilot):
        transcript.updates.toggle_fold("t0")
        await pilot.pause()
        assert [line.strip() for line in visible_lines(transcript)[1:4]] == [
            "▏ out 0",
            "",
            "read x  done ▸",
        ]
        transcript.updates.toggle_fold("t0")
        await pilot.pause()
        assert visible_lines(transcript)[1] == ""


async def test_all_folds_open_and_close_together():
    items = [ToolItem(f"t{n}", "read", "x", "done", detail=f"out {n}") for n in range(3)]
    async with run_transcript(*items, ThinkingItem("k", "deep")) as (_, transcript, pilot):
        transcript.updates.fold_all()
        await wait_until_idle(pilot)
        assert [line.strip() for line in visible_lines(transcript) if "▏" in line] == [
            "▏ out 0", "▏ out 1", "▏ out 2", "▏ deep",
        ]  # fmt: skip
        transcript.updates.fold_all()
        await wait_until_idle(pilot)
        assert not any("▏" in line for line in visible_lines(transcript))


async def test_a_new_width_keeps_the_first_visible_block():
    text = "a paragraph of a good many words that will wrap at every width there is. " * 3
    items = [AnswerItem(f"a{number}", f"Answer {number}: {text}") for number in range(60)]
    async with run_transcript(*items, size=(70, 20)) as (_, transcript, pilot):
        transcript.window.scroll_to_line(transcript.entries.line_of(30, 0))
        await pilot.pause()
        assert "Answer 30" in visible_lines(transcript)[0]
        for width in (40, 100, 31, 70):
            await pilot.resize_terminal(width, 20)
            await wait_until_idle(pilot)
            assert "Answer 30" in visible_lines(transcript)[0], width


async def test_a_new_width_keeps_the_end_in_view():
    async with run_transcript(*answers(30), size=(70, 20)) as (_, transcript, pilot):
        await pilot.resize_terminal(33, 14)
        await wait_until_idle(pilot)
        assert visible_lines(transcript)[-1] == "   • two"
        assert transcript.viewport.is_following


async def test_long_history_is_measured_in_slices_while_what_is_seen_stays(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(idle_work, "SLICE_SECONDS", 0)
    async with run_transcript(*answers(400)) as (_, transcript, pilot):
        slices, idle = [], transcript.idle_work.run_slice
        monkeypatch.setattr(transcript.idle_work, "run_slice", lambda: slices.append(1) or idle())
        transcript.action_page_up()
        await pilot.pause()
        before = visible_lines(transcript)
        await pilot.resize_terminal(61, 20)
        await wait_until_idle(pilot)
        assert len(slices) > 350
        assert all(entry.width == transcript.entries.width for entry in transcript.entries.all)
        assert visible_lines(transcript) == before
        heights = [entry.gap + sum(b.gap + b.height(58) for b in transcript.entries.blocks(at))
                   for at, entry in enumerate(transcript.entries.all)]  # fmt: skip
        assert transcript.entries.heights.total == sum(heights)
        assert transcript.virtual_size.height == sum(heights)


async def test_scrolling_into_what_was_not_measured_does_not_jump(
    monkeypatch: pytest.MonkeyPatch,
):
    async with run_transcript() as (_, transcript, pilot):
        monkeypatch.setattr(transcript.idle_work, "schedule", lambda: None)
        transcript.load(answers(300))
        await pilot.pause()
        expected = visible_lines(transcript)[0]
        for _ in range(40):
            transcript.action_page_up()
            assert expected in visible_lines(transcript)[-1:]
            expected = visible_lines(transcript)[0]


async def test_another_theme_repaints_and_keeps_heights():
    async with run_transcript(*answers(5), size=(60, 40)) as (app, transcript, pilot):
        heights = [transcript.entries.heights[at] for at in range(5)]
        before = styles_at(transcript, "Part 4")
        app.theme = "textual-light"
        await pilot.pause()
        assert styles_at(transcript, "Part 4") != before
        assert [transcript.entries.heights[at] for at in range(5)] == heights


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light", "textual-dark", "nord"])
async def test_every_theme_can_draw_everything(theme: str):
    change = FileChange(path="a.py", added=1, removed=1, diff="@@ -1 +1 @@\n-x = 1\n+x = 2\n")
    items = [
        PromptItem("p", "x"),
        ToolItem("t", "edit", "a.py", "done", changes=(change,)),
        AnswerItem(
            "a", "# H\n\n> quote\n\n```py\nx = 'y'  # z\n```\n\n- `c` [l](https://e.org)\n\n---\n"
        ),
    ]
    async with run_transcript(*items, size=(60, 40)) as (app, transcript, pilot):
        app.theme = theme
        transcript.updates.fold_all()
        transcript.search.find("x")
        await wait_until_idle(pilot)
        assert any("x = 2" in line for line in visible_lines(transcript))


async def test_nothing_is_done_when_nothing_happens():
    async with run_transcript(*answers(20)) as (_, transcript, pilot):
        made = transcript.painter.strips_made
        for _ in range(5):
            await pilot.pause()
        assert transcript.painter.strips_made == made
        assert not transcript.has_idle_work
        assert not transcript.streams.is_flush_pending


async def test_one_more_message_costs_the_same_with_ten_and_with_two_thousand():
    made = []
    for count in (10, 2_000):
        async with run_transcript(*answers(count)) as (_, transcript, pilot):
            before = transcript.painter.strips_made
            for number in range(5):
                transcript.put(AnswerItem(f"n{number}", "# New\n\n- one\n- two\n"))
                await pilot.pause()
            made.append(transcript.painter.strips_made - before)
    assert made[0] == made[1]


async def test_scrolling_makes_as_many_strips_as_come_into_view_however_long_the_history():
    made = []
    for count in (20, 2_000):
        async with run_transcript(*answers(count)) as (_, transcript, pilot):
            before = transcript.painter.strips_made
            for _ in range(3):
                transcript.action_page_up()
                await pilot.pause()
            made.append(transcript.painter.strips_made - before)
            rows = 3 * transcript.scrollable_content_region.height
    assert made[0] == made[1] <= rows


async def test_blocks_of_what_was_seen_long_ago_are_let_go(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(entry_list, "KEPT_CHARACTERS", 3_000)
    async with run_transcript(*answers(300)) as (_, transcript, pilot):
        held = sum(entry.blocks is not None for entry in transcript.entries.all)
        assert held < 60
        for _ in range(200):
            transcript.action_page_up()
        await wait_until_idle(pilot)
        assert visible_lines(transcript)[0] == " ● Part 0"
        held = sum(entry.blocks is not None for entry in transcript.entries.all)
        assert held < 60
