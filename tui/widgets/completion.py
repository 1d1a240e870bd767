"""What can be completed at the cursor: a slash command, or a file after `@`."""

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Literal, NamedTuple

from tui.slash_lines import find_command
from tui.widgets.file_index import FileIndex
from tui.widgets.fuzzy_match import best_matches
from tui.widgets.line_widget import flatten
from tui.widgets.option_rows import Option
from tui.widgets.paste_folding import normalize_paste

MAX_OPTIONS = 20
"""Options worth showing."""
MANY_FILES = 2_000
"""File names from which on ranking leaves the event loop."""
MAX_SPACED_NAME = 80
"""Characters behind an `@` within which a name with spaces is looked for."""

_SLASH = re.compile(r"/([\w-]*)\Z")
_FILE = re.compile(r'(?:^|[\s(\[{])@("?)([^\s"]*|(?<=")[^"\n]*)\Z')
_SPACED_FILE = re.compile(r'(?:^|[\s(\[{])@([^\s"][^"\n@]*)\Z')
_UNWRITABLE = re.compile("[\n\r\t\ud800-\udfff]")
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
    meanings: tuple[str, ...] = ()
    """Words that people type for it; they only offer it."""

    @property
    def slash(self) -> tuple[str, ...]:
        """The name and its aliases."""
        return (self.name, *self.aliases)

    @property
    def needs_args(self) -> bool:
        """Whether the name alone is not enough to be sent."""
        return bool(self.args) and not self.args.startswith("[")


SlashNames = Callable[[], Sequence[SlashName]]
FileNames = Callable[[bool], Awaitable[FileIndex]]
"""The files of the project; asked whether they have to be listed afresh."""


class CompletionQuery(NamedTuple):
    """What the text before the cursor asks to complete."""

    kind: Literal["slash", "file"]
    query: str
    quoted: bool = False
    """Whether a quotation mark stands before the query."""
    spaced: bool = False
    """Whether it goes on behind a space: it counts only if a name contains all of it."""

    def replaced(self) -> int:
        """How many characters before the cursor a chosen option takes the place of."""
        return len(self.query) + self.quoted


def completion_query(before: str) -> CompletionQuery | None:
    """What `before`, the text before the cursor, asks to complete; None where nothing."""
    if match := _SLASH.fullmatch(before):
        return CompletionQuery("slash", match[1])
    if match := _FILE.search(before):
        return CompletionQuery("file", match[2], quoted=bool(match[1]))
    if (match := _SPACED_FILE.search(before)) and len(match[1]) <= MAX_SPACED_NAME:
        return CompletionQuery("file", match[1], spaced=True)
    return None


CompletionAnchor = tuple[str, int]
"""Where a completion is: its kind, and the character it begins at."""


def completion_anchor(before: str) -> CompletionAnchor | None:
    """Where the completion that `before` asks for is; None where there is none."""
    asked = completion_query(before)
    return (asked.kind, len(before) - len(asked.query)) if asked else None


def slash_options(query: str, names: Sequence[SlashName]) -> list[Option]:
    """Commands that match `query`, the best first, each of them once.

    A name counts most, then an alias, then a word that means the same.
    """
    begun = query.casefold()
    spelled = [
        (name, row)
        for row in names
        for name in (row.slash if query else (row.name,))
        if name.startswith(begun) or not row.exact
    ]
    spelled.sort(key=lambda pair: pair[0] != pair[1].name)  # names before aliases
    matched = [
        spelled[at] for at in best_matches(query, [name for name, _ in spelled], len(spelled))
    ]
    begins = [pair for pair in matched if pair[0].startswith(begun)]
    meant = [(row.name, row) for row in names if not row.exact and _is_meant(begun, row)]
    found: dict[str, Option] = {}
    for name, row in (*begins, *meant, *matched):
        found.setdefault(row.name, Option(name, f"/{name}", row.help, row.args))
    return list(found.values())


def _is_meant(typed: str, row: SlashName) -> bool:
    """Whether a word that means the same as a command begins with what is typed."""
    return len(typed) > 1 and any(word.startswith(typed) for word in row.meanings)


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


def file_reference(path: str) -> str:
    """`path` as it is written behind an `@`: in quotation marks if it has spaces."""
    return f'"{path}"' if any(map(str.isspace, path)) else path


def is_writable_path(path: str) -> bool:
    """Whether `path` can be written behind an `@`: a draft holds no control characters, bytes
    that are no UTF-8 have no letters, and within quotation marks there can be none.
    """
    if _UNWRITABLE.search(path) or normalize_paste(path) != path:
        return False
    return '"' not in path or not any(map(str.isspace, path))


async def file_options(asked: CompletionQuery, files: FileNames) -> tuple[list[Option], str]:
    """Paths that match a query, the best first; and what to say about those left out."""
    index = await files(not asked.query)
    search = partial(index.search, asked.query, MAX_OPTIONS, similar=not asked.spaced)
    if len(index.paths) < MANY_FILES:
        found = search()
    else:
        import asyncio

        found = await asyncio.to_thread(search)
    remark = "" if asked.spaced else left_out_sentence(index)
    return [Option(path, flatten(path, 400)) for path in found], remark


def left_out_sentence(index: FileIndex) -> str:
    """Which files of the project are not on offer; empty where all are."""
    if index.is_truncated:
        return f"only the first {len(index.paths):,} files are searched"
    if not index.left_out:
        return ""
    names = "1 file is" if index.left_out == 1 else f"{index.left_out:,} files are"
    return f"{names} left out: the names have characters that cannot be written here"
