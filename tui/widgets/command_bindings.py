"""Keys of widgets: read from the table of commands, and looked up for one key at a time.

Textual (8.2.8) copies all bindings of all widgets around the focus for each question about one
key, applies the keymap to them, and asks each whether it is enabled. Here a screen keeps the
list while nothing changes that it is made of, and only the bindings of one key are asked.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from textual.binding import ActiveBinding, Binding, BindingsMap, Keymap
from textual.dom import DOMNode
from textual.screen import Screen

from tui.commands import BY_ID

BindingChain = list[tuple[DOMNode, BindingsMap]]
"""Widgets from the focused one outwards, each with the keys that it is bound to."""


def command_binding(command: str, action: str) -> Binding:
    """The binding of `command` to an action of a widget.

    Keys pressed one after the other are the application's affair: they are left out here.
    """
    row = BY_ID[command]
    keys = ",".join(key for key in row.keys if " " not in key)
    return Binding(keys, action, row.title, id=row.id, show=False, tooltip=row.help)


class _ChainInputs(NamedTuple):
    """What a chain of bindings is made of."""

    nodes: tuple[DOMNode, ...]
    """The focused widget and those around it; empty while nothing has the focus."""
    bindings: tuple[BindingsMap, ...]
    """Their own bindings: a widget may get others."""
    is_loading: bool
    """Whether the focused widget loads something, and gets no keys."""
    keymap: Keymap


class BindingChainCache:
    """The chain of bindings of one screen, as it was last made."""

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen
        self._made_of: _ChainInputs | None = None
        self._chain: BindingChain = []

    def get(self, make: Callable[[], BindingChain]) -> BindingChain:
        """The chain; `make` is called where focus, widgets or keymap are others than before."""
        made_of = self._inputs()
        if made_of != self._made_of:
            self._chain, self._made_of = make(), made_of
        return self._chain

    def _inputs(self) -> _ChainInputs:
        focused = self._screen.focused
        nodes = tuple(focused.ancestors_with_self) if focused is not None else ()
        return _ChainInputs(
            nodes,
            tuple(node._bindings for node in nodes),
            focused is not None and focused.loading,
            self._screen.app._keymap,
        )


def active_binding(screen: Screen[Any], key: str) -> ActiveBinding | None:
    """What `screen.active_bindings` says of `key`; None where the key is bound to nothing."""
    found: ActiveBinding | None = None
    for node, bindings in screen._modal_binding_chain:
        for binding in bindings.key_to_bindings.get(key, ()):
            if found is not None and (found.binding.priority or not binding.priority):
                continue
            state = _is_enabled(screen, node, binding)
            if state is not False:
                found = ActiveBinding(node, binding, bool(state), binding.tooltip)
    return found


def _is_enabled(screen: Screen[Any], node: DOMNode, binding: Binding) -> bool | None:
    """Whether the action of a binding can run; None if it can not, but is to be seen."""
    return screen.app._check_action_state(binding.action, node)
