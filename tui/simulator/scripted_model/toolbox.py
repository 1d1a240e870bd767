"""The tools of this program: which of them a request offers, and the calls that do an action."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tui.simulator.scripted_model import tool_actions as actions
from tui.simulator.scripted_model.model_input import ScriptedToolUse

_TOOLS = frozenset(
    {"read", "edit", "write", "glob", "grep", "bash", "checklist", "file_plan", "wrap_up"}
)
EVERY_LINE = "^"
"""What a search counts that is to count lines."""
_NOT_IN_NAMES = frozenset("*?[]{},\\!")
"""Characters that mean something in a glob."""
_USUAL_TIMEOUT = 120
"""Seconds; a command with another time limit says so."""


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools of a request that the scripted model can use."""

    names: tuple[str, ...]
    """In the order of the request."""

    @classmethod
    def of(cls, definitions: Iterable[dict[str, Any]]) -> "Toolbox":
        """The toolbox of a request."""
        names = (str(definition.get("name")) for definition in definitions)
        return cls(tuple(name for name in dict.fromkeys(names) if name in _TOOLS))

    def can(self, *names: str) -> bool:
        """Whether every one of these tools is there."""
        return set(names) <= set(self.names)

    def use(self, act: actions.ToolAction) -> ScriptedToolUse:
        """The call that does an action; `can` must have said that its tool is there."""
        return _call_for(act)


def decode_call(name: str, given: dict[str, Any]) -> actions.ToolAction | None:
    """The action a call in the history was, or None where it is none of ours."""
    match name:
        case "read":
            limit = _number(given, "limit") or None
            return actions.ReadAction(_text(given, "path"), _number(given, "offset") or 1, limit)
        case "edit":
            old, new = _text(given, "old_string"), _text(given, "new_string")
            return actions.EditAction(_text(given, "path"), old, new)
        case "write":
            return actions.WriteAction(_text(given, "path"), _text(given, "content"))
        case "glob":
            return actions.GlobAction(_text(given, "pattern"))
        case "grep":
            return _search(given)
        case "bash":
            return actions.ShellAction(_text(given, "command"), _text(given, "description"))
        case "checklist":
            return actions.ChecklistAction(_rows(given, "subtasks"))
        case "file_plan":
            return actions.FilePlanAction(_rows(given, "items"))
        case "wrap_up":
            return actions.WrapUpAction(given)
    return None


def weighable(path: str) -> bool:
    """Whether a path means itself in a glob."""
    return not _NOT_IN_NAMES & set(path)


def _call_for(act: actions.ToolAction) -> ScriptedToolUse:
    match act:
        case actions.ReadAction(path=path, offset=offset, limit=limit):
            more = {"offset": offset if offset > 1 else None, "limit": limit}
            return _call("read", path=path, **more)
        case actions.EditAction(path=path, old=old, new=new):
            return _call("edit", path=path, old_string=old, new_string=new)
        case actions.WriteAction(path=path, content=content):
            return _call("write", path=path, content=content)
        case actions.GlobAction(pattern=pattern):
            return _call("glob", pattern=pattern)
        case actions.GrepAction(pattern=pattern, glob=glob, output=output, limit=limit):
            return _call("grep", pattern=pattern, glob=glob, output=output, limit=limit)
        case actions.CountLinesAction(paths=paths):
            glob = paths[0] if len(paths) == 1 else f"{{{','.join(paths)}}}"
            return _call_for(actions.GrepAction(EVERY_LINE, glob, "count", 2 * len(paths)))
        case actions.ShellAction(command=command, purpose=purpose, timeout=timeout):
            seconds = timeout if timeout != _USUAL_TIMEOUT else None
            return _call("bash", command=command, timeout=seconds, description=purpose)
        case actions.ChecklistAction(rows=rows):
            return _call("checklist", subtasks=list(rows))
        case actions.FilePlanAction(items=items, goal=goal):
            return _call("file_plan", goal=goal, items=list(items))
        case actions.WrapUpAction(report=report):
            return ScriptedToolUse("wrap_up", dict(report))


def _call(name: str, **given: Any) -> ScriptedToolUse:
    """A call; what is None is left out."""
    return ScriptedToolUse(name, {key: value for key, value in given.items() if value is not None})


def _search(given: dict[str, Any]) -> actions.ToolAction:
    pattern, glob = _text(given, "pattern"), _text(given, "glob")
    output = str(given.get("output", "count"))
    if pattern == EVERY_LINE and output == "count":
        return actions.CountLinesAction(tuple(glob.strip("{}").split(",")))
    return actions.GrepAction(pattern, glob, output)


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else ""


def _number(given: dict[str, Any], name: str) -> int:
    value = given.get(name)
    return value if isinstance(value, int) else 0


def _rows(given: dict[str, Any], name: str) -> tuple[dict[str, Any], ...]:
    rows = given.get(name)
    return tuple(row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()
