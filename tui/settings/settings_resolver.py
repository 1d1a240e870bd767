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

from tui.settings.layer_sources import (
    CATALOGUE,
    SettingEntry,
    SettingOrigin,
    catalogue_overrides,
    environment_entries,
    file_entries,
    option_entries,
    user_project_entries,
)
from tui.settings.managed import Cap, Managed, cap_refusal, managed_file, read_managed
from tui.settings.problems import Layer, Problem, quote_value
from tui.settings.project_files import (
    ComparisonContext,
    Loosening,
    PriceComparison,
    PriceComparisonFactory,
    ProjectFiles,
    Tightening,
    is_looser,
)
from tui.settings.setting import Setting
from tui.settings.setting_types import InvalidValueError, NumberType, TokenCountType
from tui.settings.settings_schema import (
    BUILT_IN,
    SETTINGS,
    SETTINGS_BY_KEY,
    Settings,
    find_setting,
    setting_value,
)
from tui.settings.toml_document import TomlDocument, read_toml_document
from tui.settings.trusted_folders import (
    TrustRecord,
    files_digest,
    read_trust_record,
    trust_problems,
)
from tui.settings.user_folders import UserFolders, project_settings_files, user_folders

_PROJECT_LAYERS = (Layer.PROJECT, Layer.PROJECT_LOCAL)
_EXPLICIT_LAYERS = (Layer.ENVIRONMENT, Layer.COMMAND_LINE, Layer.SESSION)
"""Layers in which somebody asks for a value now, and must hear if it has no effect."""

_ORDERED_PAIRS = (
    ("stages.descent", "stages.approach"),
    ("stages.reserve_least", "stages.reserve_most"),
)
"""Pairs of which the first may not exceed the second."""


@dataclass(frozen=True, slots=True)
class ResolvedValue:
    """The value of one setting, and where it comes from."""

    setting: Setting
    value: object
    origin: SettingOrigin
    item_origins: tuple[tuple[str, SettingOrigin], ...] = ()
    """For lists, which are joined over the layers: each rule with its own origin."""

    @property
    def display_text(self) -> str:
        """The value as shown to people."""
        return self.setting.value_type.to_text(self.value)


@dataclass(frozen=True, slots=True)
class ResolvedSettings:
    """All settings, with their origins and everything that was wrong on the way."""

    settings: Settings
    values: Mapping[str, ResolvedValue]
    """By key, in the order of the documentation."""
    problems: tuple[Problem, ...] = ()
    caps: Mapping[str, Cap] | None = None
    """What the organisation caps, by key."""
    owner: str = ""
    """The organisation, as its file names it; empty where there is no such file."""
    trust: TrustRecord = field_of(default_factory=TrustRecord)
    """What the user's file says about the folder."""
    project_files: ProjectFiles = field_of(default_factory=ProjectFiles)
    """The project's own files, and what they ask for."""
    catalogue: Mapping[str, Any] = field_of(default_factory=dict)
    """What the user corrects in the list of models and prices, as TOML holds it."""
    user_document: TomlDocument | None = None
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
        """Why a limit on spending that somebody wrote down may have no effect."""
        return tuple(problem for problem in self.problems if problem.lost_limit)


def resolve_settings(
    project: Path | None = None,
    *,
    command_line: Mapping[str, object] | None = None,
    session: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    home: UserFolders | None = None,
    managed: Path | None = None,
    root: Path | None = None,
    use_project: bool | None = True,
    accepted: str = "",
    costs: PriceComparisonFactory | None = None,
    small_budgets: bool = False,
) -> ResolvedSettings:
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
    layers = _LayerStack(costs, small_budgets=small_budgets)
    own = layers.read_layer((home or user_folders(environ)).settings, Layer.USER)
    if own:
        layers.user_document, layers.catalogue = own, catalogue_overrides(own)
        if not isinstance(layers.catalogue, dict):
            found = f"{CATALOGUE} is {quote_value(layers.catalogue)}"
            expected = "expected tables such as [catalogue.models.NAME]"
            layers.problems.append(own.problem((CATALOGUE,), found, expected, Layer.USER))
        layers.problems += trust_problems(own)
        layers.add_layer(file_entries(own, Layer.USER))
        layers.add_layer(user_project_entries(own, project) if project else ())
    if project:
        layers.trust = read_trust_record(own, project, root)
    if project and (layers.trust.trusted if use_project is None else use_project):
        layers.add_project(project, accepted)
    layers.add_layer(environment_entries(environ))
    layers.add_layer(option_entries(Layer.COMMAND_LINE, command_line or {}))
    layers.add_layer(option_entries(Layer.SESSION, session or {}))
    if document := layers.read_layer(managed or managed_file(), Layer.MANAGED):
        layers.apply_managed(read_managed(document))
    return layers.result()


def cap_violation(found: ResolvedSettings, command_line: Mapping[str, object]) -> str:
    """Why a cap does not allow what the command line asks for; empty where it does."""
    for entry in option_entries(Layer.COMMAND_LINE, command_line):
        if isinstance(entry, SettingEntry):
            with suppress(InvalidValueError):
                sentence = cap_refusal(found.caps or {}, entry.setting.key, entry.value())
                if sentence:
                    return sentence
    return ""


class _ValueTable(dict[str, ResolvedValue]):
    """Values by key; the settings of a tag have their built-in value until somebody sets them."""

    def __missing__(self, key: str) -> ResolvedValue:
        setting = find_setting(key)
        if setting is None:
            raise KeyError(key)
        return ResolvedValue(setting, setting_value(BUILT_IN, key), SettingOrigin(Layer.BUILT_IN))


class _LayerStack:
    """Builds the settings, layer upon layer, from the weakest to the strongest."""

    def __init__(self, costs: PriceComparisonFactory | None, *, small_budgets: bool) -> None:
        self._small_budgets = small_budgets
        self.values = _ValueTable()
        self.values.update((setting.key, self.values[setting.key]) for setting in SETTINGS)
        self.problems: list[Problem] = []
        self.caps: dict[str, Cap] = {}
        self.owner = ""
        self.trust = TrustRecord()
        self.project = ProjectFiles()
        self._costs_of = costs
        self._costs: PriceComparison | None = None
        self._without_project: dict[str, ResolvedValue] = {}
        self.catalogue: object = {}
        self.user_document: TomlDocument | None = None

    def read_layer(
        self, path: Path, layer: Layer, inside: Path | None = None
    ) -> TomlDocument | None:
        """The file as TOML; None if there is none or it is damaged, which becomes a problem.

        Args:
            path: The file.
            layer: The layer that it speaks for.
            inside: The folder that the file must be in when every link is followed, if any.
        """
        found = read_toml_document(path, layer, inside=inside)
        if isinstance(found, Problem):
            # Nobody knows which limits it had.
            self.problems.append(replace(found, lost_limit=True))
            return None
        return found

    def add_layer(self, entries: Iterable[SettingEntry | Problem]) -> None:
        """Let the values of a layer win over those of the layers before.

        Entries that do not fit become problems.
        """
        for entry in entries:
            if isinstance(entry, Problem):
                self.problems.append(entry)
            elif problem := self._add_entry(entry):
                self.problems.append(problem)

    def _add_entry(self, entry: SettingEntry) -> Problem | None:
        try:
            value = entry.value(small_budgets=self._small_budgets)
        except InvalidValueError as error:
            return entry.invalid_problem(error)
        before = self.values[entry.setting.key]
        if entry.origin.layer in _PROJECT_LAYERS and (
            refusal := self._check_project_entry(entry, value, before)
        ):
            return refusal
        if isinstance(value, tuple):
            self.values[entry.setting.key] = _joined_lists(before, value, entry.origin)
        else:
            self.values[entry.setting.key] = replace(before, value=value, origin=entry.origin)
        return None

    def add_project(self, project: Path, accepted: str) -> None:
        """The project's own files, the shared one first."""
        paths = project_settings_files(project)
        known = len(self.problems)
        read = [
            (document, layer)
            for path, layer in zip(paths, _PROJECT_LAYERS, strict=True)
            if (document := self.read_layer(path, layer, project))
        ]
        unread = tuple(self.problems[known:])
        documents = tuple(document for document, _ in read)
        digest = files_digest(documents) if documents else ""
        self.project = ProjectFiles(
            documents,
            unread,
            digest=digest,
            accepted=bool(digest) and digest in (accepted, self.trust.accepted),
            declined=bool(digest) and digest == self.trust.declined,
        )
        for low, high in _ORDERED_PAIRS:
            self._enforce_order(low, high)  # what is compared with is what would hold without them
        self._without_project = dict(self.values)
        for document, layer in read:
            self.add_layer(file_entries(document, layer))

    def _check_project_entry(
        self, entry: SettingEntry, value: object, before: ResolvedValue
    ) -> Problem | None:
        """Record what a project's file asks for; return why it has no effect, if so."""
        setting, files = entry.setting, self.project
        words = setting.value_type.to_text(value)
        if not is_looser(entry, value, before.value, self._comparison_context):
            if value != before.value:
                tighter = Tightening(setting, words, before.display_text)
                self.project = replace(files, tightenings=(*files.tightenings, tighter))
            return None
        if isinstance(value, tuple) and isinstance(before.value, tuple):
            words = setting.value_type.to_text(
                tuple(each for each in value if each not in before.value)
            )
        wish = Loosening(setting, words, before.display_text, entry.origin)
        if setting.key == "model":
            wish = replace(
                wish,
                price_ratio=self._comparison_context.price_ratio(str(value), str(before.value)),
            )
        self.project = replace(files, loosenings=(*files.loosenings, wish))
        return None if files.accepted else _not_accepted_problem(entry, words, before.display_text)

    @property
    def _comparison_context(self) -> ComparisonContext:
        """What comparing a value with the one before depends on, as the values are now."""
        if self._costs is None and self._costs_of is not None:
            catalogue = self.catalogue if isinstance(self.catalogue, dict) else {}
            self._costs = self._costs_of(catalogue)
        effort = self.values["effort"].value
        return ComparisonContext(
            str(self.values["model"].value), None if effort is None else str(effort), self._costs
        )

    def apply_managed(self, managed: Managed) -> None:
        """Let the organisation set its values, and lower what is above its caps."""
        self.problems += managed.problems
        self.owner = managed.owner
        self.caps = {cap.entry.setting.key: cap for cap in managed.caps}
        for entry in managed.entries:
            before = self.values[entry.setting.key]
            self.add_layer([entry])
            after = self.values[entry.setting.key]
            if before.origin.layer in _EXPLICIT_LAYERS and before.value != after.value:
                expected = f"{managed.owner} sets it to {after.display_text} in {entry.origin.file}"
                self.problems.append(_value_problem(before, expected))
        for key, cap in self.caps.items():
            self._apply_cap(self.values[key], cap)

    def _apply_cap(self, value: ResolvedValue, cap: Cap) -> None:
        if not cap.exceeded_by(value.value):
            return
        self.values[value.setting.key] = replace(value, value=cap.value, origin=cap.origin)
        if value.origin.layer is not Layer.BUILT_IN:
            expected = f"{cap.description} (in {cap.origin.file}) and replaces it"
            self.problems.append(_value_problem(value, expected))

    def result(self) -> ResolvedSettings:
        """All settings with their origins and problems; pairs in the wrong order are corrected."""
        for low, high in _ORDERED_PAIRS:
            self._enforce_order(low, high)
        return ResolvedSettings(
            settings=_build_settings(self.values),
            values=self.values,
            problems=tuple(self.problems),
            caps=self.caps,
            owner=self.owner,
            trust=self.trust,
            project_files=self.project,
            catalogue=self.catalogue if isinstance(self.catalogue, dict) else {},
            user_document=self.user_document,
        )

    def _enforce_order(self, low: str, high: str) -> None:
        first, second = self.values[low], self.values[high]
        if first.setting.value_type.rank(first.value) <= second.setting.value_type.rank(
            second.value
        ):
            return
        later = max((first, second), key=lambda value: value.origin.layer)
        found = f"{low} is {first.display_text} and {high} is {second.display_text}"
        of_project = [each for each in (first, second) if each.origin.layer in _PROJECT_LAYERS]
        if of_project:
            # A project's file must not undo what the user has set beside it.
            expected = "the first must be smaller; the project's value is not used"
            for value in of_project:
                self.values[value.setting.key] = self._without_project[value.setting.key]
        else:
            expected = "the first must be smaller; the built-in values are used for both"
            built_in = SettingOrigin(Layer.BUILT_IN)
            for key in (low, high):
                self.values[key] = ResolvedValue(
                    SETTINGS_BY_KEY[key], setting_value(BUILT_IN, key), built_in
                )
        self.problems.append(_value_problem(later, expected, found))
        if of_project:
            self._enforce_order(low, high)


def _not_accepted_problem(entry: SettingEntry, words: str, before: str) -> Problem:
    """That a value of a project's file does not hold, and how it could."""
    setting = entry.setting
    if setting.key == "permissions.allow":
        found = f"a project's own file may not set {setting.key} to {words}"
        expected = f"it is ignored until you trust the project and {_ACCEPT}"
    elif setting.project_rule == "lower" and isinstance(
        setting.value_type, TokenCountType | NumberType
    ):
        found = f"{setting.key} is {words}"
        expected = f"a project may only lower it, so it stays {before}"
    else:
        found = f"{setting.key} is {words}"
        expected = f"it stays {before} until you trust the project and {_ACCEPT}"
    return replace(entry.problem(expected, found=found), loosens=True)


_ACCEPT = "accept what its file asks for: /trust"


def _value_problem(value: ResolvedValue, expected: str, found: str = "") -> Problem:
    """A remark on a value that was understood."""
    entry = SettingEntry(value.setting, value.value, value.origin)
    name = value.origin.name or value.setting.key
    return entry.problem(expected, found=found or f"{name} is {value.display_text}", warning=True)


def _joined_lists(
    before: ResolvedValue, rules: tuple[str, ...], origin: SettingOrigin
) -> ResolvedValue:
    """A list with the rules of one more layer; the first to say a rule is its origin."""
    known = dict(before.item_origins)
    if isinstance(before.value, tuple):
        known = known or dict.fromkeys(map(str, before.value), before.origin)
    for rule in rules:
        known.setdefault(rule, origin)
    return replace(before, value=tuple(known), origin=origin, item_origins=tuple(known.items()))


def _build_settings(values: Mapping[str, ResolvedValue]) -> Settings:
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *groups, name = key.split(".")
        table = tree
        for group in groups:
            table = table.setdefault(group, {})
        table[name] = value.value
    return msgspec.convert(tree, Settings)
