"""The `usage` object of a response."""

from collections.abc import Sequence
from dataclasses import dataclass

from tui.simulator.block_content import JSON
from tui.simulator.simulated_cache import CacheUse


@dataclass(frozen=True, slots=True)
class SamplingIteration:
    """One sampling of the model within a request."""

    type: str
    """`message` or `compaction`."""
    input: CacheUse
    output_tokens: int

    def to_json(self) -> JSON:
        """An entry of `usage.iterations`."""
        return {
            "type": self.type,
            **input_usage(self.input),
            "output_tokens": self.output_tokens,
        }


def input_usage(use: CacheUse) -> JSON:
    """The input tokens of a request, by class."""
    return {
        "input_tokens": use.uncached,
        "cache_creation_input_tokens": use.written,
        "cache_read_input_tokens": use.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": use.written_5m,
            "ephemeral_1h_input_tokens": use.written_1h,
        },
    }


def final_usage(iterations: Sequence[SamplingIteration], thinking_tokens: int) -> JSON:
    """The whole usage of a response; only `iterations` has what compactions used."""
    messages = [entry for entry in iterations if entry.type == "message"]
    last = messages[-1] if messages else None
    used = input_usage(last.input if last else CacheUse(0, 0, 0, 0))
    return {
        **used,
        "output_tokens": last.output_tokens if last else 0,
        "output_tokens_details": {"thinking_tokens": thinking_tokens if last else 0},
        "iterations": [entry.to_json() for entry in iterations],
        "server_tool_use": None,
        "service_tier": "standard",
        "inference_geo": "not_available",
    }


def start_usage(final: JSON) -> JSON:
    """The usage a stream begins with: all of the input, next to nothing of the output."""
    begun = {k: v for k, v in final.items() if k not in ("output_tokens_details", "iterations")}
    return {**begun, "output_tokens": min(1, int(final["output_tokens"]))}


def delta_usage(final: JSON) -> JSON:
    """The cumulative usage of a stream's `message_delta`."""
    left_out = ("cache_creation", "service_tier", "inference_geo")
    return {k: v for k, v in final.items() if k not in left_out}
