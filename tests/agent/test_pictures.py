"""Pictures in a prompt: what is sent, and what is said where one cannot be."""

import base64
import struct
import zlib
from pathlib import Path

import pytest

from tests.agent.cached_conversation import cached_tokens, read_then_answer, run_first_turn
from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tui.agent.image_attachments import MAX_BYTES, attach_images, image_blocks, image_names
from tui.agent.tools.base import ToolEnvironment
from tui.number_format import format_tokens
from tui.session import events as ev
from tui.session.context_usage import context_usage
from tui.simulator.scripted_model.model_input import ScriptedText


def png(width: int, height: int) -> bytes:
    """A grey picture, made the way the format says."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def last_prompt(run: SessionRun) -> list[ev.JSON]:
    content = run.server.script.inputs[-1].messages[-1]["content"]
    assert isinstance(content, list)
    return content


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("look at @shot.png", ["shot.png"]),
        ("@a/b.JPG, @c.webp and @a/b.JPG again.", ["a/b.JPG", "c.webp"]),
        ('what is in @"my shot.png"?', ["my shot.png"]),
        ("mail me@home.png or see @notes.md and @shot.pngx", []),
        ("(@~/shot.gif)", []),
        ("see @~/shot.gif!", ["~/shot.gif"]),
    ],
)
def test_a_picture_is_named_by_its_ending(prompt: str, names: list[str]):
    assert image_names(prompt) == names


async def test_a_named_picture_is_sent_before_the_words_and_the_gauge_agrees(
    tmp_path: Path,
):
    async with run_session(
        tmp_path, (ScriptedText("a grey square"),), (ScriptedText("yes"),)
    ) as run:
        (run.folder / "shot.png").write_bytes(png(300, 100))
        await run.driver.run_turn("what is @shot.png?")
        picture, words = last_prompt(run)[-2:]
        assert picture["source"]["media_type"] == "image/png"
        assert base64.b64decode(picture["source"]["data"]) == png(300, 100)
        assert words["text"] == "what is @shot.png?"
        (submitted,) = run.events(ev.PromptSubmitted)
        assert submitted.text == "what is @shot.png?"
        assert 40 <= submitted.estimate - 6 <= 41, "300 x 100 / 750"
        await run.driver.run_turn("sure?")
        assert run.state.left is not None
        assert abs(run.state.left - await run.countdown()) <= 1_000
        assert run.folded_from_disk().conversation.sendable() == run.state.conversation.sendable()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "does not exist"),
        (b"", "is empty"),
        (b"just text", "is no PNG, JPEG, GIF or WebP picture"),
        # A file of 3.8 MB is one of 5.0 MB in base64, which is what the API weighs.
        (b"\x89PNG\r\n\x1a\n" + b"\0" * (MAX_BYTES * 3 // 4), "a picture may have 5 MB"),
        (png(8_001, 1), "has 8,001 x 1 pixels; a picture may have 8,000 on a side"),
        (png(1, 9_000), "has 1 x 9,000 pixels; a picture may have 8,000 on a side"),
        (png(30, 30)[:-20], "is cut off"),
        (png(0, 30), "has no size"),
    ],
    ids=["missing", "empty", "text", "too big", "too wide", "too high", "cut off", "no size"],
)
async def test_what_is_no_picture_stays_a_word_and_it_is_said(
    tmp_path: Path, content: bytes | None, said: str
):
    async with run_session(tmp_path, (ScriptedText("ok"),)) as run:
        if content is not None:
            (run.folder / "shot.png").write_bytes(content)
        await run.driver.run_turn("what is @shot.png?")
        assert [block["type"] for block in last_prompt(run)][-1] == "text"
        assert "image" not in [block["type"] for block in last_prompt(run)]
        (notice,) = run.events(ev.NoticeShown)
        assert said in notice.sentence and "not sent as a picture" in notice.sentence
        assert run.state.last_end is not None and run.state.last_end.reason == "completed"


async def test_a_picture_of_a_format_that_is_not_taken_is_named(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText("ok"),)) as run:
        (run.folder / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(60))
        (run.folder / "shot.png").write_bytes(b"\0\0\0\x18ftypheic" + bytes(60))
        await run.driver.run_turn("compare @photo.heic and @shot.png")
        assert [notice.sentence for notice in run.events(ev.NoticeShown)] == [
            f"{name} is of the format HEIC; save it as PNG, JPEG, GIF or WebP. It is not sent as a "
            "picture."
            for name in ("shot.png", "photo.heic")
        ]


def world_with(folder: Path, **pictures: bytes) -> ToolEnvironment:
    for name, data in pictures.items():
        (folder / f"{name}.png").write_bytes(data)
    return ToolEnvironment(folder=folder, variables={})


def sent(data: bytes, times: int) -> list[ev.JSON]:
    source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(data).decode()}
    return [{"type": "image", "source": source}] * times


@pytest.mark.parametrize(
    ("before", "new", "is_sent"),
    [
        (sent(png(10, 10), 20), png(2_000, 10), True),
        (sent(png(10, 10), 20), png(2_001, 10), False),
        (sent(png(10, 10), 19), png(2_001, 10), True),
        (sent(png(2_001, 10), 20), png(10, 10), False),
        (sent(png(10, 10), 99), png(10, 10), True),
        (sent(png(10, 10), 100), png(10, 10), False),
    ],
    ids=["21, small", "21, large", "20", "21, an earlier one large", "100", "101"],
)
def test_more_than_twenty_pictures_of_a_request_are_smaller_ones(
    tmp_path: Path, before: list[ev.JSON], new: bytes, is_sent: bool
):
    seen = attach_images("see @a.png", world_with(tmp_path, a=new), before)
    assert (bool(seen.content), len(seen.sentences)) == (is_sent, 0 if is_sent else 1)


def test_all_pictures_together_fit_into_a_request(tmp_path: Path):
    large = [{"type": "image", "source": {"type": "base64", "data": "A" * 7_000_000}}] * 4
    seen = attach_images("see @a.png", world_with(tmp_path, a=png(3_000, 300)), large)
    assert seen.content
    large = [*large, {"type": "image", "source": {"type": "base64", "data": "A" * 1_360_000}}]
    seen = attach_images("see @a.png", world_with(tmp_path, a=png(3_000, 300)), large)
    assert not seen.content and "room for 28 MB" in seen.sentences[0]


REFUSED = (
    "messages.0.content.1.image.source.base64: At least one of the image dimensions exceed max "
    "allowed size: 500 pixels"
)


async def test_a_prompt_whose_picture_the_server_refuses_is_taken_back(tmp_path: Path):
    async with run_session(
        tmp_path, (ScriptedText("hello"),), (ScriptedText("again"),), budget=100_000
    ) as run:
        await run.driver.run_turn("hi")
        before, charged = run.state.conversation.sendable(), run.state.charged
        (run.folder / "shot.png").write_bytes(png(600, 10))
        await run.server.faults({"kind": "status", "status": 400, "message": REFUSED, "request": 1})
        await run.driver.run_turn("what is @shot.png?")
        end = run.state.last_end
        assert end is not None and end.reason == "error"
        assert "500 pixels" in end.sentence and "taken back" in end.sentence
        assert "/rewind" not in end.sentence
        assert (run.state.conversation.sendable(), run.state.charged) == (before, charged)
        await run.driver.run_turn("never mind, go on")
        assert run.state.last_end is not None and run.state.last_end.reason == "completed"
        assert run.folded_from_disk().conversation.sendable() == run.state.conversation.sendable()
        assert run.state.left is not None
        assert abs(run.state.left - await run.countdown()) <= 1_000


async def test_pictures_of_earlier_prompts_give_way_to_words_and_the_turn_goes_on(
    tmp_path: Path,
):
    async with run_session(tmp_path, (ScriptedText("grey"),), (ScriptedText("hello"),)) as run:
        (run.folder / "shot.png").write_bytes(png(600, 10))
        await run.driver.run_turn("what is @shot.png?")
        words = "image input is not supported by this model"
        await run.server.faults({"kind": "status", "status": 400, "message": words, "request": 1})
        await run.driver.run_turn("and now without it")
        assert run.state.last_end is not None and run.state.last_end.reason == "completed"
        (notice,) = run.events(ev.NoticeShown)
        assert words in notice.sentence and "left out" in notice.sentence
        assert not list(image_blocks(run.state.conversation.content))
        assert run.folded_from_disk().conversation.sendable() == run.state.conversation.sendable()


SUMMARY = (ScriptedText("<summary>a grey square</summary>"),)


async def test_a_summary_is_written_without_the_pictures_that_the_server_refuses(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText("grey"),), SUMMARY) as run:
        (run.folder / "shot.png").write_bytes(png(600, 10))
        await run.driver.run_turn("what is @shot.png?")
        words = "Could not process image"
        await run.server.faults({"kind": "status", "status": 400, "message": words, "request": 1})
        await run.driver.compact()
        assert [event.reason for event in run.events(ev.Rewritten)] == ["pictures", "compaction"]
        (notice,) = run.events(ev.NoticeShown)
        assert words in notice.sentence and "sent once more" in notice.sentence


async def test_a_server_that_goes_on_refusing_ends_the_turn(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText("grey"),), (ScriptedText("hello"),)) as run:
        (run.folder / "shot.png").write_bytes(png(600, 10))
        await run.driver.run_turn("what is @shot.png?")
        await run.server.faults(
            {"kind": "status", "status": 400, "message": "no image here", "since": 1}
        )
        await run.driver.run_turn("and now without it")
        assert run.state.last_end is not None and run.state.last_end.reason == "error"


async def test_the_price_of_the_first_picture_is_said_before_it_is_sent_and_of_no_other(
    tmp_path: Path,
):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        change_context(run.ctx, now=run.clock)
        (run.folder / "shot.png").write_bytes(png(300, 100))
        await run_first_turn(run)
        stood, before = await cached_tokens(run), len(await run.server.ledger())
        await run.driver.run_turn("look at @shot.png please")
        lost = stood - int((await run.server.ledger())[before]["cache_read_input_tokens"])
        assert lost > 500, "the server kept system text and tools alone"
        kinds = [type(event) for event in run.events()]
        at = kinds.index(ev.NoticeShown)
        assert at < len(kinds) - 1 - kinds[::-1].index(ev.PromptSubmitted)
        (said,) = run.events(ev.NoticeShown)
        # Written at 5, read at 0.20 a million: a cent.
        assert 0.005 < lost * (5 - 0.20) / 1_000_000 < 0.015
        assert "costs ≈ $0.01 more" in said.sentence
        assert f"writes {format_tokens(lost)} tokens to the prompt cache again." in said.sentence
        await run.driver.run_turn("and at @shot.png again")
        assert len(run.events(ev.NoticeShown)) == 1


async def test_a_picture_in_the_first_prompt_or_in_a_cold_conversation_costs_no_cache(
    tmp_path: Path,
):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        change_context(run.ctx, now=run.clock)
        (run.folder / "shot.png").write_bytes(png(300, 100))
        await run_first_turn(run)
        run.pass_time(400)
        await run.driver.run_turn("look at @shot.png please")
        assert run.events(ev.NoticeShown) == []
    (tmp_path / "b").mkdir()
    async with run_session(tmp_path / "b", (ScriptedText("grey"),)) as run:
        (run.folder / "shot.png").write_bytes(png(300, 100))
        await run.driver.run_turn("look at @shot.png please")
        assert run.events(ev.NoticeShown) == []


async def test_what_fills_the_window_agrees_with_what_the_server_counted(tmp_path: Path):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        (run.folder / "shot.png").write_bytes(png(900, 1_000))
        await run_first_turn(run)
        await run.driver.run_turn("look at @shot.png please")
        parts = {part.name: part for part in context_usage(run.state).parts}
        rows = await run.server.ledger()
        preamble = max(row["ephemeral_1h_input_tokens"] for row in rows)
        known = parts["system"].tokens + parts["tools"].tokens
        # The overhead of a message and of the budget's marker stands behind all of it.
        assert abs(known - preamble) <= 50, "what is settled leaves the preamble its share"
        picture = 900 * 1_000 / 750
        assert abs(parts["pictures"].tokens - picture) <= picture * 0.1
