"""How large the context window of a model is, as its server describes the model.

`GET /v1/models/ID` is the Messages API's; other servers have only the list, `GET /v1/models`, and
each its own word for the window. llama.cpp tells there what the model was trained for, and in
`GET /props` what it was started with.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from tui.claude.request_errors import json_object
from tui.claude.response_bounds import parse_json

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

LEAST, MOST = 256, 100_000_000
"""The least and the most tokens that a window can have; other figures are ignored."""

_WINDOW_FIELDS = (
    "loaded_context_length",  # LM Studio: as loaded
    "n_ctx",  # llama.cpp: as started
    "max_input_tokens",  # Messages API, LiteLLM
    "max_model_len",  # vLLM, SGLang
    "context_length",  # OpenRouter, mlx-lm
    "context_window",  # Groq and gateways
    "max_context_length",  # LM Studio: what it could hold
    "max_context_window_tokens",
    "n_ctx_train",  # llama.cpp: what it was trained for
)
"""Names of the window, what holds now before what could."""
_OUTPUT_FIELDS = ("max_output_tokens", "max_completion_tokens", "max_tokens")
_NESTED_OBJECTS = (
    "meta",
    "model_info",
    "top_provider",
    "limits",
    "default_generation_settings",
)
"""Objects of an entry in which the figures may be."""
_MISSING_PAGE_STATUSES = (400, 404, 405, 410, 501)
"""What servers answer that have no such page."""
_MAX_PAGE_BYTES = 4 * 1024 * 1024
"""Bytes of a list of models that are read; that of OpenRouter has half a megabyte."""


class ModelWindow(NamedTuple):
    """What a server says of a model; None where it says nothing."""

    context: int | None = None
    """Tokens."""
    max_output: int | None = None
    """Tokens of one answer."""
    trained: bool = False
    """Whether `context` is what the model was trained for: it may have been started with less."""


def parse_window(found: object) -> ModelWindow:
    """What a description of one model says.

    Args:
        found: Decoded JSON of one model, or of llama.cpp's `/props`.
    """
    entry = json_object(found)
    places = [entry, *(json_object(entry.get(name)) for name in _NESTED_OBJECTS)]
    name, context = _first_figure(places, _WINDOW_FIELDS)
    return ModelWindow(
        context, _first_figure(places, _OUTPUT_FIELDS)[1], trained=name == "n_ctx_train"
    )


def find_model_entry(listed: object, model: str) -> Mapping[str, Any]:
    """The model in a list of models; the only one there is, whatever its name; else empty.

    Args:
        listed: Decoded JSON of the list.
        model: The id that requests use.
    """
    entries = list(_entries(listed))
    for entry in entries:
        names = [entry.get(key) for key in ("id", "name", "model", "model_name")]
        aliases = entry.get("aliases")
        if model in names or (isinstance(aliases, list) and model in aliases):
            return entry
    return entries[0] if len(entries) == 1 else {}


def _entries(listed: object) -> Iterator[Mapping[str, Any]]:
    data = json_object(listed).get("data", listed)
    if isinstance(data, list):
        yield from (each for each in data if isinstance(each, Mapping))


def _first_figure(
    places: list[Mapping[str, Any]], names: tuple[str, ...]
) -> tuple[str, int | None]:
    for name in names:
        for place in places:
            if (tokens := _tokens(place.get(name))) is not None:
                return name, tokens
    return "", None


def _tokens(value: object) -> int | None:
    """A believable number of tokens; some servers write it as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 12:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if LEAST <= value <= MOST else None


async def request_window(client: "AsyncAnthropic", model: str) -> ModelWindow:
    """Ask the server, in at most three short requests.

    Raises:
        Exception: of whatever library: the server cannot be reached.
    """
    found = parse_window(await _fetch_page(client, f"/v1/models/{quote(model, safe='')}"))
    if found.context is None:
        listed = await _fetch_page(client, "/v1/models")
        found = parse_window(find_model_entry(listed, model))
    if found.trained:
        now = parse_window(await _fetch_page(client, "/props"))
        found = found._replace(context=now.context or found.context)
    return found


async def _fetch_page(client: "AsyncAnthropic", path: str) -> object:
    """The JSON that the server has at `path`; None where it has none of a sensible size.

    Raises:
        Exception: of whatever library: the server cannot be reached.
    """
    import anthropic
    import httpx2

    try:
        response = await client.get(path, cast_to=httpx2.Response)
    except anthropic.APIStatusError as error:
        if error.status_code in _MISSING_PAGE_STATUSES:
            return None
        raise
    if len(response.content) > _MAX_PAGE_BYTES:
        return None
    try:
        return parse_json(response.content)
    except ValueError:
        return None
