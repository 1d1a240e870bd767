"""What each model can do and costs: the shipped table, with the user's overrides over it.

The Models API tells neither prices, nor which models take a task budget, nor the default
effort, so the program ships a table (`catalogue.toml`), which the settings may correct. An
unknown model gets a careful default: no budget on the wire, no effort, no price.
"""

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec

from tui.budget.peak_hours import PeakHours
from tui.budget.wire_budget import CountingRules
from tui.claude.catalogue_expectations import expected_words, value_at
from tui.claude.rate_presets import RatePreset
from tui.named_zones import named_zone
from tui.settings.problems import quote_value
from tui.settings.settings_schema import BUILT_IN
from tui.typos import most_similar_name

_T = TypeVar("_T")

DEFAULT_MODEL = "claude-opus-5-5"
DEFAULT_BASE_URL = "https://api.anthropic.com"

Effort = Literal["low", "medium", "high", "xhigh", "max"]
EFFORTS: tuple[Effort, ...] = ("low", "medium", "high", "xhigh", "max")
"""All levels, lowest first."""

Thinking = Literal["always", "on", "send", "none"]
"""Always on · on unless turned off · only when `adaptive` is sent · `adaptive` is refused."""


_SOME_ZONE = "America/Los_Angeles"
"""An example of a time zone; where it is unknown, the machine has no list of them."""
_PRICE_FACTORS = ("geo", "tiers")
"""Keys of a model that hold price factors by name."""
_REQUIRED_FOR_NEW = ("name", "context", "max_output")
"""What a model needs that the shipped table does not have: so a slip in an id is no new model."""


class Rates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the price list: dollars per million tokens."""

    since: date
    """First day on which these prices are known to hold."""
    above: int = 0
    """Prompt length in tokens beyond which this tier holds, for the whole request."""
    speed: Literal["standard", "fast"] = "standard"
    """The `speed` these prices are for."""
    input: Decimal
    output: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal
    cache_read: Decimal
    web_search: Decimal | None = None
    """Dollars per thousand searches; None where unknown."""


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the catalogue knows of one model."""

    id: str
    name: str
    """For people: `Opus 5.5`."""
    context: int = 200_000
    """Tokens of the context window."""
    max_output: int = 32_000
    """Most tokens of one response."""
    efforts: tuple[Effort, ...] = ()
    """Levels it takes, lowest first; empty where effort is not supported."""
    default_effort: Effort | None = None
    thinking: Thinking = "none"
    preserved_thinking: bool = False
    """Whether thinking is bound to the exact conversation before it."""
    per_turn_effort: bool = False
    """Whether a `role: system` message may change the effort without losing the cache."""
    system_messages: bool = False
    """Whether `role: system` messages with text may be appended (documented ones only)."""
    task_budget: bool = False
    """Whether it sees a countdown of a task budget."""
    compact: bool = False
    """Whether the server can compact by threshold."""
    summarize: bool = False
    """Whether the server can compact on demand."""
    restricted: bool = False
    """Only for verified organisations."""
    cache_minimum: int = 4_096
    """Shortest prefix that is cached, in tokens."""
    tokenizer: float = 1.0
    """Tokens for the same text, relative to the models up to 4.6."""
    retires: date | None = None
    geo: dict[str, Decimal] = {}
    """Price factors by `inference_geo`; one that is not here has no known price."""
    tiers: dict[str, Decimal] = {}
    """Price factors by `service_tier` beside the standard one."""
    rates: tuple[Rates, ...] = ()
    """Empty when its price is unknown."""
    own_rates: bool = False
    """Whether rows of the user took the place of the shipped ones: none holds before its day."""
    known: bool = True
    """False for a model that is not in the catalogue."""
    window_assumed: bool = False
    """Whether `context` is a guess: neither the catalogue nor the server says it."""

    def effort(self, wanted: str | None) -> Effort | None:
        """The level that is sent for a wish: the highest supported one not above it.

        None where the model has no levels; the default for no wish or an unknown word.
        """
        if not self.efforts or wanted not in EFFORTS:
            return self.default_effort if self.efforts else None
        fitting = [level for level in self.efforts if EFFORTS.index(level) <= EFFORTS.index(wanted)]
        return max(fitting, key=EFFORTS.index) if fitting else self.default_effort


class _CatalogueTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The catalogue as a file or the settings hold it."""

    models: dict[str, Model]
    turn_reset: Literal["context", "fresh"]
    charges_prompts: bool
    budget_hosts: tuple[str, ...]
    peak_hours: PeakHours
    rate_presets: tuple[RatePreset, ...] = ()


class Catalogue:
    """The models, and the switches for what the API leaves undocumented."""

    def __init__(self, table: _CatalogueTable) -> None:
        self.models: dict[str, Model] = table.models
        """By id, as the table lists them."""
        self.turn_reset = table.turn_reset
        """What the countdown of a new turn covers: all that is in context, or nothing."""
        self.charges_prompts = table.charges_prompts
        """Whether the user's prompts are charged to a budget."""
        self.reported_windows: dict[str, tuple[int | None, int | None]] = {}
        """What servers said of models that are not in the table: window and most output, in
        tokens, by id."""
        self.rate_presets = table.rate_presets
        """Recommended rate limits by team size, the smallest teams first."""
        self.peak_hours = table.peak_hours
        """When limits of a subscription are used up faster."""
        self.budget_hosts = table.budget_hosts
        """Servers known to support task budgets."""

    @property
    def counting(self) -> CountingRules:
        """How the server counts against a budget."""
        return CountingRules(self.turn_reset, self.charges_prompts)

    def get(self, id: str) -> Model | None:
        """The model of this id, dated or not; None when it is not in the catalogue."""
        found = self.models.get(id) or self.models.get(undated_id(id))
        return msgspec.structs.replace(found, id=id) if found else None

    def model(self, id: str) -> Model:
        """The model of this id, with careful assumptions when it is not in the catalogue."""
        return self.get(id) or self._unknown(id)

    def _unknown(self, id: str) -> Model:
        model = Model(id=id, name=id, known=False, window_assumed=True)
        context, most = self.reported_windows.get(id, (None, None))
        if context is None:
            return model
        # Some servers refuse a request whose output limit leaves no room for the input.
        output = min(most or model.max_output, max(1, context // 4))
        return msgspec.structs.replace(
            model, context=context, max_output=output, window_assumed=False
        )

    def server_supports_task_budget(self, base_url: str | None, *, simulator: bool = False) -> bool:
        """Whether the server at `base_url` is known to support task budgets.

        Args:
            base_url: None for the default one.
            simulator: True when it is our own.
        """
        if simulator:
            return True
        return url_host(base_url or DEFAULT_BASE_URL) in self.budget_hosts

    def model_sees_budget(
        self, model: Model, base_url: str | None, *, simulator: bool = False
    ) -> bool:
        """Whether the API itself tells `model` what is left of a budget at this server.

        Args:
            model: The model.
            base_url: Address of the server; None for the API itself.
            simulator: Whether the server is the simulator.
        """
        return model.task_budget and self.server_supports_task_budget(base_url, simulator=simulator)


class CatalogueError(ValueError):
    """An override that cannot be used; the text is one sentence for people."""

    def __init__(self, path: str, expected: str) -> None:
        end = "" if expected.endswith("?") else "."
        super().__init__(f"{'.'.join(filter(None, ('catalogue', path)))}: {expected}{end}")
        self.path = path
        """Where: `models.claude-x.context`."""
        self.expected = expected


def undated_id(id: str) -> str:
    """The id of a model without the date of its release, if it has one."""
    return re.sub(r"[-@]\d{8}$", "", id)


def url_host(url: str) -> str | None:
    """The host of a base URL, in lower case; None where it has none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def load_catalogue(overrides: Mapping[str, Any] | None = None) -> Catalogue:
    """The catalogue, with overrides of the settings laid over the shipped table.

    Args:
        overrides: Shaped as `catalogue.toml`; names only what differs.

    Raises:
        CatalogueError: an override is not of the right kind.
    """
    return Catalogue(_table(_merge_overrides(_shipped_table(), overrides or {})))


@functools.cache
def _shipped_table() -> dict[str, Any]:
    text = resources.files("tui.claude").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _merge_overrides(shipped: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Shipped table under the overrides; a model's keys merge, a `rates` list replaces."""
    models = {id: dict(entry) for id, entry in shipped["models"].items()}
    for id, entry in _mapping(overrides.get("models", {}), "models").items():
        entry = _mapping(entry, f"models.{id}")
        if id not in shipped["models"] and not all(key in entry for key in _REQUIRED_FOR_NEW):
            raise CatalogueError(f"models.{id}", _no_such_model(id, list(shipped["models"])))
        own = {"own_rates": True} if "rates" in entry else {}
        models[id] = {**models.get(id, {}), **entry, **own}
    named = {id: {**entry, "id": id} for id, entry in models.items()}
    hosts = {"budget_hosts": BUILT_IN.catalogue.budget_hosts}
    return {**hosts, **shipped, **overrides, "models": named}


def _mapping(value: object, path: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise CatalogueError(path, "expected a table")
    return {str(key): each for key, each in value.items()}


def _table(raw: dict[str, Any]) -> _CatalogueTable:
    """The typed table; every model apart, so that a mistake names it."""
    models = {id: _model(entry, f"models.{id}") for id, entry in raw["models"].items()}
    rest = _convert({**raw, "models": {}}, _CatalogueTable, "")
    for model in models.values():
        _check_model(model)
    for at, row in enumerate(rest.rate_presets):
        _check_preset(row, f"rate_presets[{at}]")
    _check_peak_hours(rest.peak_hours, "peak_hours")
    return msgspec.structs.replace(rest, models=models)


def _model(entry: dict[str, Any], path: str) -> Model:
    """One model; prices are read one by one, so that a mistake names its row or its key."""
    rates = entry.get("rates")
    for at, row in enumerate(rates if isinstance(rates, list) else ()):
        _convert(row, Rates, f"{path}.rates[{at}]")
    for name in _PRICE_FACTORS:
        for key, value in _mapping(entry.get(name, {}), f"{path}.{name}").items():
            _convert(value, Decimal, f"{path}.{name}.{key}")
    return _convert(entry, Model, path)


def _convert(raw: object, kind: type[_T], path: str) -> _T:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        inner = where.rstrip("`")
        if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", what):
            inner, said = f"{inner}.{unknown[1]}", _no_such_key(unknown[1], kind)
        elif missing := re.fullmatch(r"Object missing required field `(.*)`", what):
            said = f"expected `{missing[1]}` too"
        elif words := expected_words(kind, inner):
            said = f"expected {words}, not {quote_value(value_at(raw, inner))}"
        else:
            said = what[:1].lower() + what[1:]
        full = ".".join(part for part in (path, inner.lstrip(".")) if part)
        raise CatalogueError(full, said) from None


def _no_such_key(key: str, kind: type[Any]) -> str:
    close = most_similar_name(key, list(getattr(kind, "__struct_fields__", ())))
    return f"there is no such key; did you mean `{close}`?" if close else "there is no such key"


def _no_such_model(id: str, known: list[str]) -> str:
    *most, last = (f"`{key}`" for key in _REQUIRED_FOR_NEW)
    close = most_similar_name(id, known)
    asked = f"; did you mean `{close}`?" if close else ""
    return f"the list has no such model, and a new one needs {', '.join(most)} and {last}{asked}"


def _check_model(model: Model) -> None:
    """Values of the right type that still make no sense."""
    path = f"models.{model.id}"
    for name in ("context", "max_output", "tokenizer"):
        if getattr(model, name) <= 0:
            raise CatalogueError(f"{path}.{name}", "expected a number above zero")
    if model.default_effort is not None and model.default_effort not in model.efforts:
        raise CatalogueError(f"{path}.default_effort", "expected one of its `efforts`")
    for name in _PRICE_FACTORS:
        for key, factor in getattr(model, name).items():
            _check_dollars(factor, f"{path}.{name}.{key}", "expected a factor of zero or more")
    for at, row in enumerate(model.rates):
        _check_rates(row, f"{path}.rates[{at}]")
    _check_tiers(model.rates, f"{path}.rates")


def _check_preset(row: RatePreset, path: str) -> None:
    if row.users is not None and row.users < 1:
        raise CatalogueError(f"{path}.users", "expected a number of people")
    for name in ("tokens", "requests"):
        least, most = getattr(row, name)
        if not 0 < least <= most:
            raise CatalogueError(f"{path}.{name}", "expected two numbers, the lower one first")


def _check_peak_hours(hours: PeakHours, path: str) -> None:
    if not 0 <= hours.begin <= 23:
        raise CatalogueError(f"{path}.begin", "expected an hour from 0 to 23")
    if not 0 <= hours.end <= 24:
        raise CatalogueError(f"{path}.end", "expected an hour from 0 to 24")
    least, most = hours.factors
    if not 0 < least <= most < 100:
        raise CatalogueError(f"{path}.factors", "expected two numbers, the lower one first")
    if named_zone(hours.zone) is None and named_zone(_SOME_ZONE) is not None:
        raise CatalogueError(f"{path}.zone", f"expected a time zone, such as {_SOME_ZONE}")


def _check_rates(row: Rates, path: str) -> None:
    if row.above < 0:
        raise CatalogueError(f"{path}.above", "expected a number of tokens")
    for name in ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read"):
        _check_dollars(getattr(row, name), f"{path}.{name}", "expected dollars per million tokens")
    if row.web_search is not None:
        _check_dollars(row.web_search, f"{path}.web_search", "expected dollars per 1,000 searches")


def _check_dollars(value: Decimal, path: str, expected: str) -> None:
    if not value.is_finite() or value < 0:
        raise CatalogueError(path, expected)


def _check_tiers(rates: Sequence[Rates], path: str) -> None:
    """Every day and speed needs prices for short prompts, and no tier may have two."""
    tiers: dict[tuple[date, str], list[int]] = {}
    for row in rates:
        tiers.setdefault((row.since, row.speed), []).append(row.above)
    for (since, speed), above in tiers.items():
        which = f"of {since} at {speed} speed"
        if 0 not in above:
            raise CatalogueError(path, f"expected a row {which} without `above`, for short prompts")
        if len(set(above)) < len(above):
            raise CatalogueError(path, f"two rows {which} have the same `above`")
