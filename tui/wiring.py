"""The wiring: puts settings, store, client and agent together, and opens sessions.

Loaded after the first frame: what is slow to import is imported here, on a thread. This
is the one place that knows all parts; none of them knows it.
"""

import asyncio
import contextlib
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

from tui.agent.desk import Desk
from tui.agent.driver import Driver, Published
from tui.agent.folder_trust import FolderTrust, TrustAnswer, TrustQuestion, refused_wishes
from tui.agent.grants import fiction, held, unseen
from tui.agent.means import Means, OnLimit
from tui.agent.opened import NoCredentials, NotReady, Opened, fuses
from tui.agent.permissions import Rules
from tui.agent.preamble import head_of
from tui.agent.sandbox.defaults import Wanted
from tui.agent.sandbox.interface import Sandbox
from tui.agent.sandbox.opening import begin, open_sandbox
from tui.agent.shell.needs import preload_grammar
from tui.agent.telling import takes_budgets
from tui.agent.tools.base import Limits, World, nothing
from tui.agent.tools.registry import TOOLS
from tui.claude.catalogue import DEFAULT_BASE_URL, Catalogue, host_of, load
from tui.claude.client import Claude, preload
from tui.claude.corrections import corrected, sends_budgets
from tui.claude.costs import costs
from tui.claude.credentials import credentials_found
from tui.claude.errors import Surface
from tui.claude.redaction import Redactor
from tui.logbook import Logbook, NoSession, OpenLog, Wishes, wishes
from tui.options import Options
from tui.session import events as ev
from tui.session.faults import StoreError
from tui.session.fork import lineage
from tui.session.state import SessionState
from tui.session.summary import Summary
from tui.settings.amounts import AmountError, Dollars, parse_amount
from tui.settings.folders import Folders, folders
from tui.settings.layers import Resolved, resolve
from tui.settings.writing import WritingError, allow_in_project
from tui.simulator.process import Running, SimulatorFailed, spawn

NO_KEY = (
    "There is no API key. Set ANTHROPIC_API_KEY, or start with --simulate to work offline "
    "against the simulator."
)

_KEPT = "--permission-mode {} keeps it."


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
        self._told: set[str] = set()
        """What was said about trust in this run."""
        self._simulated = options.simulate
        self._simulator: Running | None = None
        self._simulator_since = 0.0
        self._homes: Folders = folders()
        self._catalogue: Catalogue = load()
        self._trust = FolderTrust(options.folder, self._homes, now=options.trust or None)
        self._book = Logbook(
            options.folder,
            self._homes,
            self._catalogue,
            now,
            _dollars(options),
            accepts_damage=interactive or options.accept_damage,
        )

    @property
    def folders(self) -> Folders:
        """The user's folders."""
        return self._homes

    def simulate(self) -> None:
        """From the next opening on, work against the simulator."""
        self._simulated = True

    def resolve(
        self,
        session: Mapping[str, object] | None = None,
        *,
        untrusted: bool = False,
        small_budgets: bool | None = None,
    ) -> Resolved:
        """The settings of this folder.

        Args:
            session: What was typed in this session, by key.
            untrusted: Whether the project's own files are read though nobody trusts them.
            small_budgets: Whether a task budget may be smaller than the API accepts; None: where
                it is sent none by these settings, or a session decides that is resumed.
        """
        if small_budgets is None and self._options.resume is not None:
            small_budgets = True
        found = self._resolve(session, untrusted, small_budgets=bool(small_budgets))
        if small_budgets is None and not sends_budgets(
            found, _base_url(), simulator=self._simulated
        ):
            return self._resolve(session, untrusted, small_budgets=True)
        return found

    def _resolve(
        self, session: Mapping[str, object] | None, untrusted: bool, *, small_budgets: bool
    ) -> Resolved:
        return resolve(
            self._options.folder,
            command_line=self._options.settings(),
            session=session,
            home=self._homes,
            root=self._trust.root,
            use_project=True if untrusted else self._trust.now,
            accepted=self._trust.accepted_now,
            costs=costs,
            small_budgets=small_budgets,
        )

    async def trust_question(
        self, which: str | None, *, again: bool = False
    ) -> TrustQuestion | None:
        """See `tui.agent.opened.Opener`."""

        def look() -> TrustQuestion | None:
            if not self._trust.brought():
                return None
            found = self.resolve(untrusted=True)
            return self._trust.question(found, memory=which is None, again=again)

        return await asyncio.to_thread(look)

    async def answer_trust(self, question: TrustQuestion, answer: TrustAnswer) -> str:
        """See `tui.agent.opened.Opener`."""
        return await asyncio.to_thread(self._trust.answer, question, answer)

    async def open(self, which: str | None, *, fork: bool = False) -> Opened:
        """Open a session, see `tui.agent.opened.Opener`.

        Raises:
            NotReady: it cannot be opened; the text says why and what to do.
        """
        self._check_line()
        importing: list[asyncio.Task[None]] = []

        def warm_up() -> None:
            if not importing:
                importing.append(asyncio.create_task(asyncio.to_thread(preload)))
                importing.append(asyncio.create_task(asyncio.to_thread(preload_grammar)))

        if which is None or not self._interactive:
            # Nobody waits for a history: the SDK, a second of work, can be imported at once.
            warm_up()
        sandbox_begun = asyncio.create_task(asyncio.to_thread(begin, os.environ))
        resolved = await asyncio.to_thread(self.resolve)
        if not self._interactive and (lost := resolved.lost_limits):
            # On the screen it is said and seen; here nobody would stop what it was to stop.
            raise NotReady(f"{' '.join(problem.sentence for problem in lost)} Nothing was sent.")
        remarks = self._correct_catalogue(resolved)
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="session-store")
        loop = asyncio.get_running_loop()
        sends_memory = await asyncio.to_thread(self._sends_memory, resolved)
        book = replace(self._book, project_memory=sends_memory)
        try:
            log = await loop.run_in_executor(thread, lambda: book.open(which, resolved, fork=fork))
        except (StoreError, NoSession) as error:
            thread.shutdown(wait=False)
            raise NotReady(str(error)) from error
        wanted = Wishes() if log.new else self._wishes(resolved, log)
        if wanted.below is not None and not self._interactive:
            await loop.run_in_executor(thread, book.close, log)
            thread.shutdown(wait=False)
            raise NotReady(f"{wanted.below} Give more with --budget, or leave it as it is.")
        sentences = [problem.sentence for problem in resolved.problems if not problem.upward]
        told = self._about_trust
        sentences += await asyncio.to_thread(told, resolved, log.new, sends_memory)
        sentences += remarks + log.sentences
        base_url, key = await self._server()
        surface: Surface = "screen" if self._interactive else "headless"
        line = Claude(base_url=base_url, api_key=key, surface=surface)
        scratch = self._homes.cache / "outputs" / log.state.session
        sandbox = await open_sandbox(
            await sandbox_begun,
            self._options.folder,
            os.environ,
            own=(self._homes.config, self._homes.data, self._homes.state, self._homes.cache),
            scratch=scratch,
            wanted=Wanted.of(resolved.settings.sandbox),
        )
        means = self._means(line, resolved, log.state, sentences, base_url, sandbox)
        driver = Driver(log.store, log.state, means, thread)
        sentences += await self._bring_up(driver, log, resolved)
        if not self._options.in_dollars and (said := fiction(log.state, driver.means)):
            sentences.append(said)
        if said := unseen(log.state, driver.means):
            sentences.append(said)
        driver.listeners.append(self._keeping_rules(driver))

        def note(item: Published) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.TurnEnded):
                loop.run_in_executor(thread, book.note, log)

        async def close() -> None:
            await sandbox.close()
            await line.close()
            await loop.run_in_executor(thread, book.close, log)
            thread.shutdown(wait=False)
            await asyncio.gather(*importing)

        async def read() -> Sequence[ev.Record]:
            return await loop.run_in_executor(thread, lambda: list(lineage(log.store)))

        driver.listeners.append(note)
        if not log.store.read_only:
            # Opening is a use: after a crash the next run continues what was open last.
            loop.run_in_executor(thread, book.note, log)
        return Opened(
            driver=driver,
            records=log.records,
            resolved=resolved,
            catalogue=self._catalogue,
            base_url=base_url,
            simulated=self._simulated,
            branch=await asyncio.to_thread(head_of, self._options.folder),
            sentences=sentences,
            log=read,
            left_out=tuple(self._trust.left_out(resolved, memory=True)),
            resolve=lambda typed: self.resolve(
                typed, small_budgets=not takes_budgets(driver.state, driver.means)
            ),
            saved_in_project=lambda before: self._trust.saved(before, self.resolve(untrusted=True)),
            warm_up=warm_up,
            unmet=self._options.budget if wanted.below and self._options.budget else "",
            close=close,
        )

    def _lost_its_cache(self, state: SessionState) -> bool:
        """Whether the prompt cache ended with the simulator that the last request was sent to."""
        warmth = state.warmth
        known = warmth.left > 0 and warmth.lost(self._now()) != "all"
        return self._simulated and known and warmth.touched < self._simulator_since

    def _sends_memory(self, resolved: Resolved) -> bool:
        return self._trust.sends_memory(resolved, asked=self._interactive)

    def _about_trust(self, resolved: Resolved, new: bool, sends_memory: bool) -> list[str]:
        """What is used unasked and what is not used of the folder's files; said once in a run."""
        about = self._trust.left_out(resolved, memory=new and not sends_memory)
        if new and sends_memory:
            about += self._trust.sent_unasked(resolved)
        about += refused_wishes(resolved, asked=self._interactive)
        said = [each for each in about if each not in self._told]
        self._told.update(said)
        return said

    def _wishes(self, resolved: Resolved, log: OpenLog) -> Wishes:
        return wishes(resolved, log.state, self._catalogue, self._book.dollars)

    def _correct_catalogue(self, resolved: Resolved) -> list[str]:
        """Lay the user's corrections over the list of models; returns what was wrong with them."""
        self._catalogue, sentences = corrected(resolved)
        self._book = replace(self._book, catalogue=self._catalogue)
        return sentences

    async def _bring_up(self, driver: Driver, log: OpenLog, resolved: Resolved) -> list[str]:
        """Close what a crash left open, do what the command line wants changed, show both.

        Returns:
            What there is to say about it.
        """
        if log.new or log.store.read_only:
            return []

        def keep(item: Published) -> None:
            if isinstance(item, ev.Record):
                log.records.append(item)

        driver.listeners.append(keep)
        await driver.recover(log.partial.text if log.partial else "")
        if self._lost_its_cache(log.state):
            await driver.record(ev.CacheEmptied())
        wanted = self._wishes(resolved, log)
        if wanted.events:
            await driver.record(*wanted.events)
            driver.means.rules = driver.means.rules.with_mode(log.state.mode)
        lowered, said = held(log.state, driver.means.caps, resolved.settings.budget_scope)
        if lowered:
            await driver.record(*lowered)
        driver.listeners.remove(keep)
        if wanted.left is not None:
            how = "/mode changes it." if self._interactive else _KEPT.format(wanted.left)
            now = f"The session was in mode {wanted.left}; it is in {log.state.mode} now."
            said = [f"{now} {how}", *said]
        return [*wanted.sentences, *said]

    async def summaries(self, limit: int = 200) -> Sequence[Summary]:
        """The sessions of this folder, the newest first."""

        def read() -> Sequence[Summary]:
            self._correct_catalogue(self.resolve())
            return self._book.summaries(limit)

        return await asyncio.to_thread(read)

    # The means -------------------------------------------------------------------

    def _means(
        self,
        line: Claude,
        resolved: Resolved,
        state: SessionState,
        sentences: list[str],
        base_url: str | None,
        sandbox: Sandbox,
    ) -> Means:
        settings = resolved.settings
        folder = self._options.folder
        rules = Rules(folder=folder.resolve(), mode=state.mode).with_settings(
            settings.permissions.allow, settings.permissions.deny, sentences
        )
        rules = rules.with_session(state.rules).under(sandbox.enforcement)
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
                hides=rules.hides if rules.deny_reading else nothing,
                own=(self._homes.config, self._homes.data),
                redactor=Redactor({line.api_key: "the simulator's token"} if line.api_key else {}),
                sandbox=sandbox,
            ),
            rules=rules,
            desk=Desk(),
            now=self._now,
            interactive=self._interactive,
            host=host_of(base_url or DEFAULT_BASE_URL) or "the server",
            knows_budgets=self._catalogue.knows_budgets(base_url, simulator=self._simulated),
            thresholds=settings.stages.thresholds(),
            fuses=fuses(settings.limits),
            caps=resolved.caps or {},
            patience=settings.loops.patience(),
            on_limit=self._on_limit,
            compact_at=float(settings.compaction.at) if settings.compaction.automatic else None,
            strategy=settings.compaction.strategy,
        )

    @property
    def _on_limit(self) -> OnLimit:
        return self._options.on_limit or ("ask" if self._interactive else "wrap")

    def _keeping_rules(self, driver: Driver) -> Callable[[Published], None]:
        """Keeps in the user's own settings what was allowed for the project."""
        telling: set[asyncio.Task[object]] = set()

        def keep(item: Published) -> None:
            if not isinstance(item, ev.Record) or not isinstance(item.event, ev.PermissionAnswered):
                return
            if item.event.answer != "project":
                return
            try:
                for rule in item.event.rules:
                    allow_in_project(self._homes.settings, self._options.folder, rule)
            except WritingError as error:
                # Raised, it would break the turn off; the permission itself was given.
                notice = ev.NoticeShown(sentence=f"{error} Your answer holds for this session.")
                telling.add(task := asyncio.ensure_future(driver.record(notice)))
                task.add_done_callback(telling.discard)

        return keep

    # The server ------------------------------------------------------------------

    def _check_line(self) -> None:
        """There must be somebody to talk to."""
        if not self._simulated and not credentials_found() and not _own_server():
            raise NoCredentials(NO_KEY)

    async def _server(self) -> tuple[str | None, str | None]:
        """Base URL and key of the server; starts the simulator when it is wanted."""
        if not self._simulated:
            return _base_url(), None
        if self._simulator is None:
            try:
                self._simulator = await self._spawned()
                self._simulator_since = self._now()
            except SimulatorFailed as error:
                raise NotReady(f"The simulator did not start: {error.reason}.") from error
        return self._simulator.base_url, self._simulator.token

    async def _spawned(self) -> Running:
        pace = None if self._options.pace == "max" else float(self._options.pace)
        counting = self._catalogue.counting
        rules = ["--turn-reset", "fresh"] if counting.turn_reset == "fresh" else []
        rules += ["--charge-prompts"] if counting.charges_prompts else []
        return await spawn(pace=pace, token=secrets.token_urlsafe(24), extra_args=rules)

    async def close(self) -> None:
        """End what was started."""
        if self._simulator is not None:
            # It has nothing to save: asked to end, it would take a fifth of a second.
            with contextlib.suppress(ProcessLookupError):
                self._simulator.process.kill()
            await self._simulator.stop()


def _dollars(options: Options) -> Decimal | None:
    """The limit in dollars that the command line gives; it was looked at before."""
    try:
        amount = parse_amount(options.budget or "")
    except AmountError:
        return None
    return amount.amount if isinstance(amount, Dollars) else None


def _base_url() -> str | None:
    """The server that the environment names; None for the API's own."""
    return os.environ.get("ANTHROPIC_BASE_URL") or None


def _own_server() -> bool:
    """Whether another server is named: it may want no key."""
    return bool(os.environ.get("ANTHROPIC_BASE_URL"))
