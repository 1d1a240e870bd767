"""Values and arguments in another form than the tools have, turned into theirs.

Each conversion here has one possible meaning only; what may have two is left as it is, and the
tool refuses it.
"""

import os
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from tui.agent.tools.base import ToolEnvironment
from tui.session.call_arguments import normalized_name
from tui.session.events import JSON

_WHOLE = re.compile(r"[+-]?\d{1,15}(?:\.0+)?")
_BRACES = re.compile(r"[{}]")
_BETWEEN_GLOBS = re.compile(r"[,\s]+")
_DURATION = re.compile(r"(\d{1,9})\s*(ms|millis|milliseconds?|s|secs?|seconds?|m|mins?|minutes?)")
_GROUPED = re.compile(r"\d{1,3}(?:[,_]\d{3})+")
_BOOLEANS: dict[object, bool] = {
    "true": True,
    "yes": True,
    "1": True,
    "false": False,
    "no": False,
    "0": False,
}
_SECONDS_OF_A_DAY, _MIN_MILLISECONDS = 86_400, 5_000
"""More seconds than anybody waits; from where on a round number is hardly one of seconds."""


def as_whole(value: Any) -> Any:
    """A whole number given as text or with a fraction of zero; anything else as it is."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        text = value.strip()
        if _WHOLE.fullmatch(text):
            return int(text.partition(".")[0])
        if _GROUPED.fullmatch(text):
            return int(re.sub("[,_]", "", text))
    return value


def as_boolean(value: Any) -> Any:
    """A truth value given as text or as a number; anything else as it is."""
    if isinstance(value, str):
        return _BOOLEANS.get(value.strip().lower(), value)
    return bool(value) if type(value) is int and value in (0, 1) else value


def one_glob(value: Any) -> Any:
    """Several globs, as a list or with commas or blanks between them, as one with braces."""
    globs = value
    if isinstance(value, str) and not _BRACES.search(value):
        globs = [each for each in _BETWEEN_GLOBS.split(value.strip()) if each]
    if not isinstance(globs, list) or not all(isinstance(each, str) for each in globs):
        return value
    if len(globs) < 2:
        return globs[0] if globs and isinstance(value, list) else value
    if not all("*" in each and not each.startswith("!") for each in globs):
        return value
    if any("/" in each for each in globs):  # those without a slash match at any depth
        globs = [each if "/" in each else f"**/{each}" for each in globs]
    return "{" + ",".join(globs) + "}"


def plain_path(value: Any, env: ToolEnvironment) -> Any:
    """A path without quotation marks, blanks or `file://` around it, where none is of that name."""
    if not isinstance(value, str) or os.path.lexists(env.folder / value):
        return value
    text = value.strip()
    if not text:
        return value
    if len(text) > 2 and text[0] == text[-1] and text[0] in "`'\"":
        text = text[1:-1]
    if text.startswith("file:///"):
        text = unquote(text.removeprefix("file://"))
    return text


def _from_line_one(offset: int, env: ToolEnvironment) -> int:
    """Lines count from 1; the line before the first one is the first one."""
    return offset or 1


def duration(value: Any) -> Any:
    """Seconds of a text such as `60s` or `2 min`; anything else as it is."""
    found = _DURATION.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        return value
    number, unit = int(found[1]), found[2]
    if unit.startswith(("ms", "mil")):
        return -(-number // 1_000)
    return number * 60 if unit.startswith("m") else number


def _as_seconds(timeout: int, env: ToolEnvironment) -> int:
    """Seconds; more than is allowed are milliseconds where they can be nothing else."""
    most = env.limits.max_command_seconds
    round_number = timeout % 1_000 == 0 and timeout >= _MIN_MILLISECONDS
    milliseconds = timeout > most and (round_number or timeout > _SECONDS_OF_A_DAY)
    return -(-timeout // 1_000) if milliseconds else timeout


GLOBS = frozenset((("grep", "glob"), ("glob", "pattern")))
"""Arguments that are globs, by tool and name."""
ADAPTED_NUMBERS: dict[tuple[str, str], Callable[[int, ToolEnvironment], int]] = {
    ("read", "offset"): _from_line_one,
    ("bash", "timeout"): _as_seconds,
}

Conversion = Callable[[Any, JSON], str | None]
"""Adds to the arguments found so far what another one means. Returns what to tell of it, nothing
where it changes nothing, and None where it cannot be understood."""


def _milliseconds(value: Any, found: JSON) -> str | None:
    number = as_whole(value)
    if type(number) is not int or number < 1 or "timeout" in found:
        return None
    found["timeout"] = -(-number // 1_000)
    return f"{number:,} ms as `timeout` {found['timeout']} s"


def _case_sensitive(value: Any, found: JSON) -> str | None:
    sensitive = as_boolean(value)
    if not isinstance(sensitive, bool) or found.get("ignore_case", not sensitive) == sensitive:
        return None
    found["ignore_case"] = not sensitive
    return "" if sensitive else "`case_sensitive` false as `ignore_case`"


def _lines_beside(value: Any, found: JSON) -> str | None:
    number = as_whole(value)
    if type(number) is not int or number < 0:
        return None
    before = as_whole(found.get("context", 0))
    found["context"] = max(number, before) if type(before) is int else number
    return f"lines before and after as `context` {found['context']}"


def _head_limit(value: Any, found: JSON) -> str | None:
    number = as_whole(value)
    if type(number) is not int or number < 0 or as_whole(found.get("limit", number)) != number:
        return None
    if number == 0:
        return ""
    found["limit"] = number
    return f"`head_limit` as `limit` {number}"


def _without_files(value: Any, found: JSON) -> str | None:
    if not isinstance(value, str) or found.get("glob") or not value:
        return None
    found["glob"] = f"!{value.removeprefix('!')}"
    return f"`exclude` as `glob` {found['glob']}"


def _many_lines(value: Any, found: JSON) -> str | None:
    across = "\\n" in str(found.get("pattern")) or "\n" in str(found.get("pattern"))
    return "" if as_boolean(value) is across else None


def _literal(value: Any, found: JSON) -> str | None:
    wanted, pattern = as_boolean(value), found.get("pattern")
    if wanted is False:
        return ""
    if wanted is not True or not isinstance(pattern, str):
        return None
    found["pattern"] = re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", pattern)
    return "`pattern` as plain text"


def _regex(value: Any, found: JSON) -> str | None:
    if value is True:
        return ""
    if value is False:
        return _literal(True, found)
    if not isinstance(value, str) or found.get("pattern", value) != value:
        return None
    found["pattern"] = value
    return "`regex` as `pattern`"


def _end_line(value: Any, found: JSON) -> str | None:
    end = as_whole(value)
    first = max(1, _whole(found.get("offset")))
    if type(end) is not int or (end < first and end != -1):
        return None
    if end == -1:
        return ""
    if as_whole(found.get("limit", end - first + 1)) != end - first + 1:
        return None
    found["limit"] = end - first + 1
    return f"lines to {end} as `limit` {found['limit']}"


def _whole(value: Any) -> int:
    number = as_whole(value)
    return number if type(number) is int else 1


def _view_range(value: Any, found: JSON) -> str | None:
    if not isinstance(value, list) or len(value) != 2 or "offset" in found:
        return None
    found["offset"] = value[0]
    return _end_line(value[1], found)


def _single(name: str) -> Conversion:
    """A list of one thing for the thing itself."""

    def take(value: Any, found: JSON) -> str | None:
        one = value[0] if isinstance(value, list) and len(value) == 1 else value
        if not isinstance(one, str) or found.get(name, one) != one:
            return None
        found[name] = one
        return f"a list of one as `{name}`"

    return take


def _no_limit(value: Any, found: JSON) -> str | None:
    return "no `limit`, which glob has not"


def _conversion_rows() -> dict[tuple[str, str], Conversion]:
    rows: list[tuple[str, str, Conversion]] = [
        ("bash", "timeout_ms timeout_milliseconds timeout_millis", _milliseconds),
        ("glob", "limit max_results head_limit", _no_limit),
        ("grep", "case_sensitive", _case_sensitive),
        (
            "grep",
            "a b after before lines_after lines_before after_context before_context",
            _lines_beside,
        ),
        ("grep", "head_limit", _head_limit),
        ("grep", "exclude exclude_pattern exclude_glob", _without_files),
        ("grep", "multiline", _many_lines),
        ("grep", "literal fixed_strings", _literal),
        ("grep", "regex is_regex use_regex", _regex),
        ("grep", "paths", _single("path")),
        ("glob", "paths", _single("path")),
        ("glob", "patterns", _single("pattern")),
        ("read", "end_line line_end to_line last_line end", _end_line),
        ("read", "view_range line_range", _view_range),
        ("read", "paths files file_paths", _single("path")),
    ]
    return {
        (tool, normalized_name(name)): take for tool, names, take in rows for name in names.split()
    }


CONVERSIONS = _conversion_rows()
"""What to do with an argument of a near meaning, by tool and name (`normalized_name`)."""
