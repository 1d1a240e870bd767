"""How far the work is, and what the rest takes."""

import pytest

from tui.budget.outlook import Outlook, Work, actual_ratio, outlook


def test_estimates_are_corrected_by_what_closed_subtasks_really_took() -> None:
    """Two closed at 2,000 estimated took 3,000: the open 1,000 will take 1,500."""
    works = [Work("a", 1_000, True), Work("b", 1_000, True), Work("c", 1_000, False)]
    charged = {"a": 1_000, "b": 2_000, None: 500}
    assert actual_ratio(works, charged) == pytest.approx(1.5)
    assert outlook(works, charged) == Outlook(complete=2 / 3, to_finish=1_500)


def test_what_an_open_subtask_has_taken_already_is_not_asked_for_again() -> None:
    works = [Work("a", 2_000, False)]
    assert outlook(works, {"a": 800}) == Outlook(complete=0.0, to_finish=1_200)
    assert outlook(works, {"a": 9_000}) == Outlook(complete=0.0, to_finish=0)


def test_without_any_estimate_only_the_count_is_known() -> None:
    works = [Work("a", None, True), Work("b", None, False)]
    assert outlook(works, {}) == Outlook(complete=0.5, to_finish=None)


def test_no_checklist_has_no_outlook() -> None:
    assert outlook([], {}) is None
