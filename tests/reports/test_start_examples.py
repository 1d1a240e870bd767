"""The prompts that an empty session suggests fit what is in its folder."""

import os
from pathlib import Path

import pytest

from tui.agent.folder_contents import FolderContents, glance_at
from tui.reports.start_examples import ABILITIES, EXPLAIN, FIRST_TEST, RUN_TESTS, start_examples

DOCSTRINGS, BUG = "add missing docstrings to {}", "find a bug in {}"

FOLDERS: list[tuple[str, dict[str, str], list[str]]] = [
    ("empty", {}, ["start a to-do list for the command line in Python", ABILITIES]),
    ("only hidden files", {".env": ""}, ["start a to-do list for the command line in Python",
                                         ABILITIES]),
    ("python", {"cart.py": "", "README.md": ""},
     [EXPLAIN, DOCSTRINGS.format("cart.py"), FIRST_TEST]),
    ("python with tests", {"src/shop.py": "", "tests/test_shop.py": ""},
     [EXPLAIN, DOCSTRINGS.format("src/shop.py"), RUN_TESTS]),
    ("javascript", {"package.json": "", "index.js": "", "node_modules/a.js": ""},
     [EXPLAIN, BUG.format("index.js"), FIRST_TEST]),
    ("rust", {"Cargo.toml": "", "src/main.rs": ""},
     [EXPLAIN, BUG.format("src/main.rs"), RUN_TESTS]),
    ("go", {"go.mod": "", "main.go": ""}, [EXPLAIN, BUG.format("main.go"), RUN_TESTS]),
    ("documents", {"README.md": "", "guide.md": ""},
     [EXPLAIN, "check README.md for mistakes"]),
    ("names nobody can type", {"a" * 60 + ".py": "", "a\x1b[31m.py": ""}, [EXPLAIN, ABILITIES]),
    ("something else", {"data.bin": ""}, [EXPLAIN, ABILITIES]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "examples"), [pytest.param(*row[1:], id=row[0]) for row in FOLDERS]
)
def test_what_is_suggested(tmp_path: Path, files: dict[str, str], examples: list[str]):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert start_examples(glance_at(tmp_path)) == examples


def test_a_file_changed_behind_the_index_of_git_comes_first(tmp_path: Path):
    (tmp_path / ".git").mkdir()
    for name, at in (("old.py", 100), (".git/index", 200), ("cart.py", 300)):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (at, at))
    assert start_examples(glance_at(tmp_path))[0] == "review my changes to cart.py"
    os.utime(tmp_path / "cart.py", (150, 150))
    assert start_examples(glance_at(tmp_path))[0] == EXPLAIN


def test_the_simulator_is_asked_for_what_its_rules_do():
    assert start_examples(FolderContents(), simulated=True) == [ABILITIES]
    rust = FolderContents(files=("main.rs",), changed="main.rs")
    assert start_examples(rust, simulated=True) == [EXPLAIN, ABILITIES]
    python = FolderContents(files=("cart.py",))
    assert start_examples(python, simulated=True)[1] == "add missing return annotations to cart.py"


def test_of_a_huge_folder_a_few_entries_are_looked_at(tmp_path: Path):
    for number in range(300):
        (tmp_path / f"{number}.txt").touch()
    assert len(glance_at(tmp_path).files) == 200
    assert not glance_at(tmp_path / "nowhere").is_known
