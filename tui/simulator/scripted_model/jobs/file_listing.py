"""What a listing of files says about a project: its languages, areas and telling files."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from tui.simulator.scripted_model.message_history import CallEntry
from tui.simulator.scripted_model.request_view import RequestView
from tui.simulator.scripted_model.tool_actions import GlobAction

_LANGUAGES = {
    "py": "Python", "pyi": "Python", "js": "JavaScript", "jsx": "JavaScript", "mjs": "JavaScript",
    "ts": "TypeScript", "tsx": "TypeScript", "rs": "Rust", "go": "Go", "java": "Java",
    "kt": "Kotlin", "c": "C", "h": "C", "cpp": "C++", "cc": "C++", "hpp": "C++", "cs": "C#",
    "rb": "Ruby", "php": "PHP", "swift": "Swift", "scala": "Scala", "sh": "Shell", "lua": "Lua",
    "hs": "Haskell", "ex": "Elixir", "erl": "Erlang", "ml": "OCaml", "clj": "Clojure", "r": "R",
    "jl": "Julia", "dart": "Dart", "zig": "Zig", "sql": "SQL", "html": "HTML", "css": "CSS",
    "vue": "Vue", "svelte": "Svelte", "md": "Markdown", "rst": "reStructuredText",
    "toml": "TOML", "json": "JSON", "yml": "YAML", "yaml": "YAML", "pl": "Perl", "f90": "Fortran",
}  # fmt: skip
_PROSE = frozenset({"Markdown", "reStructuredText", "TOML", "JSON", "YAML"})
_README = re.compile(r"^readme(\.\w+)?$", re.IGNORECASE)
_MANIFESTS = (
    "pyproject.toml", "setup.cfg", "setup.py", "requirements.txt", "package.json", "Cargo.toml",
    "go.mod", "pom.xml", "build.gradle", "Gemfile", "composer.json", "mix.exs", "CMakeLists.txt",
    "Makefile", "Dockerfile",
)  # fmt: skip
_ENTRIES = re.compile(
    r"^(main|index|app|cli|lib|mod|server|program|core|__main__|__init__)\.\w+$", re.IGNORECASE
)
_SKIPPED = re.compile(
    r"(^|/)(\.?venv|node_modules|site-packages|__pycache__|\.git|target|build|dist|vendor)/"
)
NO_FILES = "No files match."
"""What our client says where nothing fits a pattern."""
_NO_PATH = re.compile(r"^\s*$|^No files\b|^\[[^\]/]*\b(more|left out)\b.*\]$|^\(.*\)$|^…")


@dataclass(frozen=True)
class FileListing:
    """The files of a project."""

    text: str
    """As the client listed them, one a line."""
    failure: str = ""
    """Why they could not be listed, whatever tool was used."""

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Paths of the files, without other people's."""
        lines = (line.strip("\r").removeprefix("./") for line in self.text.split("\n"))
        found = [line for line in lines if not _NO_PATH.match(line) and not _SKIPPED.search(line)]
        return tuple(dict.fromkeys(found))

    @property
    def cut(self) -> bool:
        """Whether there are more files than are listed."""
        rest = [line for line in self.text.split("\n") if _NO_PATH.match(line) and line.strip()]
        return any("more" in line or "left out" in line for line in rest)

    @cached_property
    def languages(self) -> list[tuple[str, int]]:
        """Languages with their number of files, the most frequent first."""
        names = (_LANGUAGES.get(_extension(path)) for path in self.paths)
        counts = Counter(name for name in names if name)
        return sorted(counts.items(), key=lambda one: (one[0] in _PROSE, -one[1], one[0]))

    @cached_property
    def areas(self) -> list[tuple[str, int]]:
        """Folders at the top with their number of files, the fullest first."""
        counts = Counter(self._inner(path).partition("/")[0] for path in self.inside)
        return sorted(counts.items(), key=lambda one: (-one[1], one[0]))

    @property
    def inside(self) -> list[str]:
        """Paths of files that lie in some folder."""
        return [path for path in self.paths if "/" in self._inner(path)]

    @cached_property
    def overview(self) -> list[str]:
        """The README and the manifests at the top."""
        top = [path for path in self.paths if "/" not in self._inner(path)]
        names = {self._inner(path): path for path in top}
        readmes = [path for name, path in names.items() if _README.match(name)]
        # Sources as they are distributed have everything one folder down.
        inner = [p for p in self.inside if self._inner(p).count("/") == 1]
        readmes = readmes or [p for p in inner if _README.match(p.rpartition("/")[2])]
        return [*readmes[:1], *(names[name] for name in _MANIFESTS if name in names)]

    def telling(self, area: str, most: int) -> list[str]:
        """The files of an area that are most worth reading; an empty area means the top."""
        if area:
            mine = [p for p in self.paths if self._inner(p).startswith(f"{area}/")]
        else:
            mine = [p for p in self.paths if "/" not in self._inner(p) and p not in self.overview]
        code = [path for path in mine if self.is_code(path)] or mine
        return sorted(code, key=_rank)[:most]

    def is_code(self, path: str) -> bool:
        """Whether a path has the ending of a programming language."""
        language = _LANGUAGES.get(_extension(path))
        return language is not None and language not in _PROSE

    @cached_property
    def _root(self) -> str:
        """What all paths begin with: clients may list absolute ones."""
        absolute = [path for path in self.paths if path.startswith("/")]
        if len(absolute) != len(self.paths) or not absolute:
            return ""
        first, last = min(absolute), max(absolute)
        length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
        return first[: first.rfind("/", 0, length or len(first)) + 1]

    def _inner(self, path: str) -> str:
        return path.removeprefix(self._root)


def another_way(view: RequestView, pattern: str) -> GlobAction | None:
    """The next way to list files by a pattern: a tool that fails leaves the others."""
    tried = {act.by for act, _ in _listings(view, pattern)}
    return next(
        (GlobAction(pattern, by) for by in view.tools.ways_to_list() if by not in tried), None
    )


def list_files(view: RequestView, pattern: str) -> FileListing | None:
    """The files by a pattern; None while there is a way to list them that was not tried."""
    made = _listings(view, pattern)
    if good := [call for _, call in made if not call.failed]:
        return FileListing(good[-1].result or "")
    if not made or another_way(view, pattern):
        return None
    return FileListing("", failure=" ".join((made[-1][1].result or "it failed").split())[:200])


def _listings(view: RequestView, pattern: str) -> list[tuple[GlobAction, CallEntry]]:
    """The listings made by a pattern; a shell command holds only the last part of it."""
    end = pattern.rpartition("/")[2]
    return [
        (act, call)
        for act, call in view.calls
        if isinstance(act, GlobAction) and act.pattern.rpartition("/")[2] == end
    ]


def language(path: str) -> str:
    """The name for a code fence, by a path's ending."""
    return (_LANGUAGES.get(_extension(path)) or "").lower().replace("c++", "cpp")


def _extension(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[2].lower()


def _rank(path: str) -> tuple[bool, bool, int, str]:
    name = path.rpartition("/")[2]
    test = bool(re.search(r"(^|/)(tests?|spec)(/|_)|test\.|\.spec\.", path))
    return (test, not _ENTRIES.match(name), path.count("/"), path)
