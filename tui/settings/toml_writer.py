"""Writing one setting into a file, so that everything else in it stays: comments, order, blanks."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.session.private_files import FILE, make_private_folder
from tui.settings.amounts import quote_foreign
from tui.settings.setting import Setting
from tui.settings.trusted_folders import PROJECTS

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

PRIVATE = FILE
"""The mode of files that are only the user's business."""


class SettingsWriteError(Exception):
    """A file that could not be changed; its text is one sentence."""

    def __init__(self, path: Path, reason: str) -> None:
        """Keep the file and the reason; the file is as it was."""
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        """Why the file was not written, in one sentence."""
        return f"{self.path} was not changed: {self.reason}."


def write_setting(path: Path, setting: Setting, value: object, *, private: bool = True) -> None:
    """Set one value in the file at `path`; None takes the key out.

    Args:
        path: the file; made with its folder if it is not there.
        setting: what to set.
        value: the value as its kind reads it; lists replace the list in this file.
        private: whether nobody else may read the file.

    Raises:
        SettingsWriteError: the file is not valid TOML, or cannot be written.
    """
    if value is None:
        _edit_document(path, lambda document: _remove(document, setting.path), private)
    else:
        _edit_document(
            path, lambda document: _set(document, setting.path, _to_toml(value)), private
        )


def save_project_permission(path: Path, project: Path, rule: str) -> None:
    """Keep a permission that the user gave for one project, in the user's own file.

    Args:
        path: The user's settings file.
        project: The project folder.
        rule: The permission rule.

    Raises:
        SettingsWriteError: the file is not valid TOML, or cannot be written.
    """
    keys = ("projects", str(project.expanduser().resolve()), "permissions", "allow")

    def add(document: "TOMLDocument") -> None:
        table: Any = document
        for key in keys[:-1]:
            table = _inner_table(table, key)
        rules = table.setdefault(keys[-1], [])
        if not isinstance(rules, list):
            raise _NotATableError(f"{keys[-1]} is not a list")
        if rule not in rules:
            rules.append(rule)

    _edit_document(path, add, private=True)


def save_project_answer(path: Path, project: Path, notes: Mapping[str, object]) -> None:
    """Keep an answer of the user about one project, in the user's own file.

    Args:
        path: the user's file; made with its folder if it is not there.
        project: the folder.
        notes: values by key: whether it is trusted, digests. See `tui.settings.trusted_folders`.

    Raises:
        SettingsWriteError: the file is not valid TOML, or cannot be written.
    """

    def note(document: "TOMLDocument") -> None:
        table = _inner_table(_inner_table(document, PROJECTS), str(project.expanduser().resolve()))
        for key, value in notes.items():
            table[key] = value

    _edit_document(path, note, private=True)


class _NotATableError(ValueError):
    """A table was needed where the file has something else."""


_WRITTEN_CONTENTS: dict[Path, bytes] = {}
"""What this process wrote last, by file."""


def was_written_here(path: Path, content: bytes) -> bool:
    """Whether `content` of a file is what this process has written there itself."""
    return _WRITTEN_CONTENTS.get(path) == content


def replace_file_atomically(path: Path, text: str, mode: int = PRIVATE) -> None:
    """Replace a file in one step: whoever reads it sees the old text or the new.

    Args:
        path: The file; a link stays a link.
        text: The new contents.
        mode: Permissions of the new file.
    """
    target = path.resolve()  # a link into somebody's dotfiles stays a link
    if mode == PRIVATE:
        make_private_folder(target.parent)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        _WRITTEN_CONTENTS[target] = text.encode()
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def _edit_document(path: Path, change: Callable[["TOMLDocument"], None], private: bool) -> None:
    import tomllib

    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        text = _read(path)
        document = tomlkit.parse(text)
        change(document)
        new = tomlkit.dumps(document)
        tomllib.loads(new)  # a second reader agrees, or nothing is written
        if new != text:
            replace_file_atomically(path, new, PRIVATE if private else _file_mode(path))
    except (TOMLKitError, ValueError) as error:
        raise SettingsWriteError(path, "it holds a mistake. Correct that first") from error
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise SettingsWriteError(path, reason) from error


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _file_mode(path: Path) -> int:
    """The mode a shared file has, or would have had."""
    if path.exists():
        return path.stat().st_mode & 0o777
    return 0o644


def _set(document: "TOMLDocument", keys: tuple[str, ...], value: object) -> None:
    table: Any = document
    for key in keys[:-1]:
        table = _inner_table(table, key)
    table[keys[-1]] = value


def _remove(document: "TOMLDocument", keys: tuple[str, ...]) -> None:
    table: Any = document
    for key in keys[:-1]:
        if key not in table:
            return
        table = table[key]
    table.pop(keys[-1], None)


def _inner_table(table: Any, key: str) -> Any:
    """The table inside another, made if need be."""
    import tomlkit

    if key not in table:
        table[key] = tomlkit.table()
    if not hasattr(table[key], "setdefault"):
        raise _NotATableError(f"{quote_foreign(key)} is not a table")
    return table[key]


def _to_toml(value: object) -> object:
    """A value as TOML writes it."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return list(value) if isinstance(value, tuple) else value
