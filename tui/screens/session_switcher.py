"""Opening one session in the place of another: which one, whether it may be, what if it fails."""

import asyncio
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tui.agent.open_session import SessionOpener, SessionOpenError
    from tui.screens.chat_interface import Chat
    from tui.screens.prompt_queue import PromptQueue


class OpenRequest(NamedTuple):
    """Which session to open, and how."""

    which: str | None
    """Id or name, `latest`, empty to choose, None for a new one."""
    fork: bool = False


class SessionSwitcher:
    """Opens sessions for one chat, one at a time; the last request counts."""

    def __init__(self, chat: "Chat", queue: "PromptQueue", opener: "SessionOpener") -> None:
        self._chat = chat
        self._queue = queue
        self._opener = opener
        self.done = asyncio.Event()
        """Set while no session is being opened."""
        self._request: OpenRequest | None = None
        self._is_opening = False

    def open(self, which: str | None, prompt: str = "", *, fork: bool = False) -> None:
        """Open a session and show it; leave the one that was open.

        Args:
            which: Id or name of the one to resume, `latest`, empty to choose, None for a new one.
            prompt: What to submit as soon as it is open.
            fork: Whether a new session goes on from there, and the other stays as it is.
        """
        self._request = OpenRequest(which, fork)
        self.done.clear()
        if prompt:
            self._queue.put_first(prompt)
        if not self._is_opening:
            self._is_opening = True
            self._chat.run_worker(self._open_requested, group="session", exit_on_error=False)

    async def _open_requested(self) -> None:
        """Open what is asked for, until nothing else is."""
        await self._chat.mount_deferred_widgets()
        await self._chat.host.keymap_loaded.wait()
        opened = False
        while self._request is not None:
            request, self._request = self._request, None
            opened = await self._open_one(request)
        self.finish(opened)

    def finish(self, opened: bool) -> None:
        """No session is being opened any more: send what waits for it, or give it back."""
        self._is_opening = False
        self.done.set()
        if opened:
            self._queue.send()
        else:
            self._chat.set_status(activity="")
            self._queue.give_back()

    async def _open_one(self, request: OpenRequest) -> bool:
        """Open one session; says why when it cannot be."""
        from tui.agent.open_session import NoCredentials, SessionOpenError
        from tui.reports.team_page import left_behind_words

        chat, which = self._chat, request.which
        if which == "":
            chat.host.run_command("session.list")
            which = None
        self._queue.show_opening()
        await self._ask_undecided_trust(which)
        try:
            opened = await self._opener.open(which, fork=request.fork)
        except NoCredentials as problem:
            chat.show_notice(str(problem), "error")
            return await self._ask_for_key(OpenRequest(which, request.fork))
        except SessionOpenError as problem:
            if self._is_already_open(problem):
                chat.show_notice("This session is open already.")
                chat.set_status(activity="")
                return True
            chat.show_notice(str(problem), "error")
            return await self._ask_other_session(request, problem)
        crew = chat.session.crew if chat.session is not None else None
        left = left_behind_words(crew.at_work) if crew is not None else ""
        await chat.close_session()
        await chat.show_session(opened)
        if left:
            chat.show_notice(left)
        return True

    async def _ask_undecided_trust(self, which: str | None) -> None:
        """Ask whether the folder's own files are used, where that was never decided."""
        question = await self._opener.trust_question(which)
        if question is None:
            return
        answer = await self._chat.ask_trust(question)
        if problem := await self._opener.answer_trust(question, answer):
            self._chat.show_notice(problem, "warning")
        self._queue.show_opening()

    def _is_already_open(self, problem: "SessionOpenError") -> bool:
        """Whether a session could not be opened because it is the one on the screen."""
        from tui.session.store_errors import SessionLocked

        cause, opened = problem.__cause__, self._chat.session
        own = opened.state.session if opened else ""
        return isinstance(cause, SessionLocked) and cause.path.stem == own

    async def _ask_for_key(self, request: OpenRequest) -> bool:
        """There is no key: open what was asked for on the way the user chooses, or quit."""
        from tui.screens.ways_on import WaysOn

        if await WaysOn(self._chat, self._opener).without_key():
            self._request = request
        return False

    async def _ask_other_session(self, request: OpenRequest, problem: "SessionOpenError") -> bool:
        """Ask what to open instead of a session that cannot be opened."""
        from tui.screens.ways_on import ways_to_open
        from tui.widgets.status_line import WAITING_FOR_ANSWER

        is_open = self._chat.session is not None
        title, ways = ways_to_open(problem, chat_is_open=is_open)
        if not ways:
            return False
        self._chat.set_status(activity=WAITING_FOR_ANSWER)
        match await self._chat.choose(title, ways):
            case "list" if is_open:
                self._chat.host.run_command("session.list")
            case "fork":
                self._request = OpenRequest(request.which, fork=True)
            case "new":
                self._request = OpenRequest(None)
            case "list":
                self._request = OpenRequest("")
            case "again":
                self._request = request
            case "quit":
                await self._chat.host.shut_down()
        return False
