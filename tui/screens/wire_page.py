"""`/wire`: the last request as it was sent, and what differs from the one before.

Parameters only, never headers: a request's body holds no key.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tui.claude.request import Request
from tui.screens.pages import escape, table

JSON = dict[str, Any]

SHOWN = ("model", "max_tokens", "thinking", "output_config", "compaction")


def wire_page(sent: Sequence[Request]) -> str:
    """The page.

    Args:
        sent: The last requests, the newest last.
    """
    if not sent:
        return "Nothing was sent yet."
    last = sent[-1]
    params = last.params
    rows = [(name, _json(params[name])) for name in SHOWN if name in params]
    rows += [
        ("betas", ", ".join(last.betas) or "none"),
        ("system", f"{len(params.get('system', []))} blocks"),
        ("tools", ", ".join(str(tool["name"]) for tool in params.get("tools", []))),
        ("messages", f"{len(params['messages'])}"),
        ("breakpoints", ", ".join(breakpoints(params)) or "none"),
    ]
    parts = ["**Last request**", table(("parameter", "value"), rows)]
    if len(sent) > 1:
        found = list(differences(sent[-2].params, params))
        words = "\n".join(f"- {escape(line)}" for line in found)
        parts.append("**Since the one before**\n\n" + (words or "- nothing"))
    return "\n\n".join(parts)


def breakpoints(params: JSON) -> Iterator[str]:
    """Where the cache breakpoints stand, in the order of the prefix."""
    for part in ("tools", "system"):
        for at, block in enumerate(params.get(part, [])):
            if "cache_control" in block:
                yield f"{part}[{at}] {block['cache_control'].get('ttl', '5m')}"
    for at, message in enumerate(params["messages"]):
        for number, block in enumerate(message["content"]):
            if "cache_control" in block:
                yield f"messages[{at}].content[{number}]"
    if "cache_control" in params:
        yield "automatic"


def differences(before: JSON, after: JSON) -> Iterator[str]:
    """What differs, one line each: parameters, then where the conversation parts."""
    for name in dict.fromkeys((*before, *after)):
        if name != "messages" and _bare(before.get(name)) != _bare(after.get(name)):
            old, new = _json(before.get(name)), _json(after.get(name))
            yield f"{name}: {old} → {new}" if len(old + new) < 200 else f"{name} changed"
    old_messages, new_messages = before["messages"], after["messages"]
    same = 0
    for left, right in zip(old_messages, new_messages, strict=False):
        if _bare(left) != _bare(right):
            break
        same += 1
    if same < len(old_messages):
        yield f"messages differ from number {same} on: the cache is lost from there"
    if len(new_messages) > same:
        yield f"{len(new_messages) - same} messages more"


def _bare(value: Any) -> Any:
    """`value` without cache markers, which may move."""
    if isinstance(value, dict):
        return {key: _bare(each) for key, each in value.items() if key != "cache_control"}
    if isinstance(value, list):
        return [_bare(each) for each in value]
    return value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
