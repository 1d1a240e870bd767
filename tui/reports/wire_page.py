"""`/wire`: the last request as it was sent, and what differs from the one before.

The page shows parameters only, never headers: a request's body holds no key. Of system text,
tools and messages it says how many there are and where they differ, not what is in them.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tui.agent.request_replay import RebuiltRequest
from tui.claude.request import Request
from tui.number_format import count_with_noun
from tui.reports.summary_pages import escape_markdown, markdown_table

JSON = dict[str, Any]

COUNTED_PARAMETERS = ("system", "tools", "messages")
"""Parameters that are counted, not shown."""
UNCACHED_PARAMETERS = ("diagnostics", "max_tokens")
"""Parameters that may differ from request to request: the cache does not depend on them."""
MAX_VALUE_CHARACTERS = 300
"""Characters of a value that are shown."""


SENT_BY_EARLIER_RUN = (
    "It was sent before this start of the program, so it is rebuilt from the log; "
)
PROVEN = "its digest is the one in the log."
UNPROVEN = "what the log does not hold is shown as it would be sent now."


def earlier_wire_page(found: Sequence[RebuiltRequest], next_effort: str | None = None) -> str:
    """The page while this run has sent nothing: what the log tells of the runs before.

    Args:
        found: The last requests in the log, the newest last.
        next_effort: The effort that the next request asks for; None where the model has none.
    """
    said = SENT_BY_EARLIER_RUN + (PROVEN if found and found[-1].verified else UNPROVEN)
    return wire_page([each.request for each in found], next_effort, said)


def wire_page(sent: Sequence[Request], next_effort: str | None = None, said: str = "") -> str:
    """The page.

    Args:
        sent: The last requests, the newest last.
        next_effort: The effort that the next request asks for; None where the model has none.
        said: A sentence about the last one.
    """
    if not sent:
        return "Nothing has been sent yet."
    last = sent[-1]
    params = last.params
    tools = [str(tool.get("name")) for tool in params.get("tools", [])]
    rows = [
        (name, _json(value)) for name, value in params.items() if name not in COUNTED_PARAMETERS
    ]
    rows += [
        ("betas", ", ".join(last.betas) or "none"),
        ("system", count_with_noun(len(params.get("system", [])), "block")),
        ("tools", _cut(f"{len(tools)}: {', '.join(tools)}") if tools else "none"),
        ("messages", f"{len(params['messages']):,}"),
        ("breakpoints", ", ".join(cache_breakpoint_places(params)) or "none"),
    ]
    effort = effort_words(params, next_effort)
    rows = [("effort", effort), *rows] if effort else rows
    parts = [*([said] if said else []), markdown_table(("parameter", "value"), rows)]
    if len(sent) > 1:
        found = list(differences(sent[-2].params, params))
        found += _betas(sent[-2].betas, last.betas)
        words = "\n".join(f"- {escape_markdown(line)}" for line in found)
        parts.append("**Changes since the request before**\n\n" + (words or "- nothing"))
    return "\n\n".join(parts)


def effort_words(params: JSON, next_effort: str | None) -> str:
    """The effort that a request asks for, and that of the next one where it is another.

    A system message may set it while the parameter stays, so that the prompt cache holds.

    Args:
        params: Of the request.
        next_effort: As the selector has it; None where the model has none.
    """
    parameter = (params.get("output_config") or {}).get("effort")
    set_by_messages = [
        (message.get("output_config") or {}).get("effort")
        for message in params["messages"]
        if message.get("role") == "system"
    ]
    effort = next((each for each in reversed(set_by_messages) if each), parameter)
    words = str(effort or "")
    if effort != parameter:
        words += f", set by a system message; the parameter stays {parameter} for the prompt cache"
    if next_effort is not None and next_effort != effort:
        words += f"{'; ' if words else ''}the next request asks for {next_effort}"
    return words


def cache_breakpoint_places(params: JSON) -> Iterator[str]:
    """Where the cache breakpoints are, in the order of the prefix."""
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
        if (
            name not in COUNTED_PARAMETERS
            and name not in UNCACHED_PARAMETERS
            and before.get(name) != after.get(name)
        ):
            yield f"{name}: {_json(before.get(name))} → {_json(after.get(name))}"
    if _without_cache_markers(before.get("system")) != _without_cache_markers(after.get("system")):
        yield "system text changed: the cache is lost from there"
    yield from _tools(before.get("tools", []), after.get("tools", []))
    if before.get("max_tokens") != after.get("max_tokens"):
        yield f"max_tokens: {before.get('max_tokens')} → {after.get('max_tokens')}"
    yield from _messages(before["messages"], after["messages"])


def _messages(before: Sequence[JSON], after: Sequence[JSON]) -> Iterator[str]:
    same = 0
    for left, right in zip(before, after, strict=False):
        if _without_cache_markers(left) != _without_cache_markers(right):
            break
        same += 1
    if same < len(before):
        yield f"messages differ from number {same} on: the cache is lost from there"
    if len(after) > same:
        yield f"{count_with_noun(len(after) - same, 'message')} more"


def _tools(before: Sequence[JSON], after: Sequence[JSON]) -> Iterator[str]:
    if _without_cache_markers(before) == _without_cache_markers(after):
        return
    old, new = (
        {str(each.get("name")): _without_cache_markers(each) for each in tools}
        for tools in (before, after)
    )
    names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
    words = _cut(f"tools changed: {', '.join(names)}") if names else "tools in another order"
    yield f"{words}: the whole cache is lost"


def _betas(before: Iterable[str], after: Iterable[str]) -> Iterator[str]:
    gone, new = set(before) - set(after), set(after) - set(before)
    yield from (f"beta {name} is no longer sent" for name in sorted(gone))
    yield from (f"beta {name} is sent, too" for name in sorted(new))


def _without_cache_markers(value: Any) -> Any:
    """`value` without cache markers, which may move."""
    if isinstance(value, dict):
        return {
            key: _without_cache_markers(each)
            for key, each in value.items()
            if key != "cache_control"
        }
    if isinstance(value, list):
        return [_without_cache_markers(each) for each in value]
    return value


def _json(value: Any) -> str:
    return _cut(json.dumps(value, ensure_ascii=False, default=str))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_VALUE_CHARACTERS else f"{text[:MAX_VALUE_CHARACTERS]} …"
