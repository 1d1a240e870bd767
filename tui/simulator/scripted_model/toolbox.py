"""The client's tools by what they can do: our names, and those other clients use.

A tool is recognised by its name and by the properties of its schema. What it requires and
we do not know how to fill makes it unusable, and the scripted model says so instead of guessing.
"""

import re
import shlex
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tui.simulator.scripted_model import tool_actions as actions
from tui.simulator.scripted_model.model_input import ScriptedToolUse

_NAMES = {
    "read": "read readfile fileread view viewfile openfile getfile readtextfile getfilecontents "
    "loadfile showfile cat",
    "edit": "edit editfile fileedit replace strreplace searchreplace replaceinfile",
    "write": "write writefile filewrite createfile savefile writetofile",
    "glob": "glob globfiles findfiles filesearch listfiles globtool globsearch",
    "grep": "grep greptool searchfiles searchtext ripgrep searchfilecontent grepsearch",
    "shell": "bash shell runcommand runshellcommand executecommand execcommand terminal exec "
    "runterminalcmd shellcommand",
    "checklist": "checklist",
    "file_plan": "fileplan",
    "wrap_up": "wrapup",
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names.split()}
_EDITORS = {"strreplacebasededittool", "strreplaceeditor", "texteditor"}
_EDITOR_FIELDS = {"path": "path", "old": "old_str", "new": "new_str", "content": "file_text"}
"""Of the text editor whose schema is built into the model."""
_FIELDS = {
    "path": "path file_path filepath filePath file filename file_name target_file absolute_path",
    "offset": "offset start_line startLine line_start start",
    "limit": "limit max_lines num_lines",
    "old": "old_string old_str oldString oldText old_text search old",
    "new": "new_string new_str newString newText new_text replacement replace new",
    "content": "content contents text file_text fileText code_content",
    "pattern": "pattern query regex glob_pattern search_pattern",
    "glob": "glob include file_pattern glob_pattern",
    "output": "output output_mode",
    "count": "limit head_limit max_results",
    "command": "command cmd script commandLine",
    "words": "description explanation reason purpose instructions instruction",
}
_FLAGS = frozenset(
    {"replace_all", "replaceAll", "is_background", "run_in_background", "restart", "blocking"}
)
_OUTPUTS = {"files": "files_with_matches"}
EVERY_LINE = "^"
"""What a search counts that is to count lines."""
_WEIGH_BY_SHELL = "wc -l -- "
_BUILT_IN = re.compile(r"^(bash|text_editor)_\d{8}$")


@dataclass(frozen=True, slots=True)
class ClientTool:
    """One tool of the client that the scripted model can use."""

    name: str
    kind: str
    properties: dict[str, Any]
    required: frozenset[str]

    def field(self, role: str) -> str | None:
        """The property that plays a role in this tool."""
        names = _FIELDS[role].split()
        if not self.properties:
            return _EDITOR_FIELDS.get(role) if _is_editor(self.name) else names[0]
        return next((name for name in names if name in self.properties), None)


@dataclass(frozen=True, slots=True)
class Toolbox:
    """All usable tools, by kind."""

    tools: dict[str, ClientTool]

    @classmethod
    def of(cls, definitions: Iterable[dict[str, Any]]) -> "Toolbox":
        """The toolbox of a request; the first tool of each kind is taken."""
        tools: dict[str, ClientTool] = {}
        for definition in definitions:
            for tool in _recognised(definition):
                tools.setdefault(tool.kind, tool)
        return cls(tools)

    def can(self, *kinds: str) -> bool:
        """Whether every one of these kinds is there, a shell standing in for searches."""
        others = {"glob": ("shell", "grep"), "grep": ("shell",)}
        return all(self.tools.keys() & {kind, *others.get(kind, ())} for kind in kinds)

    def ways_to_list(self) -> tuple[str, ...]:
        """The values of `Glob.by` that are possible here, the most fitting first."""
        kinds = {"": "glob", "shell": "shell", "grep": "grep"}
        return tuple(by for by, kind in kinds.items() if kind in self.tools)

    def can_weigh(self) -> bool:
        """Whether the lines of many files can be counted at once."""
        grep = self.tools.get("grep")
        counts = grep is not None and grep.field("glob") and grep.field("output")
        return bool(counts) or "shell" in self.tools

    def use(self, act: actions.ToolAction) -> ScriptedToolUse:
        """The call that does an act; `can` must have said that it is possible."""
        match act:
            case actions.CountLinesAction():
                return self._weigh(act)
            case actions.GlobAction() if by := act.by or next(iter(self.ways_to_list()), ""):
                files = actions.GrepAction(".", act.pattern, "files", 1000)
                return self.use(files if by == "grep" else _by_shell(act))
            case actions.GrepAction() if "grep" not in self.tools:
                return self.use(_by_shell(act))
            case actions.ReadAction():
                return self._read(self.tools["read"], act)
            case actions.EditAction(path=path, old=old, new=new):
                return self._change("edit", "str_replace", path=path, old=old, new=new)
            case actions.WriteAction(path=path, content=content):
                return self._change("write", "create", path=path, content=content)
            case actions.GlobAction(pattern=pattern):
                return self._call(self.tools["glob"], {}, pattern=pattern)
            case actions.GrepAction():
                return self._grep(self.tools["grep"], act)
            case actions.ShellAction():
                return self._shell(self.tools["shell"], act)
            case actions.ChecklistAction(rows=rows):
                return ScriptedToolUse(self.tools["checklist"].name, {"subtasks": list(rows)})
            case actions.FilePlanAction(items=items, goal=goal):
                return ScriptedToolUse(
                    self.tools["file_plan"].name, {"goal": goal, "items": list(items)}
                )
            case actions.WrapUpAction(report=report):
                return ScriptedToolUse(self.tools["wrap_up"].name, dict(report))

    def _call(self, tool: ClientTool, fixed: dict[str, Any], **roles: Any) -> ScriptedToolUse:
        given = dict(fixed)
        for role, value in roles.items():
            if (name := tool.field(role)) is not None and value is not None:
                given[name] = value
        for name in sorted(tool.required - given.keys()):
            given[name] = False if name in _FLAGS else "Work on the request"
        return ScriptedToolUse(tool.name, given)

    def _change(self, kind: str, command: str, **roles: str) -> ScriptedToolUse:
        tool = self.tools[kind]
        return self._call(tool, {"command": command} if _is_editor(tool.name) else {}, **roles)

    def _read(self, tool: ClientTool, act: actions.ReadAction) -> ScriptedToolUse:
        if _is_editor(tool.name):
            last = -1 if act.limit is None else act.offset + act.limit - 1
            span = {"view_range": [act.offset, last]} if act.offset > 1 or act.limit else {}
            return self._call(tool, {"command": "view", **span}, path=act.path)
        offset = act.offset if act.offset > 1 else None
        return self._call(tool, {}, path=act.path, offset=offset, limit=act.limit)

    def _grep(self, tool: ClientTool, act: actions.GrepAction) -> ScriptedToolUse:
        modes = tool.properties.get(tool.field("output") or "", {}).get("enum") or []
        other = _OUTPUTS.get(act.output, act.output)
        output = other if other in modes else act.output
        # One of our patterns spans lines; some clients need an option for that.
        fixed = (
            {"multiline": True} if "\\n" in act.pattern and "multiline" in tool.properties else {}
        )
        return self._call(
            tool, fixed, pattern=act.pattern, glob=act.glob, output=output, count=act.limit
        )

    def _weigh(self, act: actions.CountLinesAction) -> ScriptedToolUse:
        grep = self.tools.get("grep")
        if grep is None or not (grep.field("glob") and grep.field("output")):
            names = " ".join(shlex.quote(path) for path in act.paths)
            command = f"{_WEIGH_BY_SHELL}{names}"
            return self.use(actions.ShellAction(command, "Count the lines of files"))
        glob = act.paths[0] if len(act.paths) == 1 else f"{{{','.join(act.paths)}}}"
        return self._grep(grep, actions.GrepAction(EVERY_LINE, glob, "count", 2 * len(act.paths)))

    def _shell(self, tool: ClientTool, act: actions.ShellAction) -> ScriptedToolUse:
        name = tool.field("command") or "command"
        listed = tool.properties.get(name, {}).get("type") == "array"
        fixed: dict[str, Any] = {name: ["bash", "-lc", act.command] if listed else act.command}
        if tool.name == "bash" and "timeout" in tool.properties and act.timeout != 120:
            fixed["timeout"] = act.timeout
        return self._call(tool, fixed, words=act.purpose if tool.properties else None)


def decode_call(name: str, given: dict[str, Any]) -> actions.ToolAction | None:
    """The act a call in the history was, or None where it is none of ours."""
    plain = _plain(name)
    command = given.get("command")
    if plain in _EDITORS:
        return _editor_act(given)
    match _KINDS.get(plain):
        case "read":
            limit = _number(given, "limit", 0) or None
            return actions.ReadAction(_text(given, "path"), _number(given, "offset", 1) or 1, limit)
        case "edit":
            return actions.EditAction(
                _text(given, "path"), _text(given, "old"), _text(given, "new")
            )
        case "write":
            return actions.WriteAction(_text(given, "path"), _text(given, "content"))
        case "glob":
            return actions.GlobAction(_text(given, "pattern"))
        case "grep":
            return _grep_act(given)
        case "shell":
            words = command if isinstance(command, list) else []
            line = str(words[-1]) if words else _text(given, "command")
            return _shell_act(line, _text(given, "words"))
        case "checklist":
            rows = given.get("subtasks")
            listed_rows = rows if isinstance(rows, list) else []
            return actions.ChecklistAction(
                tuple(row for row in listed_rows if isinstance(row, dict))
            )
        case "file_plan":
            rows = given.get("items")
            items = rows if isinstance(rows, list) else []
            return actions.FilePlanAction(tuple(each for each in items if isinstance(each, dict)))
        case "wrap_up":
            return actions.WrapUpAction(given)
    return None


def _recognised(definition: dict[str, Any]) -> list[ClientTool]:
    name = str(definition.get("name", ""))
    schema = definition.get("input_schema")
    schema = schema if isinstance(schema, dict) else {}
    properties = schema.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    required = frozenset(str(one) for one in schema.get("required") or [])
    built_in = str(definition.get("type", "custom"))
    if built_in not in ("custom", "None") and not _BUILT_IN.match(built_in):
        return []
    kinds = ["read", "edit", "write"] if _is_editor(name) else [_KINDS.get(_plain(name), "")]
    tools = [ClientTool(name, kind, properties, required) for kind in kinds if kind]
    return [tool for tool in tools if _fillable(tool)]


def _fillable(tool: ClientTool) -> bool:
    """Whether we know what to say for everything the tool requires."""
    needs = {
        "read": ("path",), "edit": ("path", "old", "new"), "write": ("path", "content"),
        "glob": ("pattern",), "grep": ("pattern",), "shell": ("command",),
    }  # fmt: skip
    if _is_editor(tool.name):
        return True
    own = {"checklist": "subtasks", "file_plan": "items", "wrap_up": "next_step"}
    if tool.kind in own:
        return own[tool.kind] in tool.properties
    roles = needs[tool.kind]
    known = {name for role in roles for name in _FIELDS[role].split()}
    known |= _FLAGS | set(_FIELDS["words"].split())
    return all(tool.field(role) for role in roles) and tool.required <= known


def _by_shell(act: actions.GlobAction | actions.GrepAction) -> actions.ShellAction:
    """A search for clients that only have a shell."""
    if isinstance(act, actions.GlobAction):
        name = act.pattern.rpartition("/")[2]
        skip = "-name .git -o -name node_modules -o -name .venv -o -name venv"
        command = (
            f"find . \\( {skip} \\) -prune -o -type f -name '{name}' -print | sort | head -500"
        )
        return actions.ShellAction(command, "List files")
    flags = {"count": "-c", "files": "-l", "content": "-n"}[act.output]
    pattern = act.pattern.replace("'", "'\\''")
    name = act.glob.rpartition("/")[2] or "*"
    rest = " | grep -v ':0$'" if act.output == "count" else ""
    command = f"grep -rIE {flags} --include='{name}' -e '{pattern}' ."
    return actions.ShellAction(f"{command}{rest} | head -{act.limit}", "Search files")


def weighable(path: str) -> bool:
    """Whether a path means itself in a glob."""
    return not re.search(r"[*?\[\]{},\\!]", path)


def _grep_act(given: dict[str, Any]) -> actions.ToolAction:
    pattern, glob = _text(given, "pattern"), _text(given, "glob")
    output = str(given.get("output", given.get("output_mode", "count")))
    if pattern == EVERY_LINE and output == "count":
        return actions.CountLinesAction(tuple(glob.strip("{}").split(",")))
    if pattern == "." and output in ("files", _OUTPUTS["files"]):
        return actions.GlobAction(glob, by="grep")
    return actions.GrepAction(pattern, glob, output)


def _shell_act(line: str, purpose: str) -> actions.ToolAction:
    if line.startswith(_WEIGH_BY_SHELL):
        with suppress(ValueError):
            return actions.CountLinesAction(tuple(shlex.split(line.removeprefix(_WEIGH_BY_SHELL))))
    if found := re.match(r"find \. .* -name '([^']*)' -print", line):
        return actions.GlobAction(f"**/{found[1]}", by="shell")
    if found := re.match(r"grep -rIE -([cln]) --include='([^']*)' -e '(.*)' \.", line):
        output = {"c": "count", "l": "files", "n": "content"}[found[1]]
        return actions.GrepAction(found[3].replace("'\\''", "'"), found[2], output)
    return actions.ShellAction(line, purpose)


def _editor_act(given: dict[str, Any]) -> actions.ToolAction | None:
    path = _text(given, "path")
    match given.get("command"):
        case "view":
            span = given.get("view_range")
            first = span[0] if isinstance(span, list) and span and isinstance(span[0], int) else 1
            return actions.ReadAction(path, first)
        case "str_replace":
            return actions.EditAction(path, _text(given, "old"), _text(given, "new"))
        case "create":
            return actions.WriteAction(path, _text(given, "content"))
    return None


def _is_editor(name: str) -> bool:
    return _plain(name) in _EDITORS


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _text(given: dict[str, Any], role: str) -> str:
    names = _FIELDS[role].split()
    return next((str(given[name]) for name in names if isinstance(given.get(name), str)), "")


def _number(given: dict[str, Any], role: str, default: int) -> int:
    names = _FIELDS[role].split()
    return next((given[n] for n in names if isinstance(given.get(n), int)), default)
