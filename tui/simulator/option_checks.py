"""Options of a request that depend on the model: effort, task budget, thinking, tool choice."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Literal

from tui.simulator import beta_headers
from tui.simulator.block_content import JSON, blocks_of
from tui.simulator.budget_countdown import MINIMUM, SimulatedTaskBudget
from tui.simulator.refused_request import RequestRefused, unknown_field
from tui.simulator.request_schema import check
from tui.simulator.served_models import ServedModel
from tui.simulator.tool_checks import check_closed

Display = Literal["omitted", "summarized", "updates"]


@dataclass(frozen=True, slots=True)
class ThinkingMode:
    """How the model thinks in this request."""

    type: str
    """`adaptive`, `enabled`, `between_tools` or `disabled`."""
    display: Display = "omitted"
    drops_mismatches: bool = False
    """Whether thinking of another conversation is dropped instead of refused."""
    budget_tokens: int | None = None


def read_task_budget(
    body: JSON, model: ServedModel, granted: AbstractSet[str], *, lenient: bool
) -> SimulatedTaskBudget | None:
    """The task budget of a request.

    Raises:
        Refused: The beta header is missing, the model cannot see budgets, or it is too small.
    """
    given = (body.get("output_config") or {}).get("task_budget")
    if given is None or (lenient and not model.task_budget):
        return None
    if beta_headers.TASK_BUDGETS not in granted and not lenient:
        raise unknown_field("output_config.task_budget")
    check("task_budget")("output_config.task_budget", given, lenient)
    if not model.task_budget:
        raise RequestRefused(
            f"output_config.task_budget: task budgets are not supported on {model.id}."
        )
    if given["total"] < MINIMUM:
        raise RequestRefused(
            f"`read_task_budget.total` must be at least {MINIMUM:,} tokens for this model"
        )
    remaining = given.get("remaining")
    if remaining is not None and not 0 <= remaining <= given["total"]:
        raise RequestRefused(
            "`read_task_budget.remaining` must be between 0 and `read_task_budget.total`"
        )
    return SimulatedTaskBudget(given["total"], remaining)


def read_effort(body: JSON, model: ServedModel, granted: AbstractSet[str], *, lenient: bool) -> str:
    """The effort of a request at its top level.

    Raises:
        Refused: The model does not know it.
    """
    config = body.get("output_config") or {}
    level = config.get("effort")
    if lenient:
        return level if level in model.efforts else model.default_effort
    check("output_config")("output_config", config, lenient)
    if level is None:
        return model.default_effort
    if not model.efforts:
        raise RequestRefused("This model does not support the effort parameter.")
    if level not in model.efforts:
        raise RequestRefused(f"output_config.effort: '{level}' is not supported by this model.")
    return str(level)


def check_format(body: JSON, *, lenient: bool) -> None:
    """The schema of a structured output.

    Raises:
        Refused: Strict servers want every object of it closed, as the API does.
    """
    config = body.get("output_config") or {}
    if config.get("format") is None or lenient:
        return
    schema = config["format"]["schema"]
    check_closed("output_config.format.schema", schema)
    for name, inner in (schema.get("$defs") or {}).items():
        check_closed(f"output_config.format.schema.$defs.{name}", inner)


def check_system_messages(
    messages: Sequence[JSON], model: ServedModel, granted: AbstractSet[str], *, lenient: bool
) -> None:
    """Messages of role `system`, and effort per turn, where the model takes them.

    Raises:
        Refused: The model does not, or a beta header is missing.
    """
    for at, message in enumerate(messages):
        if message["role"] != "system" or lenient:
            continue
        place = f"messages.{at}"
        config = message.get("output_config")
        if config is not None:
            _check_message_config(place, config, model, granted)
        if "clear_at" in message and beta_headers.CLEAR_AT not in granted:
            raise unknown_field(f"{place}.clear_at")
        if not blocks_of(message) and not config:
            raise RequestRefused(f"{place}: system messages must have content or `output_config`")
        if blocks_of(message) and not model.system_messages:
            raise RequestRefused(
                f"{place}.role: messages of role 'system' are not supported on {model.id}."
            )


def _check_message_config(
    place: str, config: Any, model: ServedModel, granted: AbstractSet[str]
) -> None:
    if beta_headers.OUTPUT_CONFIG not in granted:
        raise unknown_field(f"{place}.output_config")
    check("message_config")(f"{place}.output_config", config, False)
    level = config.get("effort")
    if level is not None and not model.per_turn_effort:
        raise RequestRefused(
            "output_config.effort requires a model that supports per-turn effort; this model "
            "does not"
        )


def effort_in_force(messages: Sequence[JSON], top: str) -> str:
    """The effort of the reply.

    A system message's holds at once directly behind new input, elsewhere from the next new
    input on; and then until another changes it.
    """
    current, coming, heard = top, None, False
    for message in messages:
        if message["role"] == "system":
            level = (message.get("output_config") or {}).get("effort")
            current = level or current if heard else current
            coming = coming if heard else level or coming
            continue
        heard = message["role"] == "user" and _has_input(message)
        if heard:
            current, coming = coming or current, None
    return current


def _has_input(message: JSON) -> bool:
    return any(block["type"] != "tool_result" for block in blocks_of(message))


def read_thinking_mode(
    body: JSON, model: ServedModel, granted: AbstractSet[str], level: str, *, lenient: bool
) -> ThinkingMode:
    """How the model thinks.

    Raises:
        Refused: The model does not take this configuration.
    """
    given = body.get("thinking")
    if given is None:
        kind = "adaptive" if model.thinks else "disabled"
        return ThinkingMode(kind, model.display)
    check("thinking_config")("thinking", given, lenient)
    kind = given["type"]
    if kind not in model.thinking:
        if lenient:
            return ThinkingMode("adaptive" if model.thinks else "disabled", model.display)
        allowed = ", ".join(f"'{name}'" for name in model.thinking)
        raise RequestRefused(
            f"thinking.type: '{kind}' is not supported on {model.id}. Use {allowed}."
        )
    _check_off(kind, model, level)
    # With interleaved thinking the budget is for a whole turn, not for one message.
    whole_turn = beta_headers.INTERLEAVED in granted
    most = float("inf") if whole_turn else body.get("max_tokens", float("inf"))
    if kind == "enabled" and given["budget_tokens"] >= most:
        raise RequestRefused("`max_tokens` must be greater than `thinking.budget_tokens`.")
    _check_thinking_betas(given, granted, lenient)
    binding = given.get("block_binding") or {}
    return ThinkingMode(
        type=kind,
        display=given.get("display") or model.display,
        drops_mismatches=binding.get("prefix_mismatch_behavior") == "drop_block",
        budget_tokens=given.get("budget_tokens"),
    )


def _check_off(kind: str, model: ServedModel, level: str) -> None:
    """Some models think less only at an effort that is not above high."""
    limited = kind == "between_tools" or (
        kind == "disabled" and model.id in ("claude-opus-5", "claude-haiku-5-5")
    )
    if limited and level in ("xhigh", "max"):
        raise RequestRefused(
            f"thinking.type: '{kind}' requires effort 'high' or lower on {model.id}."
        )


def _check_thinking_betas(given: JSON, granted: AbstractSet[str], lenient: bool) -> None:
    if lenient:
        return
    place = f"thinking.{given['type']}"
    if "block_binding" in given and beta_headers.BINDING_CONTROLS not in granted:
        raise unknown_field(f"{place}.block_binding")
    if given.get("display") == "updates" and beta_headers.DISPLAY_UPDATES not in granted:
        raise RequestRefused(f"{place}.display: Input should be 'summarized' or 'omitted'")


def check_tool_choice(body: JSON, model: ServedModel, mode: ThinkingMode, *, lenient: bool) -> None:
    """Whether tools may be forced.

    Raises:
        Refused: Not on this model, or not with manual thinking, or there is no such tool.
    """
    choice = body.get("tool_choice")
    if choice is None:
        return
    check("tool_choice")("tool_choice", choice, lenient)
    kind = choice["type"]
    if not body.get("tools") and kind != "none":
        raise RequestRefused("tool_choice may only be specified while providing tools.")
    if kind not in ("any", "tool"):
        return
    if not model.forced_tools:
        raise RequestRefused(
            f"tool_choice: '{kind}' is not supported on {model.id}. Use 'auto' or 'none'."
        )
    if mode.type == "enabled":
        raise RequestRefused("Thinking may not be enabled when tool_choice forces tool use.")
    if kind == "tool" and choice["name"] not in [tool.get("name") for tool in body["tools"]]:
        raise RequestRefused(f"Tool '{choice['name']}' not found in provided tools")
