"""Options of a request that depend on the model: effort, budget, thinking, compaction, tools."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tui.simulator import beta_headers
from tui.simulator.block_content import JSON, blocks_of
from tui.simulator.budget_countdown import MINIMUM, SimulatedTaskBudget
from tui.simulator.refused_request import RequestRefused, coded_refusal, unknown_field
from tui.simulator.request_schema import check
from tui.simulator.served_models import ServedModel

DEFAULT_TRIGGER = 150_000
"""Input tokens that start a compaction where the request names no other number."""
INSTRUCTIONS_LIMIT = 16_384
"""Most characters of a client's own instructions for a summary."""
PROMPT_TOKENS = 320
"""Tokens of the server's own instructions for a summary."""


@dataclass(frozen=True, slots=True)
class ThinkingMode:
    """How the model thinks in this request."""

    type: str
    """`adaptive`, `enabled`, `between_tools` or `disabled`."""
    display: Literal["omitted", "summarized", "updates"] = "omitted"
    drops_mismatches: bool = False
    """Whether thinking of another conversation is dropped instead of refused."""
    budget_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class CompactionOptions:
    """The compaction that a request asks for."""

    on_demand: bool
    """True where the summary is the whole response; else the model goes on behind it."""
    trigger: int = 0
    """Input tokens at which it happens."""
    pauses: bool = False
    """Whether the response ends behind the summary."""
    instructions: str = ""


@dataclass(frozen=True, slots=True)
class OptionChecks:
    """Reads the options of one request. Every method raises `RequestRefused` for a wrong one.

    A lenient server lets unknown fields and missing betas through.
    """

    body: JSON
    model: ServedModel
    betas: frozenset[str]
    lenient: bool

    @property
    def _config(self) -> JSON:
        return self.body.get("output_config") or {}

    def task_budget(self) -> SimulatedTaskBudget | None:
        """The task budget."""
        given = self._config.get("task_budget")
        if given is None or (self.lenient and not self.model.task_budget):
            return None
        if beta_headers.TASK_BUDGETS not in self.betas and not self.lenient:
            raise unknown_field("output_config.task_budget")
        check("task_budget")("output_config.task_budget", given, self.lenient)
        if not self.model.task_budget:
            raise RequestRefused(
                f"output_config.task_budget: task budgets are not supported on {self.model.id}."
            )
        total, remaining = given["total"], given.get("remaining")
        if total < MINIMUM:
            raise RequestRefused(
                f"`read_task_budget.total` must be at least {MINIMUM:,} tokens for this model"
            )
        if remaining is not None and not 0 <= remaining <= total:
            raise RequestRefused(
                "`read_task_budget.remaining` must be between 0 and `read_task_budget.total`"
            )
        return SimulatedTaskBudget(total, remaining)

    def effort(self) -> str:
        """The effort at the top level."""
        level = self._config.get("effort")
        if self.lenient:
            return level if level in self.model.efforts else self.model.default_effort
        check("output_config")("output_config", self._config, self.lenient)
        if level is None:
            return self.model.default_effort
        if not self.model.efforts:
            raise RequestRefused("This model does not support the effort parameter.")
        if level not in self.model.efforts:
            raise RequestRefused(f"output_config.effort: '{level}' is not supported by this model.")
        return str(level)

    def check_format(self) -> None:
        """Check that every object in the schema of a structured output is closed."""
        if self._config.get("format") is None or self.lenient:
            return
        schema = self._config["format"]["schema"]
        check_closed("output_config.format.schema", schema)
        for name, inner in (schema.get("$defs") or {}).items():
            check_closed(f"output_config.format.schema.$defs.{name}", inner)

    def check_system_messages(self) -> None:
        """Check messages of role `system`, and the effort of a turn that one of them sets."""
        for at, message in enumerate(self.body["messages"]):
            if message["role"] != "system" or self.lenient:
                continue
            place, config = f"messages.{at}", message.get("output_config")
            if config is not None:
                self._check_message_config(place, config)
            if "clear_at" in message and beta_headers.CLEAR_AT not in self.betas:
                raise unknown_field(f"{place}.clear_at")
            if not blocks_of(message) and not config:
                raise RequestRefused(
                    f"{place}: system messages must have content or `output_config`"
                )
            if blocks_of(message) and not self.model.system_messages:
                raise RequestRefused(
                    f"{place}.role: messages of role 'system' are not supported on {self.model.id}."
                )

    def _check_message_config(self, place: str, config: Any) -> None:
        if beta_headers.OUTPUT_CONFIG not in self.betas:
            raise unknown_field(f"{place}.output_config")
        check("message_config")(f"{place}.output_config", config, False)
        if config.get("effort") is not None and not self.model.per_turn_effort:
            raise RequestRefused(
                "output_config.effort requires a model that supports per-turn effort; this model "
                "does not"
            )

    def thinking(self, effort: str) -> ThinkingMode:
        """How the model thinks at this effort."""
        given, model = self.body.get("thinking"), self.model
        default = ThinkingMode("adaptive" if model.thinks else "disabled", model.display)
        if given is None:
            return default
        check("thinking_config")("thinking", given, self.lenient)
        kind = given["type"]
        if kind not in model.thinking:
            if self.lenient:
                return default
            allowed = ", ".join(f"'{name}'" for name in model.thinking)
            raise RequestRefused(
                f"thinking.type: '{kind}' is not supported on {model.id}. Use {allowed}."
            )
        # Some models think less only at an effort that is not above high.
        limited = kind == "disabled" and model.id in ("claude-opus-5", "claude-haiku-5-5")
        if (limited or kind == "between_tools") and effort in ("xhigh", "max"):
            raise RequestRefused(
                f"thinking.type: '{kind}' requires effort 'high' or lower on {model.id}."
            )
        # With interleaved thinking the budget is for a whole turn, not for one message.
        whole_turn = beta_headers.INTERLEAVED in self.betas
        most = float("inf") if whole_turn else self.body.get("max_tokens", float("inf"))
        if kind == "enabled" and given["budget_tokens"] >= most:
            raise RequestRefused("`max_tokens` must be greater than `thinking.budget_tokens`.")
        self._check_thinking_betas(given)
        binding = given.get("block_binding") or {}
        return ThinkingMode(
            type=kind,
            display=given.get("display") or model.display,
            drops_mismatches=binding.get("prefix_mismatch_behavior") == "drop_block",
            budget_tokens=given.get("budget_tokens"),
        )

    def _check_thinking_betas(self, given: JSON) -> None:
        if self.lenient:
            return
        place = f"thinking.{given['type']}"
        if "block_binding" in given and beta_headers.BINDING_CONTROLS not in self.betas:
            raise unknown_field(f"{place}.block_binding")
        if given.get("display") == "updates" and beta_headers.DISPLAY_UPDATES not in self.betas:
            raise RequestRefused(f"{place}.display: Input should be 'summarized' or 'omitted'")

    def check_tool_choice(self, mode: ThinkingMode) -> None:
        """Check whether the request may force a tool while the model thinks in this mode."""
        choice, tools = self.body.get("tool_choice"), self.body.get("tools") or []
        if choice is None:
            return
        check("tool_choice")("tool_choice", choice, self.lenient)
        kind = choice["type"]
        if not tools and kind != "none":
            raise RequestRefused("tool_choice may only be specified while providing tools.")
        if kind not in ("any", "tool"):
            return
        if not self.model.forced_tools:
            raise RequestRefused(
                f"tool_choice: '{kind}' is not supported on {self.model.id}. Use 'auto' or 'none'."
            )
        if mode.type == "enabled":
            raise RequestRefused("Thinking may not be enabled when tool_choice forces tool use.")
        if kind == "tool" and choice["name"] not in [tool.get("name") for tool in tools]:
            raise RequestRefused(f"Tool '{choice['name']}' not found in provided tools")

    # Compaction --------------------------------------------------------------------

    def compaction(self) -> CompactionOptions | None:
        """The compaction that the request asks for: at a threshold, or on demand."""
        edits = self._compact_edits()
        demand = self.body.get("compaction")
        if demand is None and not edits:
            return None
        if not self.model.compacts:
            raise RequestRefused(f"compaction is not supported on {self.model.id}.")
        if (self._config.get("task_budget") or {}).get("remaining") is not None:
            raise RequestRefused("`read_task_budget.remaining` cannot be combined with compaction.")
        if demand is not None:
            return self._on_demand(demand)
        trigger = (edits[0].get("trigger") or {}).get("value", DEFAULT_TRIGGER)
        pauses = bool(edits[0].get("pause_after_compaction"))
        return CompactionOptions(False, trigger, pauses, edits[0].get("instructions") or "")

    def _compact_edits(self) -> list[JSON]:
        config = self.body.get("context_management")
        if config is None or (self.lenient and not isinstance(config.get("edits"), list)):
            return []
        check("context_management")("context_management", config, self.lenient)
        edits = []
        for at, edit in enumerate(config.get("edits") or ()):
            place = f"context_management.edits.{at}"
            if isinstance(edit, dict) and str(edit.get("type")).startswith("clear_"):
                if self.lenient:
                    continue
                raise RequestRefused(f"{place}: '{edit['type']}' is not simulated.")
            if beta_headers.COMPACT_THRESHOLD not in self.betas and not self.lenient:
                raise RequestRefused(f"{place}.type: 'compact_20260112' needs its beta header.")
            check("edit")(place, edit, self.lenient)
            edits.append(edit)
        return edits

    def _on_demand(self, demand: Any) -> CompactionOptions:
        check("on_demand")("compaction", demand, self.lenient)
        instructions = (demand.get("instructions") or "").strip()
        if len(instructions) > INSTRUCTIONS_LIMIT:
            raise RequestRefused(
                "compaction.instructions: String should have at most "
                f"{INSTRUCTIONS_LIMIT} characters"
            )
        others = {
            "context_management": self.body.get("context_management"),
            "stop_sequences": self.body.get("stop_sequences"),
            "output_config.format": self._config.get("format"),
            "tool_choice": (self.body.get("tool_choice") or {}).get("type") in ("any", "tool"),
        }
        for name, value in others.items():
            if value:
                raise RequestRefused(f"compaction: cannot be combined with `{name}`.")
        _check_summarizable(self.body["messages"])
        return CompactionOptions(on_demand=True, instructions=instructions)


def check_closed(place: str, schema: Any) -> None:
    """Check that a strict schema lets no further properties into any object.

    Raises:
        RequestRefused: An object of it is open.
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


def effort_in_force(messages: Sequence[JSON], top: str) -> str:
    """The effort of the reply: that of the last system message that sets one, else `top`.

    Directly behind new input a system message sets it at once, elsewhere from the next new
    input on.
    """
    current, coming, heard = top, None, False
    for message in messages:
        if message["role"] == "system":
            level = (message.get("output_config") or {}).get("effort")
            current = level or current if heard else current
            coming = coming if heard else level or coming
            continue
        heard = message["role"] == "user" and any(
            block["type"] != "tool_result" for block in blocks_of(message)
        )
        if heard:
            current, coming = coming or current, None
    return current


def _check_summarizable(messages: list[JSON]) -> None:
    spoken = [message for message in messages if message["role"] != "system"]
    if all(block["type"] == "compaction" for message in spoken for block in blocks_of(message)):
        raise coded_refusal(
            "compaction: `messages` holds nothing to summarize.", "compaction_nothing_to_summarize"
        )
    if any(block["type"] == "tool_use" for block in blocks_of(spoken[-1])):
        raise coded_refusal(
            "compaction: the last assistant turn has tool calls without results.",
            "compaction_incomplete_turn",
        )
