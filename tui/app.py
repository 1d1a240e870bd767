"""The Textual application: the start, themes, keys to commands.

Nothing heavy is imported here: the first frame needs Textual and a few widgets only.
"""

import asyncio
import gc
import inspect
import os
import sys
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.screen import Screen
from textual.theme import Theme

from tui.command_line import CommandLineOptions
from tui.commands import BY_ID, COMMANDS
from tui.screens.chat import ChatScreen
from tui.screens.clocks import SYSTEM_CLOCKS, Clocks
from tui.screens.key_dispatcher import KeyDispatcher
from tui.screens.key_router import CHORD_STARTERS, CommandKeys, KeyRouter, keys_of_commands
from tui.screens.prompt_queue import NO_SESSION_OPEN
from tui.settings.last_theme import first_theme
from tui.settings.theme_spec import VARIABLES
from tui.settings.user_folders import user_folders
from tui.shutdown import CleanExitApp
from tui.slash_lines import (
    SlashError,
    classify_line,
    parse_slash,
    path_exists,
    unescape_prompt,
)
from tui.widgets.chords import drop_chord_character
from tui.widgets.command_bindings import active_binding
from tui.widgets.input_guard import EscapeSettled

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession, SessionOpener
    from tui.screens.desktop_notifications import DesktopNotifications
    from tui.screens.escape_hold import EscapeHold
    from tui.settings.amounts import Amount
    from tui.settings.keymap import Keymap
    from tui.settings.theme_spec import ThemeSpec

ROUTER_CONTEXTS = frozenset({"app", "asked", "transcript", "budget", "panel"})
"""Contexts whose single keys the router listens to; those of the others are their widgets'."""

UNBOUND_KEY = "unbound"
"""The key of a widget's command that has no single key: Textual ignores an empty one (8.2.8)."""

DRAFT_KEYS = frozenset({"question_mark", "ctrl+d"})
"""Keys that mean something else while there is a draft: a letter, and deleting one."""

FALLBACK_COLOUR = "#808080"
"""The colour in place of one that a theme does not have: readable on light and on dark."""

AWAY_SECONDS = 20.0
"""Seconds without a key after which nobody is there, where the terminal does not tell its focus."""

RARELY = 30
"""Collections of the middle generation before one of the oldest; 10 are usual."""


class GlideslopeApp(CleanExitApp, inherit_bindings=False):
    """The program on the screen. Textual's own keys would quit it without leaving the session."""

    TITLE = "Glideslope"
    ENABLE_COMMAND_PALETTE = False  # ours is a list like every other
    PAUSE_GC_ON_SCROLL = True
    CSS = "ToastRack { dock: top; align: right top; margin: 1 0 0 0; }"

    def __init__(
        self,
        opener: "SessionOpener",
        options: CommandLineOptions,
        theme: "ThemeSpec | None" = None,
        clocks: Clocks = SYSTEM_CLOCKS,
    ) -> None:
        """Args: theme: what to paint with; None for what settings and the user's choice say."""
        super().__init__()
        self.opener = opener
        self.options = options
        self._theme_from_settings = theme is None
        self._theme_spec = theme or first_theme(options.theme, user_folders())
        if self._theme_spec is not None:
            self.use_theme(self._theme_spec)
        self.chat = ChatScreen(opener, options, clocks)
        self.next_start: CommandLineOptions | None = None
        """How the program starts again in another folder; None where it ends."""
        self.keymap_loaded = asyncio.Event()
        """Set once the user's keys are known."""
        self._user_keys: Keymap | None = None
        self._router: KeyRouter | None = None
        self._key_dispatcher = KeyDispatcher(
            self.chat, run_binding=self._run_key_binding, dispatch=self._dispatch_key
        )
        self._tells_focus = False
        """Whether the terminal has ever said that it lost the focus."""
        self._typed_at = float("-inf")
        """When the last key came."""
        self._copying = asyncio.Lock()
        self._early_input: list[events.Event] | None = []
        """Keys from before there was anything to type into; None once there is."""

    def get_default_screen(self) -> Screen[None]:
        """The chat is the first screen."""
        return self.chat

    # Life ------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Paint the first frame; load everything else behind it."""
        self.call_after_refresh(self._after_first_frame)
        # Back from ctrl+z Textual (8.2.8) leaves the empty screen as it is.
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))

    def on_resize(self, event: events.Resize) -> None:
        """Repaint where a window is back at its size before anybody saw another.

        The terminal has cut off what it showed, and Textual (8.2.8) paints only what changed.
        """
        if self.screen_stack and event.size == self.screen.outer_size:
            self.refresh()

    def _after_first_frame(self) -> None:
        held, self._early_input = self._early_input or [], None
        for event in held:
            self.post_message(restore_early_key(event))
        self.chat.run_worker(self._warm_up(), group="warm-up", exit_on_error=False)

    async def _warm_up(self) -> None:
        """What the first frame did not need: the user's keys, and a heap that is left alone."""
        try:
            keymap = await asyncio.to_thread(_read_keymap)
            self.use_keymap(keymap)
        finally:
            self.keymap_loaded.set()
        from tui.log_file import start_log_file

        self.log_path = await asyncio.to_thread(start_log_file, user_folders().state)
        await self.chat.opening_done.wait()
        for remark in self.options.remarks:
            self.chat.show_notice(remark, "warning")
        for problem in keymap.problems:
            self.chat.show_notice(problem.sentence, "warning")
        if self._theme_from_settings:
            await self._apply_theme_setting()
        # No collection first: imports leave next to no garbage, and it would hold up the keys
        # for a tenth of a second.
        gc.freeze()
        # What lives on is looked through less often: with a team at work that takes 15 ms.
        young, middle, old = gc.get_threshold()
        gc.set_threshold(young, middle, max(old, RARELY))
        gc.enable()

    def end_chord(self) -> None:
        """The last key did its work: the next one is no second key of a chord."""
        if self._router is not None:
            self._router.end_chord()

    def copy_to_clipboard(self, text: str) -> None:
        """Copy with the platform's own tool, with tmux, or with the terminal; says which."""
        self._clipboard = text
        self.run_worker(self._copy(text), group="copy", exit_on_error=False)

    async def _copy(self, text: str) -> None:
        from tui.screens.clipboard import copy_text

        async with self._copying:  # what is copied last stays on the clipboard
            result = await asyncio.to_thread(copy_text, text, os.environ, sys.platform)
            if result.sequence and self._driver is not None:
                self._driver.write(result.sequence)
        self.chat.show_brief_notice(result.sentence)

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Open a link in the user's browser; Textual's own way (8.2.8) hands it our environment."""
        from tui.screens.desktop import open_in_browser

        if self.is_web:
            super().open_url(url, new_tab=new_tab)
        else:
            opening = asyncio.to_thread(open_in_browser, url)
            self.run_worker(opening, group="browser", exit_on_error=False)

    # Themes ----------------------------------------------------------------------

    async def _apply_theme_setting(self) -> None:
        """Paint with the theme that settings or the user's choice name, as its file is now."""
        from tui.settings.last_theme import recall, remember
        from tui.settings.problems import Layer
        from tui.settings.theme_catalogue import DARK, find_theme

        home = user_folders()
        chosen = recall(home.state).chosen_name
        said = self.chat.session.resolved.values["theme"] if self.chat.session else None
        by_settings = said is not None and said.origin.layer is not Layer.BUILT_IN
        name = str(said.value) if said and by_settings else chosen or DARK
        spec, sentence = await asyncio.to_thread(find_theme, name, home.themes)
        if sentence:
            self.chat.show_notice(sentence, "warning")
        if spec is not None:
            if self._theme_spec is None or spec.all != self._theme_spec.all:
                self.use_theme(spec)
            await asyncio.to_thread(remember, home.state, chosen, spec)

    def use_theme(self, spec: "ThemeSpec") -> None:
        """Paint with `spec` from now on."""
        self._theme_spec = spec
        self.register_theme(textual_theme(spec))
        self.theme = spec.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours for a theme that has none of ours."""
        return dict.fromkeys(VARIABLES, FALLBACK_COLOUR)

    # Keys ------------------------------------------------------------------------

    @property
    def keymap_in_use(self) -> "Keymap":
        """The user's keys; the built-in ones until they are read."""
        if self._user_keys is None:
            from tui.settings.keymap import resolve_keymap

            self._user_keys = resolve_keymap(COMMANDS)
        return self._user_keys

    def use_keymap(self, keymap: "Keymap") -> None:
        """Use other keys from now on."""
        self._user_keys = keymap
        single = {id: [key for key in keys if " " not in key] for id, keys in keymap.keys.items()}
        self.set_keymap({id: ",".join(keys) or UNBOUND_KEY for id, keys in single.items()})
        if self._router is not None:
            self._router.use_bindings(self._router_bindings())
        self.chat.refresh_hints()

    def _router_bindings(self) -> list[CommandKeys]:
        """What the router listens to: keys of its contexts, and chords of everywhere.

        Other single keys are their widgets'; the keymap reaches them through their bindings.
        """
        rows = []
        for command in COMMANDS:
            # The first letter does not wait for what reads key files.
            keys = self._user_keys.keys.get(command.id, ()) if self._user_keys else command.keys
            if command.context not in ROUTER_CONTEXTS:
                keys = tuple(key for key in keys if " " in key)
            rows.append((command.id, command.context, keys))
        return keys_of_commands(rows)

    async def on_event(self, event: events.Event) -> None:
        """Keys go to the router first, unless a widget's own command has them."""
        if isinstance(event, events.Key):
            drop_chord_character(event)
        if self._early_input is not None and isinstance(event, events.Key | events.Paste):
            self._early_input.append(event)
            return
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._receive_input(event)
        else:
            await super().on_event(event)

    async def _receive_input(self, event: events.Key | events.Paste) -> None:
        """Hand a key or a paste on: in the chat to the dispatcher of keys, elsewhere to Textual."""
        if self.screen is self.chat:
            self._typed_at = self.chat.clocks.monotonic()
            self.app_focus = True  # whoever types looks at this terminal: the focus comes back
            if isinstance(event, events.Key):
                await self._key_dispatcher.take_key(event)
                return
            await self._key_dispatcher.take_paste(event)
        await super().on_event(event)

    @cached_property
    def notifications(self) -> "DesktopNotifications":
        """What tells the user who looks elsewhere; made for the first event of a session."""
        from tui.screens.desktop_notifications import DesktopNotifications

        def write(sequence: str) -> None:
            if self._driver is not None:
                self._driver.write(sequence)

        return DesktopNotifications(
            write, os.environ, self.chat.clocks.monotonic, lambda: self.is_watched
        )

    @property
    def is_watched(self) -> bool:
        """Whether the user most likely looks at this terminal."""
        if self._tells_focus:
            return self.app_focus
        return self.chat.clocks.monotonic() - self._typed_at < AWAY_SECONDS

    def watch_app_focus(self, focus: bool) -> None:
        """The terminal got or lost the focus: it tells."""
        self._tells_focus |= not focus

    @cached_property
    def _escapes(self) -> "EscapeHold":
        from tui.screens.escape_hold import EscapeHold

        return EscapeHold(self.chat, self._dispatch_key)

    async def on_escape_settled(self, message: EscapeSettled) -> None:
        """It is known whether an Escape was the key, or a byte of a sequence that was torn."""
        if not message.pressed:
            self.end_chord()
        await self._escapes.settle(message)

    async def _dispatch_key(self, event: events.Key) -> None:
        """Run the command or the binding of a key, or hand it to the focused widget.

        A question runs its binding at once, before the next key: an answer may close it.
        """
        if event.key in DRAFT_KEYS and self.chat.keys.context == "composer":
            # Letters before it may be on their way into a draft that is still empty.
            self.chat.composer.run_after_keys(partial(self._dispatch_key_in_draft, event))
            return
        if event.key == "escape" and (self._settle_enter(event) or self._escapes.takes(event)):
            return
        if event.key == "escape" or not self._waits_for_enter(event):
            await self._dispatch_settled_key(event)

    async def _dispatch_settled_key(self, event: events.Key) -> None:
        """Do what a key does that waits for no other key."""
        if self._route_key(event.key):
            return
        if self.chat.keys.focused_question is None or not await self._run_widget_binding(event):
            await super().on_event(event)
            if event.key == "enter" and self.chat.keys.context == "composer":
                composer = self.chat.composer
                composer.enter_delivery.follow(composer.draft, composer)

    def _settle_enter(self, escape: events.Key) -> bool:
        """Take back the Enter right before an Escape, or let the Escape wait for what it sends.

        Returns whether there was such an Enter.
        """
        composer = self.chat.composer
        if composer.draft.take_back_enter():
            return True
        if composer.enter_delivery.is_pending:
            composer.enter_delivery.call_afterwards(partial(self._dispatch_key, escape))
            return True
        return False

    def _waits_for_enter(self, event: events.Key) -> bool:
        """Let a key wait for what the Enter before it opens: a panel takes the next arrow.

        Letters go on into the draft, and so does another Enter, in their order.
        """
        delivery = self.chat.composer.enter_delivery
        moves = not event.is_printable and event.key != "enter"
        if delivery.is_holding or (delivery.is_pending and moves):
            delivery.call_afterwards(partial(self._dispatch_settled_key, event))
            return True
        return False

    async def _dispatch_key_in_draft(self, event: events.Key) -> None:
        """Run the command of a key, or hand it to the draft, which has the letters before it."""
        if not self._route_key(event.key):
            await self.chat.composer.draft.press_key(event)

    async def _run_key_binding(self, event: events.Key) -> bool:
        """Run the command or the binding of a key; returns whether it has one here."""
        return self._route_key(event.key) or await self._run_widget_binding(event)

    async def _run_widget_binding(self, event: events.Key) -> bool:
        """Run the binding of a key in the focused widget, or in a widget around it."""
        active = active_binding(self.chat, event.key)
        if active is None or active.node in (self, self.chat):
            return False
        return await self.run_action(active.binding.action, default_namespace=active.node)

    def _route_key(self, key: str) -> bool:
        active = active_binding(self.screen, key)
        owned = active is not None and active.enabled and active.binding.id in BY_ID
        contexts = ["asked"] if self.chat.keys.has_unfocused_question else []
        contexts += ["budget"] if self.chat.keys.landing_commands else []
        contexts += ["panel"] if self.chat.keys.closes_panel else []
        contexts += [self.chat.keys.context] if owned else [self.chat.keys.context, "app"]
        if self._router is None:
            self._router = KeyRouter(self._router_bindings(), self.chat.clocks.monotonic)
        # An interrupt goes on to a chord only where its second key has something to send.
        starters = CHORD_STARTERS
        if self.chat.queue.holds_steering:
            starters |= {"session.interrupt"}
        pressed = self._router.press(
            key, contexts, lambda id: self._is_key_available(id, key), starters
        )
        closes = active is not None and active.enabled and active.node not in (self, self.chat)
        if key == "escape" and closes and pressed.command is None:
            self._router.end_chord()  # it did its work: it closes a list, or the find bar
        if pressed.command is not None:
            self.run_command(pressed.command)
        return pressed.command is not None or pressed.consumed

    def _is_key_available(self, command: str, key: str) -> bool:
        """Whether `key` may run a command now."""
        if key in DRAFT_KEYS and not self.chat.composer.is_empty:
            return False
        if key == "escape" and (
            self.chat.composer.is_list_open or self.chat.keys.is_writing_answer
        ):
            return False  # it closes what is open before it means anything else
        if BY_ID[command].context == "budget":
            # A letter begins a word: the dispatcher of keys waits for the next one.
            return len(key) > 1 and self.chat.composer.is_empty
        return self.chat.keys.is_available(command)

    # Commands --------------------------------------------------------------------

    def run_command(self, command: str, args: str = "") -> None:
        """Run a command by its id; what it does is in `tui.screens.command_handlers`."""
        if command == "session.interrupt" and self.chat.queue.take_back():
            return
        if not self.chat.widgets_mounted.is_set():
            self.chat.run_worker(self._run_later(command, args), group="act", exit_on_error=False)
            return
        from tui.screens.command_handlers import start_command

        session = self.chat.session if self.chat.session_ready else None
        if BY_ID[command].needs_session and session is None:
            self._run_once_session_opens(command, args)
            return
        if self.must_wait_for_turn(command):
            return
        done = start_command(self.chat, session, command, args)
        if inspect.isawaitable(done):
            self.chat.run_worker(done, group="act", exit_on_error=False)

    async def change_budget(self, session: "OpenSession", amount: "Amount") -> bool:
        """Give, extend or take away the budget of a session; returns whether it was changed."""
        from tui.screens.command_handlers.budget_change import change_budget

        return await change_budget(self.chat, session, amount, typed=False)

    async def move_to(self, folder: Path, session: str) -> None:
        """Leave this folder: whoever started the app opens a session of another one next."""
        simulated = self.chat.session.simulated if self.chat.session else self.options.simulate
        self.next_start = CommandLineOptions(
            folder=folder,
            resume=session,
            simulate=simulated,
            pace=self.options.pace,
            theme=self.options.theme,
        )
        await self.shut_down()

    def show_subtask(self, subtask: str | None) -> None:
        """Open the entries of one subtask; None: of what is charged to none."""
        from tui.screens.command_handlers.ledger_commands import show_subtask_page

        show_subtask_page(self.chat, subtask)

    async def _run_later(self, command: str, args: str) -> None:
        """Run a command as soon as everything it may touch is there."""
        await self.chat.widgets_mounted.wait()
        if BY_ID[command].needs_session:
            await self.chat.opening_done.wait()
        self.run_command(command, args)

    def _run_once_session_opens(self, command: str, args: str) -> None:
        """Run a command as soon as there is a session; say so if there will be none."""
        if self.chat.opening_done.is_set():
            self.chat.show_notice(NO_SESSION_OPEN, "warning")
        else:
            self.chat.run_worker(self._run_later(command, args), group="act", exit_on_error=False)

    def handle_input(self, text: str, *, pasted: bool = False) -> None:
        """What the user sent: a command, or words for the model.

        Args:
            text: The line, or several.
            pasted: Whether its beginning was pasted.
        """
        match classify_line(text, partial(path_exists, self.options.folder), pasted=pasted):
            case "prompt":
                self.chat.submit(unescape_prompt(text))
            case "unclear":
                self.chat.turns.confirm_send(text)
            case "either":
                self.chat.turns.choose_meaning(text)
            case "command":
                self.handle_command(text)

    def handle_command(self, text: str) -> None:
        """Run the command of a slash line; a line that runs none does not stay in the composer."""
        try:
            typed = parse_slash(text)
        except SlashError as error:
            self._refuse(text, error)
            return
        self.chat.draft_support.note_use(typed.command.id)
        if typed.command.needs_session and not self.chat.session_ready:
            self.chat.queue.add(text)
        elif self.must_wait_for_turn(typed.command.id):
            self.chat.composer.refuse(text)
        else:
            self.run_command(typed.command.id, typed.args)

    def _refuse(self, text: str, error: SlashError) -> None:
        """Say why a slash line runs no command, and which key completes the nearest name."""
        line, sentence = "", str(error)
        if error.suggestion is not None:
            line = f"/{error.suggestion} {text.partition(' ')[2]}"
            key = self.keymap_in_use.label("composer.complete")
            sentence += f" {key.capitalize()} writes it into the prompt." if key else ""
        self.chat.composer.refuse(text, suggestion=line)
        self.chat.show_input_error(sentence)

    def must_wait_for_turn(self, command: str) -> bool:
        """Whether a command has to wait for the end of the turn that runs; says so."""
        row = BY_ID[command]
        if row.when != "idle" or not self.chat.running:
            return False
        name = f"/{row.slash[0]}" if row.slash else f"“{row.title}”"
        key = self.keymap_in_use.label("session.interrupt")
        how = f"; {key} interrupts this one" if key else ""
        self.chat.show_input_error(f"{name} can only run between turns{how}.")
        return True


def restore_early_key(event: events.Event) -> events.Event:
    """A key from before there was anything to type into, as it was pressed.

    Until the program asks a terminal to leave keys alone, it makes a line feed of Enter (ICRNL).
    """
    if isinstance(event, events.Key) and event.key == "ctrl+j":
        early = events.Key("enter", "\r")
        early.time = event.time
        return early
    return event


def _read_keymap() -> "Keymap":
    """The user's keys, from their file."""
    from tui.settings.keymap import load_keymap

    return load_keymap(COMMANDS, user_folders().keybindings)


_TERMINAL_VARIABLES = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "input-cursor-background": "ansi_cyan",
    "input-cursor-foreground": "ansi_black",
    "input-selection-foreground": "ansi_black",
    "screen-selection-foreground": "ansi_black",
}
"""What Textual (8.2.8) wants to know beside our own variables of a theme for the terminal."""


def textual_theme(spec: "ThemeSpec") -> Theme:
    """A theme of ours as Textual wants it."""
    colours = spec.colours
    return Theme(
        name=spec.name,
        primary=colours["primary"],
        secondary=colours["secondary"],
        accent=colours["accent"],
        warning=colours["warning"],
        error=colours["error"],
        success=colours["success"],
        foreground=colours["foreground"],
        background=colours["background"],
        surface=colours["surface"],
        panel=colours["panel"],
        ansi=spec.uses_terminal,
        dark=spec.dark,
        variables={**(_TERMINAL_VARIABLES if spec.uses_terminal else {}), **spec.variables},
    )
