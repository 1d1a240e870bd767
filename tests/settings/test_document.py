"""Where a mistake stands in a TOML file, by the dotted path of what is wrong."""

import os
import time
from pathlib import Path

import pytest

from tui.settings.problems import Problem
from tui.settings.toml_document import TomlDocument, read_toml_document

TEXT = """\
theme = "dusk"

[catalogue.models."claude-opus-5-5"]
max_output = 9_000
contxt = 5

[catalogue.models."llama3.1"]
rates = [
  { since = 2026-01-01, input = 1 },
]

[[catalogue.models.own.rates]]
since = 2026-01-01
inptu = 1
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("theme", 1),
        ("catalogue.models.claude-opus-5-5", 3),
        ("catalogue.models.claude-opus-5-5.contxt", 5),
        ("catalogue.models.claude-opus-5-5.contx", 3),
        ("catalogue.models.llama3.1.rates[0].input", 8),
        ("catalogue.models.llama3.1.zork", 7),
        ("catalogue.models.own.rates[0].inptu", 14),
        ("catalogue.modls", None),
        ("", None),
    ],
)
def test_a_path_leads_to_its_line_or_to_that_of_the_table_around_it(
    tmp_path: Path, path: str, line: int | None
):
    file = tmp_path / "settings.toml"
    file.write_text(TEXT)
    document = read_toml_document(file)
    assert isinstance(document, TomlDocument)
    assert document.line_of_path(path) == line


def test_a_pipe_is_told_and_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "settings.toml")
    assert read_toml_document(tmp_path / "settings.toml").found == "this is a pipe"


def test_a_link_out_of_the_folder_is_told_and_not_read(tmp_path: Path):
    (tmp_path / "secret.toml").write_text('key = "abc"')
    project = tmp_path / "project"
    project.mkdir()
    (project / "settings.toml").symlink_to("../secret.toml")
    told = read_toml_document(project / "settings.toml", inside=project)
    assert told.found == "this is a link that leads out of the folder"
    assert read_toml_document(project / "settings.toml").table == {"key": "abc"}
    (project / "real.toml").write_text("a = 1")
    (project / "settings.toml").unlink()
    (project / "settings.toml").symlink_to("real.toml")
    assert read_toml_document(project / "settings.toml", inside=project).table == {"a": 1}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a" + ".a" * 90_000 + "]\n", "a key has too many parts"),
        ("x = 1\na" + ' . "a"' * 30_000 + " = 1\n", "a key has too many parts"),
        ("a = 1e" + "9" * 1_000 + "\n", "a number is too large"),
        ("a = " + "[" * 90_000, "nested too deep"),
        ("a = " + "{a=" * 60_000, "nested too deep"),
    ],
)
def test_a_file_made_to_cost_time_or_fail_is_one_sentence_at_once(
    tmp_path: Path, text: str, found: str
):
    path = tmp_path / "settings.toml"
    path.write_text(text)
    began = time.process_time()
    problem = read_toml_document(path)
    assert time.process_time() - began < 1.0
    assert isinstance(problem, Problem) and found in problem.sentence


def test_many_dots_in_strings_are_no_harm(tmp_path: Path):
    path = tmp_path / "settings.toml"
    path.write_text("a = [" + '"read(*.py)", ' * 3_000 + "]\n")
    assert isinstance(read_toml_document(path), TomlDocument)
