"""The panel of changes: files, figures, diffs, keys; and nothing of a name or a line acts."""

import time

import pytest
from textual.pilot import Pilot

from tests.widgets.widget_app import WidgetApp
from tui.reports.changes_page import ChangesPage
from tui.session.patch_text import patch_text
from tui.session.session_changes import DiffPart, DiffScope, FileDiff
from tui.session.unified_diff import DiffLine, FileLine, Hunk
from tui.widgets.changes_panel import ChangesPanel


def lines(*texts: str) -> Hunk:
    return Hunk(0, 0, tuple(DiffLine(text[:1], FileLine(text[1:])) for text in texts))  # type: ignore[arg-type]


def file(path: str, *texts: str, **more: object) -> FileDiff:
    hunks = (lines(*texts),) if texts else ()
    added, removed = (sum(text[:1] == sign for text in texts) for sign in "+-")
    return FileDiff(path, (DiffPart(hunks),), added, removed, **more)  # type: ignore[arg-type]


PAGE = ChangesPage(
    files=(
        file("src/core.py", "-old", "+new", tokens=6_200, estimated=True),
        file("b.py", "+two", "+lines", tokens=900),
    ),
    on_disk={"b.py": "deleted since then"},
)


class Shown:
    """A panel in an application of its own."""

    def __init__(self, app: WidgetApp, pilot: Pilot[None], asked: list[str]) -> None:
        self.app, self.pilot, self.asked = app, pilot, asked

    @property
    def panel(self) -> ChangesPanel:
        return self.app.query_one(ChangesPanel)

    async def press(self, *keys: str) -> list[str]:
        await self.pilot.press(*keys)
        return await self.rows()

    async def rows(self) -> list[str]:
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()
        return [row.strip(" │").rstrip() for row in self.app.rows()]


@pytest.fixture
def panel(widget_app: type[WidgetApp]):
    async def run(page: ChangesPage, steps, size: tuple[int, int] = (70, 20)):
        asked: list[str] = []
        made = ChangesPanel(
            page,
            on_choose_scope=lambda: asked.append("scope"),
            on_figures=lambda: asked.append("figures"),
        )
        app = widget_app(made)
        async with app.run_test(size=size, notifications=True) as pilot:
            made.focus()
            await pilot.pause()
            await steps(Shown(app, pilot, asked))

    return run


async def test_the_list_has_figures_and_notes_and_the_diff_of_the_marked_file(panel):
    async def steps(shown: Shown):
        rows = await shown.rows()
        assert "Changes · this session" in rows[0]
        assert rows[1:6] == [
            "2 files +3 −1 · ≈ 7.1k tokens",
            "▸ src/core.py                                        +1 −1  ≈ 6.2k",
            "b.py                                               +2 −0     900",
            "deleted since then",
            "",
        ]
        assert rows[6:8] == ["1 − old", "1 + new"]
        rows = await shown.press("down")
        assert rows[3].startswith("▸ b.py") and rows[6:8] == ["1 + two", "2 + lines"]

    await panel(PAGE, steps)


async def test_enter_opens_a_diff_and_keys_go_from_file_to_file_and_back(panel):
    async def steps(shown: Shown):
        rows = await shown.press("enter")
        assert rows[1].startswith("src/core.py") and rows[1].endswith("1 of 2")
        assert rows[2] == "+1 −1 · ≈ 6.2k tokens"
        rows = await shown.press("n")
        assert rows[1].endswith("2 of 2") and rows[3] == "deleted since then"
        rows = await shown.press("n", "p", "p")
        assert rows[1].endswith("1 of 2")
        rows = await shown.press("left")
        assert rows[2].startswith("▸ src/core.py")
        await shown.press("s")
        assert shown.asked == ["scope"]

    await panel(PAGE, steps)


async def test_what_is_copied_is_the_patch_of_all_files_or_of_the_one_that_is_open(panel):
    async def steps(shown: Shown):
        await shown.press("y")
        assert shown.app.clipboard == patch_text(PAGE.files)
        await shown.press("enter", "n", "y")
        assert shown.app.clipboard == patch_text(PAGE.files[1:])

    await panel(PAGE, steps)


async def test_a_single_file_opens_at_once(panel):
    async def steps(shown: Shown):
        assert (await shown.rows())[1].endswith("1 of 1")

    await panel(ChangesPage(files=PAGE.files[:1]), steps)


async def test_a_single_file_of_another_scope_opens_at_once(panel):
    async def steps(shown: Shown):
        shown.panel.show_page(ChangesPage(DiffScope("prompt", 2), PAGE.files[:1]))
        assert (await shown.rows())[1].endswith("1 of 1")
        shown.panel.show_page(PAGE)
        assert (await shown.rows())[1].startswith("2 files")

    await panel(PAGE, steps)


async def test_other_changes_keep_the_cursor_on_its_file(panel):
    async def steps(shown: Shown):
        await shown.press("down")
        more = (file("a.py", "+x"), *PAGE.files)
        shown.panel.show_page(ChangesPage(DiffScope("prompt", 2, title="Fix [/b]\nit"), more))
        rows = await shown.rows()
        assert "Changes · prompt 2 · Fix [/b]" in rows[0]
        assert any(row.startswith("▸ b.py") for row in rows)
        shown.panel.show_page(ChangesPage(DiffScope("prompt", 3)))
        rows = await shown.press("y", "n", "enter", "down")
        assert "Nothing is left of what this prompt changed." in rows

    await panel(PAGE, steps)


async def test_many_files_scroll_with_the_cursor(panel):
    page = ChangesPage(files=tuple(file(f"{n}.py", "+x") for n in range(300)))

    async def steps(shown: Shown):
        rows = await shown.press("end")
        assert rows[1].startswith("300 files") and rows[1].endswith(" more")
        assert any(row.startswith("▸ 299.py") for row in rows)
        await shown.press("pageup")
        assert not shown.panel.files.needs_diff  # of the file that a page key leads to
        rows = await shown.press("home")
        assert rows[2].startswith("▸ 0.py")

    await panel(page, steps)


async def test_ten_thousand_lines_scroll_without_being_drawn(panel):
    page = ChangesPage(files=(file("big.py", *(f"+line {n}" for n in range(10_000))),))

    async def steps(shown: Shown):
        rows = await shown.rows()
        assert any("1 + line 0" in row for row in rows)
        assert any("more lines" in row and row.startswith("↓ 9,98") for row in rows)
        rows = await shown.press("end")
        assert any("10000 + line 9999" in row for row in rows)
        began = time.thread_time()
        for _ in range(20):
            shown.panel.action_scroll_body(-7)
        assert time.thread_time() - began < 2.0  # all rows once more would take 20 times as long

    await panel(page, steps)


async def test_names_and_lines_from_elsewhere_do_nothing(panel):
    odd = file("a\x1b[2J[/b]\nb.py", "+\x1b]52;c;AAAA\x07[red]", "+\u202eevil")

    async def steps(shown: Shown):
        text = "\n".join(await shown.rows())
        assert "\x1b" not in text and "\u202e" not in text and "[red]" in text

    await panel(ChangesPage(files=(odd, odd)), steps)


async def test_a_narrow_panel_keeps_names_and_counts(panel):
    async def steps(shown: Shown):
        rows = await shown.rows()
        assert rows[2] == "▸ src/core.py            +1 −1"

    await panel(PAGE, steps, (34, 16))


async def test_a_click_opens_a_file(panel):
    async def steps(shown: Shown):
        await shown.pilot.click(shown.panel.files, offset=(4, 2))
        assert (await shown.rows())[1].startswith("b.py")

    await panel(PAGE, steps)
