"""Compaction on the server: at a threshold of input tokens, or when a client asks for it.

Either way the whole conversation becomes one summary. At a threshold the model goes on
behind it in the same response; on demand the summary is all there is.
"""

from dataclasses import dataclass
from typing import Any

from tui.simulator import beta_headers
from tui.simulator.block_content import JSON, blocks_of
from tui.simulator.refused_request import RequestRefused, coded_refusal
from tui.simulator.request_schema import check
from tui.simulator.served_models import ServedModel

DEFAULT_TRIGGER = 150_000
"""Input tokens that start a compaction where nothing else is asked for."""
INSTRUCTIONS_LIMIT = 16_384
"""Characters of a client's own instructions."""
PROMPT_TOKENS = 320
"""Tokens of the server's own instructions for a summary."""


@dataclass(frozen=True, slots=True)
class CompactionOptions:
    """A compaction a request asks for."""

    on_demand: bool
    trigger: int = 0
    """Input tokens from which on it happens."""
    pauses: bool = False
    """Whether the response ends behind the summary."""
    instructions: str = ""


def requested_compaction(
    body: JSON, model: ServedModel, granted: frozenset[str], *, lenient: bool
) -> CompactionOptions | None:
    """The compaction of a request, if it asks for one.

    Raises:
        Refused: It cannot be combined with something else in the request.
    """
    edits = _edits(body, granted, lenient)
    demand = body.get("compaction")
    if demand is None and not edits:
        return None
    if not model.compacts:
        raise RequestRefused(f"compaction is not supported on {model.id}.")
    budget = (body.get("output_config") or {}).get("task_budget") or {}
    if budget.get("remaining") is not None:
        raise RequestRefused("`read_task_budget.remaining` cannot be combined with compaction.")
    if demand is None:
        edit = edits[0]
        trigger = (edit.get("trigger") or {}).get("value", DEFAULT_TRIGGER)
        pauses = bool(edit.get("pause_after_compaction"))
        return CompactionOptions(False, trigger, pauses, edit.get("instructions") or "")
    return _on_demand(demand, body, lenient)


def _on_demand(demand: Any, body: JSON, lenient: bool) -> CompactionOptions:
    check("on_demand")("compaction", demand, lenient)
    instructions = (demand.get("instructions") or "").strip()
    if len(instructions) > INSTRUCTIONS_LIMIT:
        raise RequestRefused(
            f"compaction.instructions: String should have at most {INSTRUCTIONS_LIMIT} characters"
        )
    forced = (body.get("tool_choice") or {}).get("type") in ("any", "tool")
    others = {
        "context_management": body.get("context_management"),
        "stop_sequences": body.get("stop_sequences"),
        "output_config.format": (body.get("output_config") or {}).get("format"),
        "tool_choice": forced or None,
    }
    for name, value in others.items():
        if value:
            raise RequestRefused(f"compaction: cannot be combined with `{name}`.")
    _check_messages(body["messages"])
    return CompactionOptions(on_demand=True, instructions=instructions)


def _edits(body: JSON, granted: frozenset[str], lenient: bool) -> list[JSON]:
    config = body.get("context_management")
    if config is None or (lenient and not isinstance(config.get("edits"), list)):
        return []
    check("context_management")("context_management", config, lenient)
    edits = []
    for at, edit in enumerate(config.get("edits") or ()):
        place = f"context_management.edits.{at}"
        if isinstance(edit, dict) and str(edit.get("type")).startswith("clear_"):
            if lenient:
                continue
            raise RequestRefused(f"{place}: '{edit['type']}' is not simulated.")
        if beta_headers.COMPACT_THRESHOLD not in granted and not lenient:
            raise RequestRefused(f"{place}.type: 'compact_20260112' needs its beta header.")
        check("edit")(place, edit, lenient)
        edits.append(edit)
    return edits


def _check_messages(messages: list[JSON]) -> None:
    spoken = [message for message in messages if message["role"] != "system"]
    content = [b for message in spoken for b in blocks_of(message) if b["type"] != "compaction"]
    if not content:
        raise coded_refusal(
            "compaction: `messages` holds nothing to summarize.", "compaction_nothing_to_summarize"
        )
    if any(block["type"] == "tool_use" for block in blocks_of(spoken[-1])):
        raise coded_refusal(
            "compaction: the last assistant turn has tool calls without results.",
            "compaction_incomplete_turn",
        )
