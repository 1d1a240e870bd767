"""Pictures in a request: what the API does not take is refused in its words."""

import base64
import struct
import zlib
from typing import Any

import pytest

from tests.support.simulator import request_body, result, serve_simulator, user
from tui.simulator import image_checks

MODEL = "claude-sonnet-4-6"


def png(width: int, height: int) -> bytes:
    """A black PNG of one bit a pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(bytes(height * (1 + (width + 7) // 8)), 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    app = b"\xff\xe1" + struct.pack(">H", 20) + b"Exif\0\0" + bytes(12)
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\1\x11\0"
    return b"\xff\xd8" + app + frame + b"\xff\xda\0\x02" + b"data" + b"\xff\xd9"


def gif(width: int, height: int) -> bytes:
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + frame + b";"


def webp(kind: bytes, width: int, height: int) -> bytes:
    bodies = {
        b"VP8 ": b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height),
        b"VP8L": b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14),
        b"VP8X": bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"),
    }
    body = bodies[kind]
    chunk = kind + struct.pack("<I", len(body)) + body
    if kind == b"VP8X":
        chunk += b"VP8L" + struct.pack("<I", 6) + bytes(6)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def image(data: bytes, media_type: str = "image/png") -> dict[str, Any]:
    text = base64.b64encode(data).decode()
    return {
        "type": "image",
        "source": {"type": "base64", "media_type": media_type, "data": text},
    }


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (png(300, 70), "png"),
        (jpeg(300, 70), "jpeg"),
        (gif(300, 70), "gif"),
        (webp(b"VP8 ", 300, 70), "webp"),
        (webp(b"VP8L", 300, 70), "webp"),
        (webp(b"VP8X", 300, 70), "webp"),
    ],
)
def test_every_kind_is_known_by_its_first_bytes(data: bytes, kind: str):
    assert image_checks.read_image(data) == image_checks.ImageFacts(
        f"image/{kind}", 300, 70, complete=True
    )
    for length in range(len(data)):
        cut = image_checks.read_image(data[:length])
        assert cut is None or not cut.complete


REFUSED: list[tuple[list[dict[str, Any]], str]] = [
    ([image(png(8_001, 10))], "dimensions exceed max allowed size: 8000 pixels"),
    ([image(jpeg(10, 9_000), "image/jpeg")], "dimensions exceed max allowed size: 8000 pixels"),
    (
        [image(png(2_001, 10)), *[image(png(9, 9))] * 20],
        "max allowed size for many-image requests: 2000 pixels",
    ),
    ([image(png(9, 9))] * 601, "601 images > 600"),
    ([image(png(9, 9)[:-12])], "Could not process image"),
    ([image(b"no picture")], "Could not process image"),
    ([image(png(9, 9).replace(b"IDAT", b"IDAU"))], "Could not process image"),
    ([image(png(9, 900)[:40] + b"\xff" + png(9, 900)[41:])], "Could not process image"),
    ([image(png(0, 9))], "Could not process image"),
    ([image(gif(9, 9)[:13] + b";", "image/gif")], "Could not process image"),
    ([image(gif(9, 9)[:-1], "image/gif")], "Could not process image"),
    ([image(jpeg(9, 9)[:-2], "image/jpeg")], "Could not process image"),
    ([image(webp(b"VP8X", 9, 9)[:30], "image/webp")], "Could not process image"),
    ([image(b"\0\0\0\x18ftypheic" + bytes(40))], "Could not process image"),
    ([image(png(9, 9), "image/jpeg")], "appears to be a image/png image"),
    ([image(png(9, 9), "image/tiff")], "Input should be 'image/jpeg'"),
    ([image(png(9, 9) + bytes(4_000_000))], "image exceeds 5 MB maximum: 53334"),
    (
        [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "%"}}],
        "invalid base64",
    ),
]


@pytest.mark.parametrize("lenient", [False, True])
async def test_what_the_api_does_not_take_is_refused(lenient: bool):
    async with serve_simulator(lenient=lenient) as sim:
        for blocks, words in REFUSED:
            said = await sim.post(request_body(user(*blocks, "Look."), model=MODEL))
            assert said.status_code == 400
            assert words in said.json()["error"]["message"]
        for fits in (
            [image(png(8_000, 8_000))],
            [image(jpeg(2_000, 9), "image/jpeg")] * 30,
            [image(png(9, 9) + bytes(3_900_000))],
            [{"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}],
        ):
            said = await sim.post(request_body(user(*fits, "Look."), model=MODEL))
            assert said.status_code == 200, said.text


async def test_pictures_in_tool_results_are_looked_at_too():
    call = {"type": "tool_use", "id": "t1", "name": "read", "input": {}}
    answer = {**result("t1", ""), "content": [image(png(9_000, 9))]}
    async with serve_simulator() as sim:
        body = request_body(
            "Look.", {"role": "assistant", "content": [call]}, user(answer), model=MODEL
        )
        said = await sim.post(body)
        assert said.status_code == 400
        assert "messages.2.content.0.tool_result.content.0.image" in said.json()["error"]["message"]


async def test_a_small_window_takes_fewer_pictures_and_no_server_a_larger_body():
    async with serve_simulator() as sim:
        body = request_body(user(*[image(png(9, 9))] * 101, "Look."), model="claude-haiku-4-5")
        said = await sim.post(body)
        assert "101 images > 100" in said.json()["error"]["message"]
        said = await sim.post(b" " * (32 * 1024 * 1024 + 1))
        assert said.status_code == 413
        assert said.json()["error"]["type"] == "request_too_large"
