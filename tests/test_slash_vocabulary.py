"""In which order slash commands are offered, and which words find them."""

import pytest

from tui.commands import BY_ID, BY_SLASH
from tui.screens.draft_support import slash_names
from tui.slash_vocabulary import FOR_EXPERTS, MEANINGS, OFTEN_USED, offered_commands
from tui.widgets.completion import option_sent_by_enter, slash_options


def offered(*recent: str) -> list[str]:
    return [command.slash[0] for command in offered_commands(recent)]


def found(typed: str) -> list[str]:
    return [option.id for option in slash_options(typed, slash_names())]


def test_every_id_of_the_tables_is_a_command_with_a_slash_name():
    for id in (*OFTEN_USED, *FOR_EXPERTS, *MEANINGS):
        assert BY_ID[id].slash, id


def test_the_list_begins_with_what_is_used_most_and_ends_with_what_experts_use():
    names = offered()
    assert names[:6] == ["new", "sessions", "model", "budget", "diff", "compact"]
    assert set(names[-len(FOR_EXPERTS) :]) == {"wire", "entries", "sandbox", "trust", "editor"}
    assert sorted(names) == sorted(each.slash[0] for each in BY_ID.values() if each.slash)
    assert [option.id for option in slash_options("", slash_names())] == names


def test_what_was_used_last_comes_first_and_only_the_last_three():
    assert offered("wire.show", "usage.show")[:3] == ["usage", "wire", "new"]
    used = ("wire.show", "usage.show", "wire.show")
    assert offered(*used)[:3] == ["wire", "usage", "new"]
    four = ("theme.choose", "wire.show", "keys.show", "cost.show")
    assert offered(*four)[:4] == ["cost", "keys", "wire", "new"]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("back", "rewind"),
        ("revert", "rewind"),
        ("price", "cost"),
        ("money", "budget"),
        ("history", "sessions"),
        ("dark", "theme"),
        ("shortcuts", "keys"),
        ("opus", "model"),
        ("approve", "permissions"),
        ("health", "doctor"),
        ("apikey", "login"),
        ("notes", "memory"),
        ("folder", "status"),
    ],
)
def test_a_word_that_means_a_command_offers_it_and_runs_nothing(typed: str, name: str):
    options = slash_options(typed, slash_names())
    assert name in [BY_SLASH[option.id].slash[0] for option in options][:3]
    if typed not in BY_SLASH:
        assert option_sent_by_enter(typed, slash_names(), options) is None


def test_names_come_before_meanings_and_meanings_before_likeness():
    assert found("sum") == ["summarize", *found("sum")[1:]]
    assert found("rest")[:1] == ["rewind"]  # restore
    assert found("cost")[:2] == ["cost", "usage"]


def test_what_ends_a_session_is_offered_for_no_other_word():
    for typed in ("restart", "start", "empty", "stop", "leave"):
        assert not {"new", "quit", "mode", "plan"} & set(found(typed)), typed
