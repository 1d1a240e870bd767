"""Pictures in a prompt: `@shot.png` goes to the model as the picture it names.

The user wrote the name, so the file may lie outside the project folder. The program sends no
picture that the API would refuse, because the API would refuse every later request of the
conversation too. Such a name stays a word of the prompt, and a sentence tells the user why.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tui.agent.tools.base import ToolEnvironment, ToolError
from tui.agent.tools.tool_paths import ResolvedPath, read_contents, resolve_path, stat_regular_file
from tui.budget.image_header import InvalidImage, read_header
from tui.budget.image_tokens import image_size
from tui.session.events import JSON

# Limits of the Messages API ("vision", "request size limits").
MAX_BYTES = 5 * 1024 * 1024
"""Of one picture in base64, as it is sent: a file of three quarters of that."""
MAX_PIXELS = 8_000
"""Of one side."""
FEW_IMAGES = 20
"""Pictures of a request up to which `MAX_PIXELS` holds."""
MAX_PIXELS_OF_MANY = 2_000
"""Of one side, where a request has more than `FEW_IMAGES` pictures."""
MAX_IMAGES_IN_REQUEST = 100
"""Pictures of a request, whatever the model."""
MAX_BYTES_IN_REQUEST = 28 * 1024 * 1024
"""Of all pictures in base64: a request may have 32 MB, and its text needs room."""

MAX_IMAGES_IN_PROMPT = 20
"""Pictures of one prompt."""
_ENDING = r"\.(?:png|jpe?g|gif|webp)"
_OTHER_ENDING = r"\.(?:heic|heif|avif|bmp|tiff?|jxl|jp2)"
"""Of pictures that the API does not take."""


def _named(ending: str) -> re.Pattern[str]:
    """Names with `@` before them; one that holds spaces is in double quotes."""
    return re.compile(
        rf'(?<!\S)@(?:"([^"\n]+{ending})"|(\S+?{ending})(?=[\s.,;:!?)]|$))', re.IGNORECASE
    )


_NAMED, _OTHER_NAMED = _named(_ENDING), _named(_OTHER_ENDING)


@dataclass(frozen=True, slots=True)
class PromptWithImages:
    """A prompt with its pictures."""

    content: tuple[JSON, ...] = ()
    """The content blocks to send; empty where the prompt names no picture."""
    sentences: tuple[str, ...] = ()
    """What could not be sent, and why."""


@dataclass(slots=True)
class _RequestImages:
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
        self.widest = max(self.widest, *(image_size(block) or (0, 0)))


def attach_images(
    prompt: str, world: ToolEnvironment, sent: Iterable[JSON] = ()
) -> PromptWithImages:
    """The prompt with the pictures it names; reads files, so it belongs on a thread.

    Args:
        prompt: What the user typed.
        world: What the names are relative to.
        sent: The `image` blocks of the conversation so far: each request holds them all.
    """
    request = _RequestImages()
    for block in sent:
        request.add(block)
    blocks: list[JSON] = []
    sentences: list[str] = []
    for name in (*image_names(prompt), *other_image_names(prompt)):
        try:
            block = _image_block(name, world, request)
        except ToolError as error:
            sentences.append(f"{error.sentence} It is not sent as a picture.")
        else:
            blocks.append(block)
            request.add(block)
    text: JSON = {"type": "text", "text": prompt}
    return PromptWithImages((*blocks, text) if blocks else (), tuple(sentences))


def image_names(prompt: str) -> list[str]:
    """The pictures a prompt names with `@`, each once, in order; at most
    `MAX_IMAGES_IN_PROMPT`.
    """
    return _names(_NAMED, prompt)


def other_image_names(prompt: str) -> list[str]:
    """The pictures that a prompt names in formats the API does not take, each once, in order."""
    return _names(_OTHER_NAMED, prompt)


def _names(pattern: re.Pattern[str], prompt: str) -> list[str]:
    found = (quoted or bare for quoted, bare in pattern.findall(prompt))
    return list(dict.fromkeys(found))[:MAX_IMAGES_IN_PROMPT]


def image_blocks(content: Sequence[JSON]) -> Iterator[JSON]:
    """The `image` blocks of a message with base64 data, those in tool results too."""
    for block in content:
        inner = block.get("content")
        if block.get("type") == "image" and isinstance(block.get("source"), dict):
            yield block
        elif isinstance(inner, list):
            yield from image_blocks(inner)


def _image_block(name: str, world: ToolEnvironment, request: _RequestImages) -> JSON:
    place = resolve_path(name, world)
    _refuse_size(place, stat_regular_file(place).st_size, request)
    data = read_contents(place)
    try:
        header = read_header(data, whole=False)
        # Before the pixels are looked at: nobody knows how many there are.
        _refuse_pixels(place, header.width, header.height, request)
        read_header(data)
    except InvalidImage as bad:
        raise ToolError(f"{place.display_path} {bad}.") from bad
    encoded = base64.b64encode(data).decode()
    return {
        "type": "image",
        "source": {"type": "base64", "media_type": header.media_type, "data": encoded},
    }


def _refuse_size(place: ResolvedPath, size: int, request: _RequestImages) -> None:
    """Raise a `ToolError` for a file that is too large for a request, alone or with the others."""
    as_sent = -(-size // 3) * 4
    if not size:
        raise ToolError(f"{place.display_path} is empty.")
    if as_sent > MAX_BYTES:
        raise ToolError(
            f"{place.display_path} has {_megabytes(size)}, {_megabytes(as_sent)} as it is sent "
            "(base64); "
            f"a picture may have {_megabytes(MAX_BYTES)}."
        )
    if request.characters + as_sent > MAX_BYTES_IN_REQUEST:
        raise ToolError(
            f"With {place.display_path} the pictures of this conversation would have "
            f"{_megabytes(request.characters + as_sent)}; a request has room for "
            f"{_megabytes(MAX_BYTES_IN_REQUEST)}."
        )
    if request.count >= MAX_IMAGES_IN_REQUEST:
        raise ToolError(
            f"{place.display_path} would be picture {request.count + 1} of this conversation; a "
            "request "
            f"may have {MAX_IMAGES_IN_REQUEST}."
        )


def _refuse_pixels(place: ResolvedPath, width: int, height: int, request: _RequestImages) -> None:
    """Raise a `ToolError` for a picture with too many pixels on a side."""
    if max(width, height) > MAX_PIXELS:
        raise ToolError(
            f"{place.display_path} has {width:,} x {height:,} pixels; a picture may have "
            f"{MAX_PIXELS:,} on a side."
        )
    if request.count >= FEW_IMAGES and max(width, height, request.widest) > MAX_PIXELS_OF_MANY:
        raise ToolError(
            f"{place.display_path} has {width:,} x {height:,} pixels and would be picture "
            ""
            f"{request.count + 1} of this conversation; with more than {FEW_IMAGES} none of them "
            "may have "
            f"more than {MAX_PIXELS_OF_MANY:,} on a side."
        )


def _megabytes(size: int) -> str:
    return f"{size / 1_048_576:.1f} MB".replace(".0 MB", " MB")
