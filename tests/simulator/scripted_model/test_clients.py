"""Other clients: tools with other names and other shapes, results in other formats."""

from pathlib import Path
from typing import Any

import pytest

from tests.simulator.scripted_model.folder_client import NUMBER, FolderClient, tool
from tests.simulator.scripted_model.sample_projects import ANNOTATE, fill, missing
from tui.simulator.scripted_model.tool_actions import (
    EditAction,
    GrepAction,
    ReadAction,
    ShellAction,
    WriteAction,
)
from tui.simulator.scripted_model.toolbox import Toolbox, decode_call

CLAUDE_CODE = (
    tool("Bash", "command", description={"type": "string"}, timeout=NUMBER,
         run_in_background={"type": "boolean"}),
    tool("Read", "file_path", offset=NUMBER, limit=NUMBER),
    tool("Edit", "file_path", "old_string", "new_string", replace_all={"type": "boolean"}),
    tool("Write", "file_path", "content"),
    tool("Glob", "pattern", path={"type": "string"}),
    tool("Grep", "pattern", glob={"type": "string"}, head_limit=NUMBER,
         output_mode={"type": "string", "enum": ["content", "files_with_matches", "count"]}),
    tool("WebFetch", "url", "prompt"),
)  # fmt: skip
ANTHROPIC = (
    {"type": "bash_20250124", "name": "bash"},
    {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
)
SHELL_AND_EDIT = (
    tool("shell", command={"type": "array", "items": {"type": "string"}}),
    tool("read_file", "path"),
    tool("replace", "file_path", "old_string", "new_string", "instruction"),
)


class OtherToolsClient(FolderClient):
    """Answers calls of other clients' tools."""

    def _Bash(self, command: str, **_: Any) -> str:
        return self._bash(command)

    def _Read(self, file_path: str, offset: int = 1, limit: int | None = None) -> str:
        return self._read(self._inside(file_path), offset, limit).replace("\t", "→", 1)

    def _Edit(self, file_path: str, old_string: str, new_string: str) -> str:
        return self._edit(self._inside(file_path), old_string, new_string)

    def _Glob(self, pattern: str) -> str:
        return (
            "\n".join(str(self.folder / path) for path in self._files(pattern)) or "No files found"
        )

    def _Grep(self, pattern: str, glob: str, output_mode: str, head_limit: int = 100) -> str:
        return self._grep(pattern, glob, output_mode, head_limit)

    def _str_replace_based_edit_tool(self, command: str, path: str, **more: Any) -> str:
        if command == "view":
            first, last = more.get("view_range", [1, -1])
            return self._read(path, first, None if last == -1 else last - first + 1)
        return self._edit(path, more["old_str"], more["new_str"])

    def _shell(self, command: list[str]) -> str:
        assert command[:2] == ["bash", "-lc"]
        return self._bash(command[2])

    def _read_file(self, path: str) -> str:
        return (self.folder / path).read_text()

    def _replace(self, file_path: str, old_string: str, new_string: str, instruction: str) -> str:
        assert instruction
        return self._edit(file_path, old_string, new_string)

    def _inside(self, path: str) -> str:
        return path.removeprefix(f"{self.folder}/")


@pytest.mark.parametrize("tools", [CLAUDE_CODE, ANTHROPIC, SHELL_AND_EDIT])
def test_the_job_is_done_through_other_clients_tools(
    tmp_path: Path, tools: tuple[dict[str, Any], ...]
):
    fill(tmp_path, 5)
    client = OtherToolsClient(tmp_path, tools=tools)
    client.say(ANNOTATE)
    assert not [text for _, text, failed in client.results if failed]
    assert set(missing(tmp_path)) == {"load"}
    again = OtherToolsClient(tmp_path, tools=tools)
    again.say(ANNOTATE)
    assert not [c for c in again.calls if "old_string" in c.input or "old_str" in c.input]


@pytest.mark.parametrize("tools", [CLAUDE_CODE, ANTHROPIC, SHELL_AND_EDIT])
def test_a_project_is_explained_through_other_clients_tools(
    tmp_path: Path, tools: tuple[dict[str, Any], ...]
):
    fill(tmp_path, 3)
    answer = OtherToolsClient(tmp_path, tools=tools).say("Explain this project")
    assert "| Python | 3 |" in answer
    assert "`Store`" in answer


@pytest.mark.parametrize("tools", [CLAUDE_CODE, ANTHROPIC, SHELL_AND_EDIT])
def test_every_call_is_valid_by_its_own_schema(tools: tuple[dict[str, Any], ...]):
    box = Toolbox.of(tools)
    by_name = {one["name"]: one.get("input_schema", {}) for one in tools}
    for act in (
        ReadAction("a", 5, 10),
        EditAction("a", "b", "c"),
        GrepAction("x", "*.py"),
        ShellAction("ls", "Look"),
    ):
        use = box.use(act)
        schema = by_name[use.name]
        if "properties" in schema:
            assert set(use.input) <= set(schema["properties"])
            assert set(schema["required"]) <= set(use.input)


def test_what_was_called_is_understood_again_from_the_history():
    for tools in (CLAUDE_CODE, ANTHROPIC):
        box = Toolbox.of(tools)
        for act in (
            ReadAction("a/[b].py", 5),
            EditAction("a", "old\n", "new"),
            WriteAction("a", "x"),
        ):
            use = box.use(act)
            assert decode_call(use.name, use.input) == act
    for look in (GrepAction(r"it's \w+|b", "*.py", "count", 5), GrepAction("x", "*", "content", 9)):
        use = Toolbox.of(ANTHROPIC).use(look)
        again = decode_call(use.name, use.input)
        assert isinstance(again, GrepAction)
        assert (again.pattern, again.output) == (look.pattern, look.output)


def test_a_tool_that_wants_what_nobody_knows_is_not_used():
    box = Toolbox.of([tool("read", "path", "ticket"), tool("edit", "path")])
    assert not box.can("read")
    assert not box.can("edit")


def test_tools_that_run_on_the_server_are_not_taken_for_the_clients():
    box = Toolbox.of([{"type": "code_execution_20250825", "name": "bash"}])
    assert not box.can("shell")
