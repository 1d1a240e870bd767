"""Types of values a setting can have: what each accepts, and the words that explain it.

A type reads what TOML holds (`from_toml`) and what people type (`from_text`). Both raise
`InvalidValueError` with the words that finish the sentence "expected …".
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from typing_extensions import override

from tui.named_zones import named_zone
from tui.settings.amounts import Amount, AmountError, Dollars, NoBudget, Tokens, parse_amount

EXAMPLE = '"200k"'
"""An amount of tokens in words, as TOML writes it."""
UNLIMITED = Decimal("Infinity")
"""How a limit that is not set compares with one that is."""


class InvalidValueError(ValueError):
    """A value that does not fit; its text finishes "expected …"."""


class SettingType(ABC):
    """A type of value: what a setting accepts, and how values are read and shown."""

    @property
    @abstractmethod
    def accepted(self) -> str:
        """The accepted values in words, for the documentation and for error sentences."""

    @abstractmethod
    def from_toml(self, found: object) -> object:
        """The value of what a TOML file holds.

        Raises:
            InvalidValueError: it is of the wrong type or out of range.
        """

    @abstractmethod
    def from_text(self, text: str) -> object:
        """The value of what a person typed.

        Raises:
            InvalidValueError: it cannot be understood or is out of range.
        """

    def rank(self, value: object) -> Decimal:
        """A number to compare values with: the tighter value has the lower rank.

        Names and lists have no order, so all of their values rank alike.
        """
        return Decimal(0)

    def to_text(self, value: object) -> str:
        """The value as people read it."""
        return str(value)


@dataclass(frozen=True, slots=True)
class TokenCountType(SettingType):
    """Tokens or characters: a whole number, or words such as `200k`."""

    least: int
    most: int
    unit: str = "tokens"
    why: str = ""
    """Why there is a lower bound."""

    @property
    @override
    def accepted(self) -> str:
        return f"{self.unit} from {self.least:,} to {self.most:,}, such as 50_000 or {EXAMPLE}"

    @override
    def from_toml(self, found: object) -> int:
        if isinstance(found, str):
            return self.from_text(found)
        if isinstance(found, bool) or not isinstance(found, int):
            raise InvalidValueError(f"a whole number of {self.unit}, such as 50_000 or {EXAMPLE}")
        if not self.least <= found <= self.most:
            raise InvalidValueError(self._range_words(found))
        return found

    @override
    def from_text(self, text: str) -> int:
        try:
            amount = parse_amount(text)
        except AmountError as error:
            raise InvalidValueError(self._text_words(error)) from error
        match amount:
            case Tokens(count):
                return self.from_toml(count)
            case NoBudget():
                return self.from_toml(0)
            case _:
                raise InvalidValueError(f"{self.unit}, such as 50_000 or {EXAMPLE}")

    def _text_words(self, error: AmountError) -> str:
        if error.too_large:
            return f"{self.most:,} {self.unit} or fewer"
        return f"{self.unit}, such as 50_000 or {EXAMPLE}"

    @override
    def rank(self, value: object) -> Decimal:
        """A smaller number is tighter; no number is the loosest."""
        return Decimal(value) if isinstance(value, int) else UNLIMITED

    @override
    def to_text(self, value: object) -> str:
        return f"{value:,} {self.unit}" if isinstance(value, int) else "none"

    def _range_words(self, found: int) -> str:
        if found > self.most:
            return f"{self.most:,} {self.unit} or fewer"
        why = self.why or ("zero does not mean unlimited" if found == 0 else "")
        return f"{self.least:,} {self.unit} or more" + (f" ({why})" if why else "")


@dataclass(frozen=True, slots=True)
class PoolType(TokenCountType):
    """Tokens that somebody gives away; where nobody gives any, there are none."""

    @override
    def rank(self, value: object) -> Decimal:
        """A smaller number is tighter; no number is the tightest."""
        return Decimal(value) if isinstance(value, int) else Decimal(0)


@dataclass(frozen=True, slots=True)
class NumberType(SettingType):
    """A number with bounds: a part of a whole, seconds, minutes, a count, dollars."""

    least: Decimal
    most: Decimal
    unit: str
    whole: bool = False
    sign: str = ""
    """`$` for dollars."""
    off: str = ""
    """How what it bounds is switched off, where that can be: another setting."""

    @property
    @override
    def accepted(self) -> str:
        return f"{self._article} from {self.sign}{self.least} to {self.sign}{self.most:,}"

    @override
    def from_toml(self, found: object) -> Decimal | int:
        """A number; dollars also as `"$5"`."""
        if self.sign and isinstance(found, str):
            return self.from_text(found)
        if isinstance(found, bool) or not isinstance(found, int | Decimal | float):
            raise InvalidValueError(self.accepted)
        value = Decimal(str(found))
        if not value.is_finite() or not self.least <= value <= self.most:
            raise InvalidValueError(self.accepted + self._zero_hint(value))
        if self.whole and value != int(value):
            raise InvalidValueError(f"{self._article} without a fraction")
        return int(value) if self.whole else value

    @override
    def from_text(self, text: str) -> Decimal | int:
        """A number as typed; dollars also as `$5k`."""
        try:
            return self.from_toml(Decimal(text.strip().removeprefix(self.sign)))
        except InvalidOperation as error:
            if self.sign and isinstance(amount := _parse_amount_or_none(text), Dollars):
                return self.from_toml(amount.amount)
            typed_off = self.off and text.strip().lower() == "off"
            how = f" ({self.off} switches it off)" if typed_off else ""
            raise InvalidValueError(self.accepted + how) from error

    @override
    def rank(self, value: object) -> Decimal:
        """A smaller number is tighter; no number is the loosest."""
        return value if isinstance(value, Decimal) else Decimal(str(value or UNLIMITED))

    @override
    def to_text(self, value: object) -> str:
        if value is None:
            return "none"
        return f"{self.sign}{value:,}" if self.sign else f"{value:,} {self.unit}".rstrip()

    @property
    def _article(self) -> str:
        return f"a number of {self.unit}" if self.unit else "a number"

    def _zero_hint(self, value: Decimal) -> str:
        if value != 0 or self.least <= 0:
            return ""
        how = f"; {self.off} switches it off" if self.off else ""
        return f" (zero does not mean unlimited{how})"


def _parse_amount_or_none(text: str) -> Amount | None:
    try:
        return parse_amount(text)
    except AmountError:
        return None


class WordType(SettingType):
    """A type whose values TOML holds as a text, which is read as if it were typed."""

    unset_words: ClassVar[str] = "None"
    """What people read where nothing is set."""

    @override
    def from_toml(self, found: object) -> object:
        if not isinstance(found, str):
            raise InvalidValueError(self.accepted)
        return self.from_text(found)

    @override
    def to_text(self, value: object) -> str:
        return self.unset_words if value is None else str(value)


@dataclass(frozen=True, slots=True)
class ChoiceType(WordType):
    """One of a few words, the tightest first."""

    unset_words: ClassVar[str] = "the model's own"
    options: Sequence[str]
    unset: str | None = None
    """What an unset one amounts to at most, when it is compared."""

    @property
    @override
    def accepted(self) -> str:
        return f"{', '.join(self.options[:-1])} or {self.options[-1]}"

    @override
    def from_text(self, text: str) -> str:
        """One of the words, in any case."""
        word = text.strip().lower()
        if word not in self.options:
            raise InvalidValueError(self.accepted)
        return word

    @override
    def rank(self, value: object) -> Decimal:
        """The order in which the words are listed."""
        word = self.unset if value is None else str(value)
        return UNLIMITED if word is None else Decimal(self.options.index(word))


@dataclass(frozen=True, slots=True)
class NameType(SettingType):
    """A name that another part of the program knows: a model, a theme."""

    what: str

    @property
    @override
    def accepted(self) -> str:
        return f"the name of a {self.what}"

    @override
    def from_toml(self, found: object) -> str:
        """A word without spaces around it."""
        if not isinstance(found, str):
            raise InvalidValueError(f"{self.accepted} in quotes")
        return self.from_text(found)

    @override
    def from_text(self, text: str) -> str:
        """A printable word of at most 200 characters."""
        word = text.strip()
        if not word or len(word) > 200 or not word.isprintable():
            raise InvalidValueError(self.accepted)
        return word


TAG_SHAPE = "[a-z0-9][a-z0-9_-]{0,31}"
"""The shape of a tag, as a regular expression."""


@dataclass(frozen=True, slots=True)
class TagType(WordType):
    """A word that the user groups sessions by."""

    unset_words: ClassVar[str] = "none"
    accepted: ClassVar[str] = "a tag of at most 32 small letters, digits, - and _, such as client-a"

    @override
    def from_text(self, text: str) -> str:
        """The tag in small letters."""
        tag = text.strip().lower()
        if not re.fullmatch(TAG_SHAPE, tag):
            raise InvalidValueError(self.accepted)
        return tag


@dataclass(frozen=True, slots=True)
class TimeZoneType(WordType):
    """A time zone that this machine knows."""

    unset_words: ClassVar[str] = "the machine's"
    accepted: ClassVar[str] = "the name of a time zone, such as Europe/Berlin"

    @override
    def from_text(self, text: str) -> str:
        """The name as typed."""
        name = text.strip()
        if not name or named_zone(name) is None:
            raise InvalidValueError(self.accepted)
        return name


@dataclass(frozen=True, slots=True)
class ListType(SettingType):
    """A list of texts. Lists of different layers are joined, not replaced."""

    words: str
    """The list in words, with an example."""
    item_example: str
    """What each item should be."""
    matches: Callable[[str], bool]
    """Whether a text can be an item."""
    ignores_case: bool = False
    """Whether items are kept in small letters."""

    @property
    @override
    def accepted(self) -> str:
        return self.words

    def is_valid_item(self, item: object) -> bool:
        """Whether something can be an item of the list."""
        return isinstance(item, str) and self.matches(item)

    @override
    def from_toml(self, found: object) -> tuple[str, ...]:
        if not isinstance(found, list | tuple):
            raise InvalidValueError(self.accepted)
        if not all(map(self.is_valid_item, found)):
            raise InvalidValueError(self.item_example)
        items = (item.strip() for item in found)
        return tuple(dict.fromkeys(item.lower() if self.ignores_case else item for item in items))

    @override
    def from_text(self, text: str) -> tuple[str, ...]:
        return self.from_toml([text])

    @override
    def to_text(self, value: object) -> str:
        return ", ".join(value) or "none" if isinstance(value, tuple) else "none"


_RULE = re.compile(r"\s*(?:bash|edit|write|read|network|outside)\s*\(.*\S.*\)\s*", re.DOTALL)
"""The shape of a permission rule; what the pattern in it means is not decided here."""

_HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9_.-]*[a-z0-9])?|(?=.*:.*:)[0-9a-f:.]{2,45}", re.I | re.A
)
"""The shape of a host: a name, an IPv4 address, or an IPv6 address without brackets."""

RULES = ListType(
    'a list of rules, such as ["bash(pytest *)", "edit(src/**)"]',
    "a rule such as bash(pytest *), edit(src/**), write(docs/*) or read(/usr/**)",
    lambda text: _RULE.fullmatch(text) is not None,
)
"""Permission rules."""

PATHS = ListType(
    'a list of paths, such as ["~/sdk", "/srv/data"]',
    "a path such as ~/sdk, /srv/data or a folder of the project",
    lambda text: bool(text.strip()) and text.isprintable(),
)
"""Files and folders."""

HOSTS = ListType(
    'a list of hosts, such as ["gateway.example"]',
    "the host of a base URL, such as gateway.example or 10.0.0.7: no scheme, port or path",
    lambda text: _HOST.fullmatch(text.strip()) is not None,
    ignores_case=True,
)
"""Hosts of servers, in small letters as base URLs are compared."""


@dataclass(frozen=True, slots=True)
class FlagType(SettingType):
    """A setting that is on or off."""

    accepted: ClassVar[str] = "true or false"

    @override
    def from_toml(self, found: object) -> bool:
        if not isinstance(found, bool):
            raise InvalidValueError(self.accepted)
        return found

    @override
    def from_text(self, text: str) -> bool:
        """`true`, `false`, `on`, `off`, `yes`, `no`."""
        meaning = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
        word = text.strip().lower()
        if word not in meaning:
            raise InvalidValueError(self.accepted)
        return meaning[word]

    @override
    def rank(self, value: object) -> Decimal:
        """Off is tighter than on."""
        return Decimal(int(bool(value)))

    @override
    def to_text(self, value: object) -> str:
        return "true" if value else "false"
