"""The wiring: puts settings, store, client and agent together, and opens sessions.

Loaded after the first frame: what is slow to import is imported here, on a thread. This
is the one place that knows all parts; no part imports it.
"""

import asyncio
import contextlib
import gc
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from functools import partial
from importlib.metadata import version

from tui.agent.agent_ends import may_delegate
from tui.agent.budget_requests import apply_caps
from tui.agent.folder_trust import (
    FolderTrust,
    TrustAnswer,
    TrustQuestion,
    refused_setting_sentences,
)
from tui.agent.model_notes import folder_change
from tui.agent.monthly_budgets import IndexedSpend, MonthlyBudgetWatch
from tui.agent.open_session import NoCredentials, NothingToResume, OpenSession, SessionOpenError
from tui.agent.outside_answers import OutsideAnswers
from tui.agent.permissions import PermissionRules
from tui.agent.progress_notes import ProgressNotes
from tui.agent.rate_settings import rate_allowance
from tui.agent.request_scheduler import PacedAgent, RequestScheduler
from tui.agent.restored_changes import put_back_at_the_end
from tui.agent.sandbox.default_policy import SandboxConfig
from tui.agent.sandbox.interface import Sandbox
from tui.agent.sandbox.sandbox_startup import open_sandbox, try_start_supervisor
from tui.agent.session_runner import Published, SessionRunner
from tui.agent.spend_warnings import SpendWarnings
from tui.agent.system_prompt import checked_out_head
from tui.agent.team.agent_folders import AgentFolders
from tui.agent.team.agent_kinds import AgentKind
from tui.agent.team.child_session import TeamFiles
from tui.agent.team.crew import Crew, attach_crew
from tui.agent.team.kind_files import KindsFound, read_agent_kinds
from tui.agent.team.spawn_question import SpawnQuestion
from tui.agent.tools.base import ToolEnvironment, ToolLimits, hide_nothing
from tui.agent.tools.command_permission import preload_grammar
from tui.agent.tools.registry import TOOLS
from tui.agent.turn_context import RunState, Services, TurnContext
from tui.agent.turn_settings import LimitPolicy, TurnSettings
from tui.agent.user_inbox import UserInbox
from tui.claude.api_client import ClaudeClient, preload_sdk
from tui.claude.catalogue import DEFAULT_BASE_URL, Catalogue, load_catalogue, url_host
from tui.claude.catalogue_overrides import catalogue_from_settings, sends_task_budgets
from tui.claude.credentials import NO_KEY_NEEDED, TYPED_KEY, credentials_found, credentials_source
from tui.claude.price_comparison import price_comparison
from tui.claude.redaction import Redactor
from tui.claude.request_errors import Surface
from tui.claude.retry import REFUSALS, RetryPolicy
from tui.command_line import CommandLineOptions
from tui.history.team_history import TeamHistory
from tui.history.work_history import WorkHistory
from tui.reports.spend_warning_words import spend_warning_sentence
from tui.session import events as ev
from tui.session.fork import full_log
from tui.session.session_summary import SessionSummary
from tui.session.state import SessionState
from tui.session.store_errors import SessionNotFound, StoreError
from tui.session_logs import (
    NoSessionToContinue,
    OpenLog,
    SessionLogs,
    StartupChanges,
    startup_changes,
)
from tui.settings.amounts import AmountError, Dollars, parse_amount
from tui.settings.budget_settings import BudgetSettings
from tui.settings.settings_resolver import ResolvedSettings, resolve_settings
from tui.settings.toml_writer import SettingsWriteError, save_project_permission
from tui.settings.user_folders import UserFolders, user_folders
from tui.simulator.simulator_process import SimulatorProcess, SimulatorStartError, start_simulator

NO_API_KEY = (
    "There is no API key. Set ANTHROPIC_API_KEY, or start with --simulate to work offline "
    "against the simulator."
)

OPENING_PATIENCE = 0.3
"""Seconds that the opening of a session waits for the sums of other sessions."""
_KEEP_MODE_HINT = "--permission-mode {} keeps it."


class Bootstrap:
    """Everything that is made once, and the sessions that are opened with it."""

    def __init__(
        self,
        options: CommandLineOptions,
        now: Callable[[], float] = time.time,
        *,
        interactive: bool = True,
    ) -> None:
        self._options = options
        self._interactive = interactive
        self._now = now
        self._told_trust_notices: set[str] = set()
        """What was said about trust in this run."""
        self._simulated = options.simulate
        self._typed_key: str | None = None
        self._typed_server: str | None = None
        """For this run; None where the SDK looks for one itself."""
        self._simulator: SimulatorProcess | None = None
        self._simulator_since = 0.0
        self._scheduler = RequestScheduler()
        self._user_folders: UserFolders = user_folders()
        self._catalogue: Catalogue = load_catalogue()
        self._trust = FolderTrust(
            options.folder, self._user_folders, answered_now=options.trust or None
        )
        self._session_logs = SessionLogs(
            options.folder,
            self._user_folders,
            self._catalogue,
            now,
            _dollar_limit(options),
            accepts_damage=interactive or options.accept_damage,
            resume_hint="/resume {}" if interactive else "glideslope -r {}",
            copy_of=options.copy_of,
        )

    @property
    def folders(self) -> UserFolders:
        """Where the user's settings, sessions and caches are."""
        return self._user_folders

    def simulate(self) -> None:
        """From the next opening on, work against the simulator."""
        self._simulated = True
        self._scheduler.forget()

    def use_key(self, key: str) -> None:
        """From the next opening on, work with a key that the user typed, and with the server."""
        self._typed_key, self._simulated = key, False
        self._scheduler.forget()

    def use_server(self, address: str) -> None:
        """From the next opening on, work with a server whose address the user typed."""
        self._typed_server, self._simulated = address, False
        self._scheduler.forget()

    @property
    def _server(self) -> str | None:
        """The server that the user or the environment names; None for the API's own."""
        return self._typed_server or os.environ.get("ANTHROPIC_BASE_URL") or None

    def resolve(
        self,
        session: Mapping[str, object] | None = None,
        *,
        untrusted: bool = False,
        small_budgets: bool | None = None,
    ) -> ResolvedSettings:
        """The settings of this folder.

        Args:
            session: What was typed in this session, by key.
            untrusted: Whether the project's own files are read though nobody trusts them.
            small_budgets: Whether a task budget may be smaller than the API accepts; None: yes
                if these settings send the API no budget, or if a session is resumed.
        """
        if small_budgets is None and self._options.resume is not None:
            small_budgets = True
        found = self._resolve(session, untrusted, small_budgets=bool(small_budgets))
        if small_budgets is None and not sends_task_budgets(
            found, self._server, simulator=self._simulated
        ):
            return self._resolve(session, untrusted, small_budgets=True)
        return found

    def _resolve(
        self, session: Mapping[str, object] | None, untrusted: bool, *, small_budgets: bool
    ) -> ResolvedSettings:
        return resolve_settings(
            self._options.folder,
            command_line=self._options.settings(),
            session=session,
            home=self._user_folders,
            root=self._trust.root,
            use_project=True if untrusted else self._trust.answered_now,
            accepted=self._trust.accepted_now,
            costs=price_comparison,
            small_budgets=small_budgets,
        )

    async def trust_question(
        self, which: str | None, *, again: bool = False
    ) -> TrustQuestion | None:
        """See `tui.agent.open_session.SessionOpener`."""

        def look() -> TrustQuestion | None:
            if not self._trust.used_file_names():
                return None
            found = self.resolve(untrusted=True)
            return self._trust.question(found, memory=which is None, again=again)

        return await asyncio.to_thread(look)

    async def answer_trust(self, question: TrustQuestion, answer: TrustAnswer) -> str:
        """See `tui.agent.open_session.SessionOpener`."""
        return await asyncio.to_thread(self._trust.answer, question, answer)

    async def open(self, which: str | None, *, fork: bool = False) -> OpenSession:
        """Open a session, see `tui.agent.open_session.SessionOpener`.

        Raises:
            SessionOpenError: it cannot be opened; the text says why and what to do.
        """
        self._require_credentials()
        importing: list[asyncio.Task[None]] = []

        def warm_up() -> None:
            if not importing:
                importing.append(asyncio.create_task(_preload()))

        if which is None or not self._interactive:
            # Nobody waits for a history: the SDK, a second of work, can be imported at once.
            warm_up()
        sandbox_begun = asyncio.create_task(asyncio.to_thread(try_start_supervisor, os.environ))
        resolved = await asyncio.to_thread(self.resolve)
        if not self._interactive and (lost := resolved.lost_limits):
            # On the screen the user reads it; here nobody would stop what the limit was to stop.
            raise SessionOpenError(
                f"{' '.join(problem.sentence for problem in lost)} Nothing was sent."
            )
        remarks = self._correct_catalogue(resolved)
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="session-store")
        loop = asyncio.get_running_loop()
        sends_memory = await asyncio.to_thread(self._sends_memory, resolved)
        found = await asyncio.to_thread(self._agent_kinds, resolved)
        book = replace(self._session_logs, project_memory=sends_memory, kinds=found.kinds)
        try:
            log = await loop.run_in_executor(thread, lambda: book.open(which, resolved, fork=fork))
        except (StoreError, NoSessionToContinue) as error:
            thread.shutdown(wait=False)
            missing = isinstance(error, NoSessionToContinue | SessionNotFound)
            kind = NothingToResume if missing else SessionOpenError
            raise kind(str(error)) from error
        wanted = StartupChanges() if log.new else self._startup_changes(resolved, log)
        if wanted.budget_below_usage is not None and not self._interactive:
            await loop.run_in_executor(thread, book.close, log)
            thread.shutdown(wait=False)
            raise SessionOpenError(
                f"{wanted.budget_below_usage} Give more with --budget, or leave it as it is."
            )
        sentences = [problem.sentence for problem in resolved.problems if not problem.loosens]
        told = self._trust_notices
        sentences += await asyncio.to_thread(told, resolved, log.new, sends_memory)
        sentences += remarks + log.sentences
        sentences += found.remarks if may_delegate(log.state) else ()
        base_url, key = await self._server_and_key()
        self._scheduler.allow(rate_allowance(resolved.settings.rate_limits, self._catalogue))
        surface: Surface = "screen" if self._interactive else "headless"
        client = ClaudeClient(
            base_url=base_url,
            api_key=key,
            surface=surface,
            retry_policy=RetryPolicy(left_to_caller=REFUSALS),
        )
        scratch = self._user_folders.cache / "outputs" / log.state.session
        sandbox = await open_sandbox(
            await sandbox_begun,
            self._options.folder,
            os.environ,
            own=(
                self._user_folders.config,
                self._user_folders.data,
                self._user_folders.state,
                self._user_folders.cache,
            ),
            scratch=scratch,
            config=SandboxConfig.from_settings(resolved.settings.sandbox),
        )
        ctx = self._context(client, resolved, log, sentences, base_url, sandbox)
        runner = SessionRunner(log.store, log.state, ctx, thread)
        crew = self._crew(runner, log, found.kinds, thread)
        sentences += await self._recover_session(runner, log, resolved, crew)
        runner.listeners.append(self._saves_project_rules(runner))

        progress = ProgressNotes(lambda: loop.run_in_executor(thread, book.note_progress, log))

        def note(item: Published) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.TurnEnded):
                loop.run_in_executor(thread, book.update_index, log)
            elif isinstance(item, ev.Record):
                progress.follow(item.event)

        async def close() -> None:
            outside.stop()
            progress.stop()
            if opened.spend_warnings is not None:
                await opened.spend_warnings.close()
            if crew is not None:
                await crew.close()
            await sandbox.close()
            with contextlib.suppress(StoreError):
                await runner.commit(*await put_back_at_the_end(ctx))
            await client.close()
            await loop.run_in_executor(thread, book.close, log)
            thread.shutdown(wait=False)
            await asyncio.gather(*importing)

        async def read() -> Sequence[ev.Record]:
            return await loop.run_in_executor(thread, lambda: list(full_log(log.store)))

        outside = OutsideAnswers(runner, log.store.path)
        runner.listeners += [note, outside.follow]
        if not log.store.read_only:
            # Opening is a use: after a crash the next run continues what was open last.
            loop.run_in_executor(thread, book.update_index, log)
        if resolved.settings.budgets != BudgetSettings():
            await MonthlyBudgetWatch(log.state, ctx).read(patience=OPENING_PATIENCE)
        opened = OpenSession(
            runner=runner,
            records=log.records,
            resolved=resolved,
            catalogue=self._catalogue,
            base_url=base_url,
            simulated=self._simulated,
            branch=await asyncio.to_thread(checked_out_head, self._options.folder),
            key_source=self._key_source(),
            trusted=self._trust.decision(resolved),
            log_path=log.store.path,
            crew=crew,
            warnings=sentences,
            read_log=read,
            unused_file_sentences=tuple(self._trust.unused_file_sentences(resolved, memory=True)),
            resolve=lambda typed: self.resolve(typed, small_budgets=not opened.accepts_task_budget),
            on_project_setting_saved=lambda before: self._trust.on_setting_saved(
                before, self.resolve(untrusted=True)
            ),
            probe_server=client.probe,
            on_key_typed=self._uses_key(client),
            warm_up=warm_up,
            rejected_budget=self._options.budget
            if wanted.budget_below_usage and self._options.budget
            else "",
            close=close,
        )
        if not log.store.read_only:
            opened.spend_warnings = self._warn_before_spending(opened)
        if not self._options.in_dollars and (said := opened.unpriced_limit_warning):
            opened.warnings.append(said)
        if said := opened.unsupported_budget_warning:
            opened.warnings.append(said)
        return opened

    def _team_history(self, runner: SessionRunner) -> TeamHistory:
        """What agents took before; the logs are read when the session's first turn here begins."""
        folders, counting = self._user_folders, runner.ctx.services.catalogue.counting
        past = TeamHistory(folders.data, folders.state, counting, runner.state.session)

        def start(item: Published) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.PromptSubmitted):
                past.start()

        runner.listeners.append(start)
        return past

    def _warn_before_spending(self, opened: OpenSession) -> SpendWarnings:
        """Let a session say what there is to say before money is spent."""
        catalogue, folders = opened.catalogue, self._user_folders
        history = WorkHistory(
            folders.data,
            folders.state,
            catalogue.counting,
            lambda id: catalogue.model(id).tokenizer,
            self._now,
        )
        words = partial(spend_warning_sentence, opened)
        warnings = SpendWarnings(opened.runner, history, words)
        opened.runner.listeners.append(warnings.on_published)
        return warnings

    def _simulator_cache_is_gone(self, state: SessionState) -> bool:
        """Whether the prompt cache ended with the simulator that the last request was sent to."""
        warmth = state.prompt_cache
        known = warmth.cached_tokens > 0 and warmth.lost(self._now()) != "all"
        return self._simulated and known and warmth.last_used < self._simulator_since

    def _sends_memory(self, resolved: ResolvedSettings) -> bool:
        return self._trust.sends_memory(resolved, asked=self._interactive)

    def _agent_kinds(self, resolved: ResolvedSettings) -> KindsFound:
        folder = self._options.folder if self._trust.trusted(resolved) else None
        return read_agent_kinds(self._user_folders.config, folder)

    def _crew(
        self,
        runner: SessionRunner,
        log: OpenLog,
        kinds: Mapping[str, AgentKind],
        thread: ThreadPoolExecutor,
    ) -> Crew | None:
        """The agents of a session; None where its model cannot ask for any.

        Args:
            runner: Runs the session.
            log: Its log.
            kinds: Those that it may ask for.
            thread: The one in which logs are used.
        """
        if not may_delegate(log.state) or log.store.read_only:
            return None
        past = self._team_history(runner)
        files = TeamFiles(
            path=log.store.path, thread=thread, now=self._now, program=version("glideslope")
        )
        question = SpawnQuestion(runner, past.spends)
        folders = AgentFolders(
            runner.ctx.services.environment,
            self._user_folders.worktrees,
            log.state.session,
            lambda: runner.state.touched_files,
        )
        crew = Crew(runner, kinds, files, question, folders=folders)
        crew.at_close.append(past.close)
        attach_crew(runner, crew)
        return crew

    def _trust_notices(
        self, resolved: ResolvedSettings, new: bool, sends_memory: bool
    ) -> list[str]:
        """What is used unasked and what is not used of the folder's files; said once in a run."""
        about = self._trust.unused_file_sentences(resolved, memory=new and not sends_memory)
        if new and sends_memory:
            about += self._trust.unasked_memory_sentences(resolved)
        about += refused_setting_sentences(resolved, asked=self._interactive)
        said = [each for each in about if each not in self._told_trust_notices]
        self._told_trust_notices.update(said)
        return said

    def _startup_changes(self, resolved: ResolvedSettings, log: OpenLog) -> StartupChanges:
        return startup_changes(
            resolved, log.state, self._catalogue, self._session_logs.dollar_limit
        )

    def _correct_catalogue(self, resolved: ResolvedSettings) -> list[str]:
        """Lay the user's corrections over the list of models; returns what was wrong with them."""
        self._catalogue, sentences = catalogue_from_settings(resolved)
        self._session_logs = replace(self._session_logs, catalogue=self._catalogue)
        return sentences

    async def _recover_session(
        self,
        runner: SessionRunner,
        log: OpenLog,
        resolved: ResolvedSettings,
        crew: Crew | None,
    ) -> list[str]:
        """Close what a crash left open, do what the command line wants changed, show both.

        Args:
            runner: Runs the session.
            log: Its log.
            resolved: The settings.
            crew: Its agents.

        Returns:
            What there is to say about it.
        """
        if log.new or log.store.read_only:
            return []

        def keep(item: Published) -> None:
            if isinstance(item, ev.Record):
                log.records.append(item)

        runner.listeners.append(keep)
        await runner.recover(log.partial.text if log.partial else "")
        returned = await crew.returning.recover(ask=self._interactive) if crew else []
        if moved := folder_change(log.records, log.state.folder, str(self._options.folder)):
            await runner.commit(moved)
        if self._simulator_cache_is_gone(log.state):
            await runner.commit(ev.CacheEmptied())
        wanted = self._startup_changes(resolved, log)
        if wanted.events:
            await runner.commit(*wanted.events)
            runner.ctx.run.rules = runner.ctx.run.rules.with_mode(log.state.mode)
        lowered, said = apply_caps(
            log.state, runner.ctx.settings.caps, resolved.settings.budget_scope
        )
        if lowered:
            await runner.commit(*lowered)
        runner.listeners.remove(keep)
        if wanted.previous_mode is not None:
            how = (
                "/mode changes it."
                if self._interactive
                else _KEEP_MODE_HINT.format(wanted.previous_mode)
            )
            now = f"The session was in mode {wanted.previous_mode}; it is in {log.state.mode} now."
            said = [f"{now} {how}", *said]
        return [*returned, *wanted.sentences, *said]

    async def summaries(self) -> Sequence[SessionSummary]:
        """All sessions of this folder, the newest first."""

        def read() -> Sequence[SessionSummary]:
            self._correct_catalogue(self.resolve())
            return self._session_logs.summaries()

        return await asyncio.to_thread(read)

    # The context of the turns ----------------------------------------------------

    def _context(
        self,
        client: ClaudeClient,
        resolved: ResolvedSettings,
        log: OpenLog,
        sentences: list[str],
        base_url: str | None,
        sandbox: Sandbox,
    ) -> TurnContext:
        settings, state = resolved.settings, log.state
        folder = self._options.folder
        rules = PermissionRules(folder=folder.resolve(), mode=state.mode).with_settings(
            settings.permissions.allow, settings.permissions.deny, sentences
        )
        rules = rules.with_session(state.rules).with_sandbox(sandbox.enforcement)
        environment = ToolEnvironment(
            folder=folder,
            variables=dict(os.environ),
            scratch_folder=self._user_folders.cache / "outputs" / state.session,
            limits=ToolLimits(
                output_characters=settings.tools.output_limit,
                command_seconds=settings.tools.bash_timeout,
            ),
            is_hidden=rules.is_hidden if rules.denies_reading else hide_nothing,
            program_folders=(self._user_folders.config, self._user_folders.data),
            redactor=Redactor(self._secrets_of(client)),
            sandbox=sandbox,
        )
        turn_settings = TurnSettings(
            interactive=self._interactive,
            host=url_host(base_url or DEFAULT_BASE_URL) or "the server",
            limit_policy=self._limit_policy,
        )
        services = Services(
            client=client,
            catalogue=self._catalogue,
            tools=TOOLS,
            environment=environment,
            inbox=UserInbox(),
            now=self._now,
            pacing=PacedAgent(self._scheduler),
            spend=IndexedSpend(self._user_folders.data, folder, log.store.path, state),
        )
        told = self._catalogue.server_supports_task_budget(base_url, simulator=self._simulated)
        run = RunState(rules=rules, server_supports_task_budget=told, log_path=log.store.path)
        return TurnContext(turn_settings.with_resolved(resolved), services, run)

    def _secrets_of(self, client: ClaudeClient) -> dict[str, str]:
        """The key of a client, by which it is blacked out, and the words that replace it."""
        if not client.api_key:
            return {}
        return {client.api_key: "the simulator's token" if self._simulated else TYPED_KEY}

    @property
    def _limit_policy(self) -> LimitPolicy:
        return self._options.on_limit or ("ask" if self._interactive else "wrap")

    def _saves_project_rules(self, runner: SessionRunner) -> Callable[[Published], None]:
        """Keeps in the user's own settings what was allowed for the project."""
        telling: set[asyncio.Task[object]] = set()

        def keep(item: Published) -> None:
            if not isinstance(item, ev.Record) or not isinstance(item.event, ev.PermissionAnswered):
                return
            if item.event.answer != "project":
                return
            try:
                for rule in item.event.rules:
                    save_project_permission(self._user_folders.settings, self._options.folder, rule)
            except SettingsWriteError as error:
                # Raised, it would break the turn off; the permission itself was given.
                notice = ev.NoticeShown(sentence=f"{error} Your answer holds for this session.")
                telling.add(task := asyncio.ensure_future(runner.commit(notice)))
                task.add_done_callback(telling.discard)

        return keep

    # The server ------------------------------------------------------------------

    def _require_credentials(self) -> None:
        """Refuse to open a session without a key; a server that the user names may want none."""
        found = self._simulated or self._typed_key or credentials_found() or self._server
        if not found:
            raise NoCredentials(NO_API_KEY)

    def _key_source(self) -> str:
        """Where the key of the next session comes from, without the key."""
        if self._simulated:
            return NO_KEY_NEEDED
        return TYPED_KEY if self._typed_key else credentials_source()

    def _uses_key(self, client: ClaudeClient) -> Callable[[str], Awaitable[None]]:
        """Lets a client use a typed key, whose account has limits of its own."""

        async def use(key: str) -> None:
            await client.use_key(key)
            self._scheduler.forget()

        return use

    async def _server_and_key(self) -> tuple[str | None, str | None]:
        """Base URL and key of the server; starts the simulator when it is wanted."""
        if not self._simulated:
            return self._server, self._typed_key
        if self._simulator is None:
            try:
                self._simulator = await self._spawn_simulator()
                self._simulator_since = self._now()
            except SimulatorStartError as error:
                raise SessionOpenError(f"The simulator did not start: {error.reason}.") from error
        return self._simulator.base_url, self._simulator.token

    async def _spawn_simulator(self) -> SimulatorProcess:
        pace = None if self._options.pace == "max" else float(self._options.pace)
        counting = self._catalogue.counting
        rules = ["--turn-reset", "fresh"] if counting.turn_reset == "fresh" else []
        rules += ["--charge-prompts"] if counting.charges_prompts else []
        return await start_simulator(pace=pace, token=secrets.token_urlsafe(24), extra_args=rules)

    async def close(self) -> None:
        """Stop the simulator, if this run started one."""
        if self._simulator is not None:
            # It has nothing to save: asked to end, it would take a fifth of a second.
            self._simulator.kill()
            await self._simulator.stop()


async def _preload() -> None:
    """Import what the first request needs, and leave its modules out of collections of garbage.

    They stay for good, and a collection that looked through them would hold up the keys.
    """
    await asyncio.gather(asyncio.to_thread(preload_sdk), asyncio.to_thread(preload_grammar))
    if gc.isenabled():  # else the first frame is still to come, which freezes what there is
        gc.freeze()


def _dollar_limit(options: CommandLineOptions) -> Decimal | None:
    """The limit in dollars that the command line gives; it was looked at before."""
    try:
        amount = parse_amount(options.budget or "")
    except AmountError:
        return None
    return amount.amount if isinstance(amount, Dollars) else None
