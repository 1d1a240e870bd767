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

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from tui.agent.rules import Rule, RuleError, parse_rule, permits_command
from tui.agent.sandbox.enforcement import Enforcement
from tui.agent.tools.base import Call, Need
from tui.session.events import Mode, PermissionScope

PLAN = "Plan mode: reading only. Lay out what you would do; the user switches the mode to go on."


@dataclass(frozen=True, slots=True)
class Allow:
    """Go ahead."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the user."""

    need: Need

    @property
    def reason(self) -> str:
        """Why, in words."""
        always = f"; always asked because {self.need.always}" if self.need.always else ""
        return self.need.reason + always


@dataclass(frozen=True, slots=True)
class Deny:
    """Do not; the model reads why."""

    reason: str


Decision = Allow | Ask | Deny


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything that is allowed and denied now. A value: changes give a new one."""

    folder: Path
    """The project folder, absolute and free of links."""
    mode: Mode = "ask"
    allow: tuple[Rule, ...] = ()
    """From the settings."""
    deny: tuple[Rule, ...] = ()
    """From the settings; stronger than everything else."""
    session: tuple[Rule, ...] = ()
    """From answers given in this session."""
    project: tuple[Rule, ...] = ()
    """From answers given for this project, now or earlier."""
    boundary: bool = False
    """Whether the kernel keeps commands inside the sandbox now."""
    network: bool = False
    """Whether the settings let every command have the network."""
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
    ) -> "Rules":
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

    def decide(self, call: Call) -> Decision:
        """What becomes of `call`."""
        need = call.need
        if need is None:
            return Allow()
        if denied := next((rule for rule in self.deny if rule.forbids(need, self.folder)), None):
            return Deny(f"The user's settings deny this: {denied}.")
        if self.mode == "plan" and need.act != "read":
            return Deny(PLAN)
        if need.always:
            return Ask(need)
        lets_pass = self._command_passes if need.act == "bash" else self._file_passes
        return Allow() if lets_pass(need) else Ask(need)

    @property
    def deny_reading(self) -> bool:
        """Whether a deny rule speaks of reading at all."""
        return any(rule.act == "read" for rule in self.deny)

    def hides(self, path: Path) -> bool:
        """Whether a deny rule keeps the file at `path` (absolute) from being read."""
        need = Need(act="read", target=path.as_posix(), reason="")
        return any(rule.covers_path(need, self.folder) for rule in self.deny)

    def with_answer(self, call: Call, answer: PermissionScope) -> "Rules":
        """The rules after the user answered; `once` and `no` change nothing.

        What an answer of `project` added is `call.need.rules`, to be kept by the caller.
        """
        learnt = tuple(map(parse_rule, call.need.rules)) if call.need else ()
        match answer:
            case "session":
                return replace(self, session=_added(self.session, learnt))
            case "project":
                return replace(self, project=_added(self.project, learnt))
            case _:
                return self

    def with_settings(
        self, allow: Iterable[str], deny: Iterable[str], sentences: list[str]
    ) -> "Rules":
        """The same rules with other ones from the settings.

        Args:
            allow: What goes ahead, as text.
            deny: What never does, as text.
            sentences: What is no rule is told here and left out.
        """
        return replace(self, allow=_read(allow, sentences), deny=_read(deny, sentences))

    def with_session(self, rules: Iterable[str]) -> "Rules":
        """The same rules with those granted earlier in this session, as its log has them."""
        return replace(self, session=_added(self.session, _read(rules, [])))

    def under(self, held: Enforcement) -> "Rules":
        """The same rules where the sandbox enforces what `held` says."""
        network = held.files and held.allowed_network
        return replace(self, boundary=held.files, network=network, masks=held.masks)

    def with_mode(self, mode: Mode) -> "Rules":
        """The same rules in another mode."""
        return replace(self, mode=mode)

    @property
    def _granted(self) -> tuple[Rule, ...]:
        return (*self.allow, *self.session, *self.project)

    def _file_passes(self, need: Need) -> bool:
        if any(rule.covers_path(need, self.folder) for rule in self._granted):
            return True
        return not need.outside and (need.act == "read" or self.mode in ("edits", "auto"))

    def _command_passes(self, need: Need) -> bool:
        """Whether a command line that no rule denies and no warning names may run."""
        if permits_command(need, self._granted):
            return True
        if need.access == "outside" or (need.access == "network" and not self.network):
            return False
        return self.mode == "auto" and (self.boundary or need.harmless or not need.outside)


def _added(rules: tuple[Rule, ...], learnt: tuple[Rule, ...]) -> tuple[Rule, ...]:
    return tuple(dict.fromkeys((*rules, *learnt)))


def _read(texts: Iterable[str], sentences: list[str]) -> tuple[Rule, ...]:
    rules = []
    for text in texts:
        try:
            rules.append(parse_rule(text))
        except RuleError as error:
            sentences.append(error.sentence)
    return tuple(rules)
