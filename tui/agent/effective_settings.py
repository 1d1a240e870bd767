"""Settings as they hold in a session, and who set them: what `/config` shows.

What the user changes in a session is in its log, and so in its state: model, effort, mode, budget
and hard limits. So it makes no difference whether a command, a key, a question at a limit or
`/config` changed it. What no event holds (stages, limits of tools) comes from the settings.
"""

from collections.abc import Callable
from typing import NamedTuple

from tui.agent.effective_limits import limit_key, limits_in_force
from tui.agent.turn_settings import TurnSettings
from tui.budget.hard_limits import HARD_LIMITS, HardLimitName
from tui.claude.catalogue import Catalogue
from tui.claude.model_names import model_or_unknown
from tui.session.state import SessionState
from tui.settings.problems import Layer
from tui.settings.settings_resolver import ResolvedSettings


class EffectiveSetting(NamedTuple):
    """The value of a setting in a session, and who set it."""

    text: str
    """The value as people read it."""
    origin: str
    """Who set it: `session`, or a layer with its place."""


class SettingSources(NamedTuple):
    """Where a setting in force comes from."""

    resolved: ResolvedSettings
    state: SessionState
    settings: TurnSettings
    catalogue: Catalogue


def effective_setting(key: str, sources: SettingSources) -> EffectiveSetting:
    """A setting as it holds in a session.

    Args:
        key: Of the setting, with dots.
        sources: Where it comes from.
    """
    said = sources.resolved.values[key]
    as_set = EffectiveSetting(said.display_text, said.origin.description)
    read = _READERS.get(key)
    if read is None:
        return as_set
    value, by = read(sources)
    if by is None:
        return as_set
    return EffectiveSetting(said.setting.value_type.to_text(value), by.label)


ValueAndLayer = tuple[object, Layer | None]
"""A value, and the layer that set it; None where the settings have it right."""


def _model(sources: SettingSources) -> ValueAndLayer:
    now = sources.state.model
    wanted = model_or_unknown(sources.catalogue, sources.resolved.settings.model).id
    return now, None if now == wanted else Layer.SESSION


def _effort(sources: SettingSources) -> ValueAndLayer:
    model = sources.catalogue.model(sources.state.model)
    now = model.effort(sources.state.effort)
    same = now == model.effort(sources.resolved.settings.effort)
    return now, None if same else Layer.SESSION


def _mode(sources: SettingSources) -> ValueAndLayer:
    now = sources.state.mode
    return now, None if now == sources.resolved.settings.permissions.mode else Layer.SESSION


def _budget(sources: SettingSources) -> ValueAndLayer:
    state, envelope = sources.state, sources.state.envelope
    value = None
    if envelope is not None:
        value = envelope.base if envelope.scope == "turn" else envelope.grant
    if state.budget_source == Layer.MANAGED.label:
        return value, Layer.MANAGED
    typed = state.budget_source.startswith("/")
    same = value == sources.resolved.settings.task_budget and not typed
    return value, None if same else Layer.SESSION


def _scope(sources: SettingSources) -> ValueAndLayer:
    envelope, wanted = sources.state.envelope, sources.resolved.settings.budget_scope
    now = envelope.scope if envelope else wanted
    return now, None if now == wanted else Layer.SESSION


def _limit(name: HardLimitName) -> "SettingReader":
    def read(sources: SettingSources) -> ValueAndLayer:
        own = sources.state.hard_limits.value(name)
        held = limits_in_force(sources.state, sources.settings).value(name)
        if own is None:
            return held, None
        return held, Layer.SESSION if held == own else Layer.MANAGED

    return read


SettingReader = Callable[[SettingSources], ValueAndLayer]

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
