"""Which content blocks may stand where, and how messages follow each other."""

from collections.abc import Iterator, Sequence
from typing import Any

from tui.simulator.block_content import JSON, blocks_of
from tui.simulator.json_checks import (
    ObjectCheck,
    TaggedObjectCheck,
    anything,
    boolean,
    list_of,
    mapping,
    nullable,
    one_of,
    string,
)
from tui.simulator.refused_request import RequestRefused

CACHE_CONTROL = nullable(
    ObjectCheck(must={"type": one_of("ephemeral")}, may={"ttl": nullable(one_of("5m", "1h"))})
)
_MARKED = {"cache_control": CACHE_CONTROL}

TEXT = ObjectCheck(must={"type": string, "text": string}, may={**_MARKED, "citations": anything})
_IMAGE = ObjectCheck(must={"type": string, "source": mapping}, may=_MARKED)
_DOCUMENT = ObjectCheck(
    must={"type": string, "source": mapping},
    may={**_MARKED, "title": anything, "context": anything, "citations": anything},
)
_SEARCH_RESULT = ObjectCheck(
    must={"type": string, "source": string, "title": string, "content": anything},
    may={**_MARKED, "citations": anything},
)
_GIVEN: dict[str, Any] = {
    "text": TEXT,
    "image": _IMAGE,
    "document": _DOCUMENT,
    "search_result": _SEARCH_RESULT,
}
_TOOL_USE = ObjectCheck(
    must={"type": string, "id": string, "name": string, "input": mapping},
    may={**_MARKED, "caller": anything, "toolset_name": anything},
)


def _result_content(place: str, value: Any, lenient: bool) -> None:
    if not isinstance(value, str):
        list_of(TaggedObjectCheck(_GIVEN))(place, value, lenient)


_TOOL_RESULT = ObjectCheck(
    must={"type": string, "tool_use_id": string},
    may={
        **_MARKED,
        "content": nullable(_result_content),
        "is_error": nullable(boolean),
        "toolset_name": anything,
    },
)
_THINKING = ObjectCheck(must={"type": string, "thinking": string, "signature": string})
_REDACTED = ObjectCheck(must={"type": string, "data": string})
_COMPACTION = ObjectCheck(
    must={"type": string},
    may={
        **_MARKED,
        "content": nullable(string),
        "encrypted_content": nullable(string),
        "signature": nullable(string),
        "tool_changes": anything,
    },
)

_BY_ROLE = {
    "user": TaggedObjectCheck({**_GIVEN, "tool_result": _TOOL_RESULT, "compaction": _COMPACTION}),
    "assistant": TaggedObjectCheck(
        {
            "text": TEXT,
            "document": _DOCUMENT,
            "tool_use": _TOOL_USE,
            "thinking": _THINKING,
            "redacted_thinking": _REDACTED,
            "compaction": _COMPACTION,
        }
    ),
    "system": TaggedObjectCheck({"text": TEXT, "compaction": _COMPACTION}),
}
_ROLE = one_of("user", "assistant", "system")


def check_message(place: str, value: Any, lenient: bool) -> None:
    """One message: its role, and blocks that may stand in it."""
    if not isinstance(value, dict):
        raise RequestRefused(f"{place}: Input should be a valid dictionary or object")
    if "role" in value:
        _ROLE(f"{place}.role", value["role"], False)

    def content(place: str, value_: Any, lenient: bool) -> None:
        if not isinstance(value_, str):
            list_of(_BY_ROLE[value["role"]])(place, value_, lenient)

    system = {"output_config": nullable(mapping), "clear_at": nullable(string)}
    shape = ObjectCheck(
        must={"role": _ROLE, "content": content},
        may=system if value.get("role") == "system" else {},
    )
    shape(place, value, lenient)


def check_texts(messages: Sequence[JSON]) -> None:
    """Text blocks are not empty."""
    for at, message in enumerate(messages):
        content = message["content"]
        if content == "" or (content == [] and message["role"] == "user"):
            raise RequestRefused(
                f"messages.{at}: {message['role']} messages must have non-empty content"
            )
        for block in blocks_of(message):
            if block["type"] == "text" and not block["text"]:
                raise RequestRefused("messages: text content blocks must be non-empty")


def check_tool_calls(messages: Sequence[JSON]) -> None:
    """Every tool call is answered in the next message, results first, and nothing else is.

    Raises:
        Refused: With the id of the first call or result that has no partner.
    """
    turns = list(merged(messages))
    used: set[str] = set()
    for number, (at, role, blocks) in enumerate(turns):
        asked = _asked(turns[number - 1]) if number else []
        if role == "user":
            _check_results(at, blocks, asked)
        for id in _asked((at, role, blocks)):
            if id in used:
                raise RequestRefused(f"messages.{at}: `tool_use` ids must be unique")
            used.add(id)
        answers = turns[number + 1] if number + 1 < len(turns) else None
        _check_answered(at, _asked((at, role, blocks)), answers)


Turn = tuple[int, str, list[JSON]]
"""Place of the first message, role, and the blocks of messages that belong together."""


def merged(messages: Sequence[JSON]) -> Iterator[Turn]:
    """Messages with consecutive ones of a role put together, as the API does."""
    open_turn: Turn | None = None
    for at, message in enumerate(messages):
        if open_turn is not None and open_turn[1] == message["role"] != "system":
            open_turn[2].extend(blocks_of(message))
            continue
        if open_turn is not None:
            yield open_turn
        open_turn = (at, message["role"], blocks_of(message))
    if open_turn is not None:
        yield open_turn


def _asked(turn: Turn) -> list[str]:
    return [block["id"] for block in turn[2] if block["type"] == "tool_use"]


def _check_results(at: int, blocks: Sequence[JSON], asked: Sequence[str]) -> None:
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        if block["type"] != "tool_result":
            continue
        id = block["tool_use_id"]
        if id not in asked:
            raise RequestRefused(
                f"messages.{at}.content.{number}: unexpected `tool_use_id` found in `tool_result` "
                f"blocks: {id}. Each `tool_result` block must have a corresponding `tool_use` "
                "block in the previous message."
            )
        if id in seen:
            raise RequestRefused(
                f"messages.{at}.content.{number}: each tool_use must have a single result. Found "
                f"multiple `tool_result` blocks with id: {id}"
            )
        seen.add(id)


def _check_answered(at: int, asked: Sequence[str], answers: Turn | None) -> None:
    given: list[str] = []
    for block in answers[2] if answers else ():
        if block["type"] != "tool_result":
            break
        given.append(block["tool_use_id"])
    missing = [id for id in asked if id not in given]
    if missing:
        raise RequestRefused(
            f"messages.{at}: `tool_use` ids were found without `tool_result` blocks immediately "
            f"after: {', '.join(missing)}. Each `tool_use` block must have a corresponding "
            "`tool_result` block in the next message."
        )
