"""Settings as they hold in a session, and who set them: what `/config` shows.

What the user changes in a session is in its log, and so in its state: model, effort, mode, budget
and hard limits. Nothing else keeps it, so a command, a key, a question at a limit and `/config`
are seen alike. What no event knows (stages, limits of tools) is as the settings say.
"""

from collections.abc import Callable
from typing import NamedTuple

from tui.agent.caps import fuse_key, fuses_in_force
from tui.agent.means import Means
from tui.budget.fuses import FUSES, FuseName
from tui.claude.names import meant
from tui.session.state import SessionState
from tui.settings.layers import Resolved
from tui.settings.problems import Layer


class InForce(NamedTuple):
    """What holds."""

    words: str
    """The value as people read it."""
    origin: str
    """Who set it: `session`, or a layer with its place."""


def in_force(key: str, resolved: Resolved, state: SessionState, means: Means) -> InForce:
    """A setting as it holds in this session.

    Args:
        key: Of the setting, with dots.
        resolved: The settings.
        state: The session.
        means: What its turns work with.
    """
    said = resolved.values[key]
    as_set = InForce(said.words, said.origin.words)
    read = _OF_STATE.get(key)
    if read is None:
        return as_set
    value, by = read(resolved, state, means)
    if by is None:
        return as_set
    return InForce(said.setting.kind.show(value), by.word)


Found = tuple[object, Layer | None]
"""A value, and the layer that set it; None where the settings have it right."""


def _model(resolved: Resolved, state: SessionState, means: Means) -> Found:
    wanted = meant(means.catalogue, resolved.settings.model).id
    return state.model, None if state.model == wanted else Layer.SESSION


def _effort(resolved: Resolved, state: SessionState, means: Means) -> Found:
    model = means.catalogue.model(state.model)
    now = model.effort(state.effort)
    return now, None if now == model.effort(resolved.settings.effort) else Layer.SESSION


def _mode(resolved: Resolved, state: SessionState, _means: Means) -> Found:
    same = state.mode == resolved.settings.permissions.mode
    return state.mode, None if same else Layer.SESSION


def _budget(resolved: Resolved, state: SessionState, _means: Means) -> Found:
    envelope = state.envelope
    value = None
    if envelope is not None:
        value = envelope.base if envelope.scope == "turn" else envelope.grant
    if state.budget_source == Layer.MANAGED.word:
        return value, Layer.MANAGED
    typed = state.budget_source.startswith("/")
    same = value == resolved.settings.task_budget and not typed
    return value, None if same else Layer.SESSION


def _scope(resolved: Resolved, state: SessionState, _means: Means) -> Found:
    wanted = resolved.settings.budget_scope
    now = state.envelope.scope if state.envelope else wanted
    return now, None if now == wanted else Layer.SESSION


def _limit(fuse: FuseName) -> "Read":
    def read(_resolved: Resolved, state: SessionState, means: Means) -> Found:
        own, held = state.fuses.value(fuse), fuses_in_force(state, means).value(fuse)
        if own is None:
            return held, None
        return held, Layer.SESSION if held == own else Layer.MANAGED

    return read


Read = Callable[[Resolved, SessionState, Means], Found]

_OF_STATE: dict[str, Read] = {
    "model": _model,
    "effort": _effort,
    "task_budget": _budget,
    "budget_scope": _scope,
    "permissions.mode": _mode,
    **{fuse_key(fuse): _limit(fuse) for fuse in FUSES},
}
"""Settings that a session keeps in its log."""

KEPT_IN_LOG = frozenset(_OF_STATE) - {"budget_scope"}
"""Keys of which the log has the value at any time: a scope it has with a budget only."""
