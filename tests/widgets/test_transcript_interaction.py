"""Selecting, copying, clicking, searching and walking through a transcript."""

import pytest
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from tests.widgets.transcript_app import (
    focus_transcript,
    row_of,
    run_transcript,
    styles_at,
    visible_lines,
    wait_until_idle,
)
from tui.reports.transcript_items import (
    AnswerItem,
    NoticeItem,
    PromptItem,
    ThinkingItem,
    ToolItem,
)
from tui.session.events import FileChange
from tui.widgets.transcript.hit_test import block_serial
from tui.widgets.transcript.transcript_view import Transcript

ANSWER = """Some *words* that are **long** enough to wrap on a narrow screen, with `code`.

- first item
- second item
  with more

```py
x = 1
y = 2
```

| a | b |
| - | - |
| 1 | 2 |

The [end](https://e.org/x).
"""


async def drag(pilot: Pilot[None], start: tuple[int, int], end: tuple[int, int]) -> None:
    """Drag the mouse over cells of the transcript."""
    await pilot.mouse_down("Transcript", offset=start)
    await pilot.hover("Transcript", offset=end)
    await pilot.mouse_up("Transcript", offset=end)
    await pilot.pause()


def select(transcript: Transcript, start: tuple[int, int, int], end: tuple[int, int, int]) -> None:
    """Select between two places: (entry, block, offset)."""
    ends = [Offset(x, block_serial(entry, block)) for entry, block, x in (start, end)]
    transcript.screen.selections = {transcript: Selection(*ends)}


# -- selection and copying ---------------------------------------------------------------


async def test_a_drag_selects_words_as_markdown_without_soft_wraps():
    async with run_transcript(AnswerItem("a", ANSWER), size=(40, 40)) as (app, transcript, pilot):
        assert visible_lines(transcript)[:2] == [
            " ● Some words that are long enough to",
            "   wrap on a narrow screen, with code.",
        ]
        await drag(pilot, (8, 0), (11, 1))
        assert app.screen.get_selected_text() == "*words* that are **long** enough to wrap on a"
        assert any("40" in style or "on " in style for style in styles_at(transcript, "words"))


async def test_a_drag_over_everything_gives_the_source():
    async with run_transcript(AnswerItem("a", ANSWER), size=(40, 40)) as (app, transcript, pilot):
        await drag(pilot, (0, 0), (30, row_of(transcript, "The end")))
        assert app.screen.get_selected_text() == ANSWER.strip()


async def test_a_selection_stays_on_its_words_when_the_width_changes():
    async with run_transcript(AnswerItem("a", ANSWER), size=(40, 40)) as (app, _transcript, pilot):
        await drag(pilot, (8, 0), (11, 1))
        before = app.screen.get_selected_text()
        await pilot.resize_terminal(100, 40)
        await wait_until_idle(pilot)
        assert app.screen.get_selected_text() == before


async def test_a_selection_reaches_over_what_is_folded_and_what_is_out_of_sight():
    tool = ToolItem("t", "read", "ls", "done", detail="secret output", summary="2 lines")
    prompts = [PromptItem(f"p{n}", f"prompt {n}") for n in range(80)]
    items = [AnswerItem("a", ANSWER), ThinkingItem("k", "deep"), tool, *prompts]
    async with run_transcript(*items, size=(60, 10)) as (_, transcript, _pilot):
        select(transcript, (0, 0, 0), (80, 0, 9))
        text = transcript.selection.text
        assert text.startswith(ANSWER.strip())
        assert "\nread ls 2 lines\n" in text
        assert "secret" not in text
        assert "prompt 41\n\nprompt 42\n" in text
        assert text.endswith("prompt 77")


async def test_a_double_click_selects_the_block():
    async with run_transcript(AnswerItem("a", ANSWER), size=(40, 40)) as (app, transcript, pilot):
        await pilot.click("Transcript", offset=(8, row_of(transcript, "x = 1")), times=2)
        assert app.screen.get_selected_text() == "x = 1\ny = 2"


async def test_y_copies_the_block_under_the_cursor():
    async with run_transcript(AnswerItem("a", ANSWER), size=(40, 40)) as (app, _transcript, pilot):
        await focus_transcript(pilot)
        await pilot.press("home", "y")
        paragraph = app.clipboard
        await pilot.press("down", "y")
        items = app.clipboard
        await pilot.press("down", "y")
        code = app.clipboard
        await pilot.press("down", "y")
        assert paragraph == ANSWER.split("\n")[0]
        assert items == "- first item\n- second item\n  with more"
        assert code == "x = 1\ny = 2"
        assert app.clipboard == "| a | b |\n| - | - |\n| 1 | 2 |"


async def test_without_cursor_or_selection_the_last_answer_is_copied():
    async with run_transcript(
        AnswerItem("a", "one\n"), AnswerItem("b", "two *it*\n"), PromptItem("p", "x")
    ) as (
        _app,
        transcript,
        _pilot,
    ):
        assert transcript.text_to_copy() == "two *it*\n"


async def test_y_on_a_folded_tool_copies_what_it_did():
    change = FileChange(path="a.py", added=1, diff="@@ -0,0 +1 @@\n+x\n")
    async with run_transcript(ToolItem("t", "edit", "a.py", "done", changes=(change,))) as (
        app,
        _transcript,
        pilot,
    ):
        await focus_transcript(pilot)
        await pilot.press("y")
        assert app.clipboard == "edit a.py\n@@ -0,0 +1 @@\n+x"


# -- the block cursor --------------------------------------------------------------------


async def test_the_cursor_is_a_bar_beside_its_block_and_only_while_in_focus():
    async with run_transcript(AnswerItem("a", ANSWER), PromptItem("p", "x"), size=(40, 40)) as (
        app,
        transcript,
        pilot,
    ):
        assert not any(line.startswith("▌") for line in visible_lines(transcript))
        await focus_transcript(pilot)
        await pilot.press("home", "down")
        assert [line for line in visible_lines(transcript) if line.startswith("▌")] == [
            "▌  • first item",
            "▌  • second item with more",
        ]
        app.query_one("Input").focus()
        await pilot.pause()
        assert not any(line.startswith("▌") for line in visible_lines(transcript))


async def test_the_cursor_scrolls_through_everything_and_back():
    items = [PromptItem(f"p{n}", f"prompt {n}") for n in range(60)]
    async with run_transcript(*items, size=(40, 12)) as (_, transcript, pilot):
        await focus_transcript(pilot)
        await pilot.pause()
        assert visible_lines(transcript)[-1] == "▌> prompt 59"
        for _ in range(30):
            await pilot.press("up")
        assert "▌> prompt 29" in visible_lines(transcript)
        await pilot.press("home")
        assert visible_lines(transcript)[0] == "▌> prompt 0"
        await pilot.press("G")
        assert visible_lines(transcript)[-1] == "▌> prompt 59"
        assert transcript.viewport.is_following


async def test_brackets_go_from_prompt_to_prompt():
    items = [
        item
        for number in range(4)
        for item in (
            PromptItem(f"p{number}", f"prompt {number}"),
            AnswerItem(f"a{number}", "\n\n".join(f"line {n}" for n in range(30))),
        )
    ]
    async with run_transcript(*items, size=(60, 12)) as (_, transcript, pilot):
        await focus_transcript(pilot)
        for key, shown in (("[", 3), ("[", 2), ("[", 1), ("]", 2), ("[", 1), ("[", 0), ("[", 0)):
            await pilot.press(key)
            assert visible_lines(transcript)[0] == f"▌> prompt {shown}"
        await pilot.press("]", "]", "]", "]")
        assert transcript.viewport.is_following
        assert visible_lines(transcript)[-1] == "▌  line 29"


async def test_enter_folds_and_unfolds():
    async with run_transcript(ToolItem("t", "read", "ls", "done", detail="out")) as (
        _,
        transcript,
        pilot,
    ):
        await focus_transcript(pilot)
        await pilot.press("enter")
        assert visible_lines(transcript)[:2] == ["▌    read ls  done ▾", "▌      ▏ out"]
        await pilot.press("enter")
        assert visible_lines(transcript)[:2] == ["▌    read ls  done ▸", ""]


async def test_a_click_folds_and_unfolds():
    async with run_transcript(ToolItem("t", "read", "ls", "done", detail="out")) as (
        _,
        transcript,
        pilot,
    ):
        await pilot.click("Transcript", offset=(5, 0))
        assert visible_lines(transcript)[1] == "▌      ▏ out"
        await pilot.click("Transcript", offset=(5, 0))
        assert visible_lines(transcript)[1] == ""


# -- links and actions ---------------------------------------------------------------------


async def test_a_click_on_a_link_or_its_address_chooses_it():
    text = "Go [there](https://e.org/x) or not."
    async with run_transcript(AnswerItem("a", text)) as (app, _transcript, pilot):
        for column in (7, 15):
            await pilot.click("Transcript", offset=(column, 0))
        await pilot.click("Transcript", offset=(3, 0))
        assert [message.href for message in app.received] == ["https://e.org/x"] * 2


async def test_links_beside_wide_characters_are_hit_where_they_are_drawn():
    async with run_transcript(AnswerItem("a", "中文👩‍💻 <https://e.org>")) as (
        app,
        transcript,
        pilot,
    ):
        assert visible_lines(transcript)[0].startswith(" ● 中文")
        await pilot.click("Transcript", offset=(9, 0))
        await pilot.click("Transcript", offset=(10, 0))
        assert [message.href for message in app.received] == ["https://e.org"]


async def test_enter_chooses_the_link_that_left_and_right_moved_to():
    async with run_transcript(AnswerItem("a", "<https://a.b> <https://c.d> <https://e.f>")) as (
        app,
        transcript,
        pilot,
    ):
        await focus_transcript(pilot)
        await pilot.press("enter", "right", "enter", "left", "left", "enter")
        assert [message.href for message in app.received] == [
            "https://a.b",
            "https://c.d",
            "https://e.f",
        ]
        assert "reverse" in styles_at(transcript, "https://e.f")[0]


async def test_only_harmless_links_can_be_chosen():
    text = "[a](javascript:alert(1)) [b](vscode://x) [c](../etc)"
    async with run_transcript(AnswerItem("a", text)) as (app, transcript, pilot):
        assert all(transcript.hit_test.link_at(column, 0) is None for column in range(60))
        await pilot.click("Transcript", offset=(6, 0))
        await focus_transcript(pilot)
        await pilot.press("enter")
        assert app.received == []


async def test_a_link_in_a_table_can_be_clicked():
    text = "| a | b |\n| - | - |\n| x | <https://e.org> |\n"
    async with run_transcript(AnswerItem("a", text)) as (app, transcript, pilot):
        row = row_of(transcript, "https://e.org")
        await pilot.click(
            "Transcript", offset=(visible_lines(transcript)[row].index("https") + 2, row)
        )
        assert [message.href for message in app.received] == ["https://e.org"]


# -- searching -------------------------------------------------------------------------------


async def test_finding_counts_marks_and_goes_round():
    items = [AnswerItem(f"a{n}", f"Needle {n} and `needle`\n") for n in range(40)]
    async with run_transcript(*items, size=(50, 12)) as (app, transcript, pilot):
        transcript.search.find("needle")
        await wait_until_idle(pilot)
        assert transcript.search.match_count == (80, 80)
        assert "Needle 39" in visible_lines(transcript)[-1]
        transcript.search.find_next()
        await pilot.pause()
        assert transcript.search.match_count == (1, 80)
        assert any("Needle 0 " in line for line in visible_lines(transcript))
        transcript.search.find_previous()
        await pilot.pause()
        assert transcript.search.match_count == (80, 80)
        assert (app.received[-1].at, app.received[-1].count, app.received[-1].done) == (
            80,
            80,
            True,
        )
        here, *others = [
            style for style in styles_at(transcript, "needle") if "underline" in style
        ][::-1]
        assert "reverse" in here
        assert not any("reverse" in style for style in others)


async def test_what_is_found_in_a_fold_is_unfolded():
    tool = ToolItem("t", "bash", "ls", "done", detail="\n".join(["x"] * 50 + ["needle", *"12345"]))
    items = [tool, *[PromptItem(f"p{n}", "other") for n in range(30)]]
    async with run_transcript(*items, size=(50, 12)) as (_, transcript, pilot):
        transcript.search.find("needle")
        await wait_until_idle(pilot)
        assert transcript.search.match_count == (1, 1)
        assert "       ▏ needle" in visible_lines(transcript)


async def test_only_the_match_that_is_shown_stays_unfolded():
    detail = "\n".join(["x"] * 50 + ["needle", *"12345"])
    items = [ToolItem(name, "bash", "ls", "done", detail=detail) for name in "ab"]
    async with run_transcript(*items, size=(50, 12)) as (_, transcript, pilot):

        def folded() -> list[bool]:
            return [transcript.entries[at].folded for at in range(2)]

        assert folded() == [True, True]
        transcript.search.find("needle")
        await wait_until_idle(pilot)
        assert folded() == [True, False]
        transcript.search.find_previous()
        assert folded() == [False, True]
        assert "       ▏ needle" in visible_lines(transcript)
        transcript.search.find("")
        assert folded() == [False, True], "what it ended on stays open"
        transcript.search.find("needle")
        await wait_until_idle(pilot)
        assert folded() == [False, False]


async def test_finding_reads_what_is_shown_and_not_the_marks():
    async with run_transcript(AnswerItem("a", "a **bold** word\nover two lines")) as (
        _,
        transcript,
        pilot,
    ):
        for query, count in (("bold word over", 1), ("**", 0), ("BOLD", 1), ("[", 0)):
            transcript.search.find(query)
            await wait_until_idle(pilot)
            assert transcript.search.match_count[1] == count, query
        transcript.search.find("")
        assert transcript.search.match_count == (0, 0)


async def test_a_search_goes_on_in_idle_time_and_takes_in_what_is_new(
    monkeypatch: pytest.MonkeyPatch,
):
    from tui.widgets.transcript import idle_work

    monkeypatch.setattr(idle_work, "SLICE_SECONDS", 0)
    items = [NoticeItem(f"n{n}", "needle") for n in range(50)]
    async with run_transcript(*items) as (_, transcript, pilot):
        transcript.search.find("needle")
        assert transcript.search.match_count[1] < 50
        await wait_until_idle(pilot)
        assert transcript.search.match_count[1] == 50
        transcript.put(NoticeItem("new", "one more needle"))
        transcript.put(NoticeItem("n3", "nothing"))
        await wait_until_idle(pilot)
        assert transcript.search.match_count[1] == 50


@pytest.mark.parametrize("query", [".*", "(", "\\", "a+"])
def test_a_query_is_words_and_no_pattern(query: str):
    from tui.widgets.transcript.entry_list import EntryList
    from tui.widgets.transcript.text_search import TranscriptSearch

    entries = EntryList()
    entries.append(NoticeItem("n", f"aaa {query} aaa"))
    search = TranscriptSearch(entries, query)
    while not search.done:
        search.search_next()
    assert search.count == 1
