"""An import that is killed goes on where it was, and counts nothing twice."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.importers.logs import answer, prompt, write_rows
from tui.history.history_store import HistoryStore
from tui.history.log_import import read_logs
from tui.import_command import import_json

ROOT = Path(__file__).parents[2]
FILES = 6
IMPORT = """
import os, signal, sys
from pathlib import Path
from tui.history.history_store import HistoryStore
from tui.history.log_import import read_logs
from tui.history.run_rows import RunRows

logs, data, where = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
put, count = RunRows._put, 0

def die(*arguments):
    global count
    put(*arguments)
    count += 1
    if count == where:
        os.kill(os.getpid(), signal.SIGKILL)

RunRows._put = die
with HistoryStore(data) as store:
    read_logs("claude-code", [logs], store)
"""


@pytest.mark.parametrize("where", [1, 4, 2 * FILES])
def test_a_killed_import_goes_on(where: int, tmp_path: Path):
    """Killed behind a run of the first file, in the middle of the third, at the end of the last."""
    logs, data = tmp_path / "logs", tmp_path / "data"
    for name in range(FILES):
        rows = []
        for run in range(2):
            rows += [
                prompt(f"p{name}{run}", "Fix it"),
                answer(f"a{name}{run}", f"m{name}{run}", 1_000, 50),
            ]
        write_rows(logs / f"projects/-p/{name}.jsonl", rows)
    command = [sys.executable, "-c", IMPORT, str(logs), str(data), str(where)]
    killed = subprocess.run(command, cwd=ROOT, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    with HistoryStore(data) as store:
        kept = len(store.stamps("claude-code"))
        found = import_json(read_logs("claude-code", [logs], store))
    assert kept == (where - 1) // 2
    assert found["unchanged"] == kept
    assert (found["runs"], found["requests"], found["charged"]) == (12, 12, 600)
