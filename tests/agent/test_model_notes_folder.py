"""A model that goes on in another folder is told so once."""

from tui.agent.model_notes import folder_change
from tui.session import events as ev


def records(*events: ev.Event) -> list[ev.Record]:
    return [ev.Record(seq=at, at=0.0, event=event) for at, event in enumerate(events, 1)]


def test_the_model_is_told_of_another_folder_once_and_of_the_way_back():
    assert folder_change([], "/old", "/old") is None
    assert folder_change([], "", "/new") is None, "where it began is lost"
    told = folder_change([], "/old", "/new")
    assert told is not None and told.text == "The project folder is another one now: /new"
    assert told.estimate > 5
    assert folder_change(records(told), "/old", "/new") is None
    back = folder_change(records(told), "/old", "/old")
    assert back is not None and back.text.endswith(" /old")
    assert folder_change(records(told, back), "/old", "/old") is None
