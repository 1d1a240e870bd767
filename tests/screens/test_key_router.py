"""Keys, contexts and chords."""

from collections.abc import Callable

from tui.screens.key_router import KeyRouter, RoutedKey, keys_of_commands

COMMANDS = [
    ("session.interrupt", "app", ("escape",)),
    ("session.rewind", "app", ("escape escape",)),
    ("app.stop", "app", ("ctrl+c",)),
    ("app.quit", "app", ("ctrl+c ctrl+c", "ctrl+d")),
    ("composer.editor", "composer", ("ctrl+g", "ctrl+x ctrl+e")),
    ("prompt.no", "prompt", ("n", "escape")),
    ("help.show", "app", ("?",)),
]


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def always(_: str) -> bool:
    return True


def idle(command: str) -> bool:
    return command != "session.interrupt"


def router() -> tuple[KeyRouter, Clock]:
    clock = Clock()
    return KeyRouter(keys_of_commands(COMMANDS), clock), clock


def press(
    router: KeyRouter, key: str, *contexts: str, can: Callable[[str], bool] = always
) -> RoutedKey:
    return router.press(key, (*contexts, "app"), can)


def test_the_narrower_context_wins():
    keys, _ = router()
    assert press(keys, "escape", "prompt").command == "prompt.no"
    assert press(keys, "escape", "composer").command == "session.interrupt"


def test_a_key_without_a_command_goes_to_the_widget():
    keys, _ = router()
    assert press(keys, "n", "composer") == RoutedKey(None)


def test_two_keys_in_time_are_a_chord():
    keys, clock = router()
    assert press(keys, "escape", "composer", can=idle) == RoutedKey(None), "the widget gets it"
    clock.seconds += 0.5
    assert press(keys, "escape", "composer", can=idle).command == "session.rewind"


def test_too_late_is_two_keys():
    keys, clock = router()
    press(keys, "escape", can=idle)
    clock.seconds += 2
    assert press(keys, "escape", can=idle).command is None


def test_the_first_key_of_a_chord_may_have_a_meaning_of_its_own():
    keys, _ = router()
    assert press(keys, "ctrl+c").command == "app.stop"
    assert press(keys, "ctrl+c").command == "app.quit"


def test_a_key_that_only_begins_a_chord_does_nothing_else():
    keys, _ = router()
    assert press(keys, "ctrl+x", "composer") == RoutedKey(None, consumed=True)
    assert press(keys, "ctrl+e", "composer").command == "composer.editor"


def test_a_chord_of_another_context_does_not_swallow():
    keys, _ = router()
    assert press(keys, "ctrl+x", "transcript") == RoutedKey(None)


def test_a_chord_goes_on_when_the_user_s_keys_arrive_in_its_middle():
    keys, _ = router()
    assert press(keys, "ctrl+c") == RoutedKey("app.stop")
    keys.use_bindings(keys_of_commands(COMMANDS))
    assert press(keys, "ctrl+c") == RoutedKey("app.quit")


def test_other_keys_count_from_the_moment_they_are_known():
    keys, _ = router()
    keys.use_bindings(keys_of_commands([("app.stop", "app", ("f12",))]))
    assert press(keys, "ctrl+d") == RoutedKey(None)
    assert press(keys, "f12") == RoutedKey("app.stop")
