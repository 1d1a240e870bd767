"""Reading files, whatever they are."""

import asyncio
import os
import socket
import tracemalloc
from pathlib import Path

import pytest

from tests.agent.tool_runner import ToolRunner
from tui.agent.tools.base import ToolError
from tui.agent.tools.file_text import decode_text
from tui.agent.tools.tool_paths import ResolvedPath, read_contents


@pytest.fixture
def runner(tmp_path: Path) -> ToolRunner:
    return ToolRunner(tmp_path)


async def test_lines_come_numbered(runner: ToolRunner):
    runner.write_file("a.py", "import os\n\nprint(1)\n")
    outcome = await runner.use("read", path="a.py")
    assert outcome.content == "     1\timport os\n     2\t\n     3\tprint(1)"
    assert outcome.summary == "3 lines"


async def test_a_page_says_where_the_next_one_begins(runner: ToolRunner):
    runner.write_file("a.txt", "".join(f"{n}\n" for n in range(1, 11)))
    first = await runner.use("read", path="a.txt", limit=4)
    assert first.content.endswith("     4\t4\n[lines 1–4 of 10; for the rest read with offset=5]")
    last = await runner.use("read", path="a.txt", offset=9)
    assert last.content == "     9\t9\n    10\t10\n[lines 9–10 of 10: the end]"


async def test_following_the_offsets_gives_every_line_once(tmp_path: Path):
    tool_runner = ToolRunner(tmp_path, output_characters=2_000)
    tool_runner.write_file("a.txt", "".join(f"line {n} {'x' * (n % 90)}\n" for n in range(1, 201)))
    seen, offset = [], 1
    while offset <= 200:
        content = (await tool_runner.use("read", path="a.txt", offset=offset)).content
        assert len(content) <= 2_000
        page = [line.split("\t")[1] for line in content.split("\n") if "\t" in line]
        seen += page
        offset += len(page)
    assert [line.split()[1] for line in seen] == [str(n) for n in range(1, 201)]


async def test_an_offset_behind_the_end_says_how_long_the_file_is(runner: ToolRunner):
    runner.write_file("a.txt", "1\n2\n")
    assert "only 2 lines" in await runner.refusal_of("read", path="a.txt", offset=9)


async def test_a_very_long_line_is_cut_and_says_by_how_much(runner: ToolRunner):
    runner.write_file("a.js", "x" * 100_000 + "\nend\n")
    content = (await runner.use("read", path="a.js")).content
    assert "… [98,000 more characters in this line]" in content
    assert content.endswith("     2\tend")


async def test_an_empty_file_is_said_to_be_empty(runner: ToolRunner):
    runner.write_file("empty.txt")
    assert "empty" in (await runner.use("read", path="empty.txt")).content


async def test_carriage_returns_are_not_shown(runner: ToolRunner):
    runner.write_file("a.txt", b"one\r\ntwo\r\n")
    runner.write_file("mixed.txt", b"one\r\ntwo\n")
    assert (await runner.use("read", path="a.txt")).content == "     1\tone\n     2\ttwo"
    assert (await runner.use("read", path="mixed.txt")).content == "     1\tone\n     2\ttwo"


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [
        ("名前 = 表示\n設定ファイル\n", "shift_jis", "Shift-JIS"),
        ("これはテストです\n", "euc_jp", "EUC-JP"),
        ("# 打开文件失败\n", "gbk", "GBK"),
        ("檔案開啟失敗\n", "big5", "Big5"),
        ("이 파일은 설정입니다\n", "euc_kr", "EUC-KR"),
        ("Привет мир\n", "windows-1251", "Windows-1251"),
        ("Привет мир\n", "koi8-r", "KOI8-R"),
        ("Αυτό είναι ένα κείμενο\n", "windows-1253", "Windows-1253"),
        ("Zażółć gęślą jaźń\n", "iso8859-2", "not known"),
    ],
)
async def test_an_encoding_that_is_not_understood_is_named(
    runner: ToolRunner, text: str, encoding: str, name: str
):
    runner.write_file("a.txt", text.encode(encoding))
    content = (await runner.use("read", path="a.txt")).content
    assert "not UTF-8; it" in content and name in content and "\ufffd" in content


async def test_other_encodings_are_read_and_said(runner: ToolRunner):
    runner.write_file("latin.txt", "café\n".encode("latin-1"))
    runner.write_file("wide.txt", b"\xff\xfe" + "café\n".encode("utf-16-le"))
    runner.write_file("marked.txt", b"\xef\xbb\xbfcafe\n")
    latin = (await runner.use("read", path="latin.txt")).content
    assert latin == "     1\tcafé\n[not UTF-8; shown as Windows-1252, which is a guess]"
    wide = (await runner.use("read", path="wide.txt")).content
    assert wide.startswith("     1\tcafé\n[utf-16-le")
    assert (await runner.use("read", path="marked.txt")).content == "     1\tcafe"


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
async def test_what_is_no_text_is_named_with_its_size(runner: ToolRunner, start: bytes, kind: str):
    runner.write_file("thing", start + b"x" * 1_000)
    sentence = await runner.refusal_of("read", path="thing")
    assert kind in sentence and f"{len(start) + 1_000:,} bytes" in sentence


async def test_a_word_that_looks_like_a_magic_number_is_text(runner: ToolRunner):
    runner.write_file("notes.txt", "MZ is a word, BM too\n")
    assert "MZ is a word" in (await runner.use("read", path="notes.txt")).content


async def test_a_huge_file_is_read_in_bounded_memory(tmp_path: Path):
    tool_runner = ToolRunner(tmp_path, file_bytes=100_000)
    with tool_runner.write_file("big.log").open("wb") as file:
        for n in range(1, 50_001):
            file.write(b"line %d %s\n" % (n, b"x" * 60))
        file.write(b"y" * 5_000_000)
    tracemalloc.start()
    content = (await tool_runner.use("read", path="big.log", offset=40_000, limit=2)).content
    last = (await tool_runner.use("read", path="big.log", offset=50_001)).content
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert content.startswith(" 40000\tline 40000 ")
    assert "read with offset=40002" in content
    assert "… [5,000,000 bytes in this line]" in last
    assert peak < 1_000_000


async def test_a_missing_file_is_answered_with_a_near_name(runner: ToolRunner):
    runner.write_file("src/parser.py")
    sentence = await runner.refusal_of("read", path="src/parsr.py")
    assert sentence == "src/parsr.py does not exist. Did you mean src/parser.py?"


async def test_pipes_sockets_devices_and_folders_are_refused_at_once(runner: ToolRunner):
    os.mkfifo(runner.folder / "pipe")
    (runner.folder / "sub").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(runner.folder / "sock"))
        async with asyncio.timeout(5):
            assert "named pipe" in await runner.refusal_of("read", path="pipe")
            assert "socket" in await runner.refusal_of("read", path="sock")
            assert "device" in await runner.refusal_of("read", path="/dev/zero")
            assert "folder" in await runner.refusal_of("read", path="sub")


def test_a_file_that_becomes_a_pipe_in_the_last_moment_is_not_waited_for(
    runner: ToolRunner,
):
    os.mkfifo(runner.folder / "pipe")
    with pytest.raises(ToolError, match="named pipe"):
        read_contents(ResolvedPath(runner.folder / "pipe", "pipe", outside_project=False))


async def test_a_loop_of_links_is_refused(runner: ToolRunner):
    (runner.folder / "a").symlink_to("b")
    (runner.folder / "b").symlink_to("a")
    assert await runner.refusal_of("read", path="a")


@pytest.mark.parametrize("path", ["", "  ", "a\0b"])
async def test_what_is_no_path_is_refused(runner: ToolRunner, path: str):
    assert await runner.refusal_of("read", path=path)


@pytest.mark.parametrize("path", ["../beside.txt", "/etc/hostname", "link", "sub/../../x", "~"])
def test_a_path_that_leads_outside_is_outside_however_it_is_written(runner: ToolRunner, path: str):
    (runner.folder / "link").symlink_to("/etc/hostname")
    call = runner.prepare("read", path=path)
    assert (
        call.permission.outside_project and "outside the project folder" in call.permission.reason
    )


@pytest.mark.parametrize("path", ["a.txt", "./sub/../a.txt", "new/deep/file"])
def test_a_path_that_stays_inside_is_inside(runner: ToolRunner, path: str):
    assert not runner.prepare("read", path=path).permission.outside_project


def test_a_link_back_into_the_folder_is_inside(runner: ToolRunner, tmp_path: Path):
    (tmp_path / "alias").symlink_to(runner.folder)
    call = runner.prepare("read", path=str(tmp_path / "alias" / "a.txt"))
    assert not call.permission.outside_project and call.subject == "a.txt"


async def test_a_link_put_in_the_way_after_the_question_is_not_followed(
    runner: ToolRunner, tmp_path: Path
):
    (tmp_path / "secret.txt").write_text("secret")
    runner.write_file("a.txt", "public")
    call = runner.prepare("read", path="a.txt")
    (runner.folder / "a.txt").unlink()
    (runner.folder / "a.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(Exception, match="somewhere else"):
        await runner.run(call)


async def test_the_full_output_of_a_command_may_be_read_unasked(runner: ToolRunner):
    runner.scratch.mkdir()
    (runner.scratch / "output-1.txt").write_text("all of it\n")
    call = runner.prepare("read", path=str(runner.scratch / "output-1.txt"))
    assert not call.permission.outside_project
    assert "all of it" in (await runner.run(call)).content


def test_any_bytes_come_back_as_they_were():
    from hypothesis import given, settings
    from hypothesis import strategies as st

    marks = st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0"])
    lines = st.lists(st.sampled_from([b"a", b"\r\n", b"\n", b"\r", b"\xc3\xbc", b"\xe9", b"\0"]))

    @given(marks, lines | st.binary(max_size=40).map(lambda b: [b]))
    @settings(max_examples=150)
    def round_trip(mark: bytes, parts: list[bytes]) -> None:
        content = mark + b"".join(parts)
        text = decode_text(content)
        assert text.encode(text.body) == content

    round_trip()
