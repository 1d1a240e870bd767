"""The program with a stopwatch on every callback of its event loop.

    python tests/bench/watch_callbacks.py REPORT ARGUMENTS...

SIGRTMIN starts to watch, SIGRTMAX stops and writes the report, JSON: CPU seconds of the event
loop and of all threads, and per kind of callback how often it ran, its CPU seconds and its
longest run in milliseconds.
"""

import asyncio
import json
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any


class Watch:
    """What callbacks cost since it was started."""

    def __init__(self, report: Path) -> None:
        self.report = report
        self.on = False
        self.kinds: dict[str, list[float]] = {}
        """Milliseconds of each run, by kind of callback."""
        self.began = (0.0, 0.0)
        self.threads: dict[str, float] = {}

    def start(self, *_: object) -> None:
        """Forget what was, and watch."""
        self.kinds.clear()
        self.threads = thread_times()
        self.began = (time.thread_time(), time.process_time())
        self.on = True

    def stop(self, *_: object) -> None:
        """Write what was seen."""
        self.on = False
        loop = time.thread_time() - self.began[0]
        process = time.process_time() - self.began[1]
        kinds = {
            kind: {"runs": len(runs), "cpu": sum(runs) / 1_000, "longest": max(runs)}
            for kind, runs in self.kinds.items()
        }
        threads = {name: cpu - self.threads.get(name, 0.0) for name, cpu in thread_times().items()}
        every = sorted(run for runs in self.kinds.values() for run in runs)
        found = {"loop": loop, "process": process, "threads": threads, "kinds": kinds}
        found["milliseconds"] = every
        self.report.with_suffix(".part").write_text(json.dumps(found))
        self.report.with_suffix(".part").rename(self.report)

    def install(self) -> None:
        """Put the stopwatch on."""
        run = asyncio.Handle._run

        def timed(handle: Any) -> None:
            if not self.on:
                run(handle)
                return
            kind = kind_of(handle._callback)
            began = time.thread_time()
            run(handle)
            self.kinds.setdefault(kind, []).append((time.thread_time() - began) * 1_000)

        setattr(asyncio.Handle, "_run", timed)  # noqa: B010 - the type knows no assignment
        signal.signal(signal.SIGRTMIN, self.start)
        signal.signal(signal.SIGRTMAX, self.stop)


def thread_times() -> dict[str, float]:
    """CPU seconds of each thread so far, by its name."""
    return {
        thread.name: time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
        for thread in threading.enumerate()
        if thread.ident is not None
    }


def kind_of(callback: Any) -> str:
    """What a callback is for, as far as it tells: its coroutine, its function."""
    task = getattr(callback, "__self__", None)
    if isinstance(task, asyncio.Task):
        coroutine: Any = task.get_coro()
        frame = getattr(coroutine, "cr_frame", None)
        pump: Any = frame.f_locals.get("self") if frame is not None else None
        ticks = getattr(pump, "_callback", None)  # of a timer, that which it calls
        name = getattr(ticks, "__qualname__", type(pump).__name__)
        return f"{coroutine.__qualname__} of {name}"
    return str(getattr(callback, "__qualname__", type(callback).__name__))


if __name__ == "__main__":
    Watch(Path(sys.argv[1])).install()
    from tui.cli import main

    sys.exit(main(sys.argv[2:]))
