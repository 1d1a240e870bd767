"""What people type after `/config`: a key, a value, where to keep it."""

from dataclasses import dataclass

from tui.settings.amounts import quote_foreign
from tui.settings.budget_settings import TAGS
from tui.settings.layer_sources import SettingEntry, SettingOrigin, unknown_key
from tui.settings.problems import Layer
from tui.settings.setting import Setting
from tui.settings.setting_types import InvalidValueError
from tui.settings.settings_schema import find_setting

_SAVES = {"user": Layer.USER, "project": Layer.PROJECT}


class ConfigArgumentsError(ValueError):
    """Something typed that sets nothing; its text is one sentence."""


@dataclass(frozen=True, slots=True)
class SettingAssignment:
    """A setting to show, or to set."""

    setting: Setting
    text: str | None = None
    """The value as typed; None to show the setting."""
    save: Layer | None = None
    """The layer whose file keeps the value; None for this session only."""
    small_budgets: bool = False
    """Whether a task budget may be smaller than the API accepts."""

    @property
    def value(self) -> object:
        """The value typed, understood; None for `off`, and where nothing was typed."""
        if self.text is None:
            return None
        entry = SettingEntry(self.setting, self.text, SettingOrigin(Layer.SESSION))
        return entry.value(small_budgets=self.small_budgets)


def parse_config_arguments(text: str, *, small_budgets: bool = False) -> SettingAssignment | None:
    """What `KEY`, `KEY VALUE` or `KEY=VALUE`, perhaps with `--save user|project`, asks for.

    Args:
        text: What was typed.
        small_budgets: Whether a task budget may be smaller than the API accepts.

    Returns:
        None where nothing was typed: then everything is shown.

    Raises:
        ConfigArgumentsError: no such setting, or no such value.
    """
    words, save = split_save_option(text)
    if not words:
        return None
    key, value = _split_key_value(words)
    setting = find_setting(key)
    if setting is None:
        hint = unknown_key(key)
        end = "" if hint.endswith("?") else "."
        raise ConfigArgumentsError(f"There is no setting {quote_foreign(key)}; {hint}{end}")
    assignment = SettingAssignment(setting, value, save, small_budgets)
    if save and value is None:
        raise ConfigArgumentsError(f"Nothing to save: /config {key} VALUE --save {save.label}.")
    try:
        assignment.value  # noqa: B018  asking is the check
    except InvalidValueError as error:
        hint = ", or /budget $5 for dollars" if key == "task_budget" and "$" in str(value) else ""
        raise ConfigArgumentsError(
            f"{key} is {quote_foreign(value or '')}; expected {error}{hint}."
        ) from error
    return assignment


def split_save_option(text: str) -> tuple[str, Layer | None]:
    """The words before `--save user|project`, and the layer it names; for `/budget` too.

    Raises:
        ConfigArgumentsError: `--save` names neither.
    """
    words, flag, place = text.partition("--save")
    if not flag:
        return text.strip(), None
    layer = _SAVES.get(place.strip().lstrip("=").strip().lower())
    if layer is None:
        raise ConfigArgumentsError(
            f"--save {place.strip()[:40]}".rstrip() + " needs user or project."
        )
    return words.strip(), layer


def _split_key_value(words: str) -> tuple[str, str | None]:
    key, *rest = words.replace("=", " ", 1).split(maxsplit=1)
    key = key.lower()
    if not key.startswith(f"{TAGS}."):  # a tag may have hyphens, no other part of a key has
        key = key.replace("-", "_")
    return key, rest[0].strip() if rest else None
