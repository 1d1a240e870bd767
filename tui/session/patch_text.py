"""Changes of files as a patch that `git apply` and `patch -p1` understand."""

from collections.abc import Iterable, Iterator

from tui.session.session_changes import FileDiff
from tui.session.unified_diff import Hunk, hunk_rows

_QUOTED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def patch_text(files: Iterable[FileDiff]) -> str:
    """The patch of some files. Of a diff that is not whole, a line says so."""
    return "".join(f"{row}\n" for file in files for row in _rows(file))


def display_diff(hunks: Iterable[Hunk]) -> str:
    """Hunks as people read them, without the names of files."""
    return "".join(f"{row}\n" for row in hunk_rows(hunks))


def _rows(file: FileDiff) -> Iterator[str]:
    old, new = _name("a/", file.path), _name("b/", file.path)
    for part in file.parts:
        if not part.is_whole:
            yield f"# {new}: the log keeps only a part of this change."
            continue
        yield f"diff --git {old} {new}"
        if part.created:
            yield "new file mode 100644"
        if part.hunks:
            yield f"--- {'/dev/null' if part.created else old + _tab(old)}"
            yield f"+++ {new + _tab(new)}"
        yield from hunk_rows(part.hunks, file.newline.removesuffix("\n"))


def _tab(name: str) -> str:
    """What ends a name with a blank in it, as Git writes it."""
    return "\t" if " " in name else ""


def _name(side: str, path: str) -> str:
    """A path as Git writes it: quoted where a terminal or a reader would stumble over it."""
    name = path if path.startswith("/") else side + path
    if name.isprintable() and not any(sign in name for sign in '"\\'):
        return name
    return f'"{"".join(map(_escaped, name))}"'


def _escaped(sign: str) -> str:
    if sign in _QUOTED:
        return _QUOTED[sign]
    if sign.isprintable():
        return sign
    return "".join(f"\\{byte:03o}" for byte in sign.encode("utf-8", "surrogateescape"))
