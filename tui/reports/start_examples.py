"""What an empty session suggests to type: three prompts that fit what is in the folder."""

from collections.abc import Sequence
from pathlib import PurePath

from tui.agent.folder_contents import FolderContents

MOST = 3
"""Prompts that are suggested."""
_LONGEST_NAME = 40
"""Characters of a file that a prompt names."""
EXPLAIN, ABILITIES = "explain this project", "what can you do?"
FIRST_TEST, RUN_TESTS = "write a first test", "run the tests and fix what fails"

_SOURCES = {
    **dict.fromkeys((".js", ".jsx", ".ts", ".tsx", ".mjs", ".vue", ".svelte"), "javascript"),
    **dict.fromkeys((".c", ".h", ".cc", ".cpp", ".java", ".kt", ".rb", ".php", ".cs"), "other"),
    ".py": "python",
    ".rs": "rust",
    ".go": "go",
}
"""Languages by the ending of their files."""
_DOCUMENTS = frozenset((".md", ".rst", ".txt", ".adoc", ".tex"))
_RUNS_TESTS = {"Cargo.toml", "go.mod"}
"""Files of projects whose tests are run by one command, wherever they are."""


def start_examples(found: FolderContents, *, simulated: bool = False) -> list[str]:
    """Prompts to begin with, the most fitting first.

    Args:
        found: What is in the folder.
        simulated: Whether the simulator answers, which starts nothing new.
    """
    if found.is_empty:
        new = [] if simulated else ["start a to-do list for the command line in Python"]
        return [*new, ABILITIES]
    files = [name for name in found.files if _is_short(name)]
    if simulated and not any(_language(name) == "python" for name in files):
        return [EXPLAIN, ABILITIES]
    reviewed = _is_short(found.changed) and not simulated
    changed = [f"review my changes to {found.changed}"] if reviewed else []
    return [*changed, EXPLAIN, *_for_files(files, simulated=simulated)][:MOST]


def _for_files(files: Sequence[str], *, simulated: bool) -> list[str]:
    source = next((name for name in files if _language(name) and not _is_test(name)), "")
    if source:
        has_tests = any(map(_is_test, files)) or bool(_RUNS_TESTS & set(files))
        missing = "return annotations" if simulated else "docstrings"
        about = f"add missing {missing} to" if _language(source) == "python" else "find a bug in"
        return [f"{about} {source}", RUN_TESTS if has_tests else FIRST_TEST]
    document = next((n for n in files if PurePath(n).suffix.lower() in _DOCUMENTS), "")
    return [f"check {document} for mistakes"] if document else [ABILITIES]


def _is_short(name: str) -> bool:
    """Whether a name can be typed and read."""
    return 0 < len(name) <= _LONGEST_NAME and name.isprintable()


def _language(name: str) -> str:
    path = PurePath(name)
    skipped = path.name in ("__init__.py", "setup.py", "conftest.py")
    return "" if skipped else _SOURCES.get(path.suffix.lower(), "")


def _is_test(name: str) -> bool:
    path = PurePath(name)
    in_folder = {"test", "tests", "spec", "__tests__"} & set(path.parts[:-1])
    return bool(in_folder) or path.name.startswith("test_") or "_test." in path.name
