"""What starting needs, counted in a fresh interpreter: counts do not depend on the machine."""

import os
import subprocess
import sys
from pathlib import Path

HEAVY = {
    "anthropic",
    "httpx",
    "httpx2",
    "linkify_it",
    "markdown_it",
    "msgspec",
    "pydantic",
    "pygments",
    "rapidfuzz",
    "sqlite3",
    "starlette",
    "textual.widgets._markdown",
    "tomlkit",
    "tomllib",
    "tree_sitter",
    "uvicorn",
}
"""What no first frame needs."""

OURS = 50
"""Modules of the program that the first frame may need."""
ALL = 480
"""Modules there may be by then: a bare Textual app with a text area has about 380."""

IMPORTED = "import sys, tui.cli, tui.app\nprint(*sys.modules)"

PAINTED = """
import asyncio, sys
from tui.app import GlideslopeApp
from tui.cli import LazySessionOpener
from tui.command_line import parse_options

async def main():
    options = parse_options([])
    app = GlideslopeApp(LazySessionOpener(options), options)
    # Nothing may come in behind the frame, on threads.
    app.chat.open_session = lambda *given, **more: None
    app._warm_up = lambda: asyncio.sleep(0)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        assert any("@ files" in strip.text for strip in strips)
        print(*sys.modules)
        before = set(sys.modules)
        await pilot.press("x")
        assert app.chat.composer.text == "x"
        print(*(set(sys.modules) - before))
        app.exit()

asyncio.run(main())
"""


def fresh(script: str, folder: Path) -> list[set[str]]:
    """The words of each line that a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [set(line.split()) for line in done.stdout.split("\n")]


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] == "tui"}


def test_the_application_is_imported_without_anything_heavy(tmp_path: Path):
    modules = fresh(IMPORTED, tmp_path)[0]
    assert "textual.app" in modules
    assert modules & HEAVY == set()
    assert len(ours(modules)) <= OURS
    assert len(modules) <= ALL


def test_the_first_frame_and_the_first_letter_need_nothing_heavy(tmp_path: Path):
    modules, more, *_ = fresh(PAINTED, tmp_path)
    assert (modules | more) & HEAVY == set()
    assert len(ours(modules)) <= OURS
    assert len(modules) <= ALL
    assert ours(more) == set()
