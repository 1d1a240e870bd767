"""Pictures in a prompt: `@shot.png` goes to the model as the picture it names.

The user wrote the name, so it may lie outside the project folder. What the API would refuse is
not sent: it would be refused with every later request of the conversation. Such a name stays a
word of the prompt, and a sentence says why.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tui.agent.tools.base import ToolError, World
from tui.agent.tools.places import Place, contents, locate, regular
from tui.budget.picture_header import BadPicture, read_header
from tui.budget.pictures import picture_size
from tui.session.events import JSON

# Limits of the Messages API ("vision", "request size limits").
MOST_BYTES = 5 * 1024 * 1024
"""Of one picture in base64, as it is sent: a file of three quarters of that."""
MOST_PIXELS = 8_000
"""Of one side."""
FEW = 20
"""Pictures of a request up to which `MOST_PIXELS` holds."""
MOST_PIXELS_OF_MANY = 2_000
"""Of one side, where a request has more than `FEW` pictures."""
MOST_IN_REQUEST = 100
"""Pictures of a request, whatever the model."""
MOST_BYTES_IN_REQUEST = 28 * 1024 * 1024
"""Of all pictures in base64: a request may have 32 MB, and its text needs room."""

MOST = 20
"""Pictures of one prompt."""
_ENDING = r"\.(?:png|jpe?g|gif|webp)"
_NAMED = re.compile(
    rf'(?<!\S)@(?:"([^"\n]+{_ENDING})"|(\S+?{_ENDING})(?=[\s.,;:!?)]|$))', re.IGNORECASE
)
"""A name that holds spaces stands in double quotes."""


@dataclass(frozen=True, slots=True)
class Pictured:
    """A prompt with its pictures."""

    content: tuple[JSON, ...] = ()
    """The content blocks to send; empty where the prompt names no picture."""
    sentences: tuple[str, ...] = ()
    """What could not be sent, and why."""


@dataclass(slots=True)
class _Request:
    """The pictures of the next request so far."""

    count: int = 0
    characters: int = 0
    """Of their base64."""
    widest: int = 0
    """Pixels of the longest side."""

    def add(self, block: JSON) -> None:
        """One more picture."""
        self.count += 1
        self.characters += len(str(block["source"].get("data", "")))
        self.widest = max(self.widest, *(picture_size(block) or (0, 0)))


def pictured(prompt: str, world: World, sent: Iterable[JSON] = ()) -> Pictured:
    """The prompt with the pictures it names; reads files, so it belongs on a thread.

    Args:
        prompt: What the user typed.
        world: What the names are relative to.
        sent: The `image` blocks of the conversation so far: each request holds them all.
    """
    request = _Request()
    for block in sent:
        request.add(block)
    blocks: list[JSON] = []
    sentences: list[str] = []
    for name in named(prompt):
        try:
            block = _picture(name, world, request)
        except ToolError as error:
            sentences.append(f"{error.sentence} It is not sent as a picture.")
        else:
            blocks.append(block)
            request.add(block)
    text: JSON = {"type": "text", "text": prompt}
    return Pictured((*blocks, text) if blocks else (), tuple(sentences))


def named(prompt: str) -> list[str]:
    """The pictures a prompt names with `@`, each once, in order; at most `MOST`."""
    found = (quoted or bare for quoted, bare in _NAMED.findall(prompt))
    return list(dict.fromkeys(found))[:MOST]


def images(content: Sequence[JSON]) -> Iterator[JSON]:
    """The `image` blocks of a message with base64 data, those in tool results too."""
    for block in content:
        inner = block.get("content")
        if block.get("type") == "image" and isinstance(block.get("source"), dict):
            yield block
        elif isinstance(inner, list):
            yield from images(inner)


def _picture(name: str, world: World, request: _Request) -> JSON:
    place = locate(name, world)
    _refuse_size(place, regular(place).st_size, request)
    data = contents(place)
    try:
        header = read_header(data)
    except BadPicture as bad:
        raise ToolError(f"{place.shown} {bad}.") from bad
    _refuse_pixels(place, header.width, header.height, request)
    encoded = base64.b64encode(data).decode()
    return {
        "type": "image",
        "source": {"type": "base64", "media_type": header.media_type, "data": encoded},
    }


def _refuse_size(place: Place, size: int, request: _Request) -> None:
    """Raise a `ToolError` for a file that is too large for a request, alone or with the others."""
    as_sent = -(-size // 3) * 4
    if not size:
        raise ToolError(f"{place.shown} is empty.")
    if as_sent > MOST_BYTES:
        raise ToolError(
            f"{place.shown} has {_megabytes(size)}, {_megabytes(as_sent)} as it is sent (base64); "
            f"a picture may have {_megabytes(MOST_BYTES)}."
        )
    if request.characters + as_sent > MOST_BYTES_IN_REQUEST:
        raise ToolError(
            f"With {place.shown} the pictures of this conversation would have "
            f"{_megabytes(request.characters + as_sent)}; a request has room for "
            f"{_megabytes(MOST_BYTES_IN_REQUEST)}."
        )
    if request.count >= MOST_IN_REQUEST:
        raise ToolError(
            f"{place.shown} would be picture {request.count + 1} of this conversation; a request "
            f"may have {MOST_IN_REQUEST}."
        )


def _refuse_pixels(place: Place, width: int, height: int, request: _Request) -> None:
    """Raise a `ToolError` for a picture with too many pixels on a side."""
    if max(width, height) > MOST_PIXELS:
        raise ToolError(
            f"{place.shown} has {width:,} x {height:,} pixels; a picture may have "
            f"{MOST_PIXELS:,} on a side."
        )
    if request.count >= FEW and max(width, height, request.widest) > MOST_PIXELS_OF_MANY:
        raise ToolError(
            f"{place.shown} has {width:,} x {height:,} pixels and would be picture "
            f"{request.count + 1} of this conversation; with more than {FEW} none of them may have "
            f"more than {MOST_PIXELS_OF_MANY:,} on a side."
        )


def _megabytes(size: int) -> str:
    return f"{size / 1_048_576:.1f} MB".replace(".0 MB", " MB")
