"""A damaged session goes on with what can be read, and says so."""

import contextlib
import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.session.log_events import TickingClock, note, started
from tui.session import events as ev
from tui.session.resume import resume
from tui.session.salvage import salvage
from tui.session.salvage_report import SalvageResult
from tui.session.store import SavedPartial, SessionStore
from tui.session.store_errors import SessionDamaged, SessionLocked

PAGE = 4096
COUNT = 400


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound session of many pages; every tenth text is longer than a page."""
    path = tmp_path_factory.mktemp("model") / "s.db"
    with SessionStore.create(path, now=TickingClock()) as store:
        store.append([started()])
        for number in range(1, COUNT):
            store.append([note(f"note {number} " * (1200 if number % 10 == 0 else 50))])
        store.append_partial(3, "Once upon")
    return path


@pytest.fixture
def path(model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(model, tmp_path / "s.db"))


@pytest.fixture(scope="module")
def whole(model: Path) -> list[ev.Record]:
    with SessionStore.open(model, read_only=True) as store:
        return list(store.records())


def overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def lost(records: list[ev.Record]) -> set[int]:
    """Numbers of the events that something else stands for."""
    return {record.seq for record in records if isinstance(record.event, ev.EventsLost)}


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 2 // 3 + 1234)


def spoil_a_page_in_the_middle(path: Path) -> None:
    overwrite(path, path.stat().st_size // 2 // PAGE * PAGE, b"\xa5" * PAGE)


def blank_a_page_in_the_middle(path: Path) -> None:
    overwrite(path, path.stat().st_size // 2 // PAGE * PAGE, bytes(PAGE))


def spoil_the_json_of_an_event(path: Path) -> None:
    at = path.read_bytes().index(b"note 200 ")
    overwrite(path, at - 2, b"\xff\x00")


def put_a_page_in_the_wrong_place(path: Path) -> None:
    """An early page of the log lies where a later one should: a misdirected write."""
    data = path.read_bytes()
    leaves = [at for at in range(PAGE, len(data), PAGE) if data[at] == 0x0D]
    source, target = leaves[len(leaves) // 4], leaves[len(leaves) // 2]
    overwrite(path, target, data[source : source + PAGE])


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        put_a_page_in_the_wrong_place,
        spoil_a_page_in_the_middle,
        blank_a_page_in_the_middle,
        spoil_the_json_of_an_event,
    ],
)
def test_what_comes_before_and_behind_the_damage_goes_on(
    path: Path, whole: list[ev.Record], damage: Callable[[Path], None]
):
    damage(path)
    spoilt = path.read_bytes()
    resumed = resume(path, last_known=COUNT, now=lambda: 5.0)
    assert resumed.salvage is not None and resumed.salvage.shortened
    kept = resumed.salvage.kept_events
    there = {record.seq for record in resumed.records[:-1]} - lost(resumed.records)
    # A page holds at most ten of these events; only a file that is cut off loses more.
    assert len(there) > (COUNT // 4 if damage is cut else COUNT - 11)
    assert kept == (max(there) if damage is cut else COUNT)
    assert [record for record in resumed.records[:-1] if record.seq in there] == [
        record for record in whole if record.seq in there
    ]
    assert resumed.records[-1].event == resumed.salvage.event
    assert f"{len(there)} of {COUNT} events" in resumed.salvage.sentence
    assert resumed.store.append([note("on we go")])[0].seq == kept + 2
    resumed.store.close()
    assert resumed.salvage.damaged_copy == path.with_name("s.db.damaged")
    assert resumed.salvage.damaged_copy.read_bytes() == spoilt
    again = resume(path)
    assert again.salvage is None
    assert len(again.records) == kept + 2
    again.store.close()


@pytest.mark.parametrize("length", [16, 100, PAGE])
def test_a_spoilt_beginning_of_the_file_costs_no_event(
    path: Path, whole: list[ev.Record], length: int
):
    overwrite(path, 0, b"\x5a" * length)
    resumed = resume(path, last_known=COUNT)
    assert resumed.records[:-1] == whole
    assert resumed.store.partial() == SavedPartial(3, "Once upon")
    resumed.store.close()


def test_damage_outside_the_log_is_found_before_it_can_stop_the_work(
    path: Path, whole: list[ev.Record]
):
    other = sqlite3.connect(path)
    sql = "SELECT rootpage FROM sqlite_master WHERE name = 'partial'"
    ((page,),) = other.execute(sql).fetchall()
    other.close()
    overwrite(path, (page - 1) * PAGE, b"\xa5" * PAGE)
    resumed = resume(path)
    assert resumed.salvage is not None
    assert resumed.records[:-1] == whole
    assert resumed.store.partial() is None
    resumed.store.append_partial(1, "on")
    resumed.store.close()


def test_the_newest_events_are_salvaged_from_the_write_ahead_log(tmp_path: Path, path: Path):
    with SessionStore.open(path) as store:
        store.append([note("only in the write-ahead log")])
        copy = tmp_path / "copy" / "s.db"
        copy.parent.mkdir()
        for name in ("s.db", "s.db-wal"):
            shutil.copy(path.with_name(name), copy.parent)
    overwrite(copy, 0, b"\x5a" * 100)
    resumed = resume(copy)
    resumed.store.close()
    assert resumed.records[-2].event == note("only in the write-ahead log")
    assert {file.name for file in copy.parent.iterdir()} == {
        "s.db",
        "s.db.damaged",
        "s.db.damaged-wal",
    }


def test_a_missing_write_ahead_log_does_not_lose_events_silently(tmp_path: Path, path: Path):
    with SessionStore.open(path) as store:
        noted = store.append([note("lost")])[-1].seq
        copy = Path(shutil.copy(path, tmp_path / "copy.db"))
    resumed = resume(copy, last_known=noted)
    resumed.store.close()
    assert resumed.salvage is not None
    assert resumed.salvage.damaged_copy is None
    assert f"the first {COUNT} of {noted} events" in resumed.salvage.sentence
    assert resumed.records[-1].event == resumed.salvage.event


def left_by_a_kill(path: Path, folder: Path, commits: int) -> Path:
    """A copy of the session as a kill would leave it, its newest commits in the log beside it."""
    folder.mkdir()
    with SessionStore.open(path) as store:
        for number in range(commits):
            store.append([note(f"commit {number}")])
        for name in ("s.db", "s.db-wal"):
            shutil.copy(path.with_name(name), folder)
    return folder / "s.db"


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9])
def test_a_write_ahead_log_torn_in_the_middle_is_damage(path: Path, tmp_path: Path, place: float):
    copy = left_by_a_kill(path, tmp_path / "killed", 30)
    wal = copy.with_name("s.db-wal")
    overwrite(wal, int(wal.stat().st_size * place), b"\x5a" * 100)
    torn = wal.read_bytes()
    resumed = resume(copy, last_known=COUNT + 30)
    resumed.store.close()
    assert resumed.salvage is not None
    assert COUNT <= resumed.salvage.kept_events < COUNT + 30
    assert resumed.records[-2].event == (
        note(f"commit {resumed.salvage.kept_events - COUNT - 1}")
        if resumed.salvage.kept_events > COUNT
        else resumed.records[COUNT - 1].event
    )
    assert copy.with_name("s.db.damaged-wal").read_bytes() == torn


def test_a_last_commit_cut_in_the_middle_is_what_a_sudden_end_leaves(path: Path, tmp_path: Path):
    copy = left_by_a_kill(path, tmp_path / "killed", 30)
    wal = copy.with_name("s.db-wal")
    for cut_to in (wal.stat().st_size - 10, wal.stat().st_size):
        with wal.open("r+b") as file:
            file.truncate(cut_to)
    overwrite(wal, wal.stat().st_size - 100, b"\x5a" * 50)
    resumed = resume(copy)
    resumed.store.close()
    assert resumed.salvage is None
    assert resumed.records[-1].event == note("commit 28")


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"\x00" * 3 * PAGE])
def test_a_file_that_says_nothing_is_left_as_it_is(tmp_path: Path, content: bytes):
    path = tmp_path / "s.db"
    path.write_bytes(content)
    with pytest.raises(SessionDamaged, match="Nothing in it was changed"):
        resume(path)
    assert path.read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == ["s.db"]


def test_a_damaged_session_in_use_elsewhere_is_not_touched(path: Path):
    with SessionStore.open(path):
        before = path.read_bytes()
        with pytest.raises(SessionLocked):
            salvage(path)
        assert path.read_bytes() == before


def test_a_second_accident_keeps_the_first_damaged_file(path: Path):
    for ending in (".damaged", ".damaged-2"):
        cut(path)
        resumed = resume(path)
        resumed.store.close()
        assert resumed.salvage is not None
        assert resumed.salvage.damaged_copy == path.with_name("s.db" + ending)


def test_a_damaged_session_of_a_newer_version_is_left_to_it(path: Path):
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version = 2")
    newer.close()
    cut(path)
    before = path.read_bytes()
    with pytest.raises(SessionDamaged, match="newer version"):
        resume(path)
    assert path.read_bytes() == before


@settings(max_examples=25, deadline=None)
@given(place=st.floats(0, 0.999), pages=st.integers(1, 3), byte=st.sampled_from([0, 0x5A, 0xFF]))
def test_whatever_pages_are_spoilt_nothing_is_lost_silently(
    tmp_path_factory: pytest.TempPathFactory,
    model: Path,
    whole: list[ev.Record],
    place: float,
    pages: int,
    byte: int,
):
    path = Path(shutil.copy(model, tmp_path_factory.mktemp("spoilt") / "s.db"))
    page = int(place * path.stat().st_size) // PAGE
    overwrite(path, page * PAGE, bytes([byte]) * PAGE * pages)
    try:
        resumed = resume(path)
    except SessionDamaged:
        return
    resumed.store.close()
    if resumed.salvage is None:
        assert resumed.records == whole
    else:
        said = resumed.salvage
        gone = {seq for a, b in said.lost for seq in range(a, b + 1)}
        assert lost(resumed.records) == gone - {1}  # in the place of the first stands another
        own = [record for record in resumed.records[:-1] if record.seq not in gone]
        assert own == [each for each in whole[: said.kept_events] if each.seq not in gone]
        assert len(own) > COUNT - 12 * pages - 130  # a long text is a chain of three pages
        assert said.damaged_copy is not None
        assert said.damaged_copy.exists()
        assert said.shortened or len(own) == COUNT


def spoil_the_last_page(path: Path) -> None:
    overwrite(path, path.stat().st_size - PAGE, b"\xa5" * PAGE)


def test_damage_in_the_last_page_costs_only_what_is_on_it(path: Path, whole: list[ev.Record]):
    spoil_the_last_page(path)
    resumed = resume(path, last_known=COUNT)
    resumed.store.close()
    assert resumed.salvage is not None
    assert len(lost(resumed.records)) + COUNT - resumed.salvage.kept_events <= 10


def spoil_the_tree(path: Path) -> None:
    """Every page that only leads to other pages, the root among them."""
    data = path.read_bytes()
    for at in range(PAGE, len(data), PAGE):
        if data[at] == 0x05:
            overwrite(path, at, b"\xa5" * PAGE)


def test_a_tree_that_leads_nowhere_costs_no_event(path: Path, whole: list[ev.Record]):
    spoil_the_tree(path)
    resumed = resume(path, last_known=COUNT)
    resumed.store.close()
    assert resumed.records[:-1] == whole
    assert resumed.salvage is not None and not resumed.salvage.shortened
    assert f"all {COUNT} events" in resumed.salvage.sentence


def test_a_session_that_has_lost_its_beginning_keeps_the_rest(path: Path, whole: list[ev.Record]):
    data = path.read_bytes()
    first = next(
        at for at in range(PAGE, len(data), PAGE) if b'"session_started"' in data[at : at + PAGE]
    )
    overwrite(path, first, b"\xa5" * PAGE)
    resumed = resume(path, last_known=COUNT, folder="/p")
    resumed.store.close()
    begun, *rest = resumed.records
    assert begun.event == ev.SessionStarted(session="s", folder="/p", program="", model="")
    assert begun.seq == 1
    gone = lost(resumed.records)
    assert 1 < len(gone) < 12
    assert resumed.salvage is not None
    assert resumed.salvage.lost == ((1, max(gone)),)
    assert f"{COUNT - len(gone) - 1} of {COUNT} events" in resumed.salvage.sentence
    assert [each for each in rest[:-1] if each.seq not in gone] == whole[len(gone) + 1 :]


def test_the_sentence_names_what_is_lost():
    def of(kept: int, known: int, *lost: tuple[int, int]) -> str:
        return SalvageResult(Path("/x/s.db"), kept, known, Path("/x/s.db.damaged"), lost).sentence

    assert "goes on with the first 8 of 27 events that could be read" in of(8, 27)
    assert "goes on with all 27 events that could be read" in of(27, 27)
    words = "goes on with 18 of 27 events (lost: 9 to 16, 20) that could be read"
    assert words in of(27, 27, (9, 16), (20, 20))
    assert "17 of 1,027 events (lost: 9, 19 to 1,027)" in of(18, 1027, (9, 9))
    unsure = SalvageResult(Path("/x/s.db"), 27, 27, Path("/x/s.db.damaged"), is_certain=False)
    assert unsure.shortened and "goes on with the first 27 events that" in unsure.sentence
    many = [(at, at) for at in range(2, 40, 2)]
    assert "(lost: 2, 4, 6, 8, 10, 12 and 13 more ranges)" in of(40, 40, *many)


class ProgramKilled(BaseException):
    """The program ended here."""


@pytest.mark.parametrize("nth", range(1, 24))
def test_a_salvage_that_is_killed_at_any_moment_loses_nothing(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
):
    copy = left_by_a_kill(path, tmp_path / "killed", 3)
    overwrite(copy, copy.stat().st_size // 2 // PAGE * PAGE, b"\xa5" * PAGE)
    steps = itertools.count(1)
    with monkeypatch.context() as patch:
        for owner, name in (
            (Path, "replace"), (Path, "hardlink_to"), (Path, "unlink"), (Path, "mkdir"),
            (shutil, "copy2"), (shutil, "copyfile"), (shutil, "rmtree"),
        ):  # fmt: skip
            patch.setattr(owner, name, stopping(getattr(owner, name), steps, nth))
        with contextlib.suppress(ProgramKilled):
            salvage(copy, last_known=COUNT + 3)
    (copy.parent / "s.db.lock").unlink(missing_ok=True)
    resumed = resume(copy, last_known=COUNT + 3)
    resumed.store.close()
    texts = [each.event.text for each in resumed.records if isinstance(each.event, ev.NoteSent)]
    assert texts[-3:] == ["commit 0", "commit 1", "commit 2"]
    assert len(texts) > COUNT - 11
    assert copy.with_name("s.db.damaged").exists()
    left = {file.name.partition(".")[2] for file in copy.parent.iterdir()}
    assert not {each for each in left if "salvag" in each}
    again = resume(copy, last_known=COUNT + 3)
    again.store.close()
    assert again.salvage is None


def stopping(act: Callable[..., Any], steps: Iterator[int], nth: int) -> Callable[..., Any]:
    """`act` until the step at which the program is killed; nothing is done from there on."""

    def stepped(*args: Any, **more: Any) -> Any:
        if next(steps) >= nth:
            raise ProgramKilled
        return act(*args, **more)

    return stepped
