"""The envelope: what was granted, and what of the session's charge belongs to it."""

from tui.budget.envelope import Envelope


def test_an_extension_is_added_to_the_grant():
    assert Envelope(base=50_000, extended=12_000).grant == 62_000


def test_what_was_charged_before_does_not_belong_to_it():
    assert Envelope(base=50_000, charged_before=8_000).charged(11_500) == 3_500


def test_a_new_envelope_is_only_its_grant():
    fresh = Envelope(base=50_000)
    assert (fresh.grant, fresh.charged(700), fresh.counted_before) == (50_000, 700, 0)
