"""Reads the sessions of OpenCode: its database, or the message files from before it.

The files are a subset of the database, so they are read only where there is none. `tokens.input`
leaves out the cache and `tokens.output` the reasoning.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from tui.importers.imported_run import BilledTokens, DamagedLine, ImportedRequest, ImportedRun
from tui.importers.log_lines import DamagedFigure, decode_json, figure, mapping, text_of, timestamp

SOURCE = "opencode"


def log_folders(environment: Mapping[str, str], home: Path) -> list[Path]:
    """The folder of OpenCode's data, if it exists.

    Args:
        environment: `OPENCODE_DATA_DIR` or `XDG_DATA_HOME` may name it.
        home: The user's home folder.
    """
    share = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    folder = Path(environment.get("OPENCODE_DATA_DIR") or share / "opencode").expanduser()
    return [folder] if folder.is_dir() else []


def log_files(folder: Path) -> list[Path]:
    """The databases of a folder; without one, the folders with the messages of a session each."""
    if databases := sorted(folder.glob("opencode*.db")):
        return databases
    return sorted(path for path in (folder / "storage" / "message").glob("*") if path.is_dir())


def read_log(path: Path, damaged: list[DamagedLine]) -> list[ImportedRun]:
    """The runs of a database, or of one session's folder of messages.

    Args:
        path: One of `log_files`.
        damaged: Gets the messages that cannot be read.
    """
    if path.is_file():
        return _runs_of_database(path, damaged)
    storage = path.parent.parent
    sessions = (storage / "session").glob(f"*/{path.name}.json")
    session = next((found for file in sessions if (found := _read_file(file, damaged))), {})
    messages = [_read_file(file, damaged) for file in sorted(path.glob("*.json")) if file.is_file()]
    return _runs(session, [each for each in messages if each], damaged, str(path))


def _read_file(path: Path, damaged: list[DamagedLine]) -> dict[str, Any]:
    try:
        return _object(path.read_bytes())
    except (OSError, ValueError) as error:
        damaged.append(DamagedLine(str(path), 1, f"no JSON object: {error}"))
        return {}


def _object(text: bytes | str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        ValueError: it is none.
    """
    found = decode_json(text)
    if not isinstance(found, dict):
        raise ValueError("it is another value")  # noqa: TRY004 — one error for what is no object
    return found


def _runs_of_database(path: Path, damaged: list[DamagedLine]) -> list[ImportedRun]:
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            database.row_factory = sqlite3.Row
            database.text_factory = lambda text: text.decode("utf-8", "replace")
            sessions = {
                row["id"]: _session(row) for row in database.execute("SELECT * FROM session")
            }
            messages: dict[str, list[dict[str, Any]]] = {}
            for number, row in enumerate(database.execute("SELECT * FROM message ORDER BY id"), 1):
                try:
                    found = _object(row["data"])
                except (ValueError, TypeError) as error:
                    damaged.append(DamagedLine(str(path), number, f"no JSON object: {error}"))
                    continue
                messages.setdefault(row["session_id"], []).append({"id": row["id"]} | found)
    except (sqlite3.Error, IndexError) as error:
        damaged.append(DamagedLine(str(path), 0, f"cannot be read: {error}", is_file=True))
        return []
    return [
        run
        for session, of_session in messages.items()
        for run in _runs(sessions.get(session, {"id": session}), of_session, damaged, str(path))
    ]


def _session(row: sqlite3.Row) -> dict[str, Any]:
    """A session of the database, in the form of the session files."""
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118 — a Row has no other names
    return {
        "id": values.get("id"),
        "title": values.get("title"),
        "directory": values.get("directory"),
        "parentID": values.get("parent_id"),
    }


def _runs(
    session: dict[str, Any], messages: list[dict[str, Any]], damaged: list[DamagedLine], place: str
) -> list[ImportedRun]:
    """The runs of one session: a user's message each, with the answers to it."""
    runs: dict[str, ImportedRun] = {}
    for number, message in enumerate(sorted(messages, key=_created), 1):
        if message.get("role") == "user":
            runs[text_of(message.get("id"))] = _new_run(session, message)
        elif message.get("role") == "assistant":
            try:
                usage = _usage(mapping(message.get("tokens")))
            except DamagedFigure as error:
                damaged.append(DamagedLine(place, number, str(error)))
                continue
            if usage == BilledTokens():
                continue
            parent = text_of(message.get("parentID")) or next(reversed(runs), "")
            if parent not in runs:
                runs[parent] = _new_run(session, message)
            _add_answer(runs[parent], message, usage)
    return [run for run in runs.values() if run.requests]


def _created(message: dict[str, Any]) -> tuple[float, str]:
    time = mapping(message.get("time"))
    return timestamp(time.get("created")), text_of(message.get("id"))


def _new_run(session: dict[str, Any], message: dict[str, Any]) -> ImportedRun:
    return ImportedRun(
        source=SOURCE,
        session=text_of(session.get("id")) or text_of(message.get("sessionID")),
        started=_created(message)[0],
        project=text_of(session.get("directory"))
        or text_of(mapping(message.get("path")).get("cwd")),
        prompt=text_of(session.get("title")),
        is_agent=bool(session.get("parentID")),
    )


def _add_answer(run: ImportedRun, message: dict[str, Any], usage: BilledTokens) -> None:
    ended = timestamp(mapping(message.get("time")).get("completed"))
    run.requests.append(
        ImportedRequest(
            usage,
            ended or _created(message)[0],
            text_of(message.get("modelID")),
            broken=bool(message.get("summary")),
            calls_tool=message.get("finish") == "tool-calls",
        )
    )
    if "error" in message and mapping(message["error"]).get("name") == "MessageAbortedError":
        run.end = "interrupted"


def _usage(tokens: dict[str, Any]) -> BilledTokens:
    cache = mapping(tokens.get("cache"))
    return BilledTokens(
        input=figure(tokens, "input"),
        cache_write_5m=figure(cache, "write"),
        cache_read=figure(cache, "read"),
        output=figure(tokens, "output") + figure(tokens, "reasoning"),
    )
