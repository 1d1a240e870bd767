"""Kinds of values a setting can have: what is accepted, in which words it is explained.

A kind reads what TOML holds (`read`) and what people type (`parse`); both raise `UnfitError`
with the words that finish the sentence "expected …".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import ClassVar, Protocol

from tui.settings.amounts import Amount, AmountError, Dollars, Off, Tokens, parse_amount

UNLIMITED = Decimal("Infinity")
"""How a limit that is not set compares with one that is."""


class UnfitError(ValueError):
    """A value that does not fit; its text finishes "expected …"."""


class Kind(Protocol):
    """What a setting holds."""

    @property
    def words(self) -> str:
        """What is accepted, for the documentation and for error sentences."""

    def read(self, found: object) -> object:
        """The value of what a TOML file holds.

        Raises:
            UnfitError: it is of the wrong type or out of range.
        """

    def parse(self, text: str) -> object:
        """The value of what a person typed.

        Raises:
            UnfitError: it cannot be understood or is out of range.
        """

    def rank(self, value: object) -> Decimal:
        """Where the value stands between the tightest and the loosest."""

    def show(self, value: object) -> str:
        """The value in words."""


@dataclass(frozen=True, slots=True)
class TokenCount:
    """Tokens or characters: a whole number, or words such as `200k`."""

    least: int
    most: int
    unit: str = "tokens"
    why: str = ""
    """Why there is a lower bound."""

    @property
    def words(self) -> str:
        """What is accepted."""
        return f"{self.unit} from {self.least:,} to {self.most:,}, such as 50_000 or {EXAMPLE}"

    def read(self, found: object) -> int:
        """A whole number or an amount in words."""
        if isinstance(found, str):
            return self.parse(found)
        if isinstance(found, bool) or not isinstance(found, int):
            raise UnfitError(f"a whole number of {self.unit}, such as 50_000 or {EXAMPLE}")
        if not self.least <= found <= self.most:
            raise UnfitError(self._range(found))
        return found

    def parse(self, text: str) -> int:
        """An amount in words."""
        try:
            amount = parse_amount(text)
        except AmountError as error:
            raise UnfitError(f"{self.unit}, such as 50_000 or {EXAMPLE}") from error
        match amount:
            case Tokens(count):
                return self.read(count)
            case Off():
                return self.read(0)
            case _:
                raise UnfitError(f"{self.unit}, such as 50_000 or {EXAMPLE}")

    def rank(self, value: object) -> Decimal:
        """Fewer is tighter."""
        return Decimal(value) if isinstance(value, int) else UNLIMITED

    def show(self, value: object) -> str:
        """With the unit."""
        return f"{value:,} {self.unit}" if isinstance(value, int) else "none"

    def _range(self, found: int) -> str:
        if found > self.most:
            return f"{self.most:,} {self.unit} or fewer"
        why = self.why or ("zero does not mean unlimited" if found == 0 else "")
        return f"{self.least:,} {self.unit} or more" + (f" ({why})" if why else "")


EXAMPLE = '"200k"'


@dataclass(frozen=True, slots=True)
class Number:
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
    def words(self) -> str:
        """What is accepted."""
        return f"{self._article} from {self.sign}{self.least} to {self.sign}{self.most:,}"

    def read(self, found: object) -> Decimal | int:
        """A number; dollars also as `"$5"`."""
        if self.sign and isinstance(found, str):
            return self.parse(found)
        if isinstance(found, bool) or not isinstance(found, int | Decimal | float):
            raise UnfitError(self.words)
        value = Decimal(str(found))
        if not value.is_finite() or not self.least <= value <= self.most:
            raise UnfitError(self.words + self._zero(value))
        if self.whole and value != int(value):
            raise UnfitError(f"{self._article} without a fraction")
        return int(value) if self.whole else value

    def parse(self, text: str) -> Decimal | int:
        """A number as typed; dollars also as `$5k`."""
        try:
            return self.read(Decimal(text.strip().removeprefix(self.sign)))
        except InvalidOperation as error:
            if self.sign and isinstance(amount := _amount(text), Dollars):
                return self.read(amount.amount)
            typed_off = self.off and text.strip().lower() == "off"
            how = f" ({self.off} switches it off)" if typed_off else ""
            raise UnfitError(self.words + how) from error

    def rank(self, value: object) -> Decimal:
        """Less is tighter."""
        return value if isinstance(value, Decimal) else Decimal(str(value or UNLIMITED))

    def show(self, value: object) -> str:
        """With the unit."""
        if value is None:
            return "none"
        return f"{self.sign}{value:,}" if self.sign else f"{value:,} {self.unit}".rstrip()

    @property
    def _article(self) -> str:
        return f"a number of {self.unit}" if self.unit else "a number"

    def _zero(self, value: Decimal) -> str:
        if value != 0 or self.least <= 0:
            return ""
        how = f"; {self.off} switches it off" if self.off else ""
        return f" (zero does not mean unlimited{how})"


def _amount(text: str) -> Amount | None:
    try:
        return parse_amount(text)
    except AmountError:
        return None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words, the tightest first."""

    options: Sequence[str]
    unset: str | None = None
    """What an unset one amounts to at most, when it is compared."""

    @property
    def words(self) -> str:
        """What is accepted."""
        return f"{', '.join(self.options[:-1])} or {self.options[-1]}"

    def read(self, found: object) -> str:
        """One of the words."""
        if not isinstance(found, str):
            raise UnfitError(self.words)
        return self.parse(found)

    def parse(self, text: str) -> str:
        """One of the words, in any case."""
        word = text.strip().lower()
        if word not in self.options:
            raise UnfitError(self.words)
        return word

    def rank(self, value: object) -> Decimal:
        """The order in which the words are listed."""
        word = self.unset if value is None else str(value)
        return UNLIMITED if word is None else Decimal(self.options.index(word))

    def show(self, value: object) -> str:
        """The word."""
        return "the model's own" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Name:
    """A name that another part of the program knows: a model, a theme."""

    what: str

    @property
    def words(self) -> str:
        """What is accepted."""
        return f"the name of a {self.what}"

    def read(self, found: object) -> str:
        """A word without spaces around it."""
        if not isinstance(found, str):
            raise UnfitError(f"{self.words} in quotes")
        return self.parse(found)

    def parse(self, text: str) -> str:
        """A short printable word."""
        word = text.strip()
        if not word or len(word) > 200 or not word.isprintable():
            raise UnfitError(self.words)
        return word

    def rank(self, value: object) -> Decimal:
        """Names have no order."""
        return Decimal(0)

    def show(self, value: object) -> str:
        """The name."""
        return str(value)


RULE = re.compile(r"\s*(?:bash|edit|write|read|network|outside)\s*\(.*\S.*\)\s*", re.DOTALL)
"""The shape of a permission rule; what the pattern in it means is not decided here."""


HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9_.-]*[a-z0-9])?|(?=.*:.*:)[0-9a-f:.]{2,45}", re.I | re.A
)
"""The shape of a host: a name, an IPv4 address, or an IPv6 address without brackets."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A list of permission rules. Lists of different layers are joined, not replaced."""

    one: ClassVar[str] = (
        "a rule such as bash(pytest *), edit(src/**), write(docs/*) or read(/usr/**)"
    )
    """What each of the list should be."""

    @property
    def words(self) -> str:
        """What is accepted."""
        return 'a list of rules, such as ["bash(pytest *)", "edit(src/**)"]'

    def fits(self, rule: object) -> bool:
        """Whether one of the list is a rule."""
        return isinstance(rule, str) and RULE.fullmatch(rule) is not None

    def read(self, found: object) -> tuple[str, ...]:
        """A list of rules."""
        if not isinstance(found, list | tuple):
            raise UnfitError(self.words)
        if not all(map(self.fits, found)):
            raise UnfitError(self.one)
        return tuple(dict.fromkeys(rule.strip() for rule in found))

    def parse(self, text: str) -> tuple[str, ...]:
        """One rule, as typed."""
        return self.read([text])

    def rank(self, value: object) -> Decimal:
        """Lists are joined: there is nothing to compare."""
        return Decimal(0)

    def show(self, value: object) -> str:
        """The rules, one after the other."""
        return ", ".join(value) or "none" if isinstance(value, tuple) else "none"


@dataclass(frozen=True, slots=True)
class Paths(Rules):
    """A list of files and folders. Lists of different layers are joined, as those of rules are."""

    one: ClassVar[str] = "a path such as ~/sdk, /srv/data or a folder of the project"

    @property
    def words(self) -> str:
        """What is accepted."""
        return 'a list of paths, such as ["~/sdk", "/srv/data"]'

    def fits(self, rule: object) -> bool:
        """Whether one of the list can be a path."""
        return isinstance(rule, str) and bool(rule.strip()) and rule.isprintable()


@dataclass(frozen=True, slots=True)
class Hosts(Rules):
    """A list of hosts of servers. Lists of different layers are joined."""

    one: ClassVar[str] = (
        "the host of a base URL, such as gateway.example or 10.0.0.7: no scheme, port or path"
    )

    @property
    def words(self) -> str:
        """What is accepted."""
        return 'a list of hosts, such as ["gateway.example"]'

    def fits(self, rule: object) -> bool:
        """Whether one of the list can be a host."""
        return isinstance(rule, str) and HOST.fullmatch(rule.strip()) is not None

    def read(self, found: object) -> tuple[str, ...]:
        """A list of hosts, in small letters as base URLs are compared."""
        hosts = super(Hosts, self).read(found)
        return tuple(dict.fromkeys(host.lower() for host in hosts))


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    @property
    def words(self) -> str:
        """What is accepted."""
        return "true or false"

    def read(self, found: object) -> bool:
        """A TOML boolean."""
        if not isinstance(found, bool):
            raise UnfitError(self.words)
        return found

    def parse(self, text: str) -> bool:
        """`true`, `false`, `on`, `off`, `yes`, `no`."""
        meaning = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
        word = text.strip().lower()
        if word not in meaning:
            raise UnfitError(self.words)
        return meaning[word]

    def rank(self, value: object) -> Decimal:
        """Off is tighter."""
        return Decimal(int(bool(value)))

    def show(self, value: object) -> str:
        """As in TOML."""
        return "true" if value else "false"
