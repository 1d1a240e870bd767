"""Notes to the model: the texts we put beside results and prompts, each with its reason.

They are short, because the model's budget is charged with them, and append-only, because
the prompt cache and the model's own thinking depend on what came before.
"""

from collections.abc import Iterable
from typing import Literal

from tui.agent.user_inbox import UserInbox
from tui.budget.token_estimate import estimate_tokens
from tui.session.events import NoteSent, Record

Reason = Literal["steering", "landing", "countdown", "interrupted", "mode", "shell", "reminder"]


def note(text: str, reason: Reason) -> NoteSent:
    """A note with its estimate in tokens."""
    return NoteSent(text=text, reason=reason, estimate=estimate_tokens(text))


def steering(text: str) -> NoteSent:
    """What the user wrote while the model was working."""
    return note(f"The user says, while you work:\n{text}", "steering")


def cut_off(text: str) -> NoteSent:
    """The last answer was interrupted: quote what it had said."""
    return note(
        "Your previous answer was cut off before it was whole and is not in this "
        f"conversation. It had said:\n\n{text}",
        "interrupted",
    )


def truncated(lost: bool, said: str) -> NoteSent:
    """The last answer ran into `max_tokens`.

    Args:
        lost: Whether it could not be kept in the conversation.
        said: What it had said, if it is lost.
    """
    if not lost:
        words = "Go on from where it ended, in smaller steps."
    elif said:
        words = f"It is not in this conversation. It had said:\n\n{said}"
    else:
        words = "Thinking had used it up. Think less at once, and go on in smaller steps."
    return note(f"Your last message was cut at its output limit. {words}", "reminder")


def landing(why: str, about: str = "") -> NoteSent:
    """Wrap up now.

    Args:
        why: What happened, without a full stop.
        about: What the closing lines are about, where that is not plain.
    """
    return note(
        f"Landing: {why}. Start no new work. File the wrap_up tool now, then close with a few "
        f"lines{about}.",
        "landing",
    )


def countdown(left: int, grant: int) -> NoteSent:
    """What is left, for a model that cannot see its budget."""
    return note(f"Task budget: {left:,} of {grant:,} tokens left.", "countdown")


def paused() -> NoteSent:
    """The last answer stopped for a pause that nothing on the server's side goes on from."""
    return note("Go on from where you paused.", "reminder")


def interrupted(inbox: UserInbox, *, began: bool) -> str:
    """What an interrupted call is answered with.

    Args:
        inbox: Knows who interrupted: the user, or the limit in minutes.
        began: Whether it ran already.
    """
    if inbox.timed_out:
        return STOPPED_AT_TIME_LIMIT if began else NOT_RUN_TIME_LIMIT
    return INTERRUPTED if began else NOT_RUN_INTERRUPTED


NO_USER_TO_ASK = (
    "Not permitted: nobody is here to ask. Go on without it, and say in the end what was not done."
)
NOT_RUN_LANDING = "Not run: landing. The budget is down to its reserve."
NOT_RUN_LANDING_ON_MONTH = "Not run: landing. The monthly budget of the user is used up."
NOT_RUN_LANDING_ON_STOP = "Not run: landing. The user stopped this work."
NOT_RUN_LANDING_ON_POOL = "Not run: landing. The tokens that the team shares are used up."
NOT_RUN_STOPPED = "Not run: the user stopped here at the budget's reserve."
NOT_RUN_TRUNCATED = "Not run: the message was cut at its output limit, so this call is not whole."
NOT_RUN_ODD_STOP = "Not run: the server ended the message in a way that this program does not know."
NOT_RUN_INTERRUPTED = "Not run: the user interrupted before this call began."
NOT_RUN_TIME_LIMIT = "Not run: the time limit of this turn was reached before this call began."
STOPPED_AT_TIME_LIMIT = (
    "Stopped while it ran: the time limit of this turn was reached. It may have had effects."
)
INTERRUPTED = "Interrupted by the user while it ran; it may have had effects."
CRASHED = "Interrupted: the program ended while this ran. It may have had effects; look first."
CRASHED_NOT_RUN = "Not run: the program ended before this call began."
"""What a tool call is answered with when it has no result of its own."""


_FOLDER_CHANGED = "The project folder is another one now: "


def folder_change(records: Iterable[Record], first: str, folder: str) -> NoteSent | None:
    """Where a resumed session works now; None where the model knows.

    Args:
        records: The log of the session.
        first: The folder it began in; empty where that is lost.
        folder: The folder it works in.
    """
    told = [
        event.text.removeprefix(_FOLDER_CHANGED)
        for event in (record.event for record in records)
        if isinstance(event, NoteSent) and event.text.startswith(_FOLDER_CHANGED)
    ]
    known = told[-1] if told else first
    return None if known in ("", folder) else note(f"{_FOLDER_CHANGED}{folder}", "reminder")
