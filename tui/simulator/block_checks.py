"""How messages follow each other: text that is not empty, and calls with their results."""

from collections.abc import Iterator, Sequence

from tui.simulator.block_content import JSON, blocks_of
from tui.simulator.refused_request import RequestRefused


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
