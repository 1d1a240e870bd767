"""Cutting to size, normalising what commands print, and estimating tokens."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.agent.tools.output_buffer import OutputBuffer
from tui.agent.tools.result_truncation import truncate_result
from tui.agent.tools.terminal_output import TerminalDecoder, plain_output
from tui.budget.token_estimate import estimate_tokens

LEFT_OUT = re.compile(r"\[… (?:([\d,]+) lines, )?([\d,]+) characters left out here\.")


def normalised(*pieces: bytes) -> str:
    lines = TerminalDecoder()
    return "".join([*map(lines.feed, pieces), lines.close()])


@given(st.text(alphabet="ab\n", max_size=3000), st.integers(min_value=400, max_value=2000))
@settings(max_examples=60)
def test_what_is_left_out_is_counted_and_the_result_fits(text: str, limit: int):
    result = truncate_result(text, limit)
    assert len(result) <= limit
    if len(text) <= limit:
        assert result == text
        return
    found = LEFT_OUT.search(result)
    head, tail = result[: found.start()], result[found.end() + 2 :]
    missing = int(found[2].replace(",", ""))
    # The head gets a line break of its own where it was cut within a line.
    assert len(text) - missing in (len(head) + len(tail), len(head) - 1 + len(tail))
    assert text.startswith(head.removesuffix("\n")) and text.endswith(tail)


def test_the_middle_says_how_to_see_the_rest():
    text = "".join(f"line {n}\n" for n in range(1000))
    result = truncate_result(text, 1000, "Read it with offset=40.")
    assert result.startswith("line 0\n") and result.endswith("line 999\n")
    assert "left out here. Read it with offset=40.]" in result


def test_a_script_of_many_bytes_is_cut_sooner_because_it_is_more_tokens():
    assert len(truncate_result("語" * 9_000, 9_000)) < 3_100
    assert truncate_result("a" * 9_000, 9_000) == "a" * 9_000


@pytest.mark.parametrize(
    ("text", "low", "high"), [("", 0, 0), ("a", 1, 1), ("word " * 400, 500, 650)]
)
def test_the_estimate_is_of_the_right_size(text: str, low: int, high: int):
    assert low <= estimate_tokens(text) <= high


def test_the_estimate_takes_lone_surrogates():
    assert estimate_tokens("\ud800") >= 1


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        (b"\x1b[1;31mred\x1b[0m\n", "red\n"),
        (b"\x1b]0;a title\x07text\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\n", "textlink\n"),
        (b"10%\r50%\r100%\r\n", "100%\n"),
        (b"a\r\nb\r\n", "a\nb\n"),
        # lines of an old Macintosh
        (b"one\rtwo\rthree\r", "one\ntwo\nthree"),
        (b"one\rtwo\rthree", "one\ntwo\nthree"),
        (b"one\rtwo\r\rthree\rdone\n", "one\ntwo\n\nthree\ndone\n"),
        (b"line 1\rline 2\rline 3\r", "line 1\nline 2\nline 3"),
        (b"line 1\rline 2\rline 3\n", "line 1\nline 2\nline 3\n"),
        (b"1,2\r3,4\r5,6\r", "1,2\n3,4\n5,6"),
        (b"x = 1\ry = 2\rprint(x / y)\r", "x = 1\ny = 2\nprint(x / y)"),
        (b"- milk\r- eggs\r", "- milk\n- eggs"),
        (b"apples 10%\rpears 20%\r", "apples 10%\npears 20%"),
        (b"1/2 cup\r1/4 spoon\r", "1/2 cup\n1/4 spoon"),
        (b"Title\r=====\rtext\r", "Title\n=====\ntext"),
        (b"import os\rimport re\r", "import os\nimport re"),
        (b"# a\r\n# b\r# c\r", "# a\n# b\n# c"),
        # what was painted over
        (b"\r10%\r20%\r100%", "100%"),
        (b"10%\r20%\r", "20%"),
        (b"Loading.\rLoading..\rLoading...\n", "Loading...\n"),
        (b"Get a 10%\rGet a 90%\rGet a: done\n", "Get a: done\n"),
        (b"Objects:  10% (1/10)\rObjects: 100% (10/10), done.\n", "Objects: 100% (10/10), done.\n"),
        (b"[1/3] CXX a.o\r[2/3] CXX bb.o\r[3/3] LINK c\n", "[3/3] LINK c\n"),
        (b"[=>  ]\r[==> ]\r[===>]\n", "[===>]\n"),
        ("⠋ fetch a\r⠙ link b\r⠹ build\n".encode(), "⠹ build\n"),
        (b"| working\r/ working\r- working\rdone\n", "done\n"),
        (b"\x1b[2K\rone\x1b[2K\rtwo\n", "two\n"),
        (b"downloading\rdone       \n", "done       \n"),
        (
            b"10 MB copied, 1 s, 10 MB/s\r30 MB copied, 2 s, 15 MB/s\n",
            "30 MB copied, 2 s, 15 MB/s\n",
        ),
        (b" 5%|#    | 1/20 [00:01]\r10%|##   | 2/20 [00:02]\n", "10%|##   | 2/20 [00:02]\n"),
        (b"text\r\r\n", "text\n"),
        (b"typo\x08\x08pe\n", "type\n"),
        (b"nul\x00bell\x07\n", "nulbell\n"),
        (b"bad \xff\xfe utf\n", "bad �� utf\n"),
        (b"\x1bPq#0;2;0\x1b\\after\n", "after\n"),
        (b"\x1b[?25l\x1b[2K\x1b(Bdone", "done"),
        (b"\x1b", ""),
        (b"tab\there\n", "tab\there\n"),
        ("grün\n".encode(), "grün\n"),
    ],
)
def test_output_reads_like_the_finished_text(printed: bytes, read: str):
    assert normalised(printed) == read


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=4))
@settings(max_examples=80)
def test_where_the_stream_is_split_makes_no_difference(data: bytes, cuts: list[int]):
    bounds = [0, *sorted(min(at, len(data)) for at in cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(bounds)]
    assert normalised(*pieces) == normalised(data)


@given(st.text(max_size=100))
@settings(max_examples=60)
def test_no_control_character_but_tab_and_newline_is_left(text: str):
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", plain_output(text))


def test_a_line_without_end_is_passed_on_in_pieces():
    lines = TerminalDecoder()
    fed = sum(len(lines.feed(b"x" * 50_000)) for _ in range(20))
    assert fed >= 900_000
    assert len(lines.open_line) <= 65_536


def test_a_long_text_of_an_old_macintosh_keeps_its_lines_and_a_long_progress_its_last_state():
    lines = [f"row {number} of words" for number in range(20_000)]
    text = "\r".join(lines).encode()
    pieces = [text[at : at + 40_001] for at in range(0, len(text), 40_001)]
    assert normalised(*pieces) == "\n".join(lines)
    states = [f"loading {number * 100 // 30_000}% of it" for number in range(30_000)]
    bar = "\r".join(states).encode() + b"\n"
    pieces = [bar[at : at + 40_001] for at in range(0, len(bar), 40_001)]
    assert normalised(*pieces) == "loading 99% of it\n"


def test_rubbing_out_a_long_line_takes_no_time_to_speak_of():
    assert normalised(b"ab" * 20_000 + b"\b" * 40_000 + b"x\n") == "x\n"


def test_a_spool_keeps_only_the_ends_in_memory_and_all_of_it_on_disk(tmp_path: Path):
    file = tmp_path / "private" / "out.txt"
    spool = OutputBuffer(1_000, 10_000_000, file)
    lines = [f"line {n}\n" for n in range(50_000)]
    for line in lines:
        spool.add(line)
    spool.close()
    assert file.read_text() == "".join(lines)
    assert file.stat().st_mode & 0o777 == 0o600
    assert sum(map(len, spool._tail)) < 2_100
    text = spool.text()
    assert text.startswith("line 0\n") and text.endswith("line 49999\n") and len(text) <= 1_000
    assert f"read {file}" in text


def test_a_spool_writes_nothing_to_disk_for_a_short_output(tmp_path: Path):
    spool = OutputBuffer(1_000, 1_000, tmp_path / "out.txt")
    spool.add("short\n")
    spool.close()
    assert spool.text() == "short\n"
    assert list(tmp_path.iterdir()) == []


def test_a_spool_that_cannot_write_still_has_the_ends(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    spool = OutputBuffer(1_000, 10_000, tmp_path / "file" / "out.txt")
    for _ in range(300):
        spool.add("0123456789\n")
    spool.close()
    assert "Run it again" in spool.text()


def test_a_spool_stops_writing_where_the_disk_is_only_lent(tmp_path: Path):
    spool = OutputBuffer(100, 5_000, tmp_path / "out.txt")
    for _ in range(3):
        spool.add("0123456789\n" * 400)
    spool.close()
    assert (tmp_path / "out.txt").stat().st_size == 5_000
