"""Input of a tool that is nearly right: understood and told, or refused by name; never guessed."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.agent.tool_runner import ToolRunner
from tui.agent.tools.registry import TOOLS, tool_definitions


@pytest.fixture
def runner(tmp_path: Path) -> ToolRunner:
    runner = ToolRunner(tmp_path)
    runner.write_file("a.txt", "one\ntwo\nthree\nfour\n")
    return runner


UNDERSTOOD: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    # numbers and booleans in another type
    ("read", {"path": "a.txt", "offset": "2"}, {"offset": 2}, '`offset` "2" as 2'),
    ("read", {"path": "a.txt", "offset": 2.0}, {"offset": 2}, "`offset` 2.0 as 2"),
    ("read", {"path": "a.txt", "offset": " 2.0 "}, {"offset": 2}, "as 2"),
    ("read", {"path": "a.txt", "offset": 0}, {"offset": 1}, "`offset` 0 as 1"),
    ("read", {"path": "a.txt", "offset": "0"}, {"offset": 1}, '`offset` "0" as 1'),
    ("read", {"path": "a.txt", "limit": "2,000"}, {"limit": 2_000}, "as 2000"),
    ("grep", {"pattern": "x", "ignore_case": "true"}, {"ignore_case": True}, "as true"),
    ("grep", {"pattern": "x", "ignore_case": "False"}, {"ignore_case": False}, "as false"),
    ("grep", {"pattern": "x", "ignore_case": 1}, {"ignore_case": True}, "`ignore_case` 1 as true"),
    ("grep", {"pattern": 404}, {"pattern": "404"}, '`pattern` 404 as "404"'),
    ("jobs", {"action": "List"}, {"action": "list"}, '"List" as "list"'),
    ("checklist", {"subtasks": [{"id": 1, "title": "A"}]}, {}, '`id` 1 as "1"'),
    # milliseconds
    (
        "bash",
        {"command": "true", "timeout": 120_000},
        {"timeout": 120},
        "`timeout` 120000 as 120 s",
    ),
    ("bash", {"command": "true", "timeout": 5_000}, {"timeout": 5}, "5000 as 5 s"),
    ("bash", {"command": "true", "timeout": "30000"}, {"timeout": 30}, "as 30 s"),
    ("bash", {"command": "true", "timeout": 90_500}, {"timeout": 91}, "as 91 s"),
    ("bash", {"command": "true", "timeout_ms": 5_000}, {"timeout": 5}, "5,000 ms as `timeout` 5 s"),
    ("bash", {"command": "true", "timeout_seconds": 5}, {"timeout": 5}, "as `timeout`"),
    ("bash", {"command": "true", "timeout": "60s"}, {"timeout": 60}, '"60s" as 60 s'),
    ("bash", {"command": "true", "timeout": "2 min"}, {"timeout": 120}, "as 120 s"),
    ("bash", {"command": "true", "timeout": "5000 ms"}, {"timeout": 5}, "as 5 s"),
    # paths with something around them
    ("read", {"path": "a.txt\n"}, {"path": "a.txt"}, '`path` "a.txt'),
    ("read", {"path": "`a.txt`"}, {"path": "a.txt"}, '`path` "`a.txt`" as "a.txt"'),
    ("read", {"path": "file:///a%20b.txt"}, {"path": "/a b.txt"}, "as"),
    ("write", {"path": " new.txt ", "content": "x"}, {"path": "new.txt"}, "as"),
    ("grep", {"pattern": "x", "path": ""}, {"path": "."}, '`path` "" as "."'),
    # names of other tools
    ("read", {"file_path": "a.txt"}, {"path": "a.txt"}, "`file_path` as `path`"),
    ("read", {"filename": "a.txt"}, {"path": "a.txt"}, "`filename` as `path`"),
    ("read", {"filePath": "a.txt"}, {"path": "a.txt"}, "`filePath` as `path`"),
    ("read", {"Path": "a.txt"}, {"path": "a.txt"}, "`Path` as `path`"),
    ("read", {"path": "a.txt", "file_path": "a.txt"}, {"path": "a.txt"}, ""),
    ("read", {"path": ["a.txt"]}, {"path": "a.txt"}, "`path`"),
    ("read", {"paths": ["a.txt"]}, {"path": "a.txt"}, "a list of one as `path`"),
    ("read", {"input": {"path": "a.txt"}}, {"path": "a.txt"}, ""),
    ("read", {"path": "a.txt", "end_line": 3, "start_line": 2}, {"offset": 2, "limit": 2}, "limit"),
    ("read", {"path": "a.txt", "view_range": [2, 3]}, {"offset": 2, "limit": 2}, "limit"),
    ("read", {"path": "a.txt", "offset": None, "limit": None}, {"offset": 1}, ""),
    ("write", {"file_path": "b", "contents": "x"}, {"content": "x"}, "`contents` as `content`"),
    (
        "edit",
        {"file_path": "a.txt", "old_str": "one", "new_str": "1"},
        {"path": "a.txt", "old_string": "one", "new_string": "1"},
        "`old_str` as `old_string`; `new_str` as `new_string`",
    ),
    (
        "edit",
        {"path": "a.txt", "oldString": "one", "newString": "1", "replaceAll": "false"},
        {"old_string": "one", "new_string": "1", "replace_all": False},
        "`replaceAll` as `replace_all`",
    ),
    (
        "edit",
        {"path": "a.txt", "edits": [{"old_text": "one", "new_text": "1"}]},
        {"old_string": "one", "new_string": "1"},
        "`edits` of one",
    ),
    ("grep", {"query": "x", "directory": "."}, {"pattern": "x", "path": "."}, "as `path`"),
    ("grep", {"pattern": "x", "include": "*.py"}, {"glob": "*.py"}, "`include` as `glob`"),
    ("grep", {"pattern": "x", "exclude": "*.md"}, {"glob": "!*.md"}, "as `glob` !*.md"),
    (
        "grep",
        {"pattern": "x", "output_mode": "files_with_matches", "-i": True, "head_limit": 5},
        {"output": "files", "ignore_case": True, "limit": 5},
        "`output_mode` as `output`",
    ),
    ("grep", {"pattern": "x", "-A": 2, "-B": 3}, {"context": 3}, "as `context` 3"),
    ("grep", {"pattern": "x", "-C": "1"}, {"context": 1}, "`-C` as `context`"),
    ("grep", {"pattern": "x", "case_sensitive": False}, {"ignore_case": True}, "`ignore_case`"),
    ("grep", {"pattern": "a.b", "fixed_strings": True}, {"pattern": r"a\.b"}, "plain text"),
    ("glob", {"glob_pattern": "*.py"}, {"pattern": "*.py"}, "as `pattern`"),
    ("grep", {"pattern": "x", "glob": ["*.py", "*.md"]}, {"glob": "{*.py,*.md}"}, "as"),
    ("grep", {"pattern": "x", "glob": "*.py, *.md"}, {"glob": "{*.py,*.md}"}, "`glob`"),
    ("grep", {"pattern": "x", "glob": "a, b.md"}, {"glob": "a, b.md"}, ""),
    (
        "grep",
        {"pattern": "x", "include": "*.{py,md}"},
        {"glob": "*.{py,md}"},
        "`include` as `glob`",
    ),
    ("glob", {"pattern": "src/**/*.ts,*.md"}, {"pattern": "{src/**/*.ts,**/*.md}"}, "`pattern`"),
    ("glob", {"pattern": ["*.py"]}, {"pattern": "*.py"}, "`pattern`"),
    ("bash", {"cmd": "true"}, {"command": "true"}, "`cmd` as `command`"),
    ("bash", {"command": ["echo", "a b"]}, {"command": "echo 'a b'"}, "`command`"),
    ("jobs", {"operation": "ps"}, {"action": "list"}, '"ps" as "list"'),
    (
        "checklist",
        {"todos": [{"id": "a", "content": "A", "status": "completed"}]},
        {},
        "as `state`",
    ),
    ("checklist", {"subtasks": {"id": "a", "title": "A"}}, {}, "`subtasks` as a list"),
    ("checklist", {"subtasks": '[{"id": "a", "title": "A"}]'}, {}, "`subtasks` as a list"),
    ("wrap_up", {"done": "all", "files": "a.txt"}, {"done": ["all"], "files": ["a.txt"]}, "a list"),
    # what changes nothing
    (
        "bash",
        {"command": "true", "run_in_background": False},
        {},
        "`run_in_background` changes nothing",
    ),
    ("bash", {"command": "true", "is_background": "false"}, {}, "changes nothing"),
    ("bash", {"command": "true", "cwd": "."}, {}, "`cwd` changes nothing"),
    ("read", {"path": "a.txt", "description": "look"}, {}, "`description` changes nothing"),
    ("read", {"path": "a.txt", "encoding": "utf-8"}, {}, "`encoding` changes nothing"),
    ("grep", {"pattern": "x", "-n": True}, {}, "`-n` changes nothing"),
    ("grep", {"pattern": r"a\nb", "multiline": True}, {}, "`multiline` changes nothing"),
    ("write", {"path": "b", "content": "x", "overwrite": True}, {}, "`overwrite` changes nothing"),
    ("glob", {"pattern": "*", "recursive": True}, {}, "`recursive` changes nothing"),
]


@pytest.mark.parametrize(("tool", "given", "meant", "said"), UNDERSTOOD)
def test_what_can_mean_one_thing_only_is_understood_and_told(
    runner: ToolRunner, tool: str, given: dict[str, Any], meant: dict[str, Any], said: str
) -> None:
    sent = json.dumps(given)
    call = runner.prepare(tool, **given)
    assert json.dumps(given) == sent
    arguments = msgspec.to_builtins(call.arguments)
    assert {name: arguments[name] for name in meant} == meant
    assert said in call.note
    assert not call.note or (call.note.startswith("[Understood: ") and "\n" not in call.note)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("read", {"path": "a.txt", "offset": "three"}, "offset"),
    ("read", {"path": "a.txt", "offset": 1.5}, "offset"),
    ("read", {"path": "a.txt", "offset": -3}, "count from 1"),
    ("read", {"path": "a.txt", "limit": 0}, "count from 1"),
    ("read", {"path": "a.txt", "offset": True}, "offset"),
    ("read", {"path": "a.txt", "file_path": "b.txt"}, "`path` and `file_path` mean the same"),
    ("read", {"path": ["a.txt", "b.txt"]}, "path"),
    ("read", {"paths": ["a.txt", "b.txt"]}, "call it once for each"),
    ("read", {"path": "a.txt", "pages": "1-2"}, "read has no argument `pages`"),
    ("read", {"pth": "a.txt"}, "Did you mean `path`?"),
    ("read", {}, "`path` is missing."),
    ("checklist", {"subtasks": [{"title": "A"}]}, "`id` is missing in `subtasks[0]`."),
    ("read", {"path": {"a": 1}}, "`path` has to be text, not an object."),
    ("bash", {"command": "true", "timeout": 900}, "between 1 and 600 seconds"),
    ("bash", {"command": "true", "timeout": 3_600}, "between 1 and 600 seconds"),
    ("bash", {"command": "true", "timeout": 2_000}, "between 1 and 600 seconds"),
    ("bash", {"command": "true", "timeout": 1_200_000}, "between 1 and 600 seconds"),
    ("bash", {"command": "true", "timeout": 0}, "between 1 and 600 seconds"),
    ("bash", {"command": "true", "run_in_background": True}, "End the command with &"),
    ("bash", {"command": "true", "cwd": "src"}, "cd FOLDER"),
    ("bash", {"command": "true", "cmd": "false"}, "`command` and `cmd`"),
    ("grep", {"pattern": "x", "type": "py"}, "Use glob instead"),
    ("grep", {"pattern": "x", "multiline": True}, r"Write \n in the pattern"),
    ("grep", {"pattern": "x", "ignore_case": "perhaps"}, "ignore_case"),
    ("grep", {"pattern": "x", "ignore_case": True, "case_sensitive": True}, "case_sensitive"),
    ("grep", {"pattern": "x", "output": "json"}, "output"),
    ("edit", {"path": "a.txt", "edits": [{}, {}]}, "call it once for each"),
    ("edit", {"path": "a.txt", "old_string": ["one"], "new_string": "1"}, "old_string"),
    ("write", {"path": "b", "content": {"a": 1}}, "content"),
    ("write", {"path": "b", "content": "x", "append": True}, "Use edit instead"),
    (
        "checklist",
        {"subtasks": [{"id": "a", "colour": "red"}]},
        "A subtask has no argument",
    ),
    ("jobs", {"action": "list", "job": "first"}, "job"),
]


@pytest.mark.parametrize(("tool", "given", "said"), REFUSED)
async def test_what_may_have_two_meanings_is_refused_by_its_name(
    runner: ToolRunner, tool: str, given: dict[str, Any], said: str
) -> None:
    assert said in await runner.refusal_of(tool, **given)


async def test_what_was_understood_follows_the_result(runner: ToolRunner) -> None:
    outcome = await runner.use("read", file_path="a.txt", offset="4")
    assert outcome.content.endswith('\n[Understood: `file_path` as `path`; `offset` "4" as 4.]')
    missing = {"file": "nowhere", "old_string": "a", "new_string": "b"}
    assert "does not exist. [Understood: `file` as" in await runner.refusal_of("edit", **missing)


def test_an_input_that_is_right_is_left_as_it_is(runner: ToolRunner) -> None:
    assert runner.prepare("read", path="a.txt", offset=2).note == ""
    assert runner.prepare("bash", command="true", timeout=600, description="x").note == ""


def test_the_definitions_know_nothing_of_other_names() -> None:
    told = json.dumps(tool_definitions())
    assert "file_path" not in told and "Understood" not in told
    assert set(TOOLS) == {tool["name"] for tool in tool_definitions()}
