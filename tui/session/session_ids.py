"""Session ids: sortable by time, short enough to type, and safe as file names.

`20261123-235012-7k3fqz` is the second it began, in UTC, and six random characters.
"""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: nothing that could be mistaken for another character."""

RANDOM_LENGTH = 6


def new_session_id(
    now: Callable[[], float] = time.time, choose: Callable[[str], str] = secrets.choice
) -> str:
    """A new id.

    Args:
        now: Seconds since the Unix epoch.
        choose: Chooses one character of a string at random.
    """
    began = datetime.fromtimestamp(now(), UTC)
    return f"{began:%Y%m%d-%H%M%S}-{''.join(choose(ALPHABET) for _ in range(RANDOM_LENGTH))}"
