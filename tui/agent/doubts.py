"""Servers whose usage cannot be believed: what the user is told, once for each reason."""

import re

from tui.agent.means import Means
from tui.claude.progress import Response
from tui.session import events as ev


def doubts(response: Response, means: Means) -> list[ev.Event]:
    """What there is to say of the usage of `response`; nothing where it was said already."""
    reason = re.sub(r"\(.*|[\d,]+", "", response.doubt).strip()
    if not reason or reason in means.doubts:
        return []
    means.doubts.add(reason)
    sentence = (
        f"This server {response.doubt}: figures of such answers are estimates, marked ≈, and have "
        "no price."
    )
    return [ev.NoticeShown(sentence=sentence)]
