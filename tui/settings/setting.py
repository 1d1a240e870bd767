"""What is known about one setting: its key, its type, what it is for."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from tui.settings.setting_types import ListType, SettingType

ProjectRule = Literal["lower", "higher", "cheaper", "stricter", "users"]
"""What a project's own files may do by themselves, trusted or not: lower the value · raise it ·
choose a model that costs no more · add to the list · nothing. All else is asked once."""


LIMITING_TABLES = ("limits", "budgets", "team")
"""Tables of settings that limit what is spent."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known about one setting."""

    key: str
    """Dots separate tables: `limits.dollars`."""
    value_type: SettingType
    help: str
    """One line, without a full stop."""
    project_rule: ProjectRule = "users"
    may_be_off: bool = False
    """Whether `0` or `off`, typed for one session, means none at all."""

    @property
    def path(self) -> tuple[str, ...]:
        """The key as nested tables."""
        return tuple(self.key.split("."))

    @property
    def limits_spending(self) -> bool:
        """Whether it limits what is spent: budgets, hard limits and the team's do."""
        return self.key == "task_budget" or self.path[0] in LIMITING_TABLES

    @property
    def variable(self) -> str | None:
        """The environment variable; lists have none."""
        if isinstance(self.value_type, ListType):
            return None
        return "GLIDESLOPE_" + self.key.upper().replace(".", "_")


may_lower = partial(Setting, project_rule="lower")
"""A setting that a project's own files may lower."""
may_raise = partial(Setting, project_rule="higher")
"""A setting that a project's own files may raise."""
