"""The shape of a request as one table, and the checks that are made of it.

A row names the fields of an object: `name:kind`, or `name?:kind` for one that may be missing;
other fields are refused unless the server is lenient. A kind is `str`, `bool`, `map`, `any`,
`int`, `int>=N`, `=a/b` (one of these words), `[kind]` (a list), `null|kind`, `str|kind`, the name
of a row, or the name of a union, whose field `type` says which of several rows holds.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from tui.simulator.refused_request import RequestRefused, unknown_field

Check = Callable[[str, Any, bool], None]
"""`check(place, value, lenient)`; raises `RequestRefused` at the first thing that is wrong."""

_MARK = "cache_control?:null|cache"
_SHOWN = "display?:null|=summarized/omitted/updates block_binding?:null|binding"
_COUNT = (
    "model:str messages:[message] system?:null|str|[text] tools?:null|[map] tool_choice?:any "
    f"thinking?:null|map output_config?:null|map {_MARK} speed?:null|=standard/fast "
    "context_management?:null|map compaction?:null|map mcp_servers?:[map]"
)
_CREATE = (
    f"{_COUNT} max_tokens:int>=0 stream?:null|bool stop_sequences?:null|[str] metadata?:null|map "
    "service_tier?:null|=auto/standard_only inference_geo?:null|str diagnostics?:null|diagnostics "
    "container?:any thread?:null|map fallbacks?:any"
)
_ROWS = {
    "count": _COUNT,
    "create": _CREATE,
    "create_old": f"{_CREATE} temperature?:null|share top_p?:null|share top_k?:null|int>=0",
    "diagnostics": "previous_message_id?:null|str",
    # Messages and their blocks
    "user_message": "role:any content:str|[user]",
    "assistant_message": "role:any content:str|[assistant]",
    "system_message": "role:any content:str|[system] output_config?:null|map clear_at?:null|str",
    "cache": "type:=ephemeral ttl?:null|=5m/1h",
    "text": f"type:str text:str {_MARK} citations?:any",
    "image": f"type:str source:map {_MARK}",
    "document": f"type:str source:map {_MARK} title?:any context?:any citations?:any",
    "search_result": f"type:str source:str title:str content:any {_MARK} citations?:any",
    "tool_use": f"type:str id:str name:str input:map {_MARK} caller?:any toolset_name?:any",
    "tool_result": f"type:str tool_use_id:str {_MARK} content?:null|str|[result] "
    "is_error?:null|bool toolset_name?:any",
    "thinking": "type:str thinking:str signature:str",
    "redacted_thinking": "type:str data:str",
    "compaction": f"type:str {_MARK} content?:null|str encrypted_content?:null|str "
    "signature?:null|str tool_changes?:any",
    # Options
    "task_budget": "type:=tokens total:int remaining?:null|int",
    "json_schema": "type:str schema:map",
    "output_config": "effort?:null|effort format?:null|format task_budget?:any",
    "message_config": "effort?:null|effort",
    "binding": "prefix_mismatch_behavior?:null|=error/drop_block",
    "adaptive": f"type:str {_SHOWN}",
    "enabled": f"type:str budget_tokens:int>=1024 {_SHOWN}",
    "bare": "type:str",
    "choice": "type:str disable_parallel_tool_use?:bool",
    "named_choice": "type:str name:str disable_parallel_tool_use?:bool",
    "tool": f"name:tool_name input_schema:tool_schema type?:null|str description?:str strict?:bool "
    f"{_MARK} defer_loading?:bool eager_input_streaming?:null|bool input_examples?:[map] "
    "allowed_callers?:any",
    # Compaction
    "on_demand": "type:=summarize instructions?:null|str",
    "context_management": "edits?:any",
    "trigger": "type:=input_tokens value:int>=50000",
    "edit": "type:=compact_20260112 trigger?:null|trigger pause_after_compaction?:null|bool "
    "instructions?:null|str",
}
_UNIONS = {
    "result": "text image document search_result",
    "user": "text image document search_result tool_result compaction",
    "assistant": "text document tool_use thinking redacted_thinking compaction",
    "system": "text compaction",
    "format": "json_schema",
    "thinking_config": "adaptive enabled disabled=bare between_tools=bare",
    "tool_choice": "auto=choice any=choice tool=named_choice none=bare",
}
"""Values of `type`, each with the name of its row where that is another."""
_BLOCKS = " ".join(_UNIONS[role] for role in ("user", "assistant")).split()
_WORDS = {"effort": "low/medium/high/xhigh/max", "role": "user/assistant/system"}
_TYPES: dict[str, tuple[type, str]] = {
    "str": (str, "string"), "bool": (bool, "boolean"), "map": (dict, "dictionary"),
}  # fmt: skip
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")


@cache
def check(kind: str) -> Check:
    """The check of a kind of value."""
    head, _, rest = kind.partition("|")
    if rest:
        return _unless(type(None) if head == "null" else str, check(rest))
    if kind.startswith("=") or kind in _WORDS:
        return _one_of(_WORDS.get(kind, kind[1:]).split("/"))
    if kind.startswith("["):
        return _list_of(check(kind[1:-1]))
    if kind.startswith("int"):
        return _integer(int(kind[5:]) if kind[3:] else None)
    if kind in _TYPES:
        return _of_type(*_TYPES[kind])
    if kind in _UNIONS:
        return _union(dict(_pair(word) for word in _UNIONS[kind].split()))
    return _object(_ROWS[kind]) if kind in _ROWS else _SPECIAL[kind]


def _refuse(wrong: bool, place: str, words: str) -> None:
    if wrong:
        raise RequestRefused(f"{place}: {words}")


def _pair(word: str) -> tuple[str, str]:
    tag, _, row = word.partition("=")
    return tag, row or tag


def _of_type(kind: type, name: str) -> Check:
    def run(place: str, value: Any, lenient: bool) -> None:
        _refuse(not isinstance(value, kind), place, f"Input should be a valid {name}")

    return run


def _integer(least: int | None) -> Check:
    def run(place: str, value: Any, lenient: bool) -> None:
        number = isinstance(value, int) and not isinstance(value, bool)
        _refuse(not number, place, "Input should be a valid integer")
        small = least is not None and value < least
        _refuse(small, place, f"Input should be greater than or equal to {least}")

    return run


def _share(place: str, value: Any, lenient: bool) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    _refuse(not number, place, "Input should be a valid number")
    _refuse(not 0 <= value <= 1, place, "range: 0..1")


def _one_of(options: list[str]) -> Check:
    quoted = [f"'{option}'" for option in options]
    words = " or ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)

    def run(place: str, value: Any, lenient: bool) -> None:
        _refuse(value not in options, place, f"Input should be {words}")

    return run


def _unless(kind: type, inner: Check) -> Check:
    def run(place: str, value: Any, lenient: bool) -> None:
        if not isinstance(value, kind):
            inner(place, value, lenient)

    return run


def _list_of(inner: Check) -> Check:
    def run(place: str, value: Any, lenient: bool) -> None:
        _refuse(not isinstance(value, list), place, "Input should be a valid list")
        for at, item in enumerate(value):
            inner(f"{place}.{at}", item, lenient)

    return run


def _object(row: str) -> Check:
    kinds = dict(field.split(":", 1) for field in row.split())
    must = [name for name in kinds if not name.endswith("?")]
    checks = {name.removesuffix("?"): check(kind) for name, kind in kinds.items()}

    def run(place: str, value: Any, lenient: bool) -> None:
        wanted = "Input should be a valid dictionary or object"
        _refuse(not isinstance(value, dict), place, wanted)
        for name in must:
            _refuse(name not in value, _join(place, name), "Field required")
        for name, item in value.items():
            if name in checks:
                checks[name](_join(place, name), item, lenient)
            elif not lenient:
                raise unknown_field(_join(place, name))

    return run


def _union(rows: dict[str, str]) -> Check:
    known = ", ".join(f"'{tag}'" for tag in rows)

    def run(place: str, value: Any, lenient: bool) -> None:
        wanted = "Input should be a valid dictionary or object"
        _refuse(not isinstance(value, dict), place, wanted)
        tag = value.get("type")
        _refuse(tag is None, _join(place, "type"), "Field required")
        row = rows.get(tag) if isinstance(tag, str) else None
        if row is None and lenient and tag in _BLOCKS:
            # A block of another role gets through, but only whole: later steps read its fields.
            row = tag
        if row is not None:
            check(row)(f"{place}.{tag}", value, lenient)
            return
        words = f"Input tag '{tag}' found using 'type' does not match any of the expected tags"
        _refuse(not lenient, place, f"{words}: {known}")

    return run


def _message(place: str, value: Any, lenient: bool) -> None:
    """One message: its role, and the blocks its role allows."""
    wanted = "Input should be a valid dictionary or object"
    _refuse(not isinstance(value, dict), place, wanted)
    role = value.get("role", "user")
    check("role")(f"{place}.role", role, False)
    check(f"{role}_message")(place, value, lenient)


def _tool_name(place: str, value: Any, lenient: bool) -> None:
    check("str")(place, value, lenient)
    wanted = "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"
    _refuse(not _NAME.fullmatch(value), place, wanted)


def _tool_schema(place: str, value: Any, lenient: bool) -> None:
    check("map")(place, value, lenient)
    _refuse(value.get("type") != "object", f"{place}.type", "Input should be 'object'")


_SPECIAL: dict[str, Check] = {
    "any": lambda place, value, lenient: None, "message": _message, "share": _share,
    "tool_name": _tool_name, "tool_schema": _tool_schema,
}  # fmt: skip


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
