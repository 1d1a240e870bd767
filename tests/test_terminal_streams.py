"""Standard streams as they come: closed, in files, of terminals with little to offer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.forked_program import ForkedProgram
from tests.terminal.steps import DONE_MARK
from tests.terminal.terminal import run_program
from tui.terminal_streams import LOOK_ALIKE, terminal_encoding

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("variables", "encoding"),
    [
        ({"LANG": "de_DE.UTF-8"}, "utf-8"),
        ({"LANG": "C"}, "utf-8"),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.ISO-8859-1"}, "utf-8"),
        ({"LANG": "de_DE.ISO-8859-15@euro"}, "iso8859-15"),
        ({"LANG": "ru_RU.KOI8-R"}, "koi8-r"),
        ({"LC_CTYPE": "ja_JP.eucJP", "LANG": "C"}, "euc_jp"),
        ({"LC_ALL": "en_US.no-such-encoding"}, "utf-8"),
        ({"PYTHONIOENCODING": "latin-1", "LANG": "C.UTF-8"}, "utf-8"),
    ],
)
def test_the_encoding_of_the_terminal_is_the_one_of_the_locale(
    variables: dict[str, str], encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("locale.getencoding", lambda: "ANSI_X3.4-1968")
    assert terminal_encoding(variables) == encoding


def test_what_an_encoding_lacks_takes_as_many_cells() -> None:
    assert "─│╭❯•≈…".encode("ascii", LOOK_ALIKE) == b"-|+>*~."
    assert "é中e\u0301👍Ω".encode("ascii", LOOK_ALIKE) == b"e??e???"
    assert "café ─".encode("latin-1", LOOK_ALIKE) == b"caf\xe9 -"


REFUSED = {
    "TERM=dumb": ({"TERM": "dumb"}, "TERM is 'dumb'"),
    "TERM=unknown": ({"TERM": "unknown"}, "TERM is 'unknown'"),
    "a shell of Emacs": ({"INSIDE_EMACS": "29.1,comint"}, "A shell buffer of Emacs"),
}


@pytest.mark.terminal
@pytest.mark.parametrize("name", REFUSED)
def test_where_no_screen_can_be_shown_that_is_one_sentence_and_exit_2(
    name: str, tmp_path: Path
) -> None:
    variables, sentence = REFUSED[name]
    environment = {"TERM": "xterm-256color", **variables}
    with run_program("--simulate", folder=tmp_path, environment=environment) as terminal:
        assert terminal.wait_for_exit() == 2
        assert sentence in terminal.text and "glideslope -p" in terminal.text
        assert b"\x1b" not in terminal.raw


SHOWN = {
    "standard error in a file": {},
    "no TERM": {"TERM": ""},
    "a TERM nobody knows": {"TERM": "my-terminal"},
    "the C locale": {"LC_ALL": "C", "PYTHONUTF8": "0"},
    "another encoding for files": {"PYTHONIOENCODING": "latin-1"},
    "a terminal of Emacs": {"INSIDE_EMACS": "29.1,term:0.96", "TERM": "eterm-color"},
}


@pytest.mark.terminal
@pytest.mark.parametrize("name", SHOWN)
def test_everywhere_else_there_is_a_screen(name: str, tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    with run_program(
        "--simulate",
        "--pace",
        "max",
        folder=tmp_path,
        environment=SHOWN[name],
        errors=errors if "error" in name else None,
    ) as terminal:
        terminal.wait_for("What should be done?").say("hello").wait_for(DONE_MARK)
        terminal.press("ctrl+c", "ctrl+c")
        assert terminal.wait_for_exit() == 0
        assert terminal.restored == dict.fromkeys(terminal.restored, True)
    assert not errors.exists() or errors.read_text() == ""


@pytest.mark.terminal
def test_a_terminal_without_utf_8_gets_signs_that_it_has(tmp_path: Path) -> None:
    environment = {"LC_ALL": "de_DE.ISO-8859-1"}
    with run_program("--simulate", folder=tmp_path, environment=environment) as terminal:
        terminal.wait_for("Glideslope in").wait_for("> What should be done?")
        terminal.send("caf\xe9".encode("latin-1"))
        terminal.wait_for(lambda: b"caf\xe9" in terminal.raw)
        assert bytes(terminal.raw).isascii() is False
        assert "\N{BOX DRAWINGS LIGHT HORIZONTAL}".encode() not in terminal.raw


CLOSED = "Standard output is closed, so there is nowhere to print."


@pytest.mark.parametrize(
    "arguments", [["-p", "hello"], ["sessions", "list"], ["--simulate"], ["config", "--json"]]
)
def test_without_standard_output_nothing_is_sent(arguments: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "tui.cli", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2 and CLOSED in done.stderr


@pytest.mark.parametrize("arguments", [["sessions", "list"], ["config"], ["config", "--json"]])
def test_a_full_disk_is_one_sentence(arguments: list[str], tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    with (
        Path(os.devnull).open() as nothing,
        Path("/dev/full").open("w") as full,
        errors.open("w") as complaints,
    ):
        streams = (nothing.fileno(), full.fileno(), complaints.fileno())
        assert ForkedProgram(arguments, tmp_path, os.environ, streams).wait(60) == 1
    (sentence,) = errors.read_text().splitlines()
    assert sentence == "glideslope: The output could not be written: No space left on device."
