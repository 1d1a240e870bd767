"""Writes logs of other agents, row by row."""

import json
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tui.history.history_store import HistoryStore
from tui.history.log_import import ImportSource, read_logs
from tui.import_command import import_json

NOON = "2026-03-01T12:00:{:02d}.000Z"


def write_rows(path: Path, rows: Iterable[dict[str, Any] | str]) -> Path:
    """A file with one JSON object a line; a text is written as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def prompt(uuid: str, text: str, **more: Any) -> dict[str, Any]:
    """A prompt in a log of Claude Code."""
    return {
        "type": "user",
        "uuid": uuid,
        "sessionId": "s",
        "cwd": "/p",
        "timestamp": NOON.format(0),
        "message": {"role": "user", "content": text},
    } | more


def answer(
    uuid: str, message: str, context: int, output: int, *, tool: str = "", **more: Any
) -> dict[str, Any]:
    """An answer in a log of Claude Code, with all of its context read from the cache."""
    content = [{"type": "tool_use", "id": f"t{uuid}", "name": tool, "input": {}}] if tool else []
    return {
        "type": "assistant",
        "uuid": uuid,
        "sessionId": "s",
        "timestamp": NOON.format(5),
        "message": {
            "id": message,
            "model": "claude-opus-4-5",
            "stop_reason": "tool_use" if tool else "end_turn",
            "content": content,
            "usage": {
                "input_tokens": 0,
                "cache_read_input_tokens": context,
                "output_tokens": output,
            },
        },
    } | more


def totals_of(source: ImportSource, folder: Path) -> tuple[int, ...]:
    """Runs, requests, charged, damaged, estimated, runs and charge of agents; twice the same."""
    with TemporaryDirectory() as data, HistoryStore(Path(data)) as store:
        bodies: list[Any] = [import_json(read_logs(source, [folder], store)) for _ in range(2)]
    names = ("runs", "requests", "charged", "damaged", "estimated")
    read = [
        (*(body[name] for name in names), body["agents"]["runs"], body["agents"]["charged"])
        for body in bodies
    ]
    assert read[0] == read[1]
    return read[0]
