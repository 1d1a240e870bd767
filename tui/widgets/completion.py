"""What can be completed at the cursor: a slash command, or a file after `@`."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, NamedTuple

from tui.slash_lines import find_command
from tui.widgets.fuzzy_match import best_matches
from tui.widgets.line_widget import flatten
from tui.widgets.option_rows import Option
from tui.widgets.paste_folding import normalize_paste

MAX_OPTIONS = 20
"""Options worth showing."""
MANY_FILES = 2_000
"""File names from which on ranking leaves the event loop."""

_SLASH = re.compile(r"/([\w-]*)\Z")
_FILE = re.compile(r"(?:^|\s)@(\S*)\Z")
_COMMAND_LINE = re.compile(r"/([\w-]+)\s[^\n]*\Z")


class SlashName(NamedTuple):
    """A slash command on offer."""

    name: str
    """Without the slash."""
    help: str
    args: str = ""
    """What may follow; in brackets where it need not."""
    aliases: tuple[str, ...] = ()
    """Other names, offered once they are begun."""
    exact: bool = False
    """Whether it is sent only when a name is typed in full, and offered only where one is begun."""

    @property
    def slash(self) -> tuple[str, ...]:
        """The name and its aliases."""
        return (self.name, *self.aliases)

    @property
    def needs_args(self) -> bool:
        """Whether the name alone is not enough to be sent."""
        return bool(self.args) and not self.args.startswith("[")


SlashNames = Callable[[], Sequence[SlashName]]
FileNames = Callable[[str], Awaitable[Sequence[str]]]
"""Paths relative to the project folder that may fit the letters typed."""


class CompletionQuery(NamedTuple):
    """What the text before the cursor asks to complete."""

    kind: Literal["slash", "file"]
    query: str


def completion_query(before: str) -> CompletionQuery | None:
    """What `before`, the text before the cursor, asks to complete; None where nothing."""
    if match := _SLASH.fullmatch(before):
        return CompletionQuery("slash", match[1])
    if match := _FILE.search(before):
        return CompletionQuery("file", match[1])
    return None


CompletionAnchor = tuple[str, int]
"""Where a completion is: its kind, and the character it begins at."""


def completion_anchor(before: str) -> CompletionAnchor | None:
    """Where the completion that `before` asks for is; None where there is none."""
    asked = completion_query(before)
    return (asked.kind, len(before) - len(asked.query)) if asked else None


def slash_options(query: str, names: Sequence[SlashName]) -> list[Option]:
    """Commands that match `query` by a name or an alias, the best first, each of them once."""
    begun = query.casefold()
    spelled = [
        (name, row)
        for row in names
        for name in (row.slash if query else (row.name,))
        if name.startswith(begun) or not row.exact
    ]
    spelled.sort(key=lambda pair: pair[0] != pair[1].name)  # names before aliases
    found: dict[str, Option] = {}
    for at in best_matches(query, [name for name, _ in spelled], len(spelled)):
        name, row = spelled[at]
        found.setdefault(row.name, Option(name, f"/{name}", row.help, row.args))
    return list(found.values())[:MAX_OPTIONS]


def option_sent_by_enter(
    query: str, names: Sequence[SlashName], options: Sequence[Option]
) -> int | None:
    """Which of the `options` Enter would send for what is typed; None for none of them."""
    row = find_command(query.casefold(), names)
    found = (at for at, option in enumerate(options) if row and option.id in row.slash)
    return next(found, None)


def args_hint(before: str, names: Sequence[SlashName]) -> str:
    """What may follow the command typed in `before`; empty where there is nothing to say."""
    match = _COMMAND_LINE.fullmatch(before)
    row = next((row for row in names if match and match[1] in row.slash), None)
    return f"/{row.name} {row.args} · {row.help}" if row and row.args else ""


async def file_options(query: str, files: FileNames) -> list[Option]:
    """Paths that match `query`, the best first."""
    paths = await files(query)
    if len(paths) < MANY_FILES:
        found = best_matches(query, paths, MAX_OPTIONS)
    else:
        import asyncio

        found = await asyncio.to_thread(best_matches, query, paths, MAX_OPTIONS)
    names = (paths[at] for at in found)
    # A draft holds no control characters, so a name with some cannot be written in one.
    return [Option(name, flatten(name, 400)) for name in names if normalize_paste(name) == name]
