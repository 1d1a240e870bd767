"""The wiring: puts settings, store, client and agent together, and opens sessions.

Loaded after the first frame: what is slow to import is imported here, on a thread. This
is the one place that knows all parts; none of them knows it.
"""

import asyncio
import contextlib
import os
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from tui.agent.desk import Desk
from tui.agent.driver import Driver, Published
from tui.agent.means import Means
from tui.agent.opened import NoCredentials, NotReady, Opened
from tui.agent.opening import first_events, grant
from tui.agent.permissions import Rules
from tui.agent.preamble import git_branch
from tui.agent.tools import TOOLS, definitions
from tui.agent.tools.base import Limits, World
from tui.budget.wire import Counting
from tui.claude.catalogue import Catalogue, load
from tui.claude.client import Claude, preload
from tui.claude.credentials import credentials_found
from tui.options import Options
from tui.session import events as ev
from tui.session.faults import StoreError
from tui.session.ids import new_id
from tui.session.index import Index
from tui.session.places import session_path
from tui.session.removal import remove
from tui.session.resume import resume
from tui.session.state import SessionState, fold
from tui.session.store import SessionStore
from tui.session.summary import Summary
from tui.settings.folders import Folders, folders
from tui.settings.layers import Resolved, resolve
from tui.settings.writing import allow_in_project
from tui.simulator.process import Running, spawn

NO_KEY = (
    "There is no API key. Set ANTHROPIC_API_KEY, or start with --simulate to work offline "
    "against the simulator."
)


LATEST = "latest"
"""What `--continue` asks for."""

Found = tuple[SessionStore, list[ev.Record], list[str]]
"""An opened log, what is in it, and sentences about its opening."""


class Wiring:
    """Everything that is made once, and the sessions that are opened with it."""

    def __init__(
        self,
        options: Options,
        now: Callable[[], float] = time.time,
        *,
        interactive: bool = True,
    ) -> None:
        self._options = options
        self._interactive = interactive
        self._now = now
        self._simulated = options.simulate
        self._simulator: Running | None = None
        self._homes: Folders = folders()
        self._catalogue: Catalogue = load()
        self._counting = Counting(self._catalogue.turn_reset, self._catalogue.charges_prompts)

    @property
    def folders(self) -> Folders:
        """The user's folders."""
        return self._homes

    def simulate(self) -> None:
        """From the next opening on, work against the simulator."""
        self._simulated = True

    def resolve(self) -> Resolved:
        """The settings of this folder."""
        return resolve(
            self._options.folder, command_line=self._options.settings(), home=self._homes
        )

    async def open(self, which: str | None) -> Opened:
        """Open a session, see `tui.agent.opened.Opener`.

        Raises:
            NotReady: it cannot be opened; the text says why and what to do.
        """
        self._check_line()
        importing = asyncio.create_task(asyncio.to_thread(preload))
        resolved = await asyncio.to_thread(self.resolve)
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="session-store")
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(thread, self._found, which, resolved)
        except StoreError as error:
            thread.shutdown(wait=False)
            raise NotReady(error.sentence) from error
        store, records, sentences = found
        state = fold(records, self._counting)
        base_url, key = await self._server()
        line = Claude(base_url=base_url, api_key=key)
        means = self._means(line, resolved, state, sentences, base_url)
        driver = Driver(store, state, means, thread)
        await self._recover(driver, store, records, thread)
        driver.listeners.append(partial(self._keep_rules, state))

        async def close() -> None:
            await line.close()
            await loop.run_in_executor(thread, self._close, store, state)
            thread.shutdown(wait=False)
            await importing

        return Opened(
            driver=driver,
            records=records,
            resolved=resolved,
            catalogue=self._catalogue,
            base_url=base_url,
            simulated=self._simulated,
            branch=await asyncio.to_thread(git_branch, self._options.folder),
            sentences=[problem.sentence for problem in resolved.problems] + sentences,
            close=close,
        )

    # The log ---------------------------------------------------------------------

    def _found(self, which: str | None, resolved: Resolved) -> Found:
        """The session that is meant, opened, with its log and what there is to say."""
        if which is None:
            return self._new(resolved)
        with Index(self._homes.data, self._counting) as index:
            if which == LATEST:
                summary = index.latest(self._options.folder)
                if summary is None:
                    raise NotReady("There is no earlier session in this folder yet.")
            else:
                summary = index.find(which, self._options.folder)
            path = index.path(summary)
        return self._again(path, summary.last)

    def _new(self, resolved: Resolved) -> Found:
        settings = resolved.settings
        model = self._catalogue.model(settings.model)
        session = new_id(self._now)
        store = SessionStore.create(
            session_path(self._homes.data, self._options.folder, session), now=self._now
        )
        events = first_events(
            session=session,
            folder=self._options.folder,
            program=version("glideslope"),
            model=model.id,
            effort=model.effort(settings.effort),
            mode=settings.permissions.mode,
            tools=definitions(),
            now=datetime.fromtimestamp(self._now()).astimezone(),
            user_memory=self._homes.config / "AGENTS.md",
        )
        if settings.task_budget is not None:
            source = resolved.values["task_budget"].origin.words
            events.append(grant(settings.task_budget, settings.budget_scope, source))
        return store, store.append(events), []

    def _again(self, path: Path, noted: int) -> Found:
        resumed = resume(path, noted=noted, now=self._now)
        sentences = [resumed.salvage.sentence] if resumed.salvage else []
        if resumed.store.notice:
            sentences.append(resumed.store.notice)
        return resumed.store, resumed.records, sentences

    async def _recover(
        self,
        driver: Driver,
        store: SessionStore,
        records: list[ev.Record],
        thread: ThreadPoolExecutor,
    ) -> None:
        """Close what a crash left open, and add it to what is shown."""
        if store.read_only:
            return
        partial = await asyncio.get_running_loop().run_in_executor(thread, store.partial)

        def keep(item: Published) -> None:
            if isinstance(item, ev.Record):
                records.append(item)

        driver.listeners.append(keep)
        await driver.recover(partial.text if partial else "")
        driver.listeners.remove(keep)

    def _close(self, store: SessionStore, state: SessionState) -> None:
        """Close the log; a session in which nothing was ever said leaves nothing behind."""
        store.close()
        if state.turn == 0:
            with contextlib.suppress(OSError):
                remove(store.path)
            return
        with Index(self._homes.data, self._counting) as index:
            index.note(store.path, state, self._now())

    async def summaries(self, limit: int = 200) -> Sequence[Summary]:
        """The sessions of this folder, the newest first."""
        return await asyncio.to_thread(self._summaries, limit)

    def _summaries(self, limit: int) -> Sequence[Summary]:
        with Index(self._homes.data, self._counting) as index:
            index.refresh(self._options.folder)
            return index.page(self._options.folder, limit=limit)

    # The means -------------------------------------------------------------------

    def _means(
        self,
        line: Claude,
        resolved: Resolved,
        state: SessionState,
        sentences: list[str],
        base_url: str | None,
    ) -> Means:
        settings = resolved.settings
        folder = self._options.folder
        rules = Rules(folder=folder.resolve(), mode=state.mode).with_settings(
            settings.permissions.allow, settings.permissions.deny, sentences
        )
        rules = rules.with_session(state.rules)
        return Means(
            line=line,
            catalogue=self._catalogue,
            tools=TOOLS,
            world=World(
                folder=folder,
                environment=dict(os.environ),
                scratch=self._homes.cache / "outputs" / state.session,
                limits=Limits(
                    output=settings.tools.output_limit,
                    command_seconds=settings.tools.bash_timeout,
                ),
                hides=rules.hides,
            ),
            rules=rules,
            desk=Desk(),
            now=self._now,
            interactive=self._interactive,
            knows_budgets=self._catalogue.knows_budgets(base_url, simulator=self._simulated),
            thresholds=settings.stages.thresholds(),
        )

    def _keep_rules(self, state: SessionState, item: Published) -> None:
        """What was allowed for the project is kept in the user's own settings."""
        if not isinstance(item, ev.Record) or not isinstance(item.event, ev.PermissionAnswered):
            return
        if item.event.answer == "project":
            for rule in item.event.rules:
                allow_in_project(self._homes.settings, self._options.folder, rule)

    # The server ------------------------------------------------------------------

    def _check_line(self) -> None:
        """There must be somebody to talk to."""
        if not self._simulated and not credentials_found() and not _own_server():
            raise NoCredentials(NO_KEY)

    async def _server(self) -> tuple[str | None, str | None]:
        """Base URL and key of the server; starts the simulator when it is wanted."""
        if not self._simulated:
            return os.environ.get("ANTHROPIC_BASE_URL") or None, None
        if self._simulator is None:
            self._simulator = await spawn(
                pace=None if self._options.pace == "max" else float(self._options.pace),
                token=secrets.token_urlsafe(24),
            )
        return self._simulator.base_url, self._simulator.token

    async def close(self) -> None:
        """End what was started."""
        if self._simulator is not None:
            await self._simulator.stop()


def _own_server() -> bool:
    """Whether another server is named: it may want no key."""
    return bool(os.environ.get("ANTHROPIC_BASE_URL"))
