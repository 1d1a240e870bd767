"""What the header of a picture file tells: its format, its size in pixels, and whether it is whole.

PNG, JPEG, GIF and WebP (the formats that the Messages API takes, "vision") are read as their
specifications lay them out, up to their end mark; pixels are not decoded, except that a PNG's
compressed data is checked. Files come from anywhere, so nothing in them is believed.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

MediaType = Literal["image/png", "image/jpeg", "image/gif", "image/webp"]

PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_OPTIONAL = 0x20
"""Bit of a chunk's name, its small letter, that says that a reader may leave the chunk out."""
_INFLATED = 1 << 20
"""Bytes of a PNG's pixels that are held at once while they are checked."""


class InvalidImage(ValueError):
    """A file that is no whole picture; the text says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """A picture without its pixels."""

    media_type: MediaType
    width: int
    """Pixels."""
    height: int
    """Pixels."""


def media_type(data: bytes) -> MediaType | None:
    """The format that a file begins as; None for none of those known."""
    if data.startswith(PNG):
        return "image/png"
    if data.startswith(_JPEG):
        return "image/jpeg"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def read_header(data: bytes, *, whole: bool = True) -> ImageHeader:
    """Format and size of a picture.

    Args:
        data: The file, or with `whole` false its beginning.
        whole: Whether the file must be complete.

    Raises:
        InvalidImage: it is no picture of a known format, has no size, or is cut off or damaged.
    """
    kind = media_type(data)
    if kind is None:
        raise InvalidImage(_other_format(data))
    try:
        width, height = _SIZES[kind](data)
        if whole and width and height:
            _CHECKS[kind](data)
    except (struct.error, IndexError):
        raise InvalidImage("is cut off") from None
    if not width or not height:
        raise InvalidImage(f"has no size: {width} x {height} pixels")
    return ImageHeader(kind, width, height)


_FORMATS_ELSEWHERE: tuple[tuple[int, bytes, str], ...] = (
    (4, b"ftyphei", "HEIC"),
    (4, b"ftyphev", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftypavi", "AVIF"),
    (4, b"JXL ", "JPEG XL"),
    (4, b"jP  ", "JPEG 2000"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"BM", "BMP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"\0\0\1\0", "ICO"),
    (0, b"8BPS", "Photoshop"),
    (0, b"%PDF", "PDF"),
    (0, b"<svg", "SVG"),
)
"""Formats that the API does not take: the place and the bytes that tell them, and their names."""


def _other_format(data: bytes) -> str:
    """Why a file of none of the known formats is refused."""
    for at, mark, name in _FORMATS_ELSEWHERE:
        if data.startswith(mark, at):
            return f"is of the format {name}; save it as PNG, JPEG, GIF or WebP"
    return "is no PNG, JPEG, GIF or WebP picture"


# PNG (ISO/IEC 15948): chunks of length, name, data and checksum -----------------------------


def _png_size(data: bytes) -> tuple[int, int]:
    return struct.unpack(">II", data[16:24])


def _check_png(data: bytes) -> None:
    if data[12:16] != b"IHDR":
        raise InvalidImage("is damaged: a PNG file begins with its size")
    pixels, missing = zlib.decompressobj(), _png_pixel_bytes(data)
    has_palette = data[_PNG_COLOUR] != _INDEXED
    for name, body in _png_chunks(data):
        has_palette = has_palette or name == b"PLTE"
        if name == b"IDAT":
            if not has_palette:
                raise InvalidImage("is damaged: its colours are missing")
            missing -= _inflate(pixels, body, missing)
        if name == b"IEND":
            if missing > 0:
                raise InvalidImage("is damaged: its pixels end too early")
            return
    raise InvalidImage("is cut off")


_PNG_COLOUR = 25
"""Where a PNG says of which kind its colours are."""
_INDEXED = 3
"""Colours by number, from a palette."""
_CHANNELS = {
    0: (1, (1, 2, 4, 8, 16)),
    2: (3, (8, 16)),
    3: (1, (1, 2, 4, 8)),
    4: (2, (8, 16)),
    6: (4, (8, 16)),
}
"""By kind of colour: samples of a pixel, and how many bits one of them may have."""
_ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
"""The passes of an interlaced PNG: first column, first row, and the steps from there."""


def _png_pixel_bytes(data: bytes) -> int:
    """Bytes of a PNG's pixels once they are decompressed."""
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    samples, depths = _CHANNELS.get(colour, (0, ()))
    if depth not in depths or interlaced > 1:
        raise InvalidImage("is damaged: its colours are of no known kind")
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    sizes = [
        (-((left - width) // across), -((top - height) // down))
        for left, top, across, down in passes
    ]
    bits = samples * depth
    return sum(rows * (1 + (bits * columns + 7) // 8) for columns, rows in sizes if columns > 0)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, at + 8 + length)
        if name[0] & _OPTIONAL == 0 and zlib.crc32(body, zlib.crc32(name)) != checksum:
            raise InvalidImage("is damaged: a checksum does not fit")
        yield name, body
        at += 12 + length


def _inflate(pixels: "zlib._Decompress", body: bytes, most: int) -> int:
    """Decompress a piece of a PNG's pixels, keeping none of them; how many bytes it gave.

    Args:
        pixels: The state of the decompression.
        body: The piece.
        most: Bytes that are missing: no more are looked at.
    """
    got = 0
    try:
        while body and got < most:
            got += len(pixels.decompress(body, _INFLATED))
            body = pixels.unconsumed_tail
        return got
    except zlib.error:
        raise InvalidImage("is damaged: its pixels cannot be read") from None


# JPEG (ITU-T T.81): segments that begin with a marker, then the compressed pixels -----------

_MARKERS_WITHOUT_LENGTH = frozenset({0x00, 0x01, *range(0xD0, 0xD8)})
"""Markers without a length."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of the segment that holds the size."""
_SCAN, _END = 0xDA, 0xD9


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, place and length of each segment, up to the first that holds pixels."""
    at = 2
    while True:
        if (at := data.find(b"\xff", at)) < 0:  # like other readers, past what belongs nowhere
            raise InvalidImage("is cut off")
        while data[at] == 0xFF:  # a marker may have any number of these before it
            at += 1
        marker = data[at]
        if marker in _MARKERS_WITHOUT_LENGTH:
            at += 1
            continue
        (length,) = struct.unpack_from(">H", data, at + 1)
        yield marker, at + 1, length
        if marker in (_SCAN, _END):
            return
        at += 1 + length


def _jpeg_size(data: bytes) -> tuple[int, int]:
    for marker, at, _ in _jpeg_segments(data):
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 3)
            return width, height
    raise InvalidImage("is damaged: a JPEG file says its size before its pixels")


def _check_jpeg(data: bytes) -> None:
    scan = next((at for marker, at, _ in _jpeg_segments(data) if marker == _SCAN), None)
    if scan is None or data.find(b"\xff\xd9", scan) < 0:
        raise InvalidImage("is cut off")


# GIF (89a): a screen, then blocks of sub-blocks up to a trailer -----------------------------


def _gif_size(data: bytes) -> tuple[int, int]:
    return struct.unpack_from("<HH", data, 6)


def _check_gif(data: bytes) -> None:
    at, frames = 13 + _colours(data[10]), 0
    while data[at] != 0x3B:
        if data[at] == 0x2C:
            frames += 1
            at += 10 + _colours(data[at + 9]) + 1
        elif data[at] == 0x21:
            at += 2
        else:
            raise InvalidImage("is damaged: a part of the GIF file is of no known kind")
        while data[at]:
            at += data[at] + 1
        at += 1
    if not frames:
        raise InvalidImage("is damaged: there is no picture in it")


def _colours(flags: int) -> int:
    """Bytes of the colour table that the flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


# WebP (RFC 9649): RIFF chunks ----------------------------------------------------------------


def _webp_size(data: bytes) -> tuple[int, int]:
    name, _, body = next(_webp_chunks(data), (b"", 0, 0))
    if name == b"VP8X":
        wide, high = data[body + 4 : body + 7], data[body + 7 : body + 10]
        if len(high) < 3:
            raise InvalidImage("is cut off")
        return int.from_bytes(wide, "little") + 1, int.from_bytes(high, "little") + 1
    if name == b"VP8L":
        if data[body] != 0x2F:
            raise InvalidImage("is damaged: its size cannot be read")
        (bits,) = struct.unpack_from("<I", data, body + 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if name == b"VP8 ":
        if data[body + 3 : body + 6] != b"\x9d\x01\x2a":
            raise InvalidImage("is damaged: its size cannot be read")
        wide, high = struct.unpack_from("<HH", data, body + 6)
        return wide & 0x3FFF, high & 0x3FFF
    raise InvalidImage("is damaged: there is no picture in it")


def _check_webp(data: bytes) -> None:
    (length,) = struct.unpack_from("<I", data, 4)
    if len(data) < 8 + length:
        raise InvalidImage("is cut off")
    chunks = list(_webp_chunks(data[: 8 + length]))
    if any(body + size > len(data) for _, size, body in chunks):
        raise InvalidImage("is cut off")
    if not any(name in (b"VP8 ", b"VP8L", b"ANMF") for name, _, _ in chunks):
        raise InvalidImage("is damaged: there is no picture in it")


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, length and place of the body of each chunk."""
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        yield name, size, at + 8
        at += 8 + size + (size & 1)


_SIZES: dict[MediaType, Callable[[bytes], tuple[int, int]]] = {
    "image/png": _png_size,
    "image/jpeg": _jpeg_size,
    "image/gif": _gif_size,
    "image/webp": _webp_size,
}
_CHECKS: dict[MediaType, Callable[[bytes], None]] = {
    "image/png": _check_png,
    "image/jpeg": _check_jpeg,
    "image/gif": _check_gif,
    "image/webp": _check_webp,
}
