"""What is piped into a headless run: read to its end, bounded, and never waited for in vain."""

import os
import socket
from pathlib import Path

import pytest

from tui.command_line import UsageError
from tui.standard_input import (
    CUT_INPUT_REMARK,
    MOST_BYTES,
    NO_INPUT_REMARK,
    PipedInput,
    read_piped_input,
)


def in_file(tmp_path: Path, content: bytes) -> PipedInput:
    path = tmp_path / "data"
    path.write_bytes(content)
    with path.open("rb") as file:
        return read_piped_input(file.fileno())


@pytest.mark.parametrize(
    ("content", "data"),
    [
        (b"", ""),
        (b"one\ntwo\n", "one\ntwo\n"),
        ("\ufeffé".encode(), "é"),
        (b"caf\xe9", "caf\ufffd"),
        (b"/compact", "/compact"),
    ],
)
def test_a_file_is_read_as_text(tmp_path: Path, content: bytes, data: str):
    assert in_file(tmp_path, content) == (data, "")


def test_more_than_the_bound_is_left_out_and_said(tmp_path: Path):
    found = in_file(tmp_path, b"x" * (MOST_BYTES + 5))
    assert (len(found.data), found.remark) == (MOST_BYTES, CUT_INPUT_REMARK)
    assert in_file(tmp_path, b"x" * MOST_BYTES).remark == ""


def test_what_is_no_text_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="not text"):
        in_file(tmp_path, b"\x7fELF\0\0")


def test_a_pipe_is_read_to_its_end():
    reader, writer = os.pipe()
    os.write(writer, b"piped")
    os.close(writer)
    assert read_piped_input(reader) == ("piped", "")
    assert read_piped_input(reader) == ("", ""), "a pipe that is over is not waited for"
    os.close(reader)


def test_a_pipe_that_says_nothing_is_left_out_and_that_is_said():
    reader, writer = os.pipe()
    ours, theirs = socket.socketpair()
    for silent in (reader, ours.fileno()):
        assert read_piped_input(silent, patience=0) == ("", NO_INPUT_REMARK)
    os.close(reader)
    os.close(writer)
    ours.close()
    theirs.close()


def test_a_device_is_not_read():
    with Path(os.devnull).open("rb") as nothing, Path("/dev/zero").open("rb") as endless:
        assert read_piped_input(nothing.fileno()) == read_piped_input(endless.fileno()) == ("", "")
