"""What a listing and the files that were read say about a project, as a report."""

import re
from collections.abc import Sequence

from tui.simulator.scripted_model.file_knowledge import FileKnowledge
from tui.simulator.scripted_model.jobs.file_listing import FileListing, language
from tui.simulator.scripted_model.jobs.job_report import JobReport
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
    r"(?:def|class|function|func|fn|struct|enum|trait|interface|module|object|record) +"
    r"(?:\([^)]*\) *)?(\w+)"
)
_MANIFEST_FIELD = r"^\s*\"?{name}\"?\s*[:=]\s*\"([^\"]+)\""
_BUILDS = {
    "pyproject.toml": "python -m pip install -e .",
    "requirements.txt": "python -m pip install -r requirements.txt",
    "Cargo.toml": "cargo build",
    "go.mod": "go build ./...",
    "package.json": "npm install",
    "Makefile": "make",
}
_SHOWN = 8


def describe_project(view: RequestView, listing: FileListing, counts: str) -> str:
    """The answer of an explain job, in Markdown.

    Args:
        view: The request.
        listing: The files of the project.
        counts: Definitions by file, as a search counts them; may be empty.
    """
    read = [known for known in view.known_files.values() if known.rows and not known.trouble]
    if view.intent.files:
        return _describe_files(view, listing, read)
    names = {path.rpartition("/")[2] for path in listing.paths}
    builds = [command for name, command in _BUILDS.items() if name in names]
    return JobReport(
        title=_name(read),
        level=1,
        summary=_purpose(read),
        sections={
            "What it is made of": _languages(listing),
            "How it is laid out": _layout(listing),
            "Where most definitions are": _largest(counts),
            "What I read": bullets(map(_outline, read[:12])),
            "How it is probably built (I did not run this)": fence("\n".join(builds), "sh")
            if builds
            else "",
        },
        closing=_limits(view, listing, read),
    ).markdown()


def _describe_files(view: RequestView, listing: FileListing, read: Sequence[FileKnowledge]) -> str:
    known = [file.path for file in read]
    lost = [name for name in view.intent.files if not any(path.endswith(name) for path in known)]
    return JobReport(
        title="Files",
        summary=f"I found no readable file {listed([code(name) for name in lost])} here."
        if lost
        else "",
        head=("File", "Lines read", "Definitions"),
        rows=[[code(f.path), str(len(f.rows)), str(len(_definitions(f)))] for f in read],
        sections={
            code(file.path): f"{bullets([_outline(file)])}\n\nIt begins like this:\n\n"
            + fence("\n".join(_text(file).split("\n")[:12]), language(file.path))
            for file in read
        },
        closing=_limits(view, listing, read),
    ).markdown()


def _text(file: FileKnowledge) -> str:
    return "\n".join(line.rstrip("\r") for line in file.lines)


def _name(read: Sequence[FileKnowledge]) -> str:
    """The heading of the README, or the name in a manifest."""
    headings = [re.search(r"^# (.*\S)", text, re.MULTILINE) for text in _readmes(read)]
    found = next((match[1] for match in headings if match), None)
    return found or _in_manifest("name", read) or "This project"


def _purpose(read: Sequence[FileKnowledge]) -> str:
    """The first paragraph of the README, or the manifest's description."""
    for text in _readmes(read):
        paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text)]
        if plain := [part for part in paragraphs if re.match(r"[A-Za-zÀ-ÿ*_`]", part)]:
            return f"> {' '.join(plain[0].split())[:500]}"
    if description := _in_manifest("description", read):
        return f"> {description[:500]}"
    return "No README says what it is for. This is what the files say."


def _readmes(read: Sequence[FileKnowledge]) -> list[str]:
    return [_text(f) for f in read if f.path.lower().rpartition("/")[2].startswith("readme")]


def _in_manifest(name: str, read: Sequence[FileKnowledge]) -> str | None:
    pattern = re.compile(_MANIFEST_FIELD.format(name=name), re.MULTILINE)
    manifests = [file for file in read if file.path.endswith((".toml", "package.json"))]
    return next((found[1] for f in manifests if (found := pattern.search(_text(f)))), None)


def _languages(listing: FileListing) -> str:
    files = amount(len(listing.paths), "file")
    if not listing.languages:
        return f"{files} in no language I know by its ending."
    whole = sum(count for _, count in listing.languages)
    rows = [[name, f"{count:,}", f"{100 * count // whole} %"]
            for name, count in listing.languages[:_SHOWN]]  # fmt: skip
    least = "At least " if listing.cut else ""
    return f"{least}{files}:\n\n{table(['Language', 'Files', 'Share'], rows)}"


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


def _largest(counts: str) -> str:
    found = re.findall(r"^(?:\./)?(.+):(\d+)$", counts, re.MULTILINE)
    rows = sorted(((int(number), path) for path, number in found), key=lambda r: (-r[0], r[1]))
    return bullets(f"{code(path)}: {amount(n, 'definition')}" for n, path in rows[:6])


def _outline(file: FileKnowledge) -> str:
    names = [code(name) for name in _definitions(file)]
    first = next((line.strip() for line in file.lines if re.search(r"\w", line)), "")
    begins = f"begins with {code(first[:80])}" if first else "is empty"
    whole = " of a longer file" if file.more else ""
    what = f"defines {listed(names)}" if names else begins
    return f"{code(file.path)} ({amount(len(file.rows), 'line')}{whole}): {what}"


def _definitions(file: FileKnowledge) -> list[str]:
    found = [_DEFINITION.match(line) for line in file.lines]
    return list(dict.fromkeys(match[1] for match in found if match))


def _limits(view: RequestView, listing: FileListing, read: Sequence[FileKnowledge]) -> str:
    failed = [code(f.path) for f in view.known_files.values() if f.trouble or f.refused]
    more = " or more" if listing.cut else ""
    unread = f" I could not read {listed(failed)}." if failed else ""
    return (
        f"I read {amount(len(read), 'file')} of {len(listing.paths):,}{more} and took the rest "
        f"from the listing.{unread} I am a simulator: rules wrote this outline, no model judged it."
    )
