"""Repairs the input of a call that is nearly right, and says in the result what it understood.

The definitions of the tools say how an input has to look. A model sometimes sends a number as
text, a value in another unit, or the name that another agent's tool has. Such an input is taken
for what it can only mean; the log keeps it as it was sent. Where two meanings are possible, the
call fails with a sentence that names the right argument.
"""

import json
import shlex
from dataclasses import dataclass, field, replace
from typing import Any

from tui.agent.tools.argument_conversions import (
    ADAPTED_NUMBERS,
    CONVERSIONS,
    GLOBS,
    Conversion,
    as_boolean,
    as_whole,
    duration,
    one_glob,
    plain_path,
)
from tui.agent.tools.argument_names import changes_nothing, own_name, own_value, what_instead
from tui.agent.tools.base import PreparedCall, Tool, ToolEnvironment, ToolError, one_line
from tui.session.call_arguments import normalized_name
from tui.session.events import JSON
from tui.typos import most_similar_name

_WRAPPERS = frozenset(("input", "arguments", "args", "parameters", "params"))
_VERBATIM = frozenset(("content", "old_string", "new_string"))
"""Texts that are written into files: a list may be meant as it stands."""


def prepare_call(tool: Tool, input: JSON, env: ToolEnvironment) -> PreparedCall:
    """The call, prepared from an input that may be only nearly right.

    Args:
        tool: The tool.
        input: As the model sent it.
        env: The surroundings of the session.

    Raises:
        ToolError: the input is wrong, or what it names is not there.
    """
    repair = InputRepair(tool.name, tool.definition["input_schema"], env)
    repaired = repair.repair(input)
    if not repair.notes:
        return tool.prepare(repaired, env)
    note = f"[Understood: {'; '.join(repair.notes)}.]"
    try:
        return replace(tool.prepare(repaired, env), note=note)
    except ToolError as error:
        raise ToolError(f"{error.sentence} {note}") from error


@dataclass(slots=True)
class InputRepair:
    """Turns one object of an input into what the schema asks for."""

    tool: str
    """Whose argument names count; `subtasks` for those of a checklist."""
    schema: JSON
    env: ToolEnvironment
    notes: list[str] = field(default_factory=list)
    """What was understood, in a few words each."""

    def repair(self, given: Any) -> Any:
        """The object with the tool's own names and types.

        Raises:
            ToolError: an argument is unknown, or may have two meanings.
        """
        given = self._without_wrapper(self._without_list_of_edits(given))
        if not isinstance(given, dict):
            return given
        self._check_names(given)
        properties = self.schema["properties"]
        found = {
            key: value
            for key, value in given.items()
            if key in properties and not (value is None and key not in self.schema["required"])
        }
        others = [key for key in given if key not in properties]
        # Those that only have another name first: the meaning of the rest may depend on them.
        for key in sorted(others, key=lambda key: self._conversion(key) is not None):
            self._take_other(key, given[key], found)
        return {key: self._fitted(key, value) for key, value in found.items()}

    def _without_wrapper(self, given: Any) -> Any:
        """The object within one that only wraps it, as `{"input": {…}}`."""
        if isinstance(given, dict) and len(given) == 1:
            ((key, value),) = given.items()
            if (
                key in _WRAPPERS
                and key not in self.schema["properties"]
                and isinstance(value, dict)
            ):
                return value
        return given

    def _without_list_of_edits(self, given: Any) -> Any:
        """The one replacement of a list of them, beside the path."""
        edits = given.get("edits") if isinstance(given, dict) and self.tool == "edit" else None
        if not isinstance(edits, list) or len(edits) != 1 or not isinstance(edits[0], dict):
            return given
        rest = {key: value for key, value in given.items() if key != "edits"}
        if rest.keys() & edits[0].keys():
            return given
        self.notes.append("`edits` of one as the replacement")
        return rest | edits[0]

    def _take_other(self, key: str, value: Any, found: JSON) -> None:
        """Add what an argument means that is not one of the tool's own names."""
        if convert := self._conversion(key):
            if (note := convert(value, found)) is not None:
                self.notes.append(note or f"`{key}` changes nothing")
                return
        elif name := own_name(self.tool, key):
            self._take(name, key, value, found)
            return
        same = as_boolean(value) if isinstance(value, str) else value
        passed = changes_nothing(self.tool, key, value) or changes_nothing(self.tool, key, same)
        if value is None or passed or self._is_here(key, value):
            self.notes.append(f"`{key}` changes nothing")
            return
        raise ToolError(self._unknown(key))

    def _conversion(self, key: str) -> Conversion | None:
        return CONVERSIONS.get((self.tool, normalized_name(key)))

    def _take(self, name: str, key: str, value: Any, found: JSON) -> None:
        """Take `value` for the argument `name`, given under the name `key`."""
        if value is None:
            return
        if name in found and self._fitted(name, found[name], quietly=True) != self._fitted(
            name, value, quietly=True
        ):
            raise ToolError(
                f"`{name}` and `{key}` mean the same here and differ; give `{name}` only."
            )
        if name not in found:
            self.notes.append(f"`{key}` as `{name}`")
        found.setdefault(name, value)

    def _is_here(self, key: str, value: Any) -> bool:
        """Whether an argument only names the folder in which commands run anyway."""
        names = ("cwd", "workdir", "workingdirectory", "workingdir", "directory", "dir")
        here = (".", "./", "", str(self.env.folder), f"{self.env.folder}/")
        return self.tool == "bash" and normalized_name(key) in names and value in here

    def _check_names(self, given: JSON) -> None:
        if not all(isinstance(key, str) for key in given):
            raise ToolError("The names of the arguments have to be text.")

    def _unknown(self, key: str) -> str:
        names = list(self.schema["properties"])
        near = most_similar_name(key, names, likeness=0.7)
        instead = what_instead(self.tool, key) or (f"Did you mean `{near}`?" if near else "")
        whose = "A subtask" if self.tool == "subtasks" else self.tool
        known = "" if what_instead(self.tool, key) else f"The arguments are: {', '.join(names)}."
        return " ".join(filter(None, (f"{whose} has no argument `{key}`.", instead, known)))

    def _fitted(self, name: str, value: Any, *, quietly: bool = False) -> Any:
        """`value` in the type that the argument has; as it is where nothing is plain."""
        schema = self.schema["properties"].get(name)
        if schema is None:
            return value
        fitted = self._as_type(name, value, schema)
        told = value is not fitted and (type(value) is not type(fitted) or value != fitted)
        if told and not quietly and not isinstance(fitted, list):
            unit = " s" if (self.tool, name) == ("bash", "timeout") else ""
            self.notes.append(f"`{name}` {_brief(value)} as {_brief(fitted)}{unit}")
        return fitted

    def _as_type(self, name: str, value: Any, schema: JSON) -> Any:
        match schema["type"]:
            case "integer":
                timed = (self.tool, name) == ("bash", "timeout")
                number = as_whole(duration(value) if timed else value)
                adapt = ADAPTED_NUMBERS.get((self.tool, name))
                return adapt(number, self.env) if adapt and type(number) is int else number
            case "boolean":
                return as_boolean(value)
            case "array":
                return self._as_list(name, value, schema["items"])
            case _:
                return self._as_text(name, value, schema.get("enum"))

    def _as_text(self, name: str, value: Any, choices: list[str] | None) -> Any:
        if type(value) is int:
            return str(value)
        if name == "path" and isinstance(value, str):
            nowhere = value == "" and self.tool in ("grep", "glob")
            return "." if nowhere else plain_path(value, self.env)
        if (self.tool, name) in GLOBS:
            return one_glob(value)
        if isinstance(value, list) and name not in _VERBATIM:
            if len(value) == 1 and isinstance(value[0], str):
                return value[0]
            if name == "command" and value and all(isinstance(word, str) for word in value):
                return shlex.join(value)
        if choices and isinstance(value, str) and value not in choices:
            own = {normalized_name(choice): choice for choice in choices}
            plain = own.get(normalized_name(value)) or own_value(self.tool, name, value)
            return plain or value
        return value

    def _as_list(self, name: str, value: Any, items: JSON) -> Any:
        plain = value
        if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
            try:
                plain = json.loads(value)
            except ValueError:
                plain = value
        wanted = dict if items["type"] == "object" else str
        if isinstance(plain, wanted):
            plain = [plain]
        if not isinstance(plain, list):
            return value
        if plain is not value:
            self.notes.append(f"`{name}` as a list")
        if wanted is not dict:
            return plain
        return [self._as_item(name, each, items) for each in plain]

    def _as_item(self, name: str, item: Any, schema: JSON) -> Any:
        inner = InputRepair(name, schema, self.env)
        fitted = inner.repair(item)
        self.notes += [note for note in inner.notes if note not in self.notes]
        return fitted


def _brief(value: Any) -> str:
    return one_line(json.dumps(value, ensure_ascii=False, default=str), 40)
