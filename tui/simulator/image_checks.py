"""Pictures in a request: what the API takes, told from the first bytes of a file.

The limits are those of the vision page of the API's documentation: PNG, JPEG, GIF and WebP, at
most 5 MB a picture as base64 and 8,000 pixels a side, 2,000 where there are more than 20 of
them, and 100 of them (600 for models with a larger window than 200,000 tokens).
"""

import base64
import binascii
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tui.simulator.refused_request import RequestRefused

JSON = dict[str, Any]

MOST_BYTES = 5 * 1024 * 1024
"""Characters of a picture in base64."""
MOST_PIXELS = 8_000
"""Pixels of a side."""
MANY = 20
"""Pictures in a request up to which `MAX_PIXELS` holds."""
MOST_PIXELS_OF_MANY = 2_000
_LARGE_WINDOW = 200_000
_SIDES_BEHIND_SOF = struct.Struct(">BHH")


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What the bytes of a picture say of it."""

    media_type: str
    width: int
    """Pixels."""
    height: int
    complete: bool
    """Whether its end is there too."""


def read_image(data: bytes) -> ImageFacts | None:
    """What is known of a picture, or None where the bytes are none."""
    for reader in (_png, _jpeg, _gif, _webp):
        try:
            found = reader(data)
        except (struct.error, IndexError):
            return None
        if found is not None:
            return found
    return None


def check_images(messages: Sequence[JSON], context: int) -> None:
    """The pictures of a request are such as the API takes.

    Args:
        messages: As sent, their shape known to be right.
        context: Tokens of the model's window.

    Raises:
        RequestRefused: A picture is too large, unreadable or of another kind, or they are too many.
    """
    pictures = list(_pictures(messages))
    most = 600 if context > _LARGE_WINDOW else 100
    if len(pictures) > most:
        raise RequestRefused(f"Too much media: 0 document pages + {len(pictures)} images > {most}")
    for place, source in pictures:
        if source.get("type") == "base64":
            _check(f"{place}.image.source.base64", source, many=len(pictures) > MANY)


def _pictures(messages: Sequence[JSON]) -> Iterator[tuple[str, JSON]]:
    """Every picture with its place, those inside tool results too."""
    for at, message in enumerate(messages):
        yield from _among(f"messages.{at}.content", message["content"])


def _among(place: str, content: Any) -> Iterator[tuple[str, JSON]]:
    for number, block in enumerate(content if isinstance(content, list) else ()):
        if block.get("type") == "image":
            yield f"{place}.{number}", block["source"]
        elif block.get("type") == "tool_result":
            yield from _among(f"{place}.{number}.tool_result.content", block.get("content"))


def _check(place: str, source: JSON, *, many: bool) -> None:
    data, declared = source.get("data"), source.get("media_type")
    if not isinstance(data, str):
        raise RequestRefused(f"{place}.data: Field required")
    if declared not in ("image/jpeg", "image/png", "image/gif", "image/webp"):
        raise RequestRefused(
            f"{place}.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or "
            "'image/webp'"
        )
    if len(data) > MOST_BYTES:
        raise RequestRefused(
            f"{place}: image exceeds 5 MB maximum: {len(data)} bytes > {MOST_BYTES} bytes"
        )
    try:
        raw = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise RequestRefused(f"{place}.data: invalid base64 data") from None
    picture = read_image(raw)
    if picture is None:
        raise RequestRefused(f"{place}.data: Could not process image")
    if picture.media_type != declared:
        raise RequestRefused(
            f"{place}: The image was specified using the {declared} media type, but the image "
            f"appears to be a {picture.media_type} image"
        )
    if not picture.complete or not (picture.width and picture.height):
        raise RequestRefused(f"{place}.data: Could not process image")
    side = MOST_PIXELS_OF_MANY if many else MOST_PIXELS
    if max(picture.width, picture.height) > side:
        requests = " for many-image requests" if many else ""
        raise RequestRefused(
            f"{place}.data: At least one of the image dimensions exceed max allowed size"
            f"{requests}: {side} pixels"
        )


def _png(data: bytes) -> ImageFacts | None:
    """A PNG is a row of chunks, from `IHDR` with the sides to `IEND`."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    if data[12:16] != b"IHDR":
        return ImageFacts("image/png", 0, 0, complete=False)
    width, height, depth, colours = struct.unpack_from(">IIBB", data, 16)
    at, kind, packed, sound = 8, b"", bytearray(), True
    while at + 12 <= len(data) and kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        at += 12 + length
        critical = kind[:1].isupper()
        sound = sound and (not critical or data[at - 4 : at] == _checksum(kind + body))
        packed += body if kind == b"IDAT" else b""
    whole = kind == b"IEND" and at <= len(data) and sound
    row = 1 + (width * depth * _PNG_SAMPLES.get(colours, 0) + 7) // 8
    return ImageFacts("image/png", width, height, whole and _holds(bytes(packed), row * height))


_PNG_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by kind of colour."""
_PIECE = 1 << 20


def _checksum(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")


def _holds(packed: bytes, size: int) -> bool:
    """Whether compressed data holds at least `size` bytes; more are not unpacked."""
    unpacking, got = zlib.decompressobj(), 0
    try:
        while got < size and packed:
            got += len(unpacking.decompress(packed, _PIECE))
            packed = unpacking.unconsumed_tail
    except zlib.error:
        return False
    return got >= size


def _jpeg(data: bytes) -> ImageFacts | None:
    """A JPEG is a row of segments; the sides are in the frame header (`SOF`)."""
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    width = height = 0
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            _, height, width = _SIDES_BEHIND_SOF.unpack_from(data, at + 4)
            break
        at += 1 if marker == 0xFF else 2 + length
    scan = data.find(b"\xff\xda", at)
    complete = 0 <= scan < data.rfind(b"\xff\xd9")
    return ImageFacts("image/jpeg", width, height, complete)


def _gif(data: bytes) -> ImageFacts | None:
    if data[:6] not in (b"GIF87a", b"GIF89a"):
        return None
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at, frames = 13 + _table(flags), 0
    while (block := data[at : at + 1]) in (b"!", b","):
        frames += block == b","
        at += 2 if block == b"!" else 11 + _table(data[at + 9])
        while data[at]:
            at += 1 + data[at]
        at += 1
    return ImageFacts("image/gif", width, height, complete=block == b";" and frames > 0)


def _table(flags: int) -> int:
    """Bytes of the colour table that flags announce."""
    return 6 << (flags & 7) if flags & 0x80 else 0


_WEBP_PIXELS = (b"VP8 ", b"VP8L", b"ANMF")
"""Chunks that hold pixels."""


def _webp(data: bytes) -> ImageFacts | None:
    """A WebP file is RIFF: its first chunk is lossy, lossless, or a header for both."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    end = 8 + int.from_bytes(data[4:8], "little")
    complete = len(data) >= end and any(mark in data[12:end] for mark in _WEBP_PIXELS)
    width = height = 0
    match data[12:16]:
        case b"VP8 ":
            width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            width = int.from_bytes(data[24:27], "little") + 1
            height = int.from_bytes(data[27:30], "little") + 1
    return ImageFacts("image/webp", width, height, complete)
