"""A conversation that fills the prompt cache, and what the server says stands there."""

from flight import Flight
from simulator_server import words

from tui.simulator.pilot.situation import Reply, Situation, Text, ToolUse

CACHED = ("cache_read_input_tokens", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")


def talks(situation: Situation) -> Reply:
    """Reads once for each prompt, then says something."""
    last = [m["content"] for m in situation.messages if m["role"] == "user"][-1]
    if any(block["type"] == "tool_result" for block in last):
        return Reply((Text("So." + words(300)),))
    if "Write a summary" in str(last[-1].get("text")):
        return Reply((Text(f"<summary>{words(300)}</summary>"),))
    return Reply((Text("I look." + words(200)), ToolUse("read", {"path": "a"})))


async def begun(flown: Flight) -> None:
    """A first turn: two requests, everything in the cache."""
    (flown.folder / "a").write_text("a line of it\n" * 200)
    await flown.driver.turn("first")


async def left(flown: Flight) -> int:
    """What the last request that was answered left in the cache, as the server counted."""
    rows = [row for row in await flown.server.ledger() if row["message_id"]]
    return sum(int(rows[-1][name]) for name in CACHED)
