"""Which folders the user trusts: their files may configure the program and instruct the model.

    [trust]
    folders = ["~/work/", "/srv/parser"]

    [projects."/home/me/other"]
    trusted = true
    accepted = "sha256:…"

A folder in `folders` is trusted alone; with a slash at its end everything below it is as well.
Only the user's own file says so. Paths are compared as what they are when links are followed.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tui.settings.amounts import quote_foreign
from tui.settings.problems import Layer, Problem, quote_value
from tui.settings.toml_document import TomlDocument

PROJECTS = "projects"
"""The table in the user's file with one table for each project."""
TRUST = "trust"
"""The table in the user's file about trust."""
FOLDERS = "folders"
"""In that table: the folders that are trusted."""
TRUSTED = "trusted"
"""In the table of a project: whether the user trusts it."""
ACCEPTED = "accepted"
"""In the table of a project: digest of the settings files whose looser values the user accepted."""
DECLINED = "declined"
"""In the table of a project: digest of those whose looser values the user does not want."""
OF_A_PROJECT = (TRUSTED, ACCEPTED, DECLINED)
"""Keys in the table of a project that are no settings."""


@dataclass(frozen=True, slots=True)
class TrustRecord:
    """What the user's file says about one folder."""

    trusted: bool | None = None
    """None: the user was never asked."""
    accepted: str = ""
    """Digest of the project's settings files that the user accepted as they are."""
    declined: str = ""
    """Digest of those of which the user accepted nothing that is looser."""


def read_trust_record(
    document: TomlDocument | None, folder: Path, root: Path | None = None
) -> TrustRecord:
    """What the user's file says about a folder.

    Args:
        document: The user's file; None without one.
        folder: The project folder.
        root: The top folder of its repository: an answer for a folder between the two holds too,
            the nearest one.
    """
    if document is None:
        return TrustRecord()
    here = folder.resolve()
    own = _tables_by_folder(document).get(here, {})
    word = _nearest_answer(document, here, root.resolve() if root else here)
    if word is None and any(_covers(entry, here) for entry in _listed_folders(document)):
        word = True
    return TrustRecord(word, _read_digest(own, ACCEPTED), _read_digest(own, DECLINED))


def trust_problems(document: TomlDocument) -> Iterator[Problem]:
    """What is wrong with what the user's file says about trust."""
    table = document.table.get(TRUST, {})
    if not isinstance(table, dict):
        what = f"{TRUST} is {quote_value(table)}"
        expected = "expected a table with the heading [trust]"
        yield document.problem((TRUST,), what, expected, Layer.USER)
        return
    for key in table:
        if key != FOLDERS:
            what, expected = (
                f"there is no setting {quote_foreign(f'{TRUST}.{key}')}",
                "expected folders",
            )
            yield document.problem((TRUST, key), what, expected, Layer.USER)
    found = table.get(FOLDERS, [])
    for entry in found if isinstance(found, list) else [found]:
        if expected := _invalid_entry_reason(entry, isinstance(found, list)):
            what = f"{TRUST}.{FOLDERS} holds {quote_value(entry)}"
            yield document.problem((TRUST, FOLDERS), what, expected, Layer.USER)


def files_digest(documents: Iterable[TomlDocument]) -> str:
    """A digest of settings files that changes whenever anything in one of them does."""
    sum = hashlib.sha256()
    for document in documents:
        text = document.text.encode()
        sum.update(f"{document.path.name}\0{len(text)}\0".encode() + text)
    return f"sha256:{sum.hexdigest()}"


def _nearest_answer(document: TomlDocument, here: Path, root: Path) -> bool | None:
    """The nearest answer from `here` up to `root`."""
    tables = _tables_by_folder(document)
    for up in (here, *here.parents):
        if isinstance(word := tables.get(up, {}).get(TRUSTED), bool):
            return word
        if up == root or not here.is_relative_to(root):
            return None
    return None


def _tables_by_folder(document: TomlDocument) -> dict[Path, dict[str, object]]:
    """The tables of projects by their folders, resolved."""
    found = document.table.get(PROJECTS, {})
    tables = found.items() if isinstance(found, dict) else ()
    return {
        path: table
        for name, table in tables
        if isinstance(table, dict) and (path := resolve_folder_entry(name)) is not None
    }


def _read_digest(table: dict[str, object], key: str) -> str:
    found = table.get(key, "")
    return found if isinstance(found, str) else ""


def _listed_folders(document: TomlDocument) -> Iterator[str]:
    """The folders that are listed and may be."""
    table = document.table.get(TRUST, {})
    found = table.get(FOLDERS, []) if isinstance(table, dict) else []
    for entry in found if isinstance(found, list) else ():
        if not _invalid_entry_reason(entry):
            yield entry


def _covers(entry: str, here: Path) -> bool:
    path = resolve_folder_entry(entry)
    if path is None:
        return False
    return here == path or (_is_prefix(entry) and here.is_relative_to(path))


def _is_prefix(entry: str) -> bool:
    return entry.endswith(("/", "\\"))


def resolve_folder_entry(entry: str) -> Path | None:
    """The folder that a path of the user's file means, links followed; None without one."""
    try:
        return Path(entry).expanduser().resolve()
    except (OSError, RuntimeError, ValueError):
        return None


def _invalid_entry_reason(entry: object, listed: bool = True) -> str:
    """Why an entry trusts nothing; finishes a sentence, empty where it is good."""
    if not listed or not isinstance(entry, str):
        return 'expected a list of folders, such as ["~/work/"]'
    path = resolve_folder_entry(entry) if "\0" not in entry else None
    if path is None or (not entry.startswith(("/", "~", "\\")) and not Path(entry).is_absolute()):
        return "expected a whole path, such as ~/work/ or /srv/parser"
    home = Path.home().resolve()
    if _is_prefix(entry) and home.is_relative_to(path):
        return "that is everything you have; name the folders in it that you trust"
    return ""
