"""Pictures in a prompt: `@shot.png` goes to the model as the picture it names.

The user wrote the name, so it may lie outside the project folder. What cannot be sent stays a
word of the prompt, and it is said why.
"""

import base64
import re
from dataclasses import dataclass

from tui.agent.tools.base import ToolError, World
from tui.agent.tools.places import contents, locate, regular
from tui.budget.pictures import PNG
from tui.session.events import JSON

MOST_BYTES = 5 * 1024 * 1024
"""Of one picture (Messages API, "vision")."""
MOST = 20
"""Pictures of one prompt."""
_ENDING = r"\.(?:png|jpe?g|gif|webp)"
_NAMED = re.compile(
    rf'(?<!\S)@(?:"([^"\n]+{_ENDING})"|(\S+?{_ENDING})(?=[\s.,;:!?)]|$))', re.IGNORECASE
)
"""A name that holds spaces stands in double quotes."""
_KINDS = (
    (PNG, "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


@dataclass(frozen=True, slots=True)
class Pictured:
    """A prompt with its pictures."""

    content: tuple[JSON, ...] = ()
    """The content blocks to send; empty where the prompt names no picture."""
    sentences: tuple[str, ...] = ()
    """What could not be sent, and why."""


def pictured(prompt: str, world: World) -> Pictured:
    """The prompt with the pictures it names; reads files, so it belongs on a thread."""
    blocks: list[JSON] = []
    sentences: list[str] = []
    for name in named(prompt):
        try:
            blocks.append(_picture(name, world))
        except ToolError as error:
            sentences.append(f"{error.sentence} It is not sent as a picture.")
    text: JSON = {"type": "text", "text": prompt}
    return Pictured((*blocks, text) if blocks else (), tuple(sentences))


def named(prompt: str) -> list[str]:
    """The pictures a prompt names with `@`, each once, in order; at most `MOST`."""
    found = (quoted or bare for quoted, bare in _NAMED.findall(prompt))
    return list(dict.fromkeys(found))[:MOST]


def _picture(name: str, world: World) -> JSON:
    place = locate(name, world)
    size = regular(place).st_size
    if size > MOST_BYTES:
        megabytes, most = size / 1_048_576, MOST_BYTES // 1_048_576
        raise ToolError(f"{place.shown} has {megabytes:.1f} MB; a picture may have {most}.")
    data = contents(place)
    kind = _kind(data)
    if kind is None:
        raise ToolError(f"{place.shown} is no PNG, JPEG, GIF or WebP picture, whatever its name.")
    source = {"type": "base64", "media_type": kind, "data": base64.b64encode(data).decode()}
    return {"type": "image", "source": source}


def _kind(data: bytes) -> str | None:
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _KINDS if data.startswith(magic)), None)
