"""Signatures of blocks that only the server can write: thinking and compactions.

A signature carries what the server must know when the block comes back, sealed. For a
thinking block that is how many tokens it really had (its text may be omitted), the model
that thought it, and the conversation it belongs to.

The key is a constant: a session that is resumed talks to a new process, which has to
recognise what an older one signed. Nothing is protected here but the protocol.
"""

import base64
import hashlib
import hmac
import json
import zlib
from dataclasses import asdict, dataclass
from typing import Any

_KEY = b"glideslope simulator: a signature proves nothing beyond this program"
_MAC = 16


@dataclass(frozen=True, slots=True)
class SignedThought:
    """What the signature of a thinking block knows."""

    model: str
    tokens: int
    """Tokens of the whole thinking, whatever its text shows."""
    prefix: str
    """Fingerprint of the conversation before it, thinking left out."""
    before: str
    """Fingerprint of the signature of the thinking block before it; empty for the first."""
    text: str
    """Fingerprint of the text that is shown."""


def seal(facts: dict[str, Any]) -> str:
    """Facts as a signature."""
    packed = zlib.compress(json.dumps(facts, separators=(",", ":")).encode(), 9)
    return base64.b64encode(_mac(packed) + packed).decode()


def unseal(signature: str) -> dict[str, Any] | None:
    """The facts of a signature; None if this server did not write it."""
    try:
        raw = base64.b64decode(signature.encode(), validate=True)
    except ValueError:
        return None
    if not hmac.compare_digest(_mac(raw[_MAC:]), raw[:_MAC]):
        return None
    facts = json.loads(zlib.decompress(raw[_MAC:]))
    return facts if isinstance(facts, dict) else None


def sign_thought(thought: SignedThought) -> str:
    """The signature of a thinking block."""
    return seal({"kind": "thinking", **asdict(thought)})


def read_signature(signature: str) -> SignedThought | None:
    """What a thinking block's signature knows; None if it is not genuine."""
    facts = unseal(signature)
    if facts is None or facts.pop("kind", None) != "thinking":
        return None
    return SignedThought(**facts)


def fingerprint(text: str) -> str:
    """A short digest of a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


def _mac(packed: bytes) -> bytes:
    return hmac.new(_KEY, packed, hashlib.sha256).digest()[:_MAC]
