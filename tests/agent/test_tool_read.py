"""Reading files, whatever they are."""

import asyncio
import os
import socket
import tracemalloc

import pytest
from toolbench import Bench

from tui.agent.tools.base import ToolError
from tui.agent.tools.places import Place, contents
from tui.agent.tools.text import decode


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


async def test_lines_come_numbered(bench):
    bench.file("a.py", "import os\n\nprint(1)\n")
    outcome = await bench.use("read", path="a.py")
    assert outcome.content == "     1\timport os\n     2\t\n     3\tprint(1)"
    assert outcome.summary == "3 lines"


async def test_a_page_says_where_the_next_one_begins(bench):
    bench.file("a.txt", "".join(f"{n}\n" for n in range(1, 11)))
    first = await bench.use("read", path="a.txt", limit=4)
    assert first.content.endswith("     4\t4\n[lines 1–4 of 10; for the rest read with offset=5]")
    last = await bench.use("read", path="a.txt", offset=9)
    assert last.content == "     9\t9\n    10\t10\n[lines 9–10 of 10: the end]"


async def test_following_the_offsets_gives_every_line_once(tmp_path):
    bench = Bench(tmp_path, output=2_000)
    bench.file("a.txt", "".join(f"line {n} {'x' * (n % 90)}\n" for n in range(1, 201)))
    seen, offset = [], 1
    while offset <= 200:
        content = (await bench.use("read", path="a.txt", offset=offset)).content
        assert len(content) <= 2_000
        page = [line.split("\t")[1] for line in content.split("\n") if "\t" in line]
        seen += page
        offset += len(page)
    assert [line.split()[1] for line in seen] == [str(n) for n in range(1, 201)]


async def test_an_offset_behind_the_end_says_how_long_the_file_is(bench):
    bench.file("a.txt", "1\n2\n")
    assert "only 2 lines" in await bench.refused("read", path="a.txt", offset=9)


async def test_a_very_long_line_is_cut_and_says_by_how_much(bench):
    bench.file("a.js", "x" * 100_000 + "\nend\n")
    content = (await bench.use("read", path="a.js")).content
    assert "… [98,000 more characters in this line]" in content
    assert content.endswith("     2\tend")


async def test_an_empty_file_is_said_to_be_empty(bench):
    bench.file("empty.txt")
    assert "empty" in (await bench.use("read", path="empty.txt")).content


async def test_carriage_returns_are_not_shown(bench):
    bench.file("a.txt", b"one\r\ntwo\r\n")
    bench.file("mixed.txt", b"one\r\ntwo\n")
    assert (await bench.use("read", path="a.txt")).content == "     1\tone\n     2\ttwo"
    assert (await bench.use("read", path="mixed.txt")).content == "     1\tone\n     2\ttwo"


async def test_other_encodings_are_read_and_said(bench):
    bench.file("latin.txt", "café\n".encode("latin-1"))
    bench.file("wide.txt", b"\xff\xfe" + "café\n".encode("utf-16-le"))
    bench.file("marked.txt", b"\xef\xbb\xbfcafe\n")
    assert (await bench.use("read", path="latin.txt")).content == "     1\tcafé\n[latin-1]"
    wide = (await bench.use("read", path="wide.txt")).content
    assert wide.startswith("     1\tcafé\n[utf-16-le")
    assert (await bench.use("read", path="marked.txt")).content == "     1\tcafe"


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG image"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\x7fELF\x02\x01\x01\0", "a program"),
        (b"abc\0def", "a binary file"),
    ],
)
async def test_what_is_no_text_is_named_with_its_size(bench, start, kind):
    bench.file("thing", start + b"x" * 1_000)
    sentence = await bench.refused("read", path="thing")
    assert kind in sentence and f"{len(start) + 1_000:,} bytes" in sentence


async def test_a_word_that_looks_like_a_magic_number_is_text(bench):
    bench.file("notes.txt", "MZ is a word, BM too\n")
    assert "MZ is a word" in (await bench.use("read", path="notes.txt")).content


async def test_a_huge_file_is_read_in_bounded_memory(tmp_path):
    bench = Bench(tmp_path, file=100_000)
    with bench.file("big.log").open("wb") as file:
        for n in range(1, 50_001):
            file.write(b"line %d %s\n" % (n, b"x" * 60))
        file.write(b"y" * 5_000_000)
    tracemalloc.start()
    content = (await bench.use("read", path="big.log", offset=40_000, limit=2)).content
    last = (await bench.use("read", path="big.log", offset=50_001)).content
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert content.startswith(" 40000\tline 40000 ")
    assert "read with offset=40002" in content
    assert "… [5,000,000 bytes in this line]" in last
    assert peak < 1_000_000


async def test_a_missing_file_is_answered_with_a_near_name(bench):
    bench.file("src/parser.py")
    sentence = await bench.refused("read", path="src/parsr.py")
    assert sentence == "src/parsr.py does not exist. Did you mean src/parser.py?"


async def test_pipes_sockets_devices_and_folders_are_refused_at_once(bench):
    os.mkfifo(bench.folder / "pipe")
    (bench.folder / "sub").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(bench.folder / "sock"))
        async with asyncio.timeout(5):
            assert "named pipe" in await bench.refused("read", path="pipe")
            assert "socket" in await bench.refused("read", path="sock")
            assert "device" in await bench.refused("read", path="/dev/zero")
            assert "folder" in await bench.refused("read", path="sub")


def test_a_file_that_becomes_a_pipe_in_the_last_moment_is_not_waited_for(bench):
    os.mkfifo(bench.folder / "pipe")
    with pytest.raises(ToolError, match="named pipe"):
        contents(Place(bench.folder / "pipe", "pipe", outside=False))


async def test_a_loop_of_links_is_refused(bench):
    (bench.folder / "a").symlink_to("b")
    (bench.folder / "b").symlink_to("a")
    assert await bench.refused("read", path="a")


@pytest.mark.parametrize("path", ["", "  ", "a\0b"])
async def test_what_is_no_path_is_refused(bench, path):
    assert await bench.refused("read", path=path)


@pytest.mark.parametrize("path", ["../beside.txt", "/etc/hostname", "link", "sub/../../x", "~"])
def test_a_path_that_leads_outside_is_outside_however_it_is_written(bench, path):
    (bench.folder / "link").symlink_to("/etc/hostname")
    call = bench.prepare("read", path=path)
    assert call.need.outside and "outside the project folder" in call.need.reason


@pytest.mark.parametrize("path", ["a.txt", "./sub/../a.txt", "new/deep/file"])
def test_a_path_that_stays_inside_is_inside(bench, path):
    assert not bench.prepare("read", path=path).need.outside


def test_a_link_back_into_the_folder_is_inside(bench, tmp_path):
    (tmp_path / "alias").symlink_to(bench.folder)
    call = bench.prepare("read", path=str(tmp_path / "alias" / "a.txt"))
    assert not call.need.outside and call.subject == "a.txt"


async def test_a_link_put_in_the_way_after_the_question_is_not_followed(bench, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    bench.file("a.txt", "public")
    call = bench.prepare("read", path="a.txt")
    (bench.folder / "a.txt").unlink()
    (bench.folder / "a.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(Exception, match="somewhere else"):
        await bench.run(call)


async def test_the_full_output_of_a_command_may_be_read_unasked(bench):
    bench.scratch.mkdir()
    (bench.scratch / "output-1.txt").write_text("all of it\n")
    call = bench.prepare("read", path=str(bench.scratch / "output-1.txt"))
    assert not call.need.outside
    assert "all of it" in (await bench.run(call)).content


def test_any_bytes_come_back_as_they_were():
    from hypothesis import given, settings
    from hypothesis import strategies as st

    marks = st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0"])
    lines = st.lists(st.sampled_from([b"a", b"\r\n", b"\n", b"\r", b"\xc3\xbc", b"\xe9", b"\0"]))

    @given(marks, lines | st.binary(max_size=40).map(lambda b: [b]))
    @settings(max_examples=150)
    def round_trip(mark, parts):
        content = mark + b"".join(parts)
        text = decode(content)
        assert text.encode(text.body) == content

    round_trip()
