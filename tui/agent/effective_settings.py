"""Settings as they hold in a session, and who set them: what `/config` shows.

What the user changes in a session is in its log, and so in its state: model, effort, mode, budget
and hard limits. Nothing else keeps it, so a command, a key, a question at a limit and `/config`
are seen alike. What no event knows (stages, limits of tools) is as the settings say.
"""

from collections.abc import Callable
from typing import NamedTuple

from tui.agent.effective_limits import limit_key, limits_in_force
from tui.agent.turn_context import TurnContext
from tui.budget.hard_limits import HARD_LIMITS, HardLimitName
from tui.claude.model_names import model_or_unknown
from tui.session.state import SessionState
from tui.settings.problems import Layer
from tui.settings.settings_resolver import ResolvedSettings


class EffectiveSetting(NamedTuple):
    """What holds."""

    text: str
    """The value as people read it."""
    origin: str
    """Who set it: `session`, or a layer with its place."""


def effective_setting(
    key: str, resolved: ResolvedSettings, state: SessionState, ctx: TurnContext
) -> EffectiveSetting:
    """A setting as it holds in this session.

    Args:
        key: Of the setting, with dots.
        resolved: The settings.
        state: The session.
        ctx: What its turns work with.
    """
    said = resolved.values[key]
    as_set = EffectiveSetting(said.display_text, said.origin.description)
    read = _READERS.get(key)
    if read is None:
        return as_set
    value, by = read(resolved, state, ctx)
    if by is None:
        return as_set
    return EffectiveSetting(said.setting.value_type.to_text(value), by.label)


ValueAndLayer = tuple[object, Layer | None]
"""A value, and the layer that set it; None where the settings have it right."""


def _model(resolved: ResolvedSettings, state: SessionState, ctx: TurnContext) -> ValueAndLayer:
    wanted = model_or_unknown(ctx.catalogue, resolved.settings.model).id
    return state.model, None if state.model == wanted else Layer.SESSION


def _effort(resolved: ResolvedSettings, state: SessionState, ctx: TurnContext) -> ValueAndLayer:
    model = ctx.catalogue.model(state.model)
    now = model.effort(state.effort)
    return now, None if now == model.effort(resolved.settings.effort) else Layer.SESSION


def _mode(resolved: ResolvedSettings, state: SessionState, _means: TurnContext) -> ValueAndLayer:
    same = state.mode == resolved.settings.permissions.mode
    return state.mode, None if same else Layer.SESSION


def _budget(resolved: ResolvedSettings, state: SessionState, _means: TurnContext) -> ValueAndLayer:
    envelope = state.envelope
    value = None
    if envelope is not None:
        value = envelope.base if envelope.scope == "turn" else envelope.grant
    if state.budget_source == Layer.MANAGED.label:
        return value, Layer.MANAGED
    typed = state.budget_source.startswith("/")
    same = value == resolved.settings.task_budget and not typed
    return value, None if same else Layer.SESSION


def _scope(resolved: ResolvedSettings, state: SessionState, _means: TurnContext) -> ValueAndLayer:
    wanted = resolved.settings.budget_scope
    now = state.envelope.scope if state.envelope else wanted
    return now, None if now == wanted else Layer.SESSION


def _limit(name: HardLimitName) -> "SettingReader":
    def read(_resolved: ResolvedSettings, state: SessionState, ctx: TurnContext) -> ValueAndLayer:
        own, held = state.hard_limits.value(name), limits_in_force(state, ctx).value(name)
        if own is None:
            return held, None
        return held, Layer.SESSION if held == own else Layer.MANAGED

    return read


SettingReader = Callable[[ResolvedSettings, SessionState, TurnContext], ValueAndLayer]

_READERS: dict[str, SettingReader] = {
    "model": _model,
    "effort": _effort,
    "task_budget": _budget,
    "budget_scope": _scope,
    "permissions.mode": _mode,
    **{limit_key(name): _limit(name) for name in HARD_LIMITS},
}
"""Settings that a session keeps in its log."""

LOGGED_SETTINGS = frozenset(_READERS) - {"budget_scope"}
"""Keys of which the log has the value at any time: a scope it has with a budget only."""
