"""The account of a session: what was charged, what of it the model can see, what is left.

The ledger only grows, whatever becomes of the conversation. What of it the server will count
in the next request, `N`, is what stands in the conversation, weighed the way the model of now
counts. From both follows the task budget on the wire; nothing of it is stored.
"""

from dataclasses import replace

from tui.budget.envelope import Envelope
from tui.budget.ledger import Ledger
from tui.budget.settle import Footing
from tui.budget.wire import Counting, WireBudget, server_budget, session_budget, turn_budget
from tui.session import events as ev
from tui.session.conversation import Conversation
from tui.session.weighing import Weighing

VANISHED_SHARE = 0.01
"""Part of the grant that vanished tokens must exceed to be told to the model (design: 1 %)."""


class Account:
    """The budget's side of a session, folded by `tui.session.state`."""

    def __init__(self, counting: Counting, conversation: Conversation) -> None:
        """Args:
        counting: How the server counts, from the catalogue.
        conversation: What the model can see; its messages name their ledger keys.
        """
        self.counting = counting
        self.conversation = conversation
        self.ledger = Ledger()
        self.weighing = Weighing()
        self.envelope: Envelope | None = None
        self.vanished = 0
        """Charged tokens that left the conversation unseen and are not yet told to the model."""
        self.rewritten_in_turn = False
        """Whether what the server counts began anew within this turn."""
        self.thinking: dict[str, int] = {}
        """Thinking tokens of the messages, by ledger key."""
        self._weights: dict[str, int] = {}
        """What visible entries weigh for the model of now, where another one wrote or read them."""

    # What follows ----------------------------------------------------------------

    @property
    def charged(self) -> int:
        """`C` of the envelope; of the whole session where there is none."""
        if self.envelope is None:
            return self.ledger.charged
        return self.envelope.charged(self.ledger.charged)

    @property
    def counts_anew(self) -> bool:
        """Whether text put now begins a turn of the API that the server counts from nothing."""
        return self.counting.turn_reset == "fresh" and not self.conversation.continues

    def counted(self) -> int:
        """`N`: charged tokens the server will count in a request made now."""
        fresh = self.counting.turn_reset == "fresh"
        return self.conversation.counted(self._visible, fresh=fresh)

    def plain_weights(self) -> dict[str, int]:
        """Charged tokens of what every model can read, by ledger key: all but the thinking."""
        return {
            key: max(0, self._visible(key) - self.thinking.get(key, 0))
            for message in self.conversation.plain()
            for key in message.keys
            if self._visible(key)
        }

    def wire_budget(self, *, by_server: bool, asked: bool) -> WireBudget | None:
        """See `tui.session.state.SessionState.wire_budget`."""
        if self.envelope is None:
            return None
        envelope, told, counted = self.envelope, self.charged - self.vanished, self.counted()
        anew = asked and self.counts_anew
        if anew:
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
            rewritten=self.rewritten_in_turn or anew,
        )

    def _visible(self, key: str) -> int:
        """Charged tokens of an entry as the model of now counts them."""
        weight = self._weights.get(key)
        return self.ledger.tokens(key) if weight is None else weight

    # Grants ----------------------------------------------------------------------

    def give(self, event: ev.BudgetGranted, worked: float, lately: int) -> None:
        """A new envelope, or none.

        Args:
            event: The grant.
            worked: Working seconds of the session.
            lately: Tokens charged in the turn that is open; they belong to a budget for it.
        """
        if event.total is None:
            self.envelope = None
            return
        fresh = event.scope == "turn"
        self.envelope = Envelope(
            base=event.total,
            scope=event.scope,
            opened_at=worked,
            charged_before=self.ledger.charged - lately if fresh else 0,
            counted_before=self.counted() - lately if fresh else 0,
        )

    def extend(self, by: int) -> None:
        """`by` tokens more; nothing where there is no envelope."""
        if self.envelope is not None:
            self.envelope = replace(self.envelope, extended=self.envelope.extended + by)

    # Turns -----------------------------------------------------------------------

    def open_turn(self) -> None:
        """A prompt comes: the boundary at which what vanished may be told."""
        self.rewritten_in_turn = False
        if self.envelope and self.vanished > self.envelope.grant * VANISHED_SHARE:
            self.vanished = 0

    def open_envelope(self, worked: float) -> bool:
        """The prompt stands in the conversation: a budget for each prompt begins with it.

        Returns:
            Whether one began.
        """
        if self.envelope is None or self.envelope.scope != "turn":
            return False
        self.envelope = replace(
            self.envelope,
            extended=0,
            charged_before=self.ledger.charged,
            counted_before=self.counted(),
            opened_at=worked,
        )
        self.vanished = 0
        return True

    def settle(self, footing: Footing, *, transformed: bool) -> None:
        """A response tells how large its context was."""
        self.vanished += self.weighing.settle(self.ledger, footing, transformed=transformed)

    def cut(self, part: ev.PartCut) -> None:
        """Something that waits is cut to size before it is first sent."""
        self.conversation.cut(part.key, part.content)
        self.ledger.estimate(part.key, part.estimate)
        if part.key in self.conversation.waiting.keys:
            self.weighing.expect(part.key, part.estimate)

    def withdraw(self, key: str) -> None:
        """A prompt that waits is not sent at all."""
        if self.conversation.withdraw(key):
            self.ledger.estimate(key, 0)
            self.weighing.drop(key)

    # Rewrites --------------------------------------------------------------------

    def rewrite(self, event: ev.Rewritten) -> None:
        """Something left the conversation, or another model reads it from here on."""
        match event.reason:
            case "invalid_signature":
                self._without_thinking()
            case "pictures":
                self.conversation.drop_pictures()
            case "model":
                self._read_by(event)
            case _:
                self._shorten(event)
        self.rewritten_in_turn = True
        self.vanished = 0  # the wire value changes anyway, so the model is told of all of it

    def _shorten(self, event: ev.Rewritten) -> None:
        self.weighing.forget()
        keys: tuple[str, ...] = ()
        if event.summary_message:
            own = summary_key(event.summary_message)
            whole = own if own in self.ledger.entries else event.summary_message
            keys = (self.ledger.split(whole, "summary", event.summary_tokens),)
        self.conversation.rewrite(event.keep, event.messages, keys, keeps_texts=event.keeps_texts)
        for part in self.conversation.waiting.parts:
            self._wait_on(part.key)

    def _wait_on(self, key: str) -> None:
        """A text waits on behind a summary, alone, where it stood beside results before."""
        entry = self.ledger.entries.get(key)
        if entry is None:
            return
        self.weighing.expect(key, entry.tokens)
        if entry.charged and entry.kind == "beside" and not self.counting.charges_prompts:
            self._weights[key] = 0  # the server counts no text that stands alone

    def _read_by(self, event: ev.Rewritten) -> None:
        """Another model goes on: it reads no thinking of the old one, and counts its own way."""
        self.weighing.read_by_another()
        self.conversation.make_plain()
        self._weights = dict(event.weights)
        self.thinking.clear()

    def _without_thinking(self) -> None:
        self.weighing.stand(None)
        self.conversation.drop_thinking()
        for key, tokens in self.thinking.items():
            if tokens:
                self.ledger.split(key, "output", tokens)
        self.thinking.clear()


def summary_key(message: str) -> str:
    """Ledger key of the summary that the server wrote within a message."""
    return f"{message}/summary"
