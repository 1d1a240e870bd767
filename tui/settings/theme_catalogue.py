"""Themes: colours as TOML files, ours and the user's.

    name = "evening"
    dark = true

    [colours]
    background = "#101820"

    [variables]
    gauge-cruise = "#5fb3a1"

What a theme of the user leaves out comes from our dark or our light one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui.settings.amounts import quote_foreign
from tui.settings.contrast import HEX, luminance, weak_spots
from tui.settings.problems import Problem, quote_value
from tui.settings.theme_spec import COLOURS, LIGHT, TERMINAL_COLOUR, VARIABLES, ThemeSpec
from tui.settings.theme_spec import DARK as DARK
from tui.settings.theme_spec import built_in_folder as built_in_folder
from tui.settings.toml_document import TomlDocument, read_toml_document
from tui.typos import most_similar_name

_TABLES = {"colours": COLOURS, "variables": VARIABLES}
_TOP = ("name", "dark", "about", *_TABLES)


@dataclass(frozen=True, slots=True)
class ThemeCatalogue:
    """All themes there are, ours first."""

    themes: Mapping[str, ThemeSpec]
    problems: tuple[Problem, ...] = ()

    def find_or_default(self, name: str) -> tuple[ThemeSpec | None, str | None]:
        """The theme of that name; else our dark one, with a sentence.

        The theme is None only where the program's own files are missing.
        """
        if theme := self.themes.get(name):
            return theme, None
        return self.themes.get(DARK), self.unknown_theme_sentence(name, f"{DARK} is used.")

    def unknown_theme_sentence(self, name: str, otherwise: str) -> str:
        """That there is no theme of that name; what to do, if none is close, is `otherwise`."""
        close = most_similar_name(name, list(self.themes))
        hint = f"did you mean {close}?" if close else otherwise
        return f"There is no theme {quote_foreign(name)}; {hint}"


def load_themes(folder: Path | None = None) -> ThemeCatalogue:
    """Our themes and those in the user's folder; mistakes are in `problems`."""
    problems: list[Problem] = []
    themes: dict[str, ThemeSpec] = {}
    for path in _theme_files(built_in_folder()):
        if theme := _read_theme(path, themes, problems, built_in=True):
            themes[theme.name] = theme
    ours = dict(themes)
    owners: dict[str, Path] = {}
    for path in _theme_files(folder) if folder else ():
        theme = _read_theme(path, ours, problems, built_in=False)
        if theme is None:
            continue
        if theme.name in owners:
            what = f"the name {quote_foreign(theme.name)} is used by {owners[theme.name].name} too"
            problems.append(Problem(what, "this theme is ignored", path))
            continue
        owners[theme.name] = path
        themes[theme.name] = theme
    return ThemeCatalogue(themes, tuple(problems))


def load_theme(name: str, folder: Path | None = None) -> ThemeSpec | None:
    """One theme, quickly, for the first frame: only files of that name are opened."""
    for place in (folder, built_in_folder()):
        if place and name.isprintable() and Path(name).name == name:
            path = place / f"{name}.toml"
            if theme := _read_theme(path, {}, [], built_in=place == built_in_folder()):
                return theme
    return None


def find_theme(name: str, folder: Path) -> tuple[ThemeSpec | None, str | None]:
    """The theme of that name, ours or the user's; else our dark one, with a sentence."""
    if theme := load_theme(name, folder):
        return theme, None
    return load_themes(folder).find_or_default(name)


def _theme_files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError:
        return []


def _read_theme(
    path: Path, ours: Mapping[str, ThemeSpec], problems: list[Problem], *, built_in: bool
) -> ThemeSpec | None:
    found = read_toml_document(path)
    if isinstance(found, Problem):
        problems.append(found)
        return None
    return None if found is None else _ThemeReader(found, ours, problems, built_in).theme()


@dataclass(frozen=True, slots=True)
class _ThemeReader:
    """One theme file being read."""

    document: TomlDocument
    ours: Mapping[str, ThemeSpec]
    problems: list[Problem]
    built_in: bool

    def theme(self) -> ThemeSpec | None:
        """The theme, whatever could be understood of it; None where nothing fills its gaps."""
        self._report_unknown_keys((), _TOP, self.document.table)
        colours = self._colours("colours", COLOURS)
        variables = self._colours("variables", VARIABLES)
        dark = self._dark(colours)
        base = self._fallback_theme(dark)
        if base is not None:
            colours = {**base.colours, **colours}
            variables = {**base.variables, **variables}
        if len(colours) < len(COLOURS) or len(variables) < len(VARIABLES):
            return None
        path = self.document.path
        name = self._text("name") or path.stem
        about = self._text("about")
        theme = ThemeSpec(name, dark, colours, variables, about, path, self.built_in)
        if not self.built_in:
            self.problems.extend(self._contrast_problems(theme))
        return theme

    def _fallback_theme(self, dark: bool) -> ThemeSpec | None:
        """The theme that fills the gaps. Ours have none, and are read before the user's."""
        if self.built_in:
            return None
        name = DARK if dark else LIGHT
        return self.ours.get(name) or load_theme(name)

    def _dark(self, colours: Mapping[str, str]) -> bool:
        found = self.document.table.get("dark")
        if isinstance(found, bool):
            return found
        if found is not None:
            self._report(("dark",), f"dark is {quote_value(found)}", "expected true or false")
        background = colours.get("background", "")
        return not HEX.fullmatch(background) or luminance(background) < 0.18

    def _text(self, key: str) -> str:
        found = self.document.table.get(key, "")
        if isinstance(found, str) and found.isprintable() and len(found) <= 100:
            return found.strip()
        self._report((key,), f"{key} is {quote_value(found)}", "expected a short line of text")
        return ""

    def _colours(self, table: str, known: Mapping[str, str]) -> dict[str, str]:
        rows: Any = self.document.table.get(table, {})
        if not isinstance(rows, dict):
            self._report((table,), f"{table} is {quote_value(rows)}", f"expected a table [{table}]")
            return {}
        self._report_unknown_keys((table,), tuple(known), rows)
        good = {}
        for name, found in rows.items():
            if isinstance(found, str) and (
                HEX.fullmatch(found) or TERMINAL_COLOUR.fullmatch(found)
            ):
                good[name] = found.lower()
            elif name in known:
                expected = "expected a colour such as #101820"
                self._report((table, name), f"{name} is {quote_value(found)}", expected)
        return {name: good[name] for name in known if name in good}

    def _report_unknown_keys(
        self, where: tuple[str, ...], known: tuple[str, ...], table: Mapping[str, object]
    ) -> None:
        for name in table:
            if name not in known:
                close = most_similar_name(name, list(known))
                expected = f"did you mean {close}?" if close else "it is ignored"
                self._report((*where, name), f"a theme has no {quote_foreign(name)}", expected)

    def _report(self, keys: tuple[str, ...], found: str, expected: str) -> None:
        self.problems.append(self.document.problem(keys, found, expected))

    def _contrast_problems(self, theme: ThemeSpec) -> Iterator[Problem]:
        """One remark for a theme that is hard to read, about its worst pair."""
        spots = sorted(weak_spots(theme.all), key=lambda spot: spot.ratio / spot.needed)
        if spots:
            worst, more = spots[0], len(spots) - 1
            rest = f"; {more} more pairs are weak" if more else ""
            table = "colours" if worst.over in COLOURS else "variables"
            expected = f"{worst.needed:g} or more can be read by most people{rest}"
            yield self.document.problem(
                (table, worst.over), worst.description, expected, warning=True
            )
