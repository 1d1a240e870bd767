"""Ways on where there is no key, a wrong one, or no server, as questions.

Nothing is a dead end: each question names what can be done here and now, and Escape has a
meaning of its own.
"""

from typing import TYPE_CHECKING

from tui.agent.open_session import NothingToResume, SessionOpenError
from tui.claude.run_key import WHERE_A_KEY_COMES_FROM
from tui.session.store_errors import SessionLocked, SessionNotFound
from tui.widgets.option_rows import Option

if TYPE_CHECKING:
    from tui.agent.open_session import SessionOpener
    from tui.screens.chat_interface import Chat
    from tui.screens.session_chat import SessionChat

NO_KEY = (
    "There is no API key. Set ANTHROPIC_API_KEY and start again, or start glideslope --simulate "
    "to work offline."
)
"""Said when the user leaves without a key."""
NO_KEY_EXIT = 2
"""Exit code then, as for a command line that cannot be followed."""

_OFFLINE = Option("simulate", "Work offline", "with the simulator: no key, nobody bills you")
_KEY = Option("key", "Type a key", "for this run only; it is never stored")
_SERVER = Option("server", "Use another server", "you type its address")
_WHERE = Option("where", "How to get a key", WHERE_A_KEY_COMES_FROM)
_AGAIN = Option("again", "Try again", "send the same prompt")

WAYS_WITHOUT_KEY = (_OFFLINE, _KEY, _SERVER, _WHERE, Option("quit", "Quit", "esc does the same"))
WAYS_AFTER_FAULT: dict[str, tuple[str, tuple[Option, ...]]] = {
    "wrong_key": ("The server did not accept the key", (_KEY, _OFFLINE, _SERVER, _WHERE)),
    "network": ("The server cannot be reached", (_AGAIN, _OFFLINE, _SERVER)),
}
"""Title and ways by the kind of fault that ended a turn."""


_FORK = Option("fork", "Go on in a copy", "a new session with all that is in it so far")
_RETRY = Option("again", "Try again", "once it is closed there")
_NEW = Option("new", "New session", "start with nothing")
_LIST = Option("list", "Another session", "choose from those of this folder")
_QUIT = Option("quit", "Quit")


def ways_to_open(
    problem: SessionOpenError, *, chat_is_open: bool
) -> tuple[str, tuple[Option, ...]]:
    """What to open in place of a session that cannot be opened: a title, and the ways.

    Args:
        problem: Why it cannot be opened.
        chat_is_open: Whether another session is open: then only a locked one is asked about.
    """
    if isinstance(problem.__cause__, SessionLocked):
        return "This session is open in another window", (_FORK, _NEW, _LIST, _RETRY)
    if chat_is_open or not isinstance(problem, NothingToResume):
        return "", ()
    if isinstance(problem.__cause__, SessionNotFound):
        return "There is no session of this name", (_LIST, _NEW, _QUIT)
    return "There is no earlier session in this folder", (_NEW, _QUIT)


class WaysOn:
    """Asks how to go on, and prepares what was chosen."""

    def __init__(self, chat: "Chat", opener: "SessionOpener") -> None:
        self._chat = chat
        self._opener = opener

    async def without_key(self) -> bool:
        """Ask what to do without a key; False where the user leaves the program. In a worker."""
        from tui.widgets.status_line import WAITING_FOR_ANSWER

        self._chat.set_status(activity=WAITING_FOR_ANSWER)
        while True:
            way = await self._chat.choose("There is no API key", WAYS_WITHOUT_KEY)
            if way in (None, "quit"):
                await self._chat.host.shut_down(NO_KEY_EXIT, NO_KEY)
                return False
            if await self._prepare(way):
                return True

    async def after_fault(self, chat: "SessionChat", kind: str, prompt: str) -> None:
        """Ask how to go on after a turn that such a fault ended. Only in a worker.

        Args:
            chat: The chat.
            kind: Of the fault, a key of `WAYS_AFTER_FAULT`.
            prompt: The prompt of the turn; it is in the composer again if nothing was answered.
        """
        title, ways = WAYS_AFTER_FAULT[kind]
        while (way := await chat.choose(title, ways)) is not None:
            if way == "again":
                chat.composer.set_draft(chat.composer.text.removeprefix(prompt).lstrip("\n"))
                chat.submit(prompt)
                return
            if way == "key" and chat.session is not None:
                if (key := await self._type_key()) is None:
                    continue
                await chat.session.use_key(key)
                chat.show_notice("The key is used from the next request on, until you quit.")
                return
            if await self._prepare(way):
                chat.open_session(None)
                return

    async def _prepare(self, way: str) -> bool:
        """Let a way hold from the next opening on; False where it led nowhere."""
        match way:
            case "simulate":
                self._opener.simulate()
                return True
            case "key":
                return await self._type_key() is not None
            case "server":
                return await self._type_server()
            case _:
                self._chat.app.open_url(WHERE_A_KEY_COMES_FROM)
                return False

    async def _type_key(self) -> str | None:
        from tui.widgets.key_dialog import KeyDialog

        key = await self._chat.app.push_screen_wait(KeyDialog())
        if key is not None:
            self._opener.use_key(key)
        return key

    async def _type_server(self) -> bool:
        from tui.widgets.server_dialog import ServerDialog

        address = await self._chat.app.push_screen_wait(ServerDialog())
        if address is not None:
            self._opener.use_server(address)
        return address is not None
