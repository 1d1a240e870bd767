"""A program that writes a session as fast as it can and says so, until it is killed.

It prints `event N` after event N is committed and `chunk R N` after the Nth piece of the
message of request R is. Run as `python store_writer.py FILE`.
"""

import sys
from itertools import count
from pathlib import Path

from tui.session import events as ev
from tui.session.store import SessionStore

CHUNKS = 4


def say(*words: object) -> None:
    print(*words, flush=True)


def work(store: SessionStore) -> None:
    for request in count(store.last + 1):
        begun = ev.RequestStarted(
            request=request,
            turn=1,
            model="m",
            effort=None,
            max_tokens=1,
            budget=None,
            messages=1,
        )
        say("event", store.append([begun])[-1].seq)
        for number in range(CHUNKS):
            store.append_partial(request, f"{number};")
            say("chunk", request, number + 1)
        ended = ev.RequestFailed(request=request, reason="fault", error="x" * 3000)
        say("event", store.append([ended, ended], drop_partial=True)[-1].seq)


if __name__ == "__main__":
    with SessionStore.open(Path(sys.argv[1])) as session:
        work(session)
