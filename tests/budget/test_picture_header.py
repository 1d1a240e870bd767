"""Picture files of every format: their size, and what is wrong with the odd ones.

The whole files are made here as the formats' specifications say, so that no library decides.
"""

import struct
import time
import zlib

import pytest

from tui.budget.image_header import InvalidImage, read_header
from tui.budget.image_tokens import image_tokens


def png(width: int, height: int, rows: int | None = None) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc(kind + body))

    crc = zlib.crc32
    pixels = zlib.compress((b"\0" + b"\x80" * width) * (height if rows is None else rows))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    body = chunk(b"IDAT", pixels[:7]) + chunk(b"IDAT", pixels[7:])
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


def jpeg(width: int, height: int, *, before: bytes = b"", frame: int = 0xC0) -> bytes:
    size = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    sof = bytes([0xFF, frame]) + struct.pack(">H", len(size) + 2) + size
    scan = b"\xff\xda" + struct.pack(">H", 8) + b"\x01\x01\x00\x00\x3f\x00"
    return b"\xff\xd8" + before + sof + scan + b"\x12\xff\x00\x34" + b"\xff\xd9"


def app1(length: int) -> bytes:
    """A camera's notes with a thumbnail in them, which has an end mark of its own."""
    body = b"Exif\0\0" + b"\xff\xd8\xff\xd9" + b"x" * length
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def segment(marker: int) -> bytes:
    """A segment whose body would be another size."""
    return bytes([0xFF, marker]) + struct.pack(">HBHHB", 9, 8, 999, 888, 1) + b"\x01"


def colours(flags: int) -> bytes:
    """The colour table that the flags of a screen or a frame announce (GIF89a, 18 and 20)."""
    has_table, bits = flags >> 7, (flags & 0b111) + 1
    return b"\xaa\xbb\xcc" * 2**bits if has_table else b""


def gif(width: int, height: int, *, screen_flags: int = 0x80, frame_flags: int = 0) -> bytes:
    screen = struct.pack("<HHBBB", width, height, screen_flags, 0, 0) + colours(screen_flags)
    extension = b"\x21\xf9\x04\x00\x00\x00\x00\x00"
    place = struct.pack("<HHHHB", 0, 0, width, height, frame_flags)
    frame = b"\x2c" + place + colours(frame_flags) + b"\x02\x02\x4c\x01\x00"
    return b"GIF89a" + screen + extension + frame + b"\x3b"


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP"
    for name, data in chunks:
        body += name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def vp8(width: int, height: int) -> tuple[bytes, bytes]:
    return b"VP8 ", b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height) + b"pixel"


def vp8l(width: int, height: int) -> tuple[bytes, bytes]:
    return b"VP8L", b"\x2f" + struct.pack("<I", width - 1 | (height - 1) << 14) + b"px"


def vp8x(width: int, height: int) -> tuple[bytes, bytes]:
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X", b"\0\0\0\0" + sizes


WHOLE = {
    "png": (png(300, 100), "image/png", 300, 100),
    "wide png": (png(9_000, 20), "image/png", 9_000, 20),
    "jpeg": (jpeg(640, 480), "image/jpeg", 640, 480),
    "progressive jpeg": (jpeg(12, 34, frame=0xC2), "image/jpeg", 12, 34),
    "jpeg of a camera": (jpeg(640, 480, before=app1(60_000)), "image/jpeg", 640, 480),
    "jpeg with filling": (jpeg(6, 4, before=b"\xff\xff\xff\x01"), "image/jpeg", 6, 4),
    "gif": (gif(5, 7), "image/gif", 5, 7),
    "webp": (webp(vp8(70, 50)), "image/webp", 70, 50),
    "webp with scaling": (webp(vp8(70 | 1 << 14, 50 | 2 << 14)), "image/webp", 70, 50),
    "lossless webp": (webp(vp8l(16_000, 3)), "image/webp", 16_000, 3),
    "webp with more": (
        webp(vp8x(70_000, 9), (b"EXIF", b"abc"), vp8(70, 9)),
        "image/webp",
        70_000,
        9,
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_picture_has_its_format_and_size(name: str):
    data, kind, width, height = WHOLE[name]
    header = read_header(data)
    assert (header.media_type, header.width, header.height) == (kind, width, height)
    behind = read_header(data + b"what some programs leave behind the end")
    assert (behind.width, behind.height) == (width, height)


@pytest.mark.parametrize("name", WHOLE)
def test_a_picture_cut_off_anywhere_is_refused_and_never_a_crash(name: str):
    data, *_ = WHOLE[name]
    step = max(1, len(data) // 400)
    for end in [*range(min(len(data), 80)), *range(80, len(data), step), len(data) - 1]:
        with pytest.raises(InvalidImage) as caught:
            read_header(data[:end])
        assert str(caught.value)


@pytest.mark.parametrize("name", WHOLE)
def test_a_picture_with_any_byte_changed_is_read_or_refused_and_never_a_crash(name: str):
    data, *_ = WHOLE[name]
    for at in range(min(len(data), 120)):
        for value in (0x00, 0xFF, data[at] ^ 0x80):
            changed = data[:at] + bytes([value]) + data[at + 1 :]
            try:
                header = read_header(changed)
            except InvalidImage as bad:
                assert str(bad)
            else:
                assert header.width > 0 and header.height > 0


# The markers of a JPEG (ITU-T T.81, table B.1).
FRAMES = [at for at in range(0xC0, 0xD0) if at not in (0xC4, 0xC8, 0xCC)]
"""Beginnings of a frame; among them stand tables of Huffman codes, a reserved one, conditions."""
ALONE = [0x00, 0x01, *range(0xD0, 0xD8)]
"""A stuffed byte, and the markers without a length."""


@pytest.mark.parametrize("frame", FRAMES, ids=hex)
def test_every_kind_of_jpeg_frame_says_the_size(frame: int):
    header = read_header(jpeg(640, 480, frame=frame))
    assert (header.width, header.height) == (640, 480)


@pytest.mark.parametrize("marker", [0xC4, 0xC8, 0xCC, 0xDB, 0xDD, 0xE0, 0xFE], ids=hex)
def test_no_other_segment_of_a_jpeg_says_it(marker: int):
    header = read_header(jpeg(640, 480, before=segment(marker)))
    assert (header.width, header.height) == (640, 480)


@pytest.mark.parametrize("marker", ALONE, ids=hex)
def test_jpeg_markers_without_a_length_are_passed_over(marker: int):
    header = read_header(jpeg(640, 480, before=bytes([0xFF, marker])))
    assert (header.width, header.height) == (640, 480)


@pytest.mark.parametrize("size", range(8))
@pytest.mark.parametrize("table", [0x00, 0x80])
def test_colour_tables_of_every_size_are_passed_over_in_a_gif(table: int, size: int):
    for data in (gif(5, 7, screen_flags=table | size), gif(5, 7, frame_flags=table | size)):
        header = read_header(data)
        assert (header.width, header.height) == (5, 7)
        with pytest.raises(InvalidImage, match="cut off"):
            read_header(data[:-1])


def coloured_png(depth: int, colours: int, *, interlaced: int = 0, palette: bytes = b"") -> bytes:
    """A black PNG of 9 x 9 pixels of any kind, with room for its pixels as the standard counts."""
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colours, 1)
    sides = [(9, 9)]
    if interlaced:  # ISO/IEC 15948, 8.2: each pass of 9 x 9, columns and rows
        sides = [(2, 2), (1, 2), (3, 1), (2, 3), (5, 2), (4, 5), (9, 4)]
    size = sum(rows * (1 + -(-columns * samples * depth // 8)) for columns, rows in sides)

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + crc

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, depth, colours, 0, 0, interlaced))
    table = chunk(b"PLTE", palette) if palette else b""
    pixels = chunk(b"IDAT", zlib.compress(bytes(size)))
    return b"\x89PNG\r\n\x1a\n" + head + table + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("interlaced", [0, 1])
@pytest.mark.parametrize(
    ("depth", "colours"),
    [(1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (8, 2), (16, 2), (8, 4), (16, 4), (8, 6), (16, 6)],
)
def test_png_pixels_of_every_kind_are_counted(depth: int, colours: int, interlaced: int):
    data = coloured_png(depth, colours, interlaced=interlaced)
    assert read_header(data).width == 9
    # One row more than there are pixels for.
    taller = data.replace(struct.pack(">II", 9, 9), struct.pack(">II", 9, 10))
    head = taller[12:29]
    taller = taller.replace(taller[29:33], struct.pack(">I", zlib.crc32(head)), 1)
    with pytest.raises(InvalidImage, match="its pixels end too early"):
        read_header(taller)


def test_a_png_with_a_palette_has_one():
    assert read_header(coloured_png(4, 3, palette=b"\1\2\3")).height == 9
    with pytest.raises(InvalidImage, match="its colours are missing"):
        read_header(coloured_png(4, 3))


@pytest.mark.parametrize(
    ("depth", "colours", "interlaced"), [(3, 0, 0), (4, 2, 0), (8, 5, 0), (8, 0, 2)]
)
def test_a_png_with_colours_of_no_known_kind_is_damaged(depth: int, colours: int, interlaced: int):
    with pytest.raises(InvalidImage, match="no known kind"):
        read_header(coloured_png(depth, colours, interlaced=interlaced))


def test_animated_pictures_are_whole_pictures():
    frame = gif(5, 7)[13 + 6 : -1]
    assert read_header(gif(5, 7)[:-1] + frame + frame + b";").width == 5
    assert read_header(webp(vp8x(7, 9), (b"ANIM", bytes(6)), (b"ANMF", bytes(20)))).height == 9


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0", "HEIC"),
        (b"\0\0\0\x1cftypavif", "AVIF"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"BM\x36\0\0\0", "BMP"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0*\0\0\0\x08", "TIFF"),
        (b"\0\0\1\0\1\0", "ICO"),
        (b"%PDF-1.7", "PDF"),
        (b"<svg xmlns=", "SVG"),
    ],
)
def test_a_picture_of_another_format_is_named_whatever_its_ending(data: bytes, name: str):
    with pytest.raises(InvalidImage) as caught:
        read_header(data)
    assert str(caught.value) == f"is of the format {name}; save it as PNG, JPEG, GIF or WebP"


def test_pixels_are_unpacked_no_further_than_there_are_any():
    bomb = zlib.compress(bytes(64 * 1024 * 1024), 9)
    data = png(10, 10)
    at = data.index(b"IDAT") - 4
    crc = struct.pack(">I", zlib.crc32(b"IDAT" + bomb))
    bombed = data[:at] + struct.pack(">I", len(bomb)) + b"IDAT" + bomb + crc + data[-12:]
    begun = time.process_time()
    assert read_header(bombed).width == 10
    assert time.process_time() - begun < 0.1


ODD = {
    "text": (b"just text", "is no PNG, JPEG, GIF or WebP picture"),
    "nothing": (b"", "is no PNG, JPEG, GIF or WebP picture"),
    "a magic number alone": (b"\x89PNG\r\n\x1a\n", "cut off"),
    "no size in front": (png(7, 9).replace(b"IHDR", b"IHDX"), "damaged"),
    "a web page": (b"<html>GIF89a", "is no PNG"),
    "RIFF that is a sound": (b"RIFF\x24\0\0\0WAVEfmt ", "is no PNG"),
    "no width": (png(0, 20), "has no size: 0 x 20 pixels"),
    "no height": (jpeg(20, 0), "has no size: 20 x 0 pixels"),
    "pixels that end early": (png(30, 20, rows=0)[:-30], "cut off"),
    "broken pixels": (png(300, 100).replace(b"IDAT", b"IDAX"), "damaged"),
    "a gif without a picture": (gif(5, 7)[:19] + b"\x3b", "there is no picture in it"),
    "webp without a picture": (webp(vp8x(7, 9), (b"EXIF", b"abc")), "there is no picture in it"),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_whole_picture_says_why(name: str):
    data, words = ODD[name]
    with pytest.raises(InvalidImage, match=words):
        read_header(data)


def test_the_size_alone_can_be_read_of_the_beginning():
    for data, kind, width, height in WHOLE.values():
        if kind == "image/jpeg" and len(data) > 1_000:
            continue  # its size is behind the notes
        header = read_header(data[:64], whole=False)
        assert (header.width, header.height) == (width, height)


@pytest.mark.parametrize(
    ("data", "tokens"),
    [
        (png(300, 100), 40),  # 300 x 100 / 750
        (jpeg(750, 100), 100),
        (jpeg(750, 100, before=app1(20_000)), 100),
        (gif(75, 100), 10),
        (b"text", 1_600),  # the size of a usual one
    ],
)
def test_the_estimate_of_a_picture_follows_its_size_in_every_format(data: bytes, tokens: int):
    import base64

    source = {"type": "base64", "data": base64.b64encode(data).decode()}
    assert image_tokens({"type": "image", "source": source}) == tokens
