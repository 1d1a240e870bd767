"""Arguments of commands: what is typed behind a slash name, as values.

Each parser takes the text, without the spaces around it, and the open session.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from tui.budget.task_kinds import KINDS, TaskKind, find_kind
from tui.budget.wire_budget import MIN_TASK_BUDGET, Scope
from tui.claude.model_names import find_model
from tui.session.events import Mode
from tui.session.usage_breakdown import GROUPINGS, Grouping
from tui.settings.amounts import (
    Amount,
    AmountError,
    Dollars,
    MoreTokens,
    Tokens,
    parse_amount,
    quote_foreign,
)
from tui.settings.config_arguments import (
    ConfigArgumentsError,
    SettingAssignment,
    parse_config_arguments,
    split_save_option,
)
from tui.settings.problems import Layer
from tui.settings.setting_types import FlagType, InvalidValueError, TagType
from tui.settings.settings_schema import MODES, SETTINGS
from tui.widgets.figure_rows import FIGURES, EntriesFigure
from tui.widgets.line_widget import flatten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.agent.open_session import OpenSession
    from tui.claude.catalogue import Model
    from tui.history.usage_sums import Grouping as ReportGrouping

Word = TypeVar("Word", bound=str)


class ArgumentError(ValueError):
    """Words that are no arguments for a command; its text is one sentence."""


TAG = TagType()
"""What `/tag` takes."""

ARGUMENT_ERRORS = (ArgumentError, AmountError, ConfigArgumentsError)
"""What a parser may raise; the text of each is one sentence."""


ChangesOf = Literal["session", "prompt", "subtask"]


@dataclass(frozen=True, slots=True)
class ShowChanges:
    """A wish to see what changed."""

    kind: ChangesOf = "session"
    which: str = ""
    """Number of a prompt, or id or title of a subtask; empty: the newest one."""


def parse_changes(text: str, session: "OpenSession") -> ShowChanges:
    """Whose changes are meant: `prompt 3`, `subtask cart.py`; the session's without words.

    Raises:
        ArgumentError: the first word is none of them, or the number is none.
    """
    kind, _, which = text.partition(" ")
    which = which.strip()
    if kind in ("", "session") and not which:
        return ShowChanges()
    if kind == "prompt" and which.isdecimal() == bool(which):
        return ShowChanges("prompt", which)
    if kind == "subtask":
        return ShowChanges("subtask", which)
    raise ArgumentError("Say whose changes: /diff session, /diff prompt 3, or /diff subtask NAME.")


@dataclass(frozen=True, slots=True)
class ChangeBudget:
    """A wish for another budget."""

    amount: Amount
    save: Layer | None = None
    """The layer whose file keeps it too."""


@dataclass(frozen=True, slots=True)
class ChangePool:
    """A wish for another pool of the agents."""

    amount: Tokens | MoreTokens


@dataclass(frozen=True, slots=True)
class ChangeScope:
    """A wish for another scope of the budget."""

    scope: Scope
    save: Layer | None = None
    """The layer whose file keeps it too."""


def parse_kind(text: str, _: object) -> TaskKind | None:
    """The kind of task that is named; None without words.

    Raises:
        ArgumentError: there is no such kind.
    """
    if not text:
        return None
    kind = find_kind(text)
    if kind is None:
        raise ArgumentError(
            f"There is no kind {quote_foreign(text)}; there are {', '.join(KINDS)}."
        )
    return kind


def parse_text(text: str, _: object) -> str:
    """The words as they are."""
    return text


@dataclass(frozen=True, slots=True)
class PlanWish:
    """A wish about the plan: to see it, to agree to it, or to plan something."""

    agrees: bool = False
    budget: int | None = None
    """Tokens to agree to; None for what the quote says."""
    prompt: str = ""
    """What to plan; empty to see the plan that waits."""


def parse_plan(text: str, _: object) -> PlanWish:
    """What `/plan` is to do.

    Raises:
        ArgumentError: the amount that is agreed to is no number of tokens.
        AmountError: no amount.
    """
    first, _, rest = text.partition(" ")
    if first.lower() != "agree":
        return PlanWish(prompt=text)
    if not rest.strip():
        return PlanWish(agrees=True)
    amount = parse_amount(rest.strip())
    if not isinstance(amount, Tokens):
        raise ArgumentError("Agree to a number of tokens: /plan agree 60k.")
    return PlanWish(agrees=True, budget=amount.count)


def parse_budget(text: str, _: object) -> ChangeBudget | ChangePool | ChangeScope | None:
    """What `/budget` is to change; None to show the budget.

    Raises:
        ArgumentError: no scope, or nothing that a file can keep.
        AmountError: no amount.
        ConfigArgumentsError: `--save` names no layer.
    """
    words, save = split_save_option(text)
    if not words and save is None:
        return None
    if "--team" in words.split():
        return _parse_pool([word for word in words.split() if word != "--team"], save)
    if words.split()[:1] == ["scope"]:
        return ChangeScope(_parse_scope(words.split()[1:]), save)
    amount = parse_amount(words)
    if save is not None and not isinstance(amount, Tokens | Dollars):
        raise ArgumentError(f"Nothing to save: only a whole budget is kept, not {words}.")
    return ChangeBudget(amount, save)


def _parse_pool(words: list[str], save: Layer | None) -> ChangePool:
    amount = parse_amount(" ".join(words))
    if not isinstance(amount, Tokens | MoreTokens):
        raise ArgumentError("The pool of the agents is a number of tokens: /budget +50k --team.")
    if save is not None:
        raise ArgumentError("To keep a pool for new sessions: /config team.pool 300k --save user.")
    return ChangePool(amount)


def _parse_scope(words: list[str]) -> Scope:
    if words == ["turn"]:
        return "turn"
    if words == ["session"]:
        return "session"
    raise ArgumentError("The scope is session or turn: /budget scope turn.")


def parse_grouping(text: str, _: object) -> Grouping | None:
    """What meters are taken apart by, with or without `by`; None for the whole."""
    words = text.lower().split()
    if not words:
        return None
    for each in GROUPINGS:
        if words in ([each], ["by", each]):
            return each
    raise ArgumentError(f"The figures can be broken down by {', '.join(GROUPINGS)}.")


def parse_report_grouping(text: str, _: object) -> "ReportGrouping":
    """What a row of the usage report is, with or without `by`; a day without words.

    Raises:
        ArgumentError: there is no such grouping.
    """
    from tui.history.usage_sums import GROUPINGS as REPORT_GROUPINGS

    words = text.lower().removeprefix("by ").strip()
    refusal = f"The report can be by {', '.join(REPORT_GROUPINGS)}."
    return _parse_word(words, REPORT_GROUPINGS, refusal) or "day"


def parse_figure(text: str, _: object) -> EntriesFigure:
    """The figure named; without a name the first."""
    refusal = f"/entries can list {', '.join(FIGURES)}."
    return _parse_word(text, FIGURES, refusal) or FIGURES[0]


def parse_mode(text: str, _: object) -> Mode | None:
    """The permission mode named; None to choose one."""
    return _parse_word(text, MODES, f"The modes are {', '.join(MODES)}.")


def _parse_word(text: str, words: "Iterable[Word]", refusal: str) -> Word | None:
    """The one of `words` that was typed; None where nothing was."""
    found = next((each for each in words if each == text.lower()), None)
    if text and found is None:
        raise ArgumentError(refusal)
    return found


def parse_effort(text: str, _: object) -> str | None:
    """The name of an effort level, which the model may not have; None to choose one."""
    return text.lower() or None


def parse_model(text: str, session: "OpenSession") -> "Model | None":
    """The model of that name; None to choose one."""
    if not text:
        return None
    found = find_model(session.catalogue, text)
    if found is None:
        raise ArgumentError(unknown_model_sentence(text))
    return found


def unknown_model_sentence(name: str) -> str:
    """That the catalogue knows no such model."""
    return f"There is no model {quote_foreign(name)} in the catalogue; /model lists them."


def parse_session_name(text: str, _: object) -> str:
    """A name for the session, on one line."""
    name = flatten(text, 80)
    if not name:
        raise ArgumentError("A name is missing: /rename NAME.")
    return name


def parse_tag(text: str, _: object) -> str | None:
    """The tag; empty for `off`, None without words.

    Raises:
        ArgumentError: it is no tag.
    """
    if not text:
        return None
    if text.lower() == "off":
        return ""
    try:
        return TAG.from_text(text)
    except InvalidValueError as error:
        raise ArgumentError(f"{quote_foreign(text)} is no tag; expected {error}.") from error


def parse_job(text: str, _: object) -> int | None:
    """The number of the job to stop; None to choose one."""
    if not text:
        return None
    word, _space, rest = text.partition(" ")
    number = rest.strip()
    if word != "stop":
        raise ArgumentError("/jobs lists them, /jobs stop NUMBER stops one.")
    if not (number.isascii() and number.isdigit()):
        raise ArgumentError(unknown_job_sentence(number))
    return int(number)


def unknown_job_sentence(number: str) -> str:
    """That no job has such a number."""
    return f"There is no job {flatten(number, 20)}; /jobs lists them."


@dataclass(frozen=True, slots=True)
class ChangeWarning:
    """A wish to turn a warning on or off."""

    on: bool
    name: str = ""
    """Of the warning; empty for the newest in the transcript."""


def warning_names() -> list[str]:
    """The names of the warnings, as `/warnings` takes them."""
    keys = (each.path for each in SETTINGS if isinstance(each.value_type, FlagType))
    return [path[1] for path in keys if path[0] == "warnings"]


def parse_warning_change(text: str, _: object) -> ChangeWarning | None:
    """Which warning is to be turned on or off; None to show them all.

    Raises:
        ArgumentError: it is neither, or there is no such warning.
    """
    if not text:
        return None
    word, *rest = text.lower().split(maxsplit=1)
    name = rest[0].strip().replace(" ", "_").replace("-", "_") if rest else ""
    if word not in ("on", "off") or (word == "on" and not name):
        raise ArgumentError("/warnings lists them; /warnings off NAME and /warnings on NAME.")
    if name and name not in warning_names():
        names = ", ".join(warning_names())
        raise ArgumentError(f"There is no warning {quote_foreign(name)}; there are {names}.")
    return ChangeWarning(word == "on", name)


def parse_setting(text: str, session: "OpenSession") -> SettingAssignment | None:
    """The setting to show or to set; None to show all.

    Raises:
        ConfigArgumentsError: no such setting, or no such value.
    """
    small = session.minimum_budget < MIN_TASK_BUDGET
    return parse_config_arguments(text, small_budgets=small)
