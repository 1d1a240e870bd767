"""Every command of the table does something, and nothing is done that the table does not name."""

from tui.commands import COMMANDS
from tui.screens.acts import ACTS


def test_every_command_has_an_act():
    # What is answered with a letter at a question is the question's own affair.
    at_the_question = {"prompt.once", "prompt.session", "prompt.project", "prompt.no"}
    at_the_question |= {f"limit.{way}" for way in ("finish", "extend", "lower", "pause", "stop")}
    at_the_question |= {f"offer.{way}" for way in ("take", "other", "decline")}
    assert {command.id for command in COMMANDS} - set(ACTS) == at_the_question


def test_every_act_is_a_command():
    assert set(ACTS) <= {command.id for command in COMMANDS}


def test_the_palette_offers_nothing_without_an_act():
    assert {command.id for command in COMMANDS if command.palette} <= set(ACTS)
