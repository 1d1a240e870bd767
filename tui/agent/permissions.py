"""Who may do what: the rules that judge a call before it runs.

A rule names an act and what it may act on:

- `bash(git status*)`: this command with any further words; `bash(pytest -q)`: exactly this.
  A line of several commands is allowed only if each of them is.
- `edit(src/**)`: change files there, by `edit` or `write`; `write(**)`: by `write` alone.
- `read(/usr/share/doc/**)`: read there. Paths without a leading `/` or `~` are relative to
  the project folder and never leave it.

Judged in this order: deny rules, the plan mode, what is always asked, allow rules, the
mode. Nothing outside the project folder goes ahead because of a mode.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from tui.agent.permission_rule import PermissionRule, RuleError, parse_rule, permits_command
from tui.agent.sandbox.enforcement import Enforcement
from tui.agent.shell.command_analysis import analyse_command
from tui.agent.shell.deny_rules import file_identity, file_verdict, hard_link_identity, list_files
from tui.agent.shell.path_uses import find_path_uses
from tui.agent.shell.rule_suggestions import risky_rules
from tui.agent.tools.base import PermissionKind, PermissionRequest, PreparedCall
from tui.agent.tools.ripgrep import find_ripgrep
from tui.session.events import Mode, PermissionScope

_DENIED = "The user's settings deny this: {rule}."
_LINKED = "The user's settings deny this: {path} is another name of a file of a deny rule."
_IDENTITY_CACHE_SECONDS = 5.0
"""Seconds for which the files of deny rules are not listed again."""
_DENIED_UNCLEAR = (
    "The user's settings deny this: {rule}. The command counts as that, because it is not "
    "understood: {why}. Write it plainly: each program by its own name, without eval, an inner "
    "shell, or expansions in place of names."
)
PLAN_MODE_REFUSAL = (
    "Plan mode: reading only. File what you would do with file_plan; the user agrees to go on."
)


@dataclass(frozen=True, slots=True)
class Allow:
    """The call may run."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The user decides about the call."""

    need: PermissionRequest

    @property
    def reason(self) -> str:
        """Why, in words."""
        always = (
            f"; always asked because {self.need.always_ask_reason}"
            if self.need.always_ask_reason
            else ""
        )
        return self.need.reason + always


@dataclass(frozen=True, slots=True)
class Deny:
    """The call may not run; the model reads why."""

    reason: str


Decision = Allow | Ask | Deny


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionRules:
    """Everything that is allowed and denied now. A value: changes give a new one."""

    folder: Path
    """The project folder, absolute and free of links."""
    mode: Mode = "ask"
    allow: tuple[PermissionRule, ...] = ()
    """From the settings."""
    deny: tuple[PermissionRule, ...] = ()
    """From the settings; stronger than everything else."""
    session: tuple[PermissionRule, ...] = ()
    """From answers given in this session."""
    project: tuple[PermissionRule, ...] = ()
    """From answers given for this project, now or earlier."""
    boundary: bool = False
    """Whether the kernel keeps commands inside the sandbox now."""
    network: bool = False
    """Whether the settings let every command have the network."""
    tools: frozenset[str] | None = None
    """The tools that an agent of this kind may use; None for all."""
    masks: bool = False
    """Whether the sandbox hides the files that deny rules keep from being read."""

    @classmethod
    def of(
        cls,
        folder: Path,
        mode: Mode = "ask",
        *,
        allow: Iterable[str] = (),
        deny: Iterable[str] = (),
        project: Iterable[str] = (),
    ) -> "PermissionRules":
        """Rules read from text.

        Raises:
            RuleError: one of them is not a rule.
        """
        return cls(
            folder=folder.resolve(),
            mode=mode,
            allow=tuple(map(parse_rule, allow)),
            deny=tuple(map(parse_rule, deny)),
            project=tuple(map(parse_rule, project)),
        )

    def decide(self, call: PreparedCall) -> Decision:
        """Whether `call` may run: allowed, denied, or a question to the user."""
        if self.tools is not None and call.name not in self.tools:
            known = ", ".join(sorted(self.tools))
            return Deny(f"An agent of your kind may not use {call.name}. You may use: {known}.")
        if call.only_mode not in (None, self.mode) or call.not_mode == self.mode:
            return Deny(call.mode_refusal)
        need = call.permission
        if need is None:
            return Allow()
        denied = self._deny_decision(need)
        if isinstance(denied, Deny):
            return denied
        if self.mode == "plan" and need.kind != "read":
            return Deny(PLAN_MODE_REFUSAL)
        if need.always_ask_reason:
            return Ask(need)
        if denied:
            # It can only be allowed once: no rule is stronger than a deny rule.
            return Ask(replace(need, always_ask_reason=denied, rules=()))
        lets_pass = self._command_passes if need.kind == "bash" else self._file_passes
        return Allow() if lets_pass(need) else Ask(need)

    @property
    def denies_reading(self) -> bool:
        """Whether any deny rule is about reading."""
        return any(rule.act == "read" for rule in self.deny)

    def denied_files(self, act: PermissionKind = "read") -> tuple[Path, ...]:
        """The files of the project folder that deny rules keep `act` from.

        Lists the whole folder: not for the event loop, and only where there are such rules.
        """
        rules = [rule for rule in self.deny if rule.act in ("read", "edit", "write")]
        if not any(rule.act == "read" or act != "read" for rule in rules):
            return ()
        return tuple(
            file
            for file in list_files(self.folder, find_ripgrep())
            if any(rule.denies_path(act, file, self.folder) for rule in rules)
        )

    def is_hidden(self, path: Path) -> bool:
        """Whether a deny rule keeps the file at `path` (absolute) from being read."""
        if any(rule.denies_path("read", path, self.folder) for rule in self.deny):
            return True
        return self._is_link_to_denied(path, "read")

    def with_answer(self, call: PreparedCall, answer: PermissionScope) -> "PermissionRules":
        """The rules after the user answered; `once` and `no` change nothing.

        What an answer of `project` added is `call.need.rules`, to be kept by the caller.
        """
        learnt = tuple(map(parse_rule, call.permission.rules)) if call.permission else ()
        match answer:
            case "session" | "team":
                return replace(self, session=_added(self.session, learnt))
            case "project":
                return replace(self, project=_added(self.project, learnt))
            case _:
                return self

    def with_settings(
        self, allow: Iterable[str], deny: Iterable[str], sentences: list[str]
    ) -> "PermissionRules":
        """The same rules with other ones from the settings.

        Args:
            allow: What goes ahead, as text.
            deny: What never does, as text.
            sentences: Gets a sentence for each text that is no rule; the rules leave it out.
        """
        allowed = _parse_rules(allow, sentences)
        if risky := risky_rules(rule.pattern for rule in allowed if rule.act == "bash"):
            sentences.append(risky)
        return replace(self, allow=allowed, deny=_parse_rules(deny, sentences))

    def with_session(self, rules: Iterable[str]) -> "PermissionRules":
        """The same rules with those granted earlier in this session, as its log has them."""
        return replace(self, session=_added(self.session, _parse_rules(rules, [])))

    def of_agent(self, own: "PermissionRules") -> "PermissionRules":
        """The rules of an agent where these are its session's: what holds there holds for it.

        Args:
            own: Its rules so far. It keeps its folder, its mode, its tools, and what the user
                allowed it alone.
        """
        return replace(
            self,
            folder=own.folder,
            mode=own.mode,
            tools=own.tools,
            session=_added(self.session, own.session),
            project=_added(self.project, own.project),
        )

    def with_sandbox(self, held: Enforcement) -> "PermissionRules":
        """The same rules where the sandbox enforces what `held` says."""
        network = held.files and held.allowed_network
        return replace(self, boundary=held.files, network=network, masks=held.masks)

    def with_mode(self, mode: Mode) -> "PermissionRules":
        """The same rules in another mode."""
        return replace(self, mode=mode)

    @property
    def _granted(self) -> tuple[PermissionRule, ...]:
        return (*self.allow, *self.session, *self.project)

    def _file_passes(self, need: PermissionRequest) -> bool:
        if any(rule.covers_path(need, self.folder) for rule in self._granted):
            return True
        return not need.outside_project and (need.kind == "read" or self.mode in ("edits", "auto"))

    def _command_passes(self, need: PermissionRequest) -> bool:
        """Whether a command line that no rule denies and no warning names may run."""
        if permits_command(need, self._granted):
            return True
        if need.access == "outside" or (need.access == "network" and not self.network):
            return False
        return self.mode == "auto" and (self.boundary or need.proven_safe)

    # Deny rules --------------------------------------------------------------------

    def _deny_decision(self, need: PermissionRequest) -> Deny | str:
        """The verdict of the deny rules: no; or why the program asks the user; or nothing."""
        if not self.deny:
            return ""
        return (
            self._command_deny_decision(need)
            if need.kind == "bash"
            else self._file_deny_decision(need)
        )

    def _file_deny_decision(self, need: PermissionRequest) -> Deny | str:
        path = Path(need.target)
        for rule in self.deny:
            if rule.denies_path(need.kind, path, self.folder):
                return Deny(_DENIED.format(rule=rule))
        if self._is_link_to_denied(path, need.kind):
            return Deny(_LINKED.format(path=need.target))
        return ""

    def _is_link_to_denied(self, path: Path, act: PermissionKind) -> bool:
        """Whether a file is another name of one that deny rules keep `act` from."""
        if not any(rule.act in ("read", "edit", "write") for rule in self.deny):
            return False
        own = hard_link_identity(path)
        # Listing a folder takes a while: what was found holds for a moment.
        moment = int(time.monotonic() / _IDENTITY_CACHE_SECONDS)
        return own is not None and own in _denied_inodes(self.with_mode("ask"), act, moment)

    def _command_deny_decision(self, need: PermissionRequest) -> Deny | str:
        unclear = ""
        for rule in self.deny:
            verdict = rule.judge_command(need)
            if verdict.answer == "matched":
                return Deny(_DENIED.format(rule=rule))
            if verdict.answer == "unclear" and not unclear:
                unclear = _DENIED_UNCLEAR.format(rule=rule, why=verdict.why)
        if unclear:
            return Deny(unclear)
        rules = [rule for rule in self.deny if rule.act in ("read", "edit", "write")]
        return self._used_files_deny_decision(need, rules) if rules else ""

    def _used_files_deny_decision(
        self, need: PermissionRequest, rules: list[PermissionRule]
    ) -> Deny | str:
        """What the rules about files say of the files that a command names or may reach."""
        reading = analyse_command(need.target)
        if reading.problems:
            return Deny(_DENIED_UNCLEAR.format(rule=rules[0], why=reading.problems[0]))
        uses = find_path_uses(reading, self.folder)
        asked = ""
        everything: list[Path] = []

        def listed(rule: PermissionRule, act: PermissionKind) -> tuple[Path, ...]:
            if not everything:
                everything.extend(list_files(self.folder, find_ripgrep()))
            return tuple(f for f in everything if rule.denies_path(act, f, self.folder))

        for rule in rules:
            writing = rule.act != "read"
            act: PermissionKind = "write" if writing else "read"
            verdict = file_verdict(
                lambda path, rule=rule, act=act: rule.denies_path(act, path, self.folder),  # type: ignore[misc]
                uses,
                lambda rule=rule, act=act: listed(rule, act),  # type: ignore[misc]
                writing=writing,
                masked=self.masks and not writing,
            )
            if verdict.answer == "denied":
                return Deny(f"{_DENIED.format(rule=rule)[:-1]}; {verdict.why}.")
            if verdict.answer == "asked" and not asked:
                asked = f"{verdict.why}, and your settings deny {rule}"
        return asked


@lru_cache(maxsize=8)
def _denied_inodes(
    rules: PermissionRules, act: PermissionKind, moment: int
) -> frozenset[tuple[int, int]]:
    """The files that deny rules keep `act` from, as the system knows them."""
    return frozenset(filter(None, map(file_identity, rules.denied_files(act))))


def _added(
    rules: tuple[PermissionRule, ...], learnt: tuple[PermissionRule, ...]
) -> tuple[PermissionRule, ...]:
    return tuple(dict.fromkeys((*rules, *learnt)))


def _parse_rules(texts: Iterable[str], sentences: list[str]) -> tuple[PermissionRule, ...]:
    rules = []
    for text in texts:
        try:
            rules.append(parse_rule(text))
        except RuleError as error:
            sentences.append(error.sentence)
    return tuple(rules)
