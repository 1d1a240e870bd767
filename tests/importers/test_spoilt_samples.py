"""Samples of all three agents with odd values at random places: an import always comes to its end.

And again, with the same totals: what was read stays what it was.
"""

import json
import os
import shutil
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest

from tui.history.history_store import HistoryStore
from tui.history.log_import import ImportSource, read_logs

SAMPLES = Path(__file__).parent / "samples"
ROUNDS = 200 if "NIGHTLY" in os.environ else 20
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 10**30, "", [], {}, "\ud800", "x" * 5_000, [1, [2]], {"a": {"b": 1}}),
    *("2026-13-45T99:99:99Z", "NaN", "\x00", {"type": "text"}, ["user"]),
)
NAMES = ("type", "uuid", "isSidechain", "message", "usage", "parentUuid", "payload", "info", "time")


def spoilt(value: Any, chance: Random) -> Any:
    """The value with odd ones in some places, and some that are missing."""
    if chance.random() < 0.03:
        return chance.choice(ODD)
    if isinstance(value, dict):
        found = {name: spoilt(v, chance) for name, v in value.items() if chance.random() > 0.01}
        return found | (
            {chance.choice(NAMES): chance.choice(ODD)} if chance.random() < 0.03 else {}
        )
    if isinstance(value, list):
        return [spoilt(each, chance) for each in value]
    return value


def spoil(file: Path, chance: Random) -> None:
    """Write a log again with odd values, rows that are cut, and rows written twice."""
    rows: list[str] = []
    for line in file.read_text("utf-8").splitlines():
        try:
            row = json.dumps(spoilt(json.loads(line), chance))
        except ValueError:
            row = line
        rows.append(row[: chance.randrange(len(row) + 1)] if chance.random() < 0.02 else row)
        if chance.random() < 0.03:
            rows.append(chance.choice(rows))
    file.write_text("\n".join(rows), "utf-8")


@pytest.mark.parametrize("source", get_args(ImportSource))
def test_odd_values_stop_no_import(source: ImportSource, tmp_path: Path):
    chance = Random(source)
    for number in range(ROUNDS):
        for sample in sorted((SAMPLES / source).iterdir()):
            place = tmp_path / f"{number} {sample.name}"
            shutil.copytree(sample, place / "logs")
            for file in sorted((place / "logs").rglob("*.json*")):
                spoil(file, chance)
            with HistoryStore(place) as store:
                one, two = (read_logs(source, [place / "logs"], store) for _ in range(2))
                assert (one.totals, one.agents) == (two.totals, two.agents)
                runs = [run for _, run in store.runs(usage=True)]
            assert all(run.requests > 0 <= run.spend and run.ended >= 0 for run in runs)
