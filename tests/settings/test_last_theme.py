"""What is remembered of a theme paints the same, and what is damaged is forgotten."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tui.settings.last_theme import (
    NAME,
    LastTheme,
    first_theme,
    recall,
    remember,
    shipped_dark_theme,
)
from tui.settings.theme_catalogue import DARK, load_theme, load_themes
from tui.settings.user_folders import UserFolders


@pytest.mark.parametrize("name", sorted(load_themes().themes))
def test_a_remembered_theme_paints_as_its_file_does(name: str, tmp_path: Path):
    theme = load_theme(name)
    remember(tmp_path / "state", "dusk", theme)
    chosen, painted = recall(tmp_path / "state")
    assert chosen == "dusk"
    assert (painted.name, painted.dark, painted.all) == (name, theme.dark, theme.all)


def test_the_very_first_frame_paints_as_the_file_of_our_dark_theme_says():
    theme, quick = load_theme(DARK), shipped_dark_theme()
    assert (quick.name, quick.dark, quick.all) == (DARK, theme.dark, theme.all)


def test_a_dark_theme_of_the_user_s_own_is_painted_from_the_first_frame_on(tmp_path: Path):
    home = UserFolders(*(tmp_path / name for name in ("config", "data", "state", "cache")))
    assert first_theme(None, home).all == load_theme(DARK).all
    home.themes.mkdir(parents=True)
    (home.themes / f"{DARK}.toml").write_text('[colours]\naccent = "#123456"\n')
    assert first_theme(None, home).colours["accent"] == "#123456"


def test_nothing_is_remembered_at_first(tmp_path: Path):
    assert recall(tmp_path) == LastTheme("", None)


@pytest.mark.parametrize(
    ("damage", "chosen"),
    [
        (lambda text: text.splitlines()[0], "dusk"),
        (lambda text: text[: len(text) // 2], "dusk"),
        (lambda text: text.replace("#", "", 1), "dusk"),
        (lambda text: text.replace("#", "#zzzzzzz", 1), "dusk"),
        (lambda text: text.replace("painted glideslope-dark", "painted "), "dusk"),
        (lambda text: "", ""),
    ],
    ids=["choice only", "half of it", "no colour", "too long", "no name", "empty"],
)
def test_what_is_not_whole_is_forgotten_but_for_the_choice(
    damage: Callable[[str], str], chosen: str, tmp_path: Path
):
    remember(tmp_path, "dusk", load_theme(DARK))
    file = tmp_path / NAME
    file.write_text(damage(file.read_text()))
    assert recall(tmp_path) == LastTheme(chosen, None)


def test_bytes_that_are_no_text_are_forgotten(tmp_path: Path):
    (tmp_path / NAME).write_bytes(b"\xff\xfe\x00")
    assert recall(tmp_path) == LastTheme()


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path):
    (tmp_path / "state").write_text("a file in the way")
    remember(tmp_path / "state", "", load_theme(DARK))
    assert recall(tmp_path / "state") == LastTheme()
