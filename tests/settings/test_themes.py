"""Themes: every one is complete and readable, from the checkout and from a wheel."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet

from tests.support.colour_vision import Vision, distance
from tui.settings.contrast import STAGES, contrast, linear, luminance, weak_spots
from tui.settings.settings_schema import DEFAULT_THEME
from tui.settings.theme_catalogue import (
    DARK,
    built_in_folder,
    load_theme,
    load_themes,
)
from tui.settings.theme_spec import COLOURS, LIGHT, TERMINAL_COLOUR, VARIABLES, ThemeSpec

OURS = load_themes().themes


PAINTED = {name: theme for name, theme in OURS.items() if not theme.uses_terminal}
"""Those that say which colours they are."""


@pytest.fixture(params=sorted(OURS))
def theme(request: pytest.FixtureRequest) -> ThemeSpec:
    return OURS[request.param]


@pytest.fixture(params=sorted(PAINTED))
def painted(request: pytest.FixtureRequest) -> ThemeSpec:
    return PAINTED[request.param]


def test_ours_are_loaded_without_a_complaint():
    assert load_themes().problems == ()
    assert {DARK, LIGHT, "high-contrast", "colour-blind-safe"} <= set(OURS)
    assert DEFAULT_THEME in OURS


def test_every_file_of_ours_is_a_theme_named_like_its_file():
    assert sorted(OURS) == sorted(path.stem for path in built_in_folder().glob("*.toml"))


def test_ours_have_all_keys_and_say_what_they_are(theme: ThemeSpec):
    assert list(theme.colours) == list(COLOURS)
    assert list(theme.variables) == list(VARIABLES)
    assert theme.about and theme.built_in
    assert theme.uses_terminal or theme.dark == (luminance(theme.colours["background"]) < 0.18)


def test_text_of_ours_stands_out_and_what_is_drawn_is_seen(painted: ThemeSpec):
    strict = painted.name == "high-contrast"
    spots = weak_spots(painted.all, text=7 if strict else 4.5, graphics=4.5 if strict else 3)
    assert [spot.description for spot in spots] == []


def test_the_track_of_the_gauge_is_seen_on_the_sidebar(painted: ThemeSpec):
    assert contrast(painted.all["gauge-track"], painted.all["panel"]) > 1.15


def in_256_colours(colour: str) -> ColorTriplet:
    """What a terminal with 256 colours shows of it."""
    return Color.parse(colour).downgrade(ColorSystem.EIGHT_BIT).get_truecolor()


def test_in_256_colours_added_and_removed_lines_keep_a_ground_of_their_own(painted: ThemeSpec):
    names = ("diff-add-background", "diff-remove-background")
    for name in names:
        ground, shown = Color.parse(painted.all[name]).triplet, in_256_colours(painted.all[name])
        assert ground is not None
        lead = ground.index(max(ground))
        assert len(set(shown)) > 1, f"{name} is grey"
        assert shown[lead] == max(shown), name
    assert in_256_colours(painted.all[names[0]]) != in_256_colours(painted.all[names[1]])


def test_code_within_a_sentence_does_not_look_like_a_warning(painted: ThemeSpec):
    for attention in ("warning", "error"):
        assert distance(painted.all["code-inline"], painted.all[attention]) > 0.09, attention


def test_words_that_changed_can_be_read_on_their_mark(painted: ThemeSpec):
    for kind in ("diff-add", "diff-remove"):
        ground = mixed(painted.all[kind], painted.all[f"{kind}-background"], 0.25)
        assert contrast(painted.all["code-text"], ground) > 4.5
        assert contrast(ground, painted.all[f"{kind}-background"]) > 1.3, "the mark is seen"


def mixed(colour: str, ground: str, share: float) -> str:
    """A colour over another, as a share of it."""
    parts = [(int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in parts)


def test_neighbouring_stages_have_different_colours(painted: ThemeSpec):
    for one, next_one in itertools.pairwise(STAGES):
        assert distance(painted.all[one], painted.all[next_one]) > 0.07, (one, next_one)


@pytest.mark.parametrize("vision", ["normal", "protanopia", "deuteranopia", "tritanopia"])
def test_the_colour_blind_safe_theme_is_told_apart_by_all_eyes(vision: Vision):
    colours = OURS["colour-blind-safe"].all
    for one, other in itertools.combinations(STAGES, 2):
        assert distance(colours[one], colours[other], vision) > 0.09, (one, other)
    for one, other in itertools.combinations(("success", "warning", "error"), 2):
        assert distance(colours[one], colours[other], vision) > 0.07, (one, other)
    assert distance(colours["diff-add"], colours["diff-remove"], vision) > 0.15


def test_the_other_eyes_are_not_our_own():
    """Red against green, told apart by us and hardly by somebody with deuteranopia."""
    assert distance("#b3413a", "#6f7a1e") > 0.15
    assert distance("#b3413a", "#6f7a1e", "deuteranopia") < 0.05


def test_the_theme_of_the_terminal_takes_all_from_it_and_grounds_hide_no_words():
    theme = OURS["terminal"]
    assert all(TERMINAL_COLOUR.fullmatch(colour) for colour in theme.all.values())
    grounds = ("background", "surface", "panel", "code-background", "prompt-background")
    assert {theme.all[name] for name in grounds} == {"ansi_default"}
    # On one or the other of the common palettes these cannot be read on the background.
    words = (*COLOURS, "muted", "thinking", "tool", "diff-add", "diff-remove", "code-keyword")
    assert not {theme.all[name] for name in words} & {"ansi_yellow", "ansi_blue", "ansi_white"}


# Arithmetic, against published figures


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21),
        ("#fff", "#fff", 1),
        ("#767676", "#ffffff", 4.54),
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.00),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float):
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


def test_distance_is_that_of_oklab():
    assert distance("#000000", "#ffffff") == pytest.approx(1, abs=0.001)
    # Ottosson's figures: red (0.62796, 0.22486, 0.12585), blue (0.45201, -0.03246, -0.31153).
    expected = (
        (0.62796 - 0.45201) ** 2 + (0.22486 + 0.03246) ** 2 + (0.12585 + 0.31153) ** 2
    ) ** 0.5
    assert distance("#ff0000", "#0000ff") == pytest.approx(expected, abs=0.001)


def test_short_and_long_notation_are_the_same():
    assert linear("#1af") == linear("#11AAFF")


# Themes of the user


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(text)


def test_a_users_theme_takes_what_it_leaves_out_from_ours(tmp_path: Path):
    write(tmp_path, "mine", '[colours]\nprimary = "#ABC"\n')
    shelf = load_themes(tmp_path)
    mine = shelf.themes["mine"]
    assert shelf.problems == ()
    assert mine.colours["primary"] == "#abc"
    assert mine.colours["error"] == OURS[DARK].colours["error"]
    assert list(mine.variables) == list(VARIABLES)
    assert not mine.built_in


def test_a_light_background_makes_a_light_theme(tmp_path: Path):
    write(tmp_path, "mine", '[colours]\nbackground = "#ffffff"\n')
    mine = load_themes(tmp_path).themes["mine"]
    assert not mine.dark
    assert mine.colours["foreground"] == OURS[LIGHT].colours["foreground"]


def test_a_copy_of_ours_is_a_start(tmp_path: Path):
    text = (built_in_folder() / "dusk.toml").read_text().replace('"dusk"', '"my dusk"')
    write(tmp_path, "copy", text)
    shelf = load_themes(tmp_path)
    assert shelf.problems == ()
    assert shelf.themes["my dusk"].all == OURS["dusk"].all


def test_a_users_theme_may_replace_one_of_ours(tmp_path: Path):
    write(tmp_path, DARK, '[colours]\nprimary = "#ffffff"\n')
    shelf = load_themes(tmp_path)
    assert shelf.problems == ()
    assert shelf.themes[DARK].colours["primary"] == "#ffffff"
    assert not shelf.themes[DARK].built_in


def test_two_themes_of_one_name_are_told(tmp_path: Path):
    write(tmp_path, "a", 'name = "x"')
    write(tmp_path, "b", 'name = "x"')
    shelf = load_themes(tmp_path)
    assert shelf.themes["x"].file == tmp_path / "a.toml"
    assert shelf.problems[0].sentence == (
        f'{tmp_path / "b.toml"}: the name "x" is used by a.toml too; this theme is ignored.'
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("dark = 1", "line 1: dark is 1; expected true or false."),
        ("name = 1", "line 1: name is 1; expected a short line of text."),
        ("[colors]", 'line 1: a theme has no "colors"; did you mean colours?'),
        ("colours = 1", "line 1: colours is 1; expected a table [colours]."),
        ('[colours]\nprimry = "#fff"', 'line 2: a theme has no "primry"; did you mean primary?'),
        ('[variables]\nx = "#fff"', 'line 2: a theme has no "x"; it is ignored.'),
        (
            '[colours]\nprimary = "red"',
            'line 2: primary is "red"; expected a colour such as #101820.',
        ),
        ('[colours]\nprimary = "#12345"', "expected a colour such as #101820."),
        ("[variables]\ngauge-cruise = 3", "line 2: gauge-cruise is 3; expected a colour"),
    ],
)
def test_a_mistake_is_one_sentence_and_the_theme_still_works(
    tmp_path: Path, text: str, sentence: str
):
    write(tmp_path, "mine", text)
    shelf = load_themes(tmp_path)
    (problem,) = shelf.problems
    assert sentence in problem.sentence
    assert shelf.themes["mine"].all == OURS[DARK].all


def test_a_theme_with_a_syntax_mistake_is_left_out(tmp_path: Path):
    write(tmp_path, "mine", "[colours")
    shelf = load_themes(tmp_path)
    assert "mine.toml, line 1: a TOML mistake" in shelf.problems[0].sentence
    assert set(shelf.themes) == set(OURS)


def test_a_theme_that_is_hard_to_read_is_used_with_a_warning(tmp_path: Path):
    write(tmp_path, "mine", '[colours]\nforeground = "#333333"\n')
    shelf = load_themes(tmp_path)
    (problem,) = shelf.problems
    assert problem.warning and problem.line == 2
    assert "foreground on " in problem.found and "4.5 or more" in problem.expected
    assert shelf.themes["mine"].colours["foreground"] == "#333333"


def test_a_missing_folder_is_no_mistake(tmp_path: Path):
    assert load_themes(tmp_path / "none").problems == ()


def test_an_unknown_theme_is_answered_with_ours_and_a_sentence():
    shelf = load_themes()
    assert shelf.find_or_default("dusk") == (OURS["dusk"], None)
    chosen, sentence = shelf.find_or_default("dsuk")
    assert chosen is not None and chosen.name == DARK
    assert sentence == 'There is no theme "dsuk"; did you mean dusk?'


def test_one_theme_can_be_read_alone(tmp_path: Path):
    assert load_theme("paper") == OURS["paper"]
    write(tmp_path, "mine", '[colours]\nprimary = "#abcdef"\n')
    mine = load_theme("mine", tmp_path)
    assert mine is not None and mine.colours["primary"] == "#abcdef"
    assert load_theme("../../etc/passwd") is None
    assert load_theme("none") is None


# The wheel


def test_themes_are_found_in_an_installed_wheel(unpacked_wheel: Path):
    code = (
        "from tui.settings.theme_catalogue import built_in_folder, load_themes;"
        "shelf = load_themes();"
        "print(built_in_folder(), *shelf.problems, *sorted(shelf.themes), sep='\\n')"
    )
    run = [sys.executable, "-c", code]
    out = subprocess.check_output(run, cwd=unpacked_wheel, text=True).splitlines()
    assert Path(out[0]) == (unpacked_wheel / "tui" / "themes").resolve()
    assert out[1:] == sorted(OURS)


def test_nothing_but_themes_is_in_the_theme_folder_of_a_wheel(unpacked_wheel: Path):
    assert {path.suffix for path in (unpacked_wheel / "tui" / "themes").iterdir()} == {".toml"}
