"""A conversation that fills the prompt cache, and what the server says stands there."""

from tests.support.run_session import SessionRun
from tests.support.simulator import words
from tui.simulator.scripted_model.model_input import (
    ModelInput,
    ScriptedReply,
    ScriptedText,
    ScriptedToolUse,
)

CACHED_FIELDS = (
    "cache_read_input_tokens",
    "ephemeral_5m_input_tokens",
    "ephemeral_1h_input_tokens",
)


def read_then_answer(situation: ModelInput) -> ScriptedReply:
    """Reads once for each prompt, then says something."""
    last = [m["content"] for m in situation.messages if m["role"] == "user"][-1]
    if any(block["type"] == "tool_result" for block in last):
        return ScriptedReply((ScriptedText("So." + words(300)),))
    if "Write a summary" in str(last[-1].get("text")):
        return ScriptedReply((ScriptedText(f"<summary>{words(300)}</summary>"),))
    return ScriptedReply(
        (ScriptedText("I look." + words(200)), ScriptedToolUse("read", {"path": "a"}))
    )


async def run_first_turn(run: SessionRun) -> None:
    """A first turn: two requests, everything in the cache."""
    (run.folder / "a").write_text("a line of it\n" * 200)
    await run.driver.run_turn("first")


async def cached_tokens(run: SessionRun) -> int:
    """What the last request that was answered left in the cache, as the server counted."""
    rows = [row for row in await run.server.ledger() if row["message_id"]]
    return sum(int(rows[-1][name]) for name in CACHED_FIELDS)
