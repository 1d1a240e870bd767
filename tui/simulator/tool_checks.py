"""Tool definitions a client may offer."""

import re
from collections.abc import Sequence
from typing import Any

from tui.simulator.block_content import JSON
from tui.simulator.refused_request import RequestRefused
from tui.simulator.request_schema import check

_KNOWN_TYPES = re.compile(
    r"(bash|text_editor|memory|computer|web_search|web_fetch|code_execution|advisor"
    r"|tool_search_tool_(regex|bm25))_\d{8}"
)


def check_tools(tools: Sequence[JSON], *, lenient: bool) -> None:
    """Every definition is complete, and no name is there twice.

    Raises:
        Refused: At the first that is not.
    """
    names: set[str] = set()
    for at, tool in enumerate(tools):
        place = f"tools.{at}"
        if not isinstance(tool, dict):
            raise RequestRefused(f"{place}: Input should be a valid dictionary or object")
        kind = tool.get("type") or "custom"
        if kind == "custom":
            _check_custom(place, tool, lenient)
        elif not lenient and not _KNOWN_TYPES.fullmatch(str(kind)):
            raise RequestRefused(
                f"{place}: Input tag '{kind}' found using 'type' does not match any of the "
                "expected tags"
            )
        if tool.get("defer_loading") and tool.get("cache_control"):
            raise RequestRefused(
                f"{place}: a tool with `defer_loading` cannot have `cache_control`"
            )
        if tool.get("name") in names:
            raise RequestRefused("tools: Tool names must be unique.")
        names.add(str(tool.get("name")))


def _check_custom(place: str, tool: JSON, lenient: bool) -> None:
    check("tool")(f"{place}.custom", tool, lenient)
    if tool.get("strict"):
        check_closed(f"{place}.custom", tool["input_schema"])


def check_closed(place: str, schema: Any) -> None:
    """Strict schemas close every object.

    Raises:
        Refused: One lets further properties in.
    """
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise RequestRefused(
            f"{place}: For 'object' type, 'additionalProperties' must be explicitly set to false"
        )
    for name, inner in (schema.get("properties") or {}).items():
        check_closed(f"{place}.properties.{name}", inner)
    check_closed(f"{place}.items", schema.get("items"))
    for branches in ("anyOf", "allOf"):
        for at, inner in enumerate(schema.get(branches) or ()):
            check_closed(f"{place}.{branches}.{at}", inner)
