"""The account of a session: what was charged, what of it the model can see, what is left.

The ledger only grows, even when the conversation shrinks. `N` is the part of it that the server
will count in the next request: the charged content that is still in the conversation, as the
current model counts it. The task budget on the wire follows from both; nothing stores it.
"""

from dataclasses import replace

from tui.budget.envelope import Envelope
from tui.budget.ledger import Ledger
from tui.budget.settled_weights import RequestBaseline
from tui.budget.wire_budget import (
    CountingRules,
    WireBudget,
    server_budget,
    session_budget,
    turn_budget,
)
from tui.session import events as ev
from tui.session.conversation import Conversation
from tui.session.ledger_keys import summary_key
from tui.session.settlement import Settlement

REPORT_KEY = "report"
"""Key of the program's own report in the place of a summary; the ledger has no such entry."""
DROPPED_SHARE = 0.01
"""Part of the grant that vanished tokens must exceed to be told to the model (design: 1 %)."""


class BudgetAccount:
    """The budget's side of a session, folded by `tui.session.event_fold`."""

    def __init__(self, counting: CountingRules, conversation: Conversation) -> None:
        """Args:
        counting: How the server counts, from the catalogue.
        conversation: What the model can see; its messages name their ledger keys.
        """
        self.counting = counting
        self.conversation = conversation
        self.ledger = Ledger()
        self.settlement = Settlement()
        self.envelope: Envelope | None = None
        self.dropped_tokens = 0
        """Charged tokens that left the conversation unseen and are not yet told to the model."""
        self.rewritten_in_turn = False
        """Whether a rewrite within this turn replaced what the server counts."""
        self.thinking: dict[str, int] = {}
        """Thinking tokens of the messages, by ledger key."""
        self._weights: dict[str, int] = {}
        """Tokens of visible entries of another model, as the current model counts them."""

    # What follows ----------------------------------------------------------------

    @property
    def charged(self) -> int:
        """`C` of the envelope; of the whole session where there is none."""
        if self.envelope is None:
            return self.ledger.charged
        return self.envelope.charged(self.ledger.charged)

    @property
    def starts_new_count(self) -> bool:
        """Whether text put now begins a turn of the API that the server counts from nothing."""
        return self.counting.turn_reset == "fresh" and not self.conversation.continues_turn

    def counted_tokens(self) -> int:
        """`N`: charged tokens the server will count in a request made now."""
        fresh = self.counting.turn_reset == "fresh"
        return self.conversation.counted_tokens(self._visible, fresh=fresh)

    def plain_weights(self) -> dict[str, int]:
        """Charged tokens of what every model can read, by ledger key: all but the thinking."""
        return {
            key: max(0, self._visible(key) - self.thinking.get(key, 0))
            for message in self.conversation.plain_messages()
            for key in message.keys
            if self._visible(key)
        }

    def wire_budget(self, *, by_server: bool, asked: bool) -> WireBudget | None:
        """See `tui.session.state.SessionState.wire_budget`."""
        if self.envelope is None:
            return None
        envelope, told, counted = (
            self.envelope,
            self.charged - self.dropped_tokens,
            self.counted_tokens(),
        )
        starts_new_count = asked and self.starts_new_count
        if starts_new_count:
            counted = 0
        if by_server or self.conversation.shortened_by_server:
            return server_budget(envelope.grant, told, counted)
        if envelope.scope == "session":
            return session_budget(envelope.grant, told, counted)
        return turn_budget(
            envelope.grant,
            told,
            counted,
            envelope.counted_before,
            rewritten=self.rewritten_in_turn or starts_new_count,
        )

    def _visible(self, key: str) -> int:
        """Charged tokens of an entry as the model of now counts them."""
        weight = self._weights.get(key)
        return self.ledger.tokens(key) if weight is None else weight

    # Grants ----------------------------------------------------------------------

    def grant(self, event: ev.BudgetGranted, active_seconds: float, recent_tokens: int) -> None:
        """A new envelope, or none.

        Args:
            event: The grant.
            active_seconds: Working seconds of the session.
            recent_tokens: Tokens charged in the turn that is open; they belong to a budget for it.
        """
        if event.total is None:
            self.envelope = None
            return
        fresh = event.scope == "turn"
        self.envelope = Envelope(
            base=event.total,
            scope=event.scope,
            opened_at=active_seconds,
            charged_before=self.ledger.charged - recent_tokens if fresh else 0,
            counted_before=self.counted_tokens() - recent_tokens if fresh else 0,
        )

    def extend(self, by: int) -> None:
        """`by` tokens more; nothing where there is no envelope."""
        if self.envelope is not None:
            self.envelope = replace(self.envelope, extended=self.envelope.extended + by)

    # Turns -----------------------------------------------------------------------

    def open_turn(self) -> None:
        """A new prompt: here the dropped tokens may enter the wire value."""
        self.rewritten_in_turn = False
        if self.envelope and self.dropped_tokens > self.envelope.grant * DROPPED_SHARE:
            self.dropped_tokens = 0

    def open_envelope(self, active_seconds: float) -> bool:
        """The prompt is in the conversation: with scope `turn` its budget begins.

        Returns:
            Whether one began.
        """
        if self.envelope is None or self.envelope.scope != "turn":
            return False
        self.envelope = replace(
            self.envelope,
            extended=0,
            charged_before=self.ledger.charged,
            counted_before=self.counted_tokens(),
            opened_at=active_seconds,
        )
        self.dropped_tokens = 0
        return True

    def settle(self, footing: RequestBaseline, *, transformed: bool) -> None:
        """A response tells how large its context was."""
        self.dropped_tokens += self.settlement.settle(self.ledger, footing, transformed=transformed)

    def cut_part(self, part: ev.PartCut) -> None:
        """Something that waits is cut to size before it is first sent."""
        self.conversation.cut(part.key, part.content)
        self.ledger.reestimate(part.key, part.estimate)
        if part.key in self.conversation.pending.keys:
            self.settlement.add_estimate(part.key, part.estimate)

    def withdraw_prompt(self, key: str) -> None:
        """A prompt that waits is not sent at all."""
        if self.conversation.withdraw(key):
            self.ledger.reestimate(key, 0)
            self.settlement.drop(key)

    # Rewrites --------------------------------------------------------------------

    def rewrite(self, event: ev.Rewritten) -> None:
        """Something left the conversation, or another model reads it from here on."""
        match event.reason:
            case "invalid_signature":
                self._without_thinking()
            case "pictures":
                self.conversation.drop_images()
            case "model":
                self._switch_model(event)
            case _:
                self._shorten(event)
        self.rewritten_in_turn = True
        self.dropped_tokens = 0  # the wire value changes anyway, so the model learns all of it

    def _shorten(self, event: ev.Rewritten) -> None:
        self.settlement.forget()
        keys: tuple[str, ...] = ()
        if event.summary_message:
            own = summary_key(event.summary_message)
            whole = own if own in self.ledger.entries else event.summary_message
            keys = (self.ledger.split(whole, "summary", event.summary_tokens),)
        elif event.summary_tokens:
            # No model wrote it, so it is not charged; the server cannot tell and counts it.
            keys = (REPORT_KEY,)
            self._weights[REPORT_KEY] = event.summary_tokens
        self.conversation.rewrite(event.keep, event.messages, keys, keeps_texts=event.keeps_texts)
        for part in self.conversation.pending.parts:
            self._keep_pending(part.key)

    def _keep_pending(self, key: str) -> None:
        """A text that waited beside results still waits after a summary, alone."""
        entry = self.ledger.entries.get(key)
        if entry is None:
            return
        self.settlement.add_estimate(key, entry.tokens)
        if entry.charged and entry.kind == "beside" and not self.counting.charges_prompts:
            self._weights[key] = 0  # the server counts no text that is alone

    def _switch_model(self, event: ev.Rewritten) -> None:
        """Another model goes on: it reads no thinking of the old one, and counts its own way."""
        counted = RequestBaseline(event.measured, 0, event.model, budgeted=None)
        self.settlement.on_model_switch(counted if event.measured else None)
        self.conversation.make_plain()
        # What no response measured yet is charged as this model counts it.
        waits = self.settlement.unmeasured_keys
        self._weights = {key: n for key, n in event.weights.items() if key not in waits}
        self.thinking.clear()

    def _without_thinking(self) -> None:
        self.settlement.set_baseline(None)
        self.conversation.drop_thinking()
        for key, tokens in self.thinking.items():
            if tokens:
                self.ledger.split(key, "output", tokens)
        self.thinking.clear()
