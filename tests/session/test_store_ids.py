"""Session ids sort by time and are safe to type and to name files with."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tui.session.session_paths import ALPHABET, folder_key, new_session_id

seconds = st.integers(0, 4_000_000_000)


def test_an_id_is_the_second_in_utc_and_six_characters():
    # 2026-11-23 23:50:12 UTC, by `date -u -d @1795477812`.
    assert (
        new_session_id(lambda: 1_795_477_812.9, lambda letters: letters[7])
        == "20261123-235012-777777"
    )


@given(seconds, seconds, st.randoms(use_true_random=False))
def test_ids_of_different_seconds_sort_by_time(one: int, two: int, random: Random):
    def id_at(at: int) -> str:
        return new_session_id(lambda: at, random.choice)

    ids = {at: id_at(at) for at in (one, two)}
    assert [ids[at] for at in sorted(ids)] == sorted(ids.values())


@given(seconds, st.randoms(use_true_random=False))
def test_an_id_holds_nothing_that_a_shell_or_a_file_system_minds(at: int, random: Random):
    assert set(new_session_id(lambda: at, random.choice)) <= set(ALPHABET) | {"-"}


def test_ids_of_one_second_differ():
    assert len({new_session_id(lambda: 5.0) for _ in range(100)}) == 100


def test_a_folder_key_is_the_beginning_of_its_sha256():
    # printf %s /nowhere/at/all | sha256sum
    assert folder_key("/nowhere/at/all") == "a25a698472e8845f"
