"""Which keys the status line hints at, for where the user is and what goes on.

Pure: the keymap is given, so hints follow a rebinding, and a command without a key is not
hinted at.
"""

from dataclasses import dataclass

from tui.settings.key_names import key_label
from tui.settings.keymap import Keymap
from tui.widgets.status_line import Hint


@dataclass(frozen=True, slots=True)
class HintContext:
    """Where the keys are, and what goes on."""

    context: str
    """`composer`, `transcript`, `prompt`, `panel`, or `app`."""
    running: bool = False
    """Whether a turn is running, and would be interrupted from here."""
    agents: bool = False
    """Whether agents work on without a turn, and would be held from here."""
    empty: bool = True
    """Whether nothing is written in the composer."""
    asked: bool = False
    """Whether a question waits while the keys are elsewhere."""
    finding: bool = False
    """Whether words are looked for."""
    searchable: bool = True
    """Whether the open panel is a page whose words can be looked for."""
    enters: str = "unfold"
    """What enter does on the block under the cursor: a verb; empty where it does nothing."""


def key_hints(place: HintContext, keymap: Keymap) -> tuple[Hint, ...]:
    """The hints for `place`, the most useful first."""
    made = (Hint(shortest_key(keymap, id), words) for id, words in _hinted_commands(place))
    return tuple(hint for hint in made if hint.key)


def shortest_key(keymap: Keymap, command: str) -> str:
    """The shortest of a command's keys as people write it; empty where there is none."""
    labels = [key_label(keys) for keys in keymap.keys.get(command, ())]
    return min(labels, key=len, default="")


def quit_hint(keymap: Keymap) -> str:
    """What to say after the key that stops; empty where pressing it again does not quit."""
    for key in keymap.keys.get("app.stop", ()):
        if f"{key} {key}" in keymap.keys.get("app.quit", ()):
            return f"press {key_label(key)} again to quit"
    return ""


def _hinted_commands(place: HintContext) -> list[tuple[str, str]]:
    interrupt = [("session.interrupt", "interrupt")] if place.running else []
    if place.context == "prompt":
        return interrupt  # the question names its own keys
    if place.context == "panel":
        find = [("transcript.find", "find")] if place.searchable else []
        return [("panel.close", "close"), *find]
    if place.asked:
        return [("prompt.focus", "answer"), *interrupt]
    if place.finding:
        return [("transcript.find_next", "next"), ("transcript.find_previous", "previous")]
    if place.context == "transcript":
        back = ("transcript.leave", "back")
        enter = [("transcript.fold", place.enters)] if place.enters else []
        return [*enter, ("transcript.copy", "copy"), back]
    if not place.empty:
        if place.running:
            return [("composer.submit", "send along"), *interrupt]
        return [("composer.newline", "new line")]
    if place.running:
        return interrupt
    hold = [("session.interrupt", "hold agents")] if place.agents else []
    return [*hold, ("help.show", "help")]
