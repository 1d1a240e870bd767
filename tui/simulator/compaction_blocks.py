"""Compaction blocks: a summary that replaces the messages before it.

The block is signed. It knows what the server would lose with those messages: where the
conversation's fingerprint stood, and what the current turn had spent of its budget. Both
are kept for the places between the last messages, because a client may keep some of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from tui.simulator import beta_headers, block_signatures, budget_countdown
from tui.simulator.block_content import JSON, blocks_of
from tui.simulator.budget_countdown import CountdownRules
from tui.simulator.message_parts import MessagePart, counted_messages, opens_turn, turns
from tui.simulator.refused_request import RequestRefused, coded_refusal
from tui.simulator.request_validation import ValidatedRequest
from tui.simulator.thinking_binding import ConversationDigest, extend_digest

PLACES = 50
"""Places between messages a block remembers, counted from its end."""


@dataclass(frozen=True, slots=True)
class SummaryPosition:
    """A place between two messages of a conversation that is summarised."""

    digest: str
    """The conversation's fingerprint up to here."""
    previous: str
    """Fingerprint of the last thinking block's signature."""
    spent: int
    """Tokens the turn that is open here had spent."""


@dataclass(frozen=True, slots=True)
class VisibleHistory:
    """A request's messages as the model sees them."""

    parts: tuple[MessagePart, ...]
    messages: tuple[JSON, ...]
    thread: ConversationDigest
    """The fingerprint of the conversation before these parts."""
    carried: int = 0
    """Tokens the current turn spent before it was compacted."""


def visible_history(
    asked: ValidatedRequest, parts: Sequence[MessagePart], rules: CountdownRules
) -> VisibleHistory:
    """The messages from the last summary on.

    Raises:
        RequestRefused: A compaction block is misplaced, not genuine, or one of several.
    """
    found = [part for part in parts if part.type == "compaction"]
    _check_blocks(asked, found)
    summaries = [part for part in found if part.json.get("content")]
    if not summaries:
        rest = tuple(part for part in parts if part not in found)
        return VisibleHistory(rest, tuple(asked.messages), ConversationDigest.begin(asked.body))
    last = summaries[-1]
    place = (last.message, last.block)
    kept = [p for p in parts if (p.message, p.block) > place and p not in found]
    visible = list(_messages_from(asked.messages, last))
    return history_after_summary(last, kept, visible)


def history_after_summary(
    summary: MessagePart, kept: Sequence[MessagePart], messages: Sequence[JSON]
) -> VisibleHistory:
    """A history of which a summary and what follows it is left."""
    place = _place(summary, kept)
    opened = any(opens_turn(turn) for turn in turns(kept))
    return VisibleHistory(
        parts=(summary, *kept),
        messages=tuple(messages),
        thread=ConversationDigest(bytes.fromhex(place.digest), place.previous),
        carried=0 if opened else place.spent,
    )


def compaction_block(
    content: str,
    history: VisibleHistory,
    kept: Sequence[MessagePart],
    rules: CountdownRules,
    *,
    signed: bool,
) -> JSON:
    """The compaction block of a conversation.

    Args:
        content: The summary.
        history: What is summarised.
        kept: The parts of it that the model saw.
        rules: How the server counts.
        signed: Whether the client asked for the compaction; else the block carries its facts as
            `encrypted_content`.
    """
    places = list(_places(history, kept, rules))
    facts = {
        "kind": "compaction",
        "content": block_signatures.fingerprint(content),
        "places": [[p.digest, p.previous, p.spent] for p in places[-PLACES:]],
    }
    sealed = block_signatures.seal(facts)
    if signed:
        return {"type": "compaction", "content": content, "signature": sealed}
    return {"type": "compaction", "content": content, "encrypted_content": sealed}


def _places(
    history: VisibleHistory, kept: Sequence[MessagePart], rules: CountdownRules
) -> Iterator[SummaryPosition]:
    thread = replace(history.thread)
    done: list[MessagePart] = []
    for part in kept:
        if done and part.message != done[-1].message and part.type != "compaction":
            yield _here(thread, history, done, rules)
        extend_digest(thread, part)
        done.append(part)
    yield _here(thread, history, done, rules)


def _here(
    thread: ConversationDigest,
    history: VisibleHistory,
    done: Sequence[MessagePart],
    rules: CountdownRules,
) -> SummaryPosition:
    opened = any(opens_turn(turn) for turn in turns(done))
    spent = budget_countdown.spent_in_turn(counted_messages(done), rules) + (
        0 if opened else history.carried
    )
    return SummaryPosition(thread.digest.hex(), thread.previous, spent)


def _facts(part: MessagePart) -> dict[str, Any]:
    sealed = part.json.get("signature") or part.json.get("encrypted_content") or ""
    facts = block_signatures.unseal(sealed)
    if facts is None or facts.get("kind") != "compaction":
        raise coded_refusal(
            f"{part.path}: the `compaction` block's signature is not valid.",
            "compaction_signature_invalid",
        )
    if facts["content"] != block_signatures.fingerprint(part.json["content"]):
        raise coded_refusal(
            f"{part.path}: the `compaction` block's content is not the one that was signed.",
            "compaction_content_mismatch",
        )
    return facts


def _place(summary: MessagePart, kept: Sequence[MessagePart]) -> SummaryPosition:
    """Where what follows the summary went on: at its end, or before messages that were kept."""
    places = [SummaryPosition(*row) for row in _facts(summary)["places"]]
    first = [part for part in kept if part.message != summary.message]
    first = [part for part in first if part.message == first[0].message]
    for here, after in pairwise(places):
        thread = ConversationDigest(bytes.fromhex(here.digest), here.previous)
        for part in first:
            extend_digest(thread, part)
        if first and thread.digest.hex() == after.digest:
            return here
    return places[-1]


def _messages_from(messages: Sequence[JSON], summary: MessagePart) -> Iterator[JSON]:
    first = messages[summary.message]
    yield {**first, "content": blocks_of(first)[summary.block :]}
    yield from messages[summary.message + 1 :]


def _check_blocks(asked: ValidatedRequest, found: Sequence[MessagePart]) -> None:
    if not found:
        return
    signed = [part for part in found if part.json.get("signature")]
    _check_betas(asked, found, signed)
    with_content = [part for part in found if part.json.get("content")]
    if signed and len(with_content) > 1:
        raise coded_refusal(
            "messages: more than one `compaction` block has content. Send only the last one.",
            "compaction_block_ambiguous",
        )
    for part in found:
        if part.role == "system" or (part in signed and (part.message, part.block) != (0, 0)):
            raise coded_refusal(
                f"{part.path}: the `compaction` block must be the first block of the conversation.",
                "compaction_block_misplaced",
            )
    if signed and asked.budget is not None and asked.budget.remaining is not None:
        raise RequestRefused(
            "`read_task_budget.remaining` cannot be combined with compaction on demand."
        )


def _check_betas(
    asked: ValidatedRequest, found: Sequence[MessagePart], signed: Sequence[MessagePart]
) -> None:
    for part in found:
        beta = beta_headers.COMPACT_ON_DEMAND if part in signed else beta_headers.COMPACT_THRESHOLD
        if beta not in asked.betas and not asked.lenient:
            raise RequestRefused(
                f"messages.{part.message}.content.{part.block}: Input tag 'compaction' found "
                "using 'type' does not match any of the expected tags"
            )
