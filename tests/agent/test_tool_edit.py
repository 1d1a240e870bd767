"""Changing files: exactly, wholly, and only as they were seen."""

import errno
import os
import stat
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agent.tool_runner import ToolRunner
from tui.agent.tools.base import ToolError
from tui.agent.tools.change_diff import content_digest, cut_diff, describe_change
from tui.agent.tools.file_text import decode_text
from tui.agent.tools.text_replacement import replace_text
from tui.agent.tools.tool_paths import ResolvedPath


@pytest.fixture
def runner(tmp_path: Path) -> ToolRunner:
    return ToolRunner(tmp_path)


def leftovers(runner: ToolRunner) -> list[str]:
    return [path.name for path in runner.folder.rglob("*") if path.name.endswith(".part")]


async def test_exact_text_is_replaced_and_shown_as_a_diff(runner: ToolRunner):
    file = runner.write_file("a.py", "def f():\n    return 1\n")
    await runner.use("read", path="a.py")
    outcome = await runner.use("edit", path="a.py", old_string="return 1", new_string="return 2")
    assert file.read_text() == "def f():\n    return 2\n"
    (made,) = outcome.changes
    assert (made.path, made.added, made.removed, made.created) == ("a.py", 1, 1, False)
    assert made.diff == (
        "--- a.py\n+++ a.py\n@@ -1,2 +1,2 @@\n def f():\n-    return 1\n+    return 2\n"
    )
    assert outcome.content == "a.py: replaced 1 place, at line 2."


async def test_preparing_shows_the_diff_and_changes_nothing(runner: ToolRunner):
    file = runner.write_file("a.py", "x = 1\n")
    call = runner.prepare("edit", path="a.py", old_string="1", new_string="2")
    assert "-x = 1\n+x = 2\n" in call.permission.preview
    assert call.permission.kind == "edit" and call.permission.rules == ("edit(**)",)
    assert file.read_text() == "x = 1\n"


async def test_text_that_occurs_twice_is_refused_with_its_lines(runner: ToolRunner):
    runner.write_file("a.txt", "x\ny\nx\n")
    sentence = await runner.refusal_of("edit", path="a.txt", old_string="x", new_string="z")
    assert "2 times, at lines 1, 3" in sentence


async def test_replace_all_replaces_everywhere_in_a_file_that_was_read(runner: ToolRunner):
    file = runner.write_file("a.txt", "x\ny\nx\n")
    wanted = {"path": "a.txt", "old_string": "x", "new_string": "z", "replace_all": True}
    assert "Read a.txt" in await runner.refusal_of("edit", **wanted)
    await runner.use("read", path="a.txt")
    outcome = await runner.use("edit", **wanted)
    assert file.read_text() == "z\ny\nz\n"
    assert "2 places, at lines 1, 3" in outcome.content


@pytest.mark.parametrize(
    ("old", "hint"),
    [
        ("def f(x):\n  return x", "Line 2 differs in white space: `    return x`"),
        ("def f(x):\n    return y", "begins like line 1, but line 2 is `    return x`"),
        ("    return x + 1", "The closest is line 2: `    return x`"),
    ],
)
async def test_text_that_is_not_there_is_answered_with_what_comes_closest(
    runner: ToolRunner, old: str, hint: str
):
    runner.write_file("a.py", "def f(x):\n    return x\n\n\nprint(f(1))\n")
    await runner.use("read", path="a.py")
    assert hint in await runner.refusal_of("edit", path="a.py", old_string=old, new_string="")


async def test_nothing_is_quoted_from_a_file_that_was_never_read(runner: ToolRunner):
    runner.write_file("secret.env", "TOKEN=hunter2\n")
    sentence = await runner.refusal_of(
        "edit", path="secret.env", old_string="TOKEN=x", new_string="y"
    )
    assert "hunter2" not in sentence and "Read the file first" in sentence


def test_a_file_outside_is_not_looked_into_before_that_is_allowed(
    runner: ToolRunner, tmp_path: Path
):
    (tmp_path / "outside.txt").write_text("hunter2\n")
    edit = runner.prepare("edit", path="../outside.txt", old_string="no", new_string="yes")
    write = runner.prepare("write", path="../outside.txt", content="new")
    for call in (edit, write):
        assert call.permission.outside_project and "hunter2" not in call.permission.preview
        assert call.permission.rules == (f"edit({tmp_path}/**)",)


async def test_a_file_changed_since_it_was_read_is_not_edited(runner: ToolRunner):
    file = runner.write_file("a.txt", "one\n")
    await runner.use("read", path="a.txt")
    file.write_text("one\ntwo\n")
    sentence = await runner.refusal_of("edit", path="a.txt", old_string="one", new_string="1")
    assert "changed on disk" in sentence
    await runner.use("read", path="a.txt")
    await runner.use("edit", path="a.txt", old_string="one", new_string="1")
    assert file.read_text() == "1\ntwo\n"


async def test_one_edit_after_the_other_needs_no_reading_between(runner: ToolRunner):
    file = runner.write_file("a.txt", "one\n")
    await runner.use("read", path="a.txt")
    await runner.use("edit", path="a.txt", old_string="one", new_string="two")
    await runner.use("edit", path="a.txt", old_string="two", new_string="three")
    assert file.read_text() == "three\n"


async def test_a_file_that_changes_while_the_question_is_open_is_left_alone(
    runner: ToolRunner,
):
    file = runner.write_file("a.txt", "one\n")
    await runner.use("read", path="a.txt")
    call = runner.prepare("edit", path="a.txt", old_string="one", new_string="1")
    file.write_text("one, by somebody else\n")
    with pytest.raises(ToolError, match="changed on disk"):
        await runner.run(call)
    assert file.read_text() == "one, by somebody else\n"


async def test_a_file_that_vanishes_while_the_question_is_open_stays_gone(
    runner: ToolRunner,
):
    file = runner.write_file("a.txt", "one\n")
    call = runner.prepare("edit", path="a.txt", old_string="one", new_string="1")
    file.unlink()
    with pytest.raises(ToolError, match="does not exist"):
        await runner.run(call)
    assert not file.exists()


async def test_line_endings_are_kept(runner: ToolRunner):
    file = runner.write_file("a.txt", b"one\r\ntwo\r\nthree\r\n")
    await runner.use("edit", path="a.txt", old_string="one\ntwo", new_string="uno\ndue\r\nmezzo")
    assert file.read_bytes() == b"uno\r\ndue\r\nmezzo\r\nthree\r\n"


async def test_in_a_file_of_mixed_line_endings_each_place_keeps_its_own(runner: ToolRunner):
    file = runner.write_file("a.txt", b"one\r\ntwo\r\nthree\nfour\n")
    await runner.use("edit", path="a.txt", old_string="one\ntwo", new_string="1\n2")
    await runner.use("edit", path="a.txt", old_string="three\r\nfour", new_string="3\r\n4")
    assert file.read_bytes() == b"1\r\n2\r\n3\n4\n"


async def test_encoding_and_byte_order_mark_are_kept(runner: ToolRunner):
    marked = runner.write_file("marked.txt", b"\xef\xbb\xbfone\n")
    latin = runner.write_file("latin.txt", "café\n".encode("latin-1"))
    wide = runner.write_file("wide.txt", b"\xff\xfe" + "café\r\n".encode("utf-16-le"))
    await runner.use("edit", path="marked.txt", old_string="one", new_string="ünö")
    await runner.use("edit", path="latin.txt", old_string="café", new_string="thé")
    await runner.use("edit", path="wide.txt", old_string="café", new_string="thé\nvert")
    assert marked.read_bytes() == b"\xef\xbb\xbf" + "ünö\n".encode()
    assert latin.read_bytes() == "thé\n".encode("latin-1")
    assert wide.read_bytes() == b"\xff\xfe" + "thé\r\nvert\r\n".encode("utf-16-le")


STRAY = "Grüße aus Köln\nx = 1\n".encode() + b"stray: \xff, \xfe\n"
SHIFT_JIS = "名前 = 表示する\nテスト: a=1\nソ=1\n".encode("shift_jis")
WESTERN = "“naïve” café – 5 €\nx = 1\n".encode("windows-1252")
SWAPPED = WESTERN.replace(b"na\xefve\x94 caf\xe9", b"caf\xe9\x94 na\xefve")
RUSSIAN = "Это русский текст\nx = 1\n".encode("koi8-r")
NO_MARK = "é\n".encode("utf-16-le") + b"x"


@pytest.mark.parametrize(
    ("content", "old", "new", "after"),
    [
        (STRAY, "x = 1", "x = ü", STRAY.replace(b"= 1", "= ü".encode())),
        (STRAY, "Grüße", "Hallo", STRAY.replace("Grüße".encode(), b"Hallo")),
        (STRAY, "stray", "→", STRAY.replace(b"stray", "→".encode())),
        (STRAY, "stray: \ufffd, \ufffd", "\ufffd; \ufffd", STRAY[:-12] + b"\xff; \xfe\n"),
        (STRAY, ": \ufffd, \ufffd", ".", STRAY[:-7].replace(b": ", b"") + b".\n"),
        (b"\xef\xbb\xbfa\xff\n", "a", "ö", b"\xef\xbb\xbf" + "ö".encode() + b"\xff\n"),
        ("日本\xe9\n".encode(), "日", "月", "月本\xe9\n".encode()),
        (b"Gr\xc3\xbcn\n" + b"\xff\n" * 6, "Grün", "Größe", "Größe\n".encode() + b"\xff\n" * 6),
        (
            "日本語\n".encode() + b"\x93a\x94\n" * 3,
            "本",
            "ü",
            "日ü語\n".encode() + b"\x93a\x94\n" * 3,
        ),
        (b"only ASCII\xff\n", "only", "all", b"all ASCII\xff\n"),
        (SHIFT_JIS, "a=1", "b=22", SHIFT_JIS.replace(b"a=1", b"b=22")),
        (SHIFT_JIS, "=1\n\ufffd", "=3\n\ufffd", SHIFT_JIS.replace(b"a=1", b"a=3")),
        (RUSSIAN, "x = 1", "y = 1", RUSSIAN.replace(b"x", b"y")),
        (WESTERN, "“naïve” café", "“café” naïve", SWAPPED),
        (WESTERN, "x = 1", "x = 5 €", WESTERN.replace(b"= 1", b"= 5 \x80")),
    ],
)
async def test_bytes_that_are_not_touched_stay_and_no_encoding_is_made_up(
    runner: ToolRunner, content: bytes, old: str, new: str, after: bytes
):
    file = runner.write_file("a.txt", content)
    outcome = await runner.use("edit", path="a.txt", old_string=old, new_string=new)
    assert file.read_bytes() == after
    assert outcome.changes[0].diff.encode()  # no half characters on the way to the log


@pytest.mark.parametrize(
    ("content", "old", "new", "said"),
    [
        (SHIFT_JIS, "a=1", "a=é", "looks like Shift-JIS"),
        (SHIFT_JIS, "a=1", "a=表", "only ASCII can be changed"),
        (b"x = \x83\x5c\n", "\\", "/", "in the middle of a character"),
        (RUSSIAN, "x = 1", "ж = 1", "looks like KOI8-R"),
        (WESTERN, "x = 1", "x = ü", "Windows-1252"),
        (b"caf\xe9\n", "caf\xe9", "→", "neither"),
        (b"plain: \xff\xfe\n", "plain", "ü", "its encoding is not known"),
        (STRAY, "stray: \ufffd", "\ufffd\ufffd", "another number of them"),
        (STRAY, "stray: \ufffd, \ufffd", "\ufffd", "another number of them"),
        (b"plain\n", "plain", "\udcff", "cannot be written"),
        (b"\xff\xfe" + NO_MARK, "x", "é", "UTF-16-LE, damaged"),
    ],
)
async def test_what_cannot_be_written_truly_is_refused_with_the_name_of_what_it_is(
    runner: ToolRunner, content: bytes, old: str, new: str, said: str
):
    file = runner.write_file("a.txt", content)
    change = {"path": "a.txt", "old_string": old, "new_string": new}
    assert said in await runner.refusal_of("edit", **change)
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    ("content", "new", "said"),
    [
        (STRAY, "a \ufffd\n", "bytes that are no text"),
        (SHIFT_JIS, "ü\n", "only ASCII"),
        (WESTERN, "Ω\n", "neither"),
    ],
)
async def test_a_whole_file_is_not_written_in_an_encoding_that_is_made_up(
    runner: ToolRunner, content: bytes, new: str, said: str
):
    file = runner.write_file("a.txt", content)
    await runner.use("read", path="a.txt")
    assert said in await runner.refusal_of("write", path="a.txt", content=new)
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    ("content", "old", "new", "after"),
    [
        (b"a\r\nb\r\nc\n", "b", "b\nx", b"a\r\nb\r\nx\r\nc\n"),
        (b"a\nb\nc\r\n", "b", "b\nx", b"a\nb\nx\nc\r\n"),
        (b"a\nb\r\nend", "end", "end\nx\ny", b"a\nb\r\nend\r\nx\r\ny"),
        (b"a\r\nb\nc\r\nd\n", "a\nb\nc", "1\n2\n3", b"1\r\n2\n3\r\nd\n"),
        (b"a\r\nb\nc\r\n", "a\r\nb", "1\r\n2\r\n3", b"1\r\n2\r\n3\nc\r\n"),
        (b"a\nb\r\nc\n", "b\n", "b\nx\n", b"a\nb\r\nx\r\nc\n"),
        (b"one\rtwo\rthree\r", "two", "2\n2\n", b"one\r2\r2\r\rthree\r"),
        (b"one\rtwo\rthree\r", "one\ntwo", "1", b"1\rthree\r"),
        (b"one\rtwo\rthree\r", "one\r\ntwo", "1\r\n2", b"1\r2\rthree\r"),
        (b"one\rtwo\rthree\n", "one\ntwo", "1\n2\n3", b"1\r2\r3\rthree\n"),
        (b"a\rb\nc\n", "c", "c\nx", b"a\rb\nc\nx\n"),
        (b"one", "one", "one\r\ntwo", b"one\r\ntwo"),
    ],
)
async def test_line_ends_of_new_text_follow_the_line_beside_it(
    runner: ToolRunner, content: bytes, old: str, new: str, after: bytes
):
    file = runner.write_file("a.txt", content)
    await runner.use("edit", path="a.txt", old_string=old, new_string=new)
    assert file.read_bytes() == after


@pytest.mark.parametrize(
    ("body", "old", "hint"),
    [
        (
            "first  \nsecond\n",
            "first\nsecond",
            "at its end the file has 2 blanks, old_string nothing",
        ),
        ("x = 1 \t\n", "x = 1\n", "at its end the file has 1 blank and 1 tab, old_string nothing"),
        ("f:\n\treturn\n", "f:\n    return", "the file has 1 tab, old_string 4 blanks"),
        ("x  =  1\n", "x = 1", "behind `x` the file has 2 blanks, old_string 1 blank"),
        ("a\n   \nb\n", "a\n\nb", "Line 2 differs in white space: `   `"),
        ("y\u00a0= 2\n", "y = 2", "1 no-break space (U+00A0), old_string 1 blank"),
        ("10\u202fAM\n", "10 AM", "1 narrow no-break space (U+202F)"),
        ("\u3000x\n", "  x", "1 ideographic space (U+3000), old_string 2 blanks"),
        ("foo\u200bbar\n", "foobar", "1 zero width space (U+200B), old_string nothing"),
        ("x = 1\ufeff\n", "x = 1\n", "zero width no-break space (U+FEFF)"),
        ("cafe\u0301\n", "caf\u00e9", "the file has it as NFD"),
        ("caf\u00e9\n", "cafe\u0301", "the file has it as NFC"),
        ("a \u2013 b\n", "a - b", "1 en dash (U+2013), old_string 1 `-`"),
        ("it\u2019s\n", "it's", "1 right single quotation mark (U+2019)"),
        ("a\r\nb \r\nc\n", "a\nb\nc", "Line 2 differs in white space: `b ` (at its end the file"),
        ("x = 1\ny = 2\n", "     1\tx = 1\n     2\ty = 2", "begins with the line numbers"),
        ("cafe\u0301 noir\n", "caf\u00e9 noire", "accents as characters of their own, NFD"),
        ("key:\u00a0value # old\n", "key: value # new", "(with no-break space (U+00A0))"),
    ],
)
async def test_the_hint_names_what_is_not_seen(runner: ToolRunner, body: str, old: str, hint: str):
    runner.write_file("a.txt", body)
    await runner.use("read", path="a.txt")
    assert hint in await runner.refusal_of("edit", path="a.txt", old_string=old, new_string="-")


async def test_mode_and_link_are_kept(runner: ToolRunner):
    file = runner.write_file("bin/run.sh", "echo 1\n")
    file.chmod(0o755)
    link = runner.folder / "run"
    link.symlink_to("bin/run.sh")
    outcome = await runner.use("edit", path="run", old_string="1", new_string="2")
    assert link.is_symlink() and file.read_text() == "echo 2\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o755
    assert outcome.changes[0].path == "bin/run.sh"
    assert leftovers(runner) == []


def failing(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    code: int,
    when: Callable[..., object] = lambda *_args: True,
) -> None:
    """Let a call of the system fail where `when` says so."""
    real = getattr(os, name)

    def call(*args: Any, **keywords: Any) -> Any:
        if when(*args):
            raise OSError(code, os.strerror(code))
        return real(*args, **keywords)

    monkeypatch.setattr(os, name, call)


def makes_a_file(_path: object, flags: int, *_mode: object) -> bool:
    return bool(flags & os.O_CREAT)


@pytest.mark.parametrize("fault", ["rename", "open", "fsync"])
async def test_a_full_disk_leaves_the_old_file_whole(
    runner: ToolRunner, monkeypatch: pytest.MonkeyPatch, fault: str
):
    file = runner.write_file("a.txt", "one\n")
    call = runner.prepare("edit", path="a.txt", old_string="one", new_string="two")
    when = makes_a_file if fault == "open" else lambda *_args: True
    failing(monkeypatch, fault, errno.ENOSPC, when)
    with pytest.raises(ToolError, match="cannot be written: no space left on device"):
        await runner.run(call)
    monkeypatch.undo()
    assert file.read_text() == "one\n"
    assert leftovers(runner) == []


@pytest.mark.parametrize(
    ("name", "code", "when"),
    [("open", errno.EACCES, makes_a_file), ("rename", errno.EBUSY, lambda *_args: True)],
    ids=["folder not writable", "bind mount"],
)
async def test_a_file_that_cannot_be_replaced_is_written_in_place(
    runner: ToolRunner,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    code: int,
    when: Callable[..., object],
):
    file = runner.write_file("a.txt", "one and more\n")
    number = file.stat().st_ino
    call = runner.prepare("edit", path="a.txt", old_string="one and more", new_string="two")
    failing(monkeypatch, name, code, when)
    await runner.run(call)
    monkeypatch.undo()
    assert (file.read_text(), file.stat().st_ino) == ("two\n", number)
    assert leftovers(runner) == []


async def test_mode_and_attributes_of_a_replaced_file_are_kept(runner: ToolRunner):
    file = runner.write_file("run.sh", "echo 1\n")
    file.chmod(0o4751)
    try:
        os.setxattr(file, "user.note", b"mine")
    except (AttributeError, OSError):
        pytest.skip("no extended attributes here")
    await runner.use("edit", path="run.sh", old_string="1", new_string="2")
    assert stat.S_IMODE(file.stat().st_mode) == 0o4751
    assert os.getxattr(file, "user.note") == b"mine"


@pytest.mark.parametrize("tool", ["edit", "write"])
async def test_hard_links_stay_together(runner: ToolRunner, tool: str) -> None:
    file = runner.write_file("a.txt", "one and more\n")
    file.chmod(0o4755)
    os.link(file, runner.folder / "b.txt")
    await runner.use("read", path="a.txt")
    change = {"old_string": "one and more", "new_string": "two"}
    outcome = await runner.use(
        tool, path="a.txt", **(change if tool == "edit" else {"content": "two\n"})
    )
    assert outcome.content.endswith("It has other hard links, which show the new text too.")
    assert (runner.folder / "b.txt").read_text() == "two\n"
    assert file.stat().st_nlink == 2 and stat.S_IMODE(file.stat().st_mode) == 0o4755
    assert leftovers(runner) == []


@pytest.mark.parametrize("name", [".git/config", ".envrc", ".gitattributes", "sub/.git/hooks/x"])
async def test_a_hard_link_to_a_file_that_gives_power_needs_an_answer(
    runner: ToolRunner, name: str
) -> None:
    protected = runner.write_file(name, "one\n")
    plain = runner.write_file("plain.txt", "one\n")
    os.link(protected, runner.folder / "a.txt")
    os.link(plain, runner.folder / "b.txt")
    await runner.use("read", path="a.txt")
    for tool, change in (
        ("edit", {"old_string": "one", "new_string": "two"}),
        ("write", {"content": "two\n"}),
    ):
        need = runner.prepare(tool, path="a.txt", **change).permission
        assert need is not None and "hard link to" in need.always_ask_reason and need.rules == ()
    call = runner.prepare("edit", path="b.txt", old_string="one", new_string="two")
    assert call.permission is not None and not call.permission.always_ask_reason
    protected.unlink()
    os.link(plain, protected)
    with pytest.raises(ToolError, match="linked to a protected file meanwhile"):
        await runner.run(call)
    assert protected.read_text() == "one\n"


async def test_a_full_disk_leaves_hard_links_as_they_were(
    runner: ToolRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = runner.write_file("a.txt", "one\n")
    os.link(file, runner.folder / "b.txt")
    number = file.stat().st_ino
    call = runner.prepare("edit", path="a.txt", old_string="one", new_string="two and more")
    failing(monkeypatch, "ftruncate", errno.ENOSPC, lambda _handle, length: length > len("one\n"))
    with pytest.raises(ToolError, match="no space left"):
        await runner.run(call)
    monkeypatch.undo()
    assert (file.read_text(), file.stat().st_ino) == ("one\n", number)
    assert leftovers(runner) == []


@pytest.mark.parametrize("fault", ["setxattr", "fchown", "fchmod"])
async def test_a_file_whose_attributes_another_cannot_have_is_written_in_place(
    runner: ToolRunner, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    file = runner.write_file("a.txt", "one\n")
    try:
        os.setxattr(file, "user.note", b"mine")
        if fault == "fchown":
            os.chown(file, 12_345, 12_345)
    except (AttributeError, OSError):
        pytest.skip("this system or user cannot do that")
    number = file.stat().st_ino
    call = runner.prepare("edit", path="a.txt", old_string="one", new_string="two")
    failing(monkeypatch, fault, errno.EPERM)
    await runner.run(call)
    monkeypatch.undo()
    assert (file.read_text(), file.stat().st_ino) == ("two\n", number)
    assert os.getxattr(file, "user.note") == b"mine"
    assert leftovers(runner) == []


async def test_an_access_list_is_kept(runner: ToolRunner) -> None:
    file = runner.write_file("a.txt", "one\n")
    # acl(5), as the kernel stores it: version 2; owner, user 12345, group, mask, others.
    rows = [(1, 6, -1), (2, 4, 12_345), (4, 4, -1), (16, 4, -1), (32, 0, -1)]
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *row) for row in rows)
    try:
        os.setxattr(file, "system.posix_acl_access", acl)
    except (AttributeError, OSError):
        pytest.skip("no access lists here")
    await runner.use("edit", path="a.txt", old_string="one", new_string="two")
    assert os.getxattr(file, "system.posix_acl_access") == acl


async def test_a_file_read_in_part_is_not_replaced(runner: ToolRunner):
    file = runner.write_file("notes.md", "".join(f"line {n}\n" for n in range(1, 5_001)))
    await runner.use("read", path="notes.md", limit=10)
    sentence = await runner.refusal_of("write", path="notes.md", content="my summary\n")
    assert "4,990 lines that you have not seen" in sentence and "offset=11" in sentence
    # An edit above what was not seen moves it, and does not show it.
    await runner.use("edit", path="notes.md", old_string="line 5\n", new_string="a\nb\nc\n")
    assert "4,990 lines" in await runner.refusal_of("write", path="notes.md", content="x\n")
    for offset in range(13, 4_013, 1_000):
        await runner.use("read", path="notes.md", offset=offset, limit=1_000)
    assert " 990 lines" in await runner.refusal_of("write", path="notes.md", content="x\n")
    await runner.use("read", path="notes.md", offset=4_013)
    await runner.use("write", path="notes.md", content="x\n")
    assert file.read_text() == "x\n"


@pytest.mark.parametrize(
    ("old", "new", "unseen", "first"),
    [
        ("line 5\n", "a\nb\n", "9 lines", "offset=1,"),
        ("line 1\n", "one\n", "9 lines", "offset=2,"),
        ("line", "row", None, ""),
    ],
)
async def test_an_edit_does_not_show_the_rest_of_a_file_that_was_never_read(
    runner: ToolRunner, old: str, new: str, unseen: str | None, first: str
) -> None:
    runner.write_file("a.txt", "".join(f"line {n}\n" for n in range(1, 11)))
    change = {"path": "a.txt", "old_string": old, "new_string": new}
    if unseen is None:
        assert "Read a.txt" in await runner.refusal_of("edit", **change, replace_all=True)
        return
    await runner.use("edit", **change)
    said = await runner.refusal_of("write", path="a.txt", content="x\n")
    assert unseen in said and first in said


async def test_a_line_shown_in_part_was_not_seen(tmp_path: Path):
    tool_runner = ToolRunner(tmp_path, line_characters=100)
    tool_runner.write_file("min.js", "x" * 101 + "\nend\n")
    await tool_runner.use("read", path="min.js")
    said = await tool_runner.refusal_of("write", path="min.js", content="x\n")
    assert "1 line that" in said and "Line 1 is too long to be shown" in said


async def test_a_read_only_file_is_refused(runner: ToolRunner, monkeypatch: pytest.MonkeyPatch):
    runner.write_file("a.txt", "one\n")
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    assert "read-only" in await runner.refusal_of(
        "edit", path="a.txt", old_string="one", new_string="two"
    )


async def test_binary_and_huge_files_are_not_edited(tmp_path: Path):
    tool_runner = ToolRunner(tmp_path, file_bytes=1_000)
    tool_runner.write_file("a.bin", b"abc\0def")
    tool_runner.write_file("big.txt", "x\n" * 1_000)
    change = {"old_string": "abc", "new_string": "x"}
    assert "a binary file" in await tool_runner.refusal_of("edit", path="a.bin", **change)
    assert "too large" in await tool_runner.refusal_of("edit", path="big.txt", **change)


async def test_replacing_ten_thousand_places_and_missing_one_are_quick(runner: ToolRunner):
    file = runner.write_file("a.js", "  x = 1;\n}\n" * 10_000)
    await runner.use("read", path="a.js")
    missing = {"path": "a.js", "old_string": "}\n}\n}", "new_string": ""}
    assert "begins like line" in await runner.refusal_of("edit", **missing)
    await runner.use("edit", path="a.js", old_string="x = 1", new_string="y", replace_all=True)
    assert file.read_text() == "  y;\n}\n" * 10_000


@pytest.mark.parametrize(("old", "new"), [("x", "x"), ("", "x")])
async def test_an_edit_that_says_nothing_is_refused(runner: ToolRunner, old: str, new: str):
    runner.write_file("a.txt", "x\n")
    assert await runner.refusal_of("edit", path="a.txt", old_string=old, new_string=new)


async def test_a_new_file_is_written_with_its_folders(runner: ToolRunner):
    outcome = await runner.use("write", path="src/deep/a.py", content="x = 1\ny = 2\n")
    assert (runner.folder / "src/deep/a.py").read_text() == "x = 1\ny = 2\n"
    (made,) = outcome.changes
    assert made.created and (made.added, made.removed) == (2, 0)
    assert outcome.content == "src/deep/a.py: created, 2 lines."


async def test_a_file_is_replaced_only_after_it_was_read(runner: ToolRunner):
    file = runner.write_file("a.txt", "old\n")
    assert "read it before" in await runner.refusal_of("write", path="a.txt", content="new\n")
    await runner.use("read", path="a.txt")
    await runner.use("write", path="a.txt", content="new\n")
    assert file.read_text() == "new\n"
    file.write_text("by somebody else\n")
    assert "changed on disk" in await runner.refusal_of("write", path="a.txt", content="newer\n")


async def test_a_file_that_appears_while_the_question_is_open_is_not_overwritten(
    runner: ToolRunner,
):
    call = runner.prepare("write", path="a.txt", content="mine\n")
    file = runner.write_file("a.txt", "theirs\n")
    with pytest.raises(ToolError, match="read it before"):
        await runner.run(call)
    assert file.read_text() == "theirs\n"


async def test_a_replaced_file_keeps_its_line_endings_and_mark(runner: ToolRunner):
    file = runner.write_file("a.txt", b"\xef\xbb\xbfone\r\n")
    await runner.use("read", path="a.txt")
    await runner.use("write", path="a.txt", content="1\n2\n")
    assert file.read_bytes() == b"\xef\xbb\xbf1\r\n2\r\n"
    again = await runner.use("write", path="a.txt", content="1\r\n3\r\n")
    assert file.read_bytes() == b"\xef\xbb\xbf1\r\n3\r\n"
    assert again.changes[0].diff.endswith(" 1\n-2\n+3\n")


async def test_an_empty_file_may_be_filled_unread(runner: ToolRunner):
    file = runner.write_file("a.txt")
    await runner.use("write", path="a.txt", content="x\n")
    assert file.read_text() == "x\n"


async def test_a_folder_that_is_a_file_is_said(runner: ToolRunner):
    runner.write_file("src", "I am a file")
    assert "src is a file" in await runner.refusal_of("write", path="src/a.py", content="x")


async def test_a_folder_and_a_pipe_are_not_overwritten(runner: ToolRunner):
    (runner.folder / "sub").mkdir()
    os.mkfifo(runner.folder / "pipe")
    assert "a folder" in await runner.refusal_of("write", path="sub", content="x")
    assert "a named pipe" in await runner.refusal_of("write", path="pipe", content="x")


async def test_half_a_character_cannot_be_written(runner: ToolRunner):
    assert "cannot be written" in await runner.refusal_of("write", path="a.txt", content="a\ud800")
    assert list(runner.folder.iterdir()) == []


@pytest.mark.parametrize("path", [".git/config", "sub/.GIT/hooks/x", ".glideslope/settings.toml"])
def test_files_that_give_power_always_need_an_answer(runner: ToolRunner, path: str):
    need = runner.prepare("write", path=path, content="x").permission
    assert need.always_ask_reason and need.rules == ()


def patched(before: str, diff: str) -> str:
    """What `diff` makes of `before`: an implementation of its own."""
    old, new, at = before.splitlines(keepends=True), [], 0
    for line in diff.splitlines(keepends=True)[2:]:
        body = line[1:]
        if line.startswith("@@"):
            first, _, count = line.split()[1][1:].partition(",")
            start = int(first) - (count != "0")
            new += old[at:start]
            at = start
        elif line.startswith("\\"):
            new[-1] = new[-1].removesuffix("\n")
        elif line.startswith("+"):
            new.append(body)
        else:
            assert old[at].removesuffix("\n") == body.removesuffix("\n")
            at += 1
            new += [body] if line.startswith(" ") else []
    return "".join(new + old[at:])


pieces = st.lists(
    st.sampled_from(
        [b"ab ", b"\xff", "ü".encode(), b"\r\n", b"\n", b"\r", b"\xe9", b"\x93", "表".encode("gbk")]
    ),
    max_size=12,
).map(b"".join)


@given(pieces, pieces)
@settings(max_examples=150)
def test_no_byte_beside_the_edited_place_changes(before: bytes, behind: bytes) -> None:
    """Against a replacement in the bytes themselves."""
    content = before + b" MARK" + behind
    text = decode_text(content)
    made = replace_text(text.body, " MARK", " x", everywhere=False)
    assert text.encode(made.body) == content.replace(b" MARK", b" x")


texts = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n"]), max_size=30).map("".join)


@given(texts, texts)
@settings(max_examples=150)
def test_the_diff_leads_from_the_old_text_to_the_new(before: str, after: str):
    made = describe_change(ResolvedPath(Path("/x"), "x", outside_project=False), before, after)
    assert patched(before, made.diff) == after
    assert made.added - made.removed == after.count("\n") - before.count("\n")


async def test_a_change_tells_what_the_file_held_and_holds(runner: ToolRunner):
    runner.write_file("a.txt", "one\r\ntwo\r\n")
    await runner.use("read", path="a.txt")
    (edited,) = (await runner.use("edit", path="a.txt", old_string="two", new_string="2")).changes
    assert edited.before == content_digest(b"one\r\ntwo\r\n")
    assert edited.after == content_digest(b"one\r\n2\r\n")
    assert edited.newline == "\r\n"
    (written,) = (await runner.use("write", path="new.txt", content="x\n")).changes
    assert (written.before, written.after) == ("", content_digest(b"x\n"))


def test_a_change_of_thousands_of_lines_is_not_compared_line_by_line():
    before = "".join(f"{n}\n" for n in range(30_000))
    after = "".join(f"{n} changed\n" for n in range(30_000))
    made = describe_change(ResolvedPath(Path("/x"), "x", outside_project=False), before, after)
    assert (made.added, made.removed) == (30_000, 30_000)
    assert made.diff.count("\n") == 60_003  # the log keeps all of it, with three lines of header
    assert len(cut_diff(made.diff)) < 25_000


def test_a_large_change_with_lines_in_common_is_shown_as_one_block():
    before = "".join(f"{n}\n" for n in range(10_000))
    after = "".join(f"{n}\n" if n % 2 else "x\n" for n in range(10_000))
    made = describe_change(ResolvedPath(Path("/x"), "x", outside_project=False), before, after)
    assert made.removed == 9_999  # the last line is the same
    assert "\n 1\n" not in made.diff


def test_a_lost_line_break_at_the_end_is_shown():
    made = describe_change(ResolvedPath(Path("/x"), "x", outside_project=False), "a\nb\n", "a\nb")
    assert "-b\n+b\n\\ No newline at end of file\n" in made.diff


async def test_the_hint_shows_white_space_at_the_end_of_a_line(runner: ToolRunner):
    runner.write_file("a.md", "first line  \nsecond\n")
    await runner.use("read", path="a.md")
    change = {"old_string": "first line\nsecond", "new_string": "x"}
    assert "`first line  `" in await runner.refusal_of("edit", path="a.md", **change)
