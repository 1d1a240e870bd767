"""Settings, resolved: who wins, who only may tighten, and which file said so.

Built-in < user < project < project-local < environment < command line < this session; then
the organisation, which sets and caps. A project's own files only tighten: they come with the
code, and code is not trusted to raise its reader's bill. What else they ask for holds only if
the user accepted exactly these files.
"""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from dataclasses import field as field_of
from pathlib import Path
from typing import Any

import msgspec

from tui.settings.document import Document, read_document
from tui.settings.folders import Folders, folders, project_files
from tui.settings.kinds import Number, TokenCount, UnfitError
from tui.settings.managed import Cap, Managed, managed_file, read_managed, refused
from tui.settings.problems import Layer, Problem, quoted
from tui.settings.project_wishes import (
    Around,
    Costs,
    CostsOf,
    ProjectFiles,
    Tightening,
    Wish,
    is_looser,
)
from tui.settings.schema import BUILT_IN, BY_KEY, SETTINGS, Setting, Settings, field
from tui.settings.sources import (
    CATALOGUE,
    Entry,
    Origin,
    ProjectWord,
    corrections,
    environment_entries,
    file_entries,
    option_entries,
    project_word,
)
from tui.settings.trust import Trust, digest_of, read_trust, trust_problems

_PROJECT_LAYERS = (Layer.PROJECT, Layer.PROJECT_LOCAL)
_LOUD_LAYERS = (Layer.ENVIRONMENT, Layer.COMMAND_LINE, Layer.SESSION)
"""Layers in which somebody asks for a value now, and should hear that it is not had."""

_IN_ORDER = (
    ("stages.descent", "stages.approach"),
    ("stages.reserve_least", "stages.reserve_most"),
)
"""Pairs of which the first may not exceed the second."""


@dataclass(frozen=True, slots=True)
class Value:
    """The value of one setting, and where it comes from."""

    setting: Setting
    value: object
    origin: Origin
    parts: tuple[tuple[str, Origin], ...] = ()
    """For lists, which are joined over the layers: each rule with its own origin."""

    @property
    def words(self) -> str:
        """The value as shown to people."""
        return self.setting.kind.show(self.value)


@dataclass(frozen=True, slots=True)
class Resolved:
    """All settings, with their origins and everything that was wrong on the way."""

    settings: Settings
    values: Mapping[str, Value]
    """By key, in the order of the documentation."""
    problems: tuple[Problem, ...] = ()
    caps: Mapping[str, Cap] | None = None
    """What the organisation caps, by key."""
    trust: Trust = field_of(default_factory=Trust)
    """What the user's file says about the folder."""
    project: ProjectFiles = field_of(default_factory=ProjectFiles)
    """The project's own files, and what they ask for."""
    catalogue: Mapping[str, Any] = field_of(default_factory=dict)
    """What the user corrects in the list of models and prices, as TOML holds it."""
    own: Document | None = None
    """The user's file, where there is one that can be read."""

    @property
    def trusted(self) -> bool:
        """Whether the user trusts this folder."""
        return self.trust.trusted is True

    def problems_of(self, layer: Layer) -> tuple[Problem, ...]:
        """The problems of one layer, such as the command line."""
        return tuple(problem for problem in self.problems if problem.layer is layer)

    @property
    def lost_limits(self) -> tuple[Problem, ...]:
        """Why a limit on what is spent may not hold, though somebody wrote it down."""
        return tuple(problem for problem in self.problems if problem.lost_limit)


def resolve(
    project: Path | None = None,
    *,
    command_line: Mapping[str, object] | None = None,
    session: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    home: Folders | None = None,
    managed: Path | None = None,
    root: Path | None = None,
    use_project: bool | None = True,
    accepted: str = "",
    costs: CostsOf | None = None,
    small_budgets: bool = False,
) -> Resolved:
    """Read all layers and resolve them. Never raises: mistakes are in `problems`.

    Args:
        project: the project folder; None where there is none.
        command_line: values by dotted key, as text or typed; None means not given.
        session: the same, typed in this session.
        environ: the environment; this process's own by default.
        home: the user's folders; found by way of `environ` by default.
        managed: the organisation's file; the platform's own place by default.
        root: the top folder of the project's repository, for whether the user trusts it.
        use_project: whether the project's own files are read at all; None: if the user's file
            trusts the folder.
        accepted: digest of the project's files whose wishes are accepted for this run.
        costs: compares models; without it no model of a project's file is known to be cheaper.
        small_budgets: whether a task budget may be smaller than the API accepts.
    """
    environ = os.environ if environ is None else environ
    tower = _Tower(costs, small_budgets=small_budgets)
    own = tower.read((home or folders(environ)).settings, Layer.USER)
    word = project_word(own, project) if own and project else ProjectWord()
    if own:
        tower.own, tower.catalogue = own, corrections(own)
        if not isinstance(tower.catalogue, dict):
            found = f"{CATALOGUE} is {quoted(tower.catalogue)}"
            expected = "expected tables such as [catalogue.models.NAME]"
            tower.problems.append(own.problem((CATALOGUE,), found, expected, Layer.USER))
        tower.problems += trust_problems(own)
        tower.lay(file_entries(own, Layer.USER))
        tower.lay(word.entries)
    if project:
        tower.trust = read_trust(own, project, root)
    if project and (tower.trust.trusted if use_project is None else use_project):
        tower.lay_project(project, accepted)
    tower.lay(environment_entries(environ))
    tower.lay(option_entries(Layer.COMMAND_LINE, command_line or {}))
    tower.lay(option_entries(Layer.SESSION, session or {}))
    if document := tower.read(managed or managed_file(), Layer.MANAGED):
        tower.govern(read_managed(document))
    return tower.finish()


def refusal(found: Resolved, command_line: Mapping[str, object]) -> str:
    """Why a cap does not allow what the command line asks for; empty where it does."""
    for entry in option_entries(Layer.COMMAND_LINE, command_line):
        if isinstance(entry, Entry):
            with suppress(UnfitError):
                sentence = refused(found.caps or {}, entry.setting.key, entry.value())
                if sentence:
                    return sentence
    return ""


class _Tower:
    """The layers laid one on the other so far."""

    def __init__(self, costs: CostsOf | None, *, small_budgets: bool) -> None:
        self._small_budgets = small_budgets
        built_in = Origin(Layer.BUILT_IN)
        self.values = {s.key: Value(s, field(BUILT_IN, s.key), built_in) for s in SETTINGS}
        self.problems: list[Problem] = []
        self.caps: dict[str, Cap] = {}
        self.trust = Trust()
        self.project = ProjectFiles()
        self._costs_of = costs
        self._costs: Costs | None = None
        self._without_project: dict[str, Value] = {}
        self.catalogue: object = {}
        self.own: Document | None = None

    def read(self, path: Path, layer: Layer, inside: Path | None = None) -> Document | None:
        """The file, if there is one that can be understood."""
        found = read_document(path, layer, inside=inside)
        if isinstance(found, Problem):
            # Nobody knows which limits stand in it.
            self.problems.append(replace(found, lost_limit=True))
            return None
        return found

    def lay(self, entries: Iterable[Entry | Problem]) -> None:
        """One more layer."""
        for entry in entries:
            if isinstance(entry, Problem):
                self.problems.append(entry)
            elif problem := self._lay_one(entry):
                self.problems.append(problem)

    def _lay_one(self, entry: Entry) -> Problem | None:
        try:
            value = entry.value(small_budgets=self._small_budgets)
        except UnfitError as error:
            return entry.unfit(error)
        before = self.values[entry.setting.key]
        if entry.origin.layer in _PROJECT_LAYERS and (
            refusal := self._of_project(entry, value, before)
        ):
            return refusal
        if isinstance(value, tuple):
            self.values[entry.setting.key] = _joined(before, value, entry.origin)
        else:
            self.values[entry.setting.key] = replace(before, value=value, origin=entry.origin)
        return None

    def lay_project(self, project: Path, accepted: str) -> None:
        """The project's own files, the shared one first."""
        paths = project_files(project)
        known = len(self.problems)
        read = [
            (document, layer)
            for path, layer in zip(paths, _PROJECT_LAYERS, strict=True)
            if (document := self.read(path, layer, project))
        ]
        unread = tuple(self.problems[known:])
        documents = tuple(document for document, _ in read)
        digest = digest_of(documents) if documents else ""
        self.project = ProjectFiles(
            documents,
            unread,
            digest=digest,
            accepted=bool(digest) and digest in (accepted, self.trust.accepted),
            declined=bool(digest) and digest == self.trust.declined,
        )
        for low, high in _IN_ORDER:
            self._put_in_order(low, high)  # what is compared with is what would hold without them
        self._without_project = dict(self.values)
        for document, layer in read:
            self.lay(file_entries(document, layer))

    def _of_project(self, entry: Entry, value: object, before: Value) -> Problem | None:
        """Note what a project's file says; why it does not hold, if it does not."""
        setting, files = entry.setting, self.project
        words = setting.kind.show(value)
        if not is_looser(entry, value, before.value, self._around):
            if value != before.value:
                tighter = Tightening(setting, words, before.words)
                self.project = replace(files, tighter=(*files.tighter, tighter))
            return None
        if isinstance(value, tuple) and isinstance(before.value, tuple):
            words = setting.kind.show(tuple(each for each in value if each not in before.value))
        wish = Wish(setting, words, before.words, entry.origin)
        if setting.key == "model":
            wish = replace(wish, times=self._around.times(str(value), str(before.value)))
        self.project = replace(files, wishes=(*files.wishes, wish))
        return None if files.accepted else _refused(entry, words, before.words)

    @property
    def _around(self) -> Around:
        """What comparing a value with the one before depends on, as the values are now."""
        if self._costs is None and self._costs_of is not None:
            catalogue = self.catalogue if isinstance(self.catalogue, dict) else {}
            self._costs = self._costs_of(catalogue)
        effort = self.values["effort"].value
        return Around(
            str(self.values["model"].value), None if effort is None else str(effort), self._costs
        )

    def govern(self, managed: Managed) -> None:
        """The organisation's word."""
        self.problems += managed.problems
        self.caps = {cap.entry.setting.key: cap for cap in managed.caps}
        for entry in managed.entries:
            before = self.values[entry.setting.key]
            self.lay([entry])
            after = self.values[entry.setting.key]
            if before.origin.layer in _LOUD_LAYERS and before.value != after.value:
                expected = f"{managed.owner} sets it to {after.words} in {entry.origin.file}"
                self.problems.append(_about(before, expected))
        for key, cap in self.caps.items():
            self._hold(self.values[key], cap)

    def _hold(self, value: Value, cap: Cap) -> None:
        if not cap.exceeded_by(value.value):
            return
        self.values[value.setting.key] = replace(value, value=cap.value, origin=cap.origin)
        if value.origin.layer is not Layer.BUILT_IN:
            expected = f"{cap.words}, in {cap.origin.file}, and is used instead"
            self.problems.append(_about(value, expected))

    def finish(self) -> Resolved:
        """The result."""
        for low, high in _IN_ORDER:
            self._put_in_order(low, high)
        return Resolved(
            settings=_assembled(self.values),
            values=self.values,
            problems=tuple(self.problems),
            caps=self.caps,
            trust=self.trust,
            project=self.project,
            catalogue=self.catalogue if isinstance(self.catalogue, dict) else {},
            own=self.own,
        )

    def _put_in_order(self, low: str, high: str) -> None:
        first, second = self.values[low], self.values[high]
        if first.setting.kind.rank(first.value) <= second.setting.kind.rank(second.value):
            return
        later = max((first, second), key=lambda value: value.origin.layer)
        found = f"{low} is {first.words} and {high} is {second.words}"
        of_project = [each for each in (first, second) if each.origin.layer in _PROJECT_LAYERS]
        if of_project:
            # A project's file must not undo what the user has set beside it.
            expected = "expected the first to be the smaller; what the project says is left out"
            for value in of_project:
                self.values[value.setting.key] = self._without_project[value.setting.key]
        else:
            expected = "expected the first to be the smaller; the built-in values are used for both"
            built_in = Origin(Layer.BUILT_IN)
            for key in (low, high):
                self.values[key] = Value(BY_KEY[key], field(BUILT_IN, key), built_in)
        self.problems.append(_about(later, expected, found))
        if of_project:
            self._put_in_order(low, high)


def _refused(entry: Entry, words: str, before: str) -> Problem:
    """That a value of a project's file does not hold, and how it could."""
    setting = entry.setting
    if setting.key == "permissions.allow":
        found = f"a project's own file may not fill {setting.key} with {words}"
        expected = f"it is ignored until you trust the project and {_ACCEPT}"
    elif setting.project == "lower" and isinstance(setting.kind, TokenCount | Number):
        found = f"{setting.key} is {words}"
        expected = f"a project may only lower it, so {before} stands"
    else:
        found = f"{setting.key} is {words}"
        expected = f"{before} stays until you trust the project and {_ACCEPT}"
    return replace(entry.problem(expected, found=found), upward=True)


_ACCEPT = "accept what its file asks for: /trust"


def _about(value: Value, expected: str, found: str = "") -> Problem:
    """A remark on a value that was understood."""
    entry = Entry(value.setting, value.value, value.origin)
    name = value.origin.name or value.setting.key
    return entry.problem(expected, found=found or f"{name} is {value.words}", warning=True)


def _joined(before: Value, rules: tuple[str, ...], origin: Origin) -> Value:
    """A list with the rules of one more layer; the first to say a rule is its origin."""
    known = dict(before.parts)
    if isinstance(before.value, tuple):
        known = known or dict.fromkeys(map(str, before.value), before.origin)
    for rule in rules:
        known.setdefault(rule, origin)
    return replace(before, value=tuple(known), origin=origin, parts=tuple(known.items()))


def _assembled(values: Mapping[str, Value]) -> Settings:
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *groups, name = key.split(".")
        table = tree
        for group in groups:
            table = table.setdefault(group, {})
        table[name] = value.value
    return msgspec.convert(tree, Settings)
