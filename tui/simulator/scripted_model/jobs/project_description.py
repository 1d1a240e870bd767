"""A project in words: what its listing and the files that were read say about it."""

import json
import re
import tomllib
from collections.abc import Sequence
from typing import Any

from tui.simulator.scripted_model.file_knowledge import FileKnowledge
from tui.simulator.scripted_model.jobs.file_listing import FileListing, language, shares
from tui.simulator.scripted_model.markdown_writing import (
    amount,
    bullets,
    code,
    fence,
    listed,
    table,
)
from tui.simulator.scripted_model.request_view import RequestView

_DEFINITION = re.compile(
    r"^\s*(?:export |pub(?:\(\w+\))? |default |async |abstract |static |final |public |private )*"
    r"(def|class|function|func|fn|struct|enum|trait|interface|module|object|record) +"
    r"(?:\([^)]*\) *)?(\w+)"
)
_SHOWN = 8


def describe_project(view: RequestView, listing: FileListing, counts: str) -> str:
    """The answer of an explain job, in Markdown."""
    read = [sheet for sheet in view.known_files.values() if sheet.rows and not sheet.trouble]
    if view.intent.files:
        return _files(view, listing, read)
    parts = [
        f"# {_name(read)}",
        _purpose(read),
        f"## What it is made of\n\n{_languages(listing)}",
        f"## How it is laid out\n\n{_layout(listing)}",
        _substance(counts),
        f"## What I read\n\n{bullets(map(_outline, read[:12]))}" if read else "",
        _running(listing, read),
        _caveat(view, listing, read),
    ]
    return "\n\n".join(part for part in parts if part)


def _files(view: RequestView, listing: FileListing, read: Sequence[FileKnowledge]) -> str:
    parts = []
    for sheet in read:
        lines = "\n".join(line.rstrip("\r") for line in sheet.lines[:12])
        parts.append(
            f"## {code(sheet.path)}\n\n{bullets([_outline(sheet)])}\n\n"
            f"It begins like this:\n\n{fence(lines, language(sheet.path))}"
        )
    known = [sheet.path for sheet in read]
    lost = [n for n in view.intent.files if not any(path.endswith(n) for path in known)]
    if lost:
        names = listed([code(name) for name in lost])
        parts.append(f"I found no readable file {names} here.")
    rows = [[code(s.path), str(len(s.rows)), str(len(_definitions(s)))] for s in read]
    if rows:
        parts.append(table(["File", "Lines read", "Definitions"], rows))
    parts.append(_caveat(view, listing, read))
    return "\n\n".join(parts)


def _name(read: Sequence[FileKnowledge]) -> str:
    for sheet in read:
        for line in sheet.lines[:20]:
            if line.startswith("# ") and sheet.path.lower().rpartition("/")[2].startswith("readme"):
                return " ".join(line[2:].split())
    for sheet in read:
        if name := _manifest(sheet).get("name"):
            return str(name)
    return "This project"


def _purpose(read: Sequence[FileKnowledge]) -> str:
    """The first paragraph of the README, or the manifest's description."""
    for sheet in read:
        if sheet.path.lower().rpartition("/")[2].startswith("readme"):
            paragraphs = re.split(r"\n\s*\n", "\n".join(x.rstrip("\r") for x in sheet.lines))
            plain = [p.strip() for p in paragraphs if re.match(r"\s*[A-Za-zÀ-ÿ*_`]", p)]
            if plain:
                return f"> {' '.join(plain[0].split())[:500]}"
    for sheet in read:
        if said := _manifest(sheet).get("description"):
            return f"> {' '.join(str(said).split())[:500]}"
    return "There is no README that says what it is for; this is what the files say."


def _languages(listing: FileListing) -> str:
    if not listing.languages:
        return f"{amount(len(listing.paths), 'file')} in no language I know by its ending."
    more = "at least " if listing.cut else ""
    counted = f"{more}{amount(len(listing.paths), 'file')}:".capitalize()
    rows = shares(listing.languages[:_SHOWN])
    return f"{counted}\n\n{table(['Language', 'Files', 'Share'], rows)}"


def _layout(listing: FileListing) -> str:
    width = max((len(area) for area, _ in listing.areas[:_SHOWN]), default=0) + 2
    rows = [f"{area + '/':<{width}} {amount(n, 'file')}" for area, n in listing.areas[:_SHOWN]]
    least = "at least " if listing.cut else ""
    if len(listing.areas) > _SHOWN:
        rows.append(f"… and {least}{len(listing.areas) - _SHOWN} more folders")
    elif listing.cut:
        rows.append("… and perhaps more: the listing ends before the last file")
    top = [path for path in listing.paths if path not in listing.inside]
    rows += [path.rpartition("/")[2] for path in top[:_SHOWN]]
    if len(top) > _SHOWN:
        rows.append(f"… and {least}{len(top) - _SHOWN} more files")
    return fence("\n".join(rows), "text")


def _substance(counts: str) -> str:
    found = [re.match(r"^(?:\./)?(.+):(\d+)$", line) for line in counts.splitlines()]
    rows = sorted(((int(m[2]), m[1]) for m in found if m), key=lambda one: (-one[0], one[1]))[:6]
    if not rows:
        return ""
    lines = bullets(f"{code(path)}: {amount(n, 'definition')}" for n, path in rows)
    return f"## Where the substance is\n\n{lines}"


def _outline(sheet: FileKnowledge) -> str:
    names = _definitions(sheet)
    whole = "" if not sheet.more else " of a longer file"
    what = f"defines {listed([code(name) for name in names])}" if names else _first_words(sheet)
    return f"{code(sheet.path)} ({amount(len(sheet.rows), 'line')}{whole}): {what}"


def _definitions(sheet: FileKnowledge) -> list[str]:
    found = [_DEFINITION.match(line) for line in sheet.lines]
    return list(dict.fromkeys(match[2] for match in found if match))


def _first_words(sheet: FileKnowledge) -> str:
    line = next((line.strip() for line in sheet.lines if re.search(r"\w", line)), "")
    return f"begins with {code(line[:80])}" if line else "is empty"


def _running(listing: FileListing, read: Sequence[FileKnowledge]) -> str:
    names = {path.rpartition("/")[2] for path in listing.paths}
    commands = []
    for sheet in read:
        scripts = _manifest(sheet).get("scripts")
        if isinstance(scripts, dict):
            prefix = "npm run " if sheet.path.endswith(".json") else ""
            commands += [f"{prefix}{name}" for name in list(scripts)[:4]]
    kinds = {
        "pyproject.toml": "python -m pip install -e .",
        "requirements.txt": "python -m pip install -r requirements.txt",
        "Cargo.toml": "cargo build",
        "go.mod": "go build ./...",
        "package.json": "npm install",
        "Makefile": "make",
    }
    commands = [command for name, command in kinds.items() if name in names] + commands
    if not commands:
        return ""
    said = fence("\n".join(commands), "sh")
    return f"## How it is probably built and run\n\n{said}\n\nI did not run these."


def _manifest(sheet: FileKnowledge) -> dict[str, Any]:
    """The table of a manifest that speaks of the project itself."""
    content = "\n".join(line.rstrip("\r") for line in sheet.lines)
    try:
        if sheet.path.endswith("package.json"):
            found = json.loads(content)
        elif sheet.path.endswith("pyproject.toml"):
            found = tomllib.loads(content).get("project", {})
        elif sheet.path.endswith("Cargo.toml"):
            found = tomllib.loads(content).get("package", {})
        else:
            return {}
    except ValueError:
        # Cut, or broken: then it says nothing for certain.
        return {}
    return found if isinstance(found, dict) else {}


def _caveat(view: RequestView, listing: FileListing, read: Sequence[FileKnowledge]) -> str:
    failed = [sheet.path for sheet in view.known_files.values() if sheet.trouble or sheet.refused]
    lines = [
        f"I read {amount(len(read), 'file')} of {len(listing.paths):,}"
        f"{' or more' if listing.cut else ''} and took the rest from the listing."
    ]
    if failed:
        lines.append(f"Not readable for me: {listed([code(path) for path in failed])}.")
    lines.append("I am a simulator without a model: this is an outline by rules, not a judgement.")
    return " ".join(lines)
