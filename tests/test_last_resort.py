"""What nobody expected: a sentence, an exit code, details in the log; never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.forked_program import ForkedProgram, run_program
from tui import cli

ROOT = Path(__file__).parents[1]
PROGRAM = [sys.executable, "-m", "tui.cli"]
HELLO = ["--simulate", "--pace", "max", "-p", "hello"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def test_an_unexpected_mistake_is_a_sentence_and_its_details_are_in_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], own_home: Path
):
    def broken(arguments: list[str]) -> int:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr(cli, "_dispatch", broken)
    assert cli.main([]) == 1
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1 and "ZeroDivisionError" in said
    log = own_home / "state" / "glideslope.log"
    assert str(log) in said
    assert "a mistake of ours" in log.read_text()


def test_a_folder_that_is_gone_is_said(tmp_path: Path):
    gone = tmp_path / "gone"
    gone.mkdir()
    script = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    for arguments in (HELLO, ["sessions", "list"], ["config"], []):
        done = subprocess.run(
            ["sh", "-c", script, "sh", str(gone), *PROGRAM, *arguments],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
        gone.mkdir()
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1 and "does not exist any more" in done.stderr


@pytest.mark.parametrize("form", ["text", "json", "stream-json"])
def test_output_that_cannot_be_written_is_said_and_the_session_has_it(form: str, tmp_path: Path):
    errors = tmp_path / "errors"
    with (
        Path(os.devnull).open() as nothing,
        Path("/dev/full").open("w") as full,
        errors.open("w") as complaints,
    ):
        streams = (nothing.fileno(), full.fileno(), complaints.fileno())
        program = ForkedProgram([*HELLO, "--output-format", form], tmp_path, os.environ, streams)
        assert program.wait(100) == 1
    assert errors.read_text().splitlines() == [
        "glideslope: The output could not be written: No space left on device."
        " The session has it all."
    ]
    assert "hello" in run_program("sessions", "list", folder=tmp_path).stdout
