"""The models the simulator serves, and what each accepts.

This table is the simulator's own, so that it checks the client's catalogue instead of
repeating it. It knows no prices: the API tells none.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

ALL_EFFORTS = ("low", "medium", "high", "xhigh", "max")
"""Every effort level, lowest first."""
OLD_TOKENIZER = 1 / 1.3
"""Tokens of the models up to 4.6 for the same text, relative to the newer tokenizer."""

_ALWAYS = ("adaptive",)
_OPTIONAL = ("adaptive", "disabled")
_MANUAL = ("adaptive", "enabled", "disabled")
_NO_XHIGH = ("low", "medium", "high", "max")


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One model; the defaults are those of the newest generation."""

    id: str
    name: str
    line: str
    created: str
    """Day of release."""
    context: int = 1_000_000
    """Context window in tokens."""
    max_output: int = 128_000
    efforts: tuple[str, ...] = ALL_EFFORTS
    """Empty where effort is not supported."""
    default_effort: str = "high"
    thinking: tuple[str, ...] = _ALWAYS
    """Values of `thinking.type` it takes."""
    thinks: bool = True
    """Whether it thinks when `thinking` is omitted."""
    display: Literal["omitted", "summarized"] = "omitted"
    """Default of `thinking.display`."""
    keeps_thinking: bool = True
    """Whether thinking of earlier turns stays in context."""
    binds_thinking: bool = False
    """Whether a thinking block is bound to the exact conversation before it."""
    tokens: float = 1.0
    """Tokens for a text, relative to the newer tokenizer."""
    cache_minimum: int = 512
    """Smallest prefix that is cached, in tokens."""
    task_budget: bool = False
    per_turn_effort: bool = False
    system_messages: bool = False
    prefill: bool = False
    forced_tools: bool = True
    compacts: bool = False
    """Whether it takes `compact_20260112` and on-demand compaction."""
    retires: str | None = None
    """Day of retirement, of a deprecated model."""

    def to_json(self) -> dict[str, Any]:
        """The model as the Models API shows it."""
        return {
            "type": "model",
            "id": self.id,
            "display_name": f"Claude {self.name}",
            "created_at": f"{self.created}T00:00:00Z",
            "lifecycle": "deprecated" if self.retires else "active",
            "deprecated_at": f"{self.created}T00:00:00Z" if self.retires else None,
            "retires_at": f"{self.retires}T00:00:00Z" if self.retires else None,
            "line": self.line,
            "max_input_tokens": self.context,
            "max_tokens": self.max_output,
            "allowed_fallback_models": [],
            "capabilities": self._capabilities(),
        }

    def _capabilities(self) -> dict[str, Any]:
        def support(yes: bool) -> dict[str, bool]:
            return {"supported": yes}

        levels = {level: support(level in self.efforts) for level in ALL_EFFORTS}
        kinds = ("adaptive", "enabled", "disabled", "between_tools")
        plain = ("batch", "citations", "code_execution", "pdf_input")
        return {
            **{name: support(False) for name in plain},
            "image_input": support(True),
            "structured_outputs": support(True),
            "effort": {**support(bool(self.efforts)), **levels},
            "thinking": {
                **support(True),
                "types": {kind: support(kind in self.thinking) for kind in kinds},
            },
            "context_management": {
                **support(self.compacts),
                "clear_tool_uses_20250919": support(False),
                "clear_thinking_20251015": support(False),
                "compact_20260112": support(self.compacts),
            },
            "compaction": {**support(self.compacts), "summarize": support(self.compacts)},
            "server_tools": {
                **support(False),
                "code_execution": support(False),
                "web_search": support(False),
            },
        }


_5_2 = {"binds_thinking": True, "system_messages": True, "forced_tools": False, "compacts": True}
_5_1 = {**_5_2, "task_budget": True, "per_turn_effort": True}
_5 = {"task_budget": True, "system_messages": True, "compacts": True}
_BEFORE_5: dict[str, Any] = {"thinking": _OPTIONAL, "thinks": False, "cache_minimum": 1_024}
_4_6 = {"efforts": _NO_XHIGH, "thinking": _MANUAL, "tokens": OLD_TOKENIZER, "compacts": True}
_4_5: dict[str, Any] = {
    **_BEFORE_5, "context": 200_000, "max_output": 64_000, "efforts": (), "prefill": True,
    "thinking": ("enabled", "disabled"), "display": "summarized", "tokens": OLD_TOKENIZER,
}  # fmt: skip

_ROWS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Fable 5.2", "2026-11-09", _5_2),
    ("Mythos 5.2", "2026-11-09", _5_2),
    ("Fable 5.1", "2026-09-01", _5_1),
    ("Mythos 5.1", "2026-09-01", _5_1),
    ("Fable 5", "2026-06-09", _5),
    ("Mythos 5", "2026-06-09", _5),
    ("Opus 5.5", "2026-09-22", {**_5_1, "default_effort": "medium"}),
    ("Opus 5", "2026-07-24", {**_5, "thinking": _OPTIONAL, "per_turn_effort": True}),
    ("Opus 4.8", "2026-05-28", {**_BEFORE_5, **_5}),
    ("Opus 4.7", "2026-04-16",
     {**_BEFORE_5, **_5, "system_messages": False, "cache_minimum": 2_048}),
    ("Opus 4.6", "2026-02-05",
     {**_BEFORE_5, **_4_6, "display": "summarized", "cache_minimum": 4_096}),
    ("Opus 4.5", "2025-11-24",
     {**_4_5, "efforts": ("low", "medium", "high"), "cache_minimum": 4_096}),
    ("Sonnet 5.5", "2026-10-06",
     {**_5_1, "thinking": ("adaptive", "between_tools"), "system_messages": False}),
    ("Sonnet 5", "2026-07-01", {"thinking": _OPTIONAL, "cache_minimum": 1_024, "compacts": True}),
    ("Sonnet 4.6", "2026-02-17", {**_BEFORE_5, **_4_6, "display": "summarized"}),
    ("Sonnet 4.5", "2025-09-29", {**_4_5, "keeps_thinking": False, "retires": "2026-11-30"}),
    ("Haiku 5.5", "2026-10-07",
     {**_5_1, "default_effort": "medium", "thinking": _OPTIONAL, "system_messages": False,
      "forced_tools": True}),
    ("Haiku 4.5", "2025-10-15", {**_4_5, "keeps_thinking": False, "cache_minimum": 4_096}),
)  # fmt: skip
"""Name, day of release, and what differs from the defaults."""


def _model(name: str, created: str, differs: dict[str, Any]) -> ServedModel:
    id = f"claude-{re.sub('[ .]', '-', name.lower())}"
    return ServedModel(id, name, name.partition(" ")[0].lower(), created, **differs)


_MODELS = [_model(*row) for row in _ROWS]
MODELS = {model.id: model for model in sorted(_MODELS, key=lambda m: m.created, reverse=True)}
"""Every model by id, newest first."""


def models_page(limit: int, after: str | None = None, before: str | None = None) -> dict[str, Any]:
    """A page of the list of models, as the Models API cuts it."""
    ids = list(MODELS)
    if after in MODELS:
        ids = ids[ids.index(str(after)) + 1 :]
    if before in MODELS:
        ids = ids[: ids.index(str(before))]
    shown = ids[-limit:] if before in MODELS else ids[:limit]
    return {
        "data": [MODELS[id].to_json() for id in shown],
        "has_more": len(shown) < len(ids),
        "first_id": shown[0] if shown else None,
        "last_id": shown[-1] if shown else None,
    }
