"""What the transcript costs, beside a bare Textual app and Textual's Markdown widget.

    python tests/bench/bench_transcript.py [stream] [growth] [append] [load] [idle]
    python tests/bench/run.py transcript

Run by hand, on a quiet machine. Every case runs in a process of its own; figures are CPU
seconds, best read against the reference in the same table.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Markdown, Static, TextArea

from tests.bench import corpus
from tests.bench.figures import Figure, rounds
from tests.bench.harness import (
    freeze,
    heartbeat,
    measured,
    median,
    next_frame,
    probe_frames,
    quantile,
    resident,
    running,
    settled,
    table,
)
from tui.reports.transcript_items import AnswerItem, PromptItem, TranscriptItem
from tui.widgets.transcript.code_colouring import load_all
from tui.widgets.transcript.transcript_view import Transcript

DOCUMENTS = {
    "mixed": corpus.mixed,
    "list": corpus.long_list,
    "nested": corpus.nested_list,
    "fence": corpus.long_fence,
    "table": corpus.long_table,
    "paragraph": corpus.long_paragraph,
}


class Bench(App[None]):
    """One widget under test between the things every chat has."""

    CSS = """
    TextArea { height: 5; }
    #log { height: 1fr; }
    Markdown { layout: stream; }
    """

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def compose(self) -> ComposeResult:
        if self.kind == "transcript":
            yield Transcript(id="log")
        else:
            with VerticalScroll(id="log"):
                yield Markdown() if self.kind == "markdown" else Static(markup=False)
        yield TextArea()
        yield Footer()

    def on_mount(self) -> None:
        if self.kind != "transcript":
            self.query_one("#log").anchor()


async def feed(app: Bench, pieces: list[str], rate: float) -> None:
    """Give the widget under test its text, at `rate` pieces a second or as fast as it goes."""
    if app.kind == "transcript":
        transcript = app.query_one(Transcript)
        transcript.open_stream("a", "answer")
    elif app.kind == "markdown":
        stream = Markdown.get_stream(app.query_one(Markdown))
    text, start = "", time.perf_counter()
    for number, piece in enumerate(pieces, 1):
        if app.kind == "transcript":
            transcript.feed("a", piece)
        elif app.kind == "markdown":
            await stream.write(piece)
        else:
            text += piece
            app.query_one(Static).update(Content(text[-4000:]))
        wait = start + number / rate - time.perf_counter() if rate else 0
        await asyncio.sleep(max(0, wait))
    if app.kind == "transcript":
        transcript.end_stream("a")
    elif app.kind == "markdown":
        await stream.stop()


def busy(app: Bench) -> bool:
    """Whether the transcript still has text to show."""
    return app.kind == "transcript" and bool(app.query_one(Transcript).streams.keys)


async def stream(kind: str, document: str, chars: int, rate: float) -> dict[str, Any]:
    """Stream one document."""
    pieces = corpus.pieces(DOCUMENTS[document](chars), chars // 40)
    app = Bench(kind)
    async with running(app):
        load_all()
        await settled(app)
        freeze()
        async with heartbeat() as lags:
            with measured() as cost:
                await feed(app, pieces, rate)
                await settled(app, lambda: busy(app))
        return {
            "cpu": cost.cpu,
            "wall": cost.wall,
            "memory": cost.memory,
            "kib": cost.written // 1024,
            "frames": len(cost.frames),
            "p50": median(cost.frames),
            "p95": quantile(cost.frames, 0.95),
            "layouts": cost.layouts,
            "lag": quantile(lags, 0.95),
            "worst": max(lags),
        }


def items(count: int) -> list[TranscriptItem]:
    """A long session."""
    return [
        AnswerItem(f"m{at}", corpus.message(at))
        if at % 2
        else PromptItem(f"m{at}", corpus.message(at))
        for at in range(count)
    ]


async def append(count: int) -> dict[str, Any]:
    """Append to a transcript of `count` messages."""
    app = Bench("transcript")
    async with running(app):
        load_all()
        transcript = app.query_one(Transcript)
        transcript.load(items(count))
        await settled(app, lambda: transcript.has_idle_work)
        freeze()
        more = items(count + 60)[count:]
        costs = [await next_frame(partial(transcript.updates.add, item)) for item in more]
        return {"p50": median(costs[10:]), "p95": quantile(costs[10:], 0.95)}


async def load(count: int) -> dict[str, Any]:
    """Load `count` messages, then measure the rest, then change the width."""
    app = Bench("transcript")
    async with running(app):
        load_all()
        transcript = app.query_one(Transcript)
        history = items(count)
        await settled(app)
        freeze()
        memory = resident()
        start = time.perf_counter()
        first = await next_frame(lambda: transcript.load(history))
        wall = (time.perf_counter() - start) * 1000
        slices = await _slices(app, transcript)
        grown = resident() - memory
        transcript.entries.width -= 20
        transcript.painter.resize(transcript.painter.row - 20)
        transcript.viewport.measure_all_again()
        again = await _slices(app, transcript)
        return {
            "first": first,
            "first_wall": wall,
            "rest": sum(slices) / 1000,
            "slice": quantile(slices, 0.99),
            "slice_max": max(slices),
            "again": sum(again) / 1000,
            "again_slice": quantile(again, 0.99),
            "again_max": max(again),
            "memory": grown,
        }


async def _slices(app: Bench, transcript: Transcript) -> list[float]:
    """CPU milliseconds of each idle slice until nothing is left to do."""
    costs: list[float] = []
    idle = transcript.idle_work.run_slice

    def timed() -> None:
        start = time.thread_time()
        idle()
        costs.append((time.thread_time() - start) * 1000)

    transcript.idle_work.run_slice = timed  # type: ignore[method-assign]
    await settled(app, lambda: transcript.has_idle_work)
    transcript.idle_work.run_slice = idle  # type: ignore[method-assign]
    return costs or [0.0]


async def idle(count: int) -> dict[str, Any]:
    """Do nothing for two seconds with a long transcript on screen."""
    app = Bench("transcript")
    async with running(app):
        load_all()
        transcript = app.query_one(Transcript)
        transcript.load(items(count))
        await settled(app, lambda: transcript.has_idle_work)
        with measured() as cost:
            await asyncio.sleep(2)
        return {"share": cost.cpu / cost.wall * 100, "frames": len(cost.frames)}


CASES: dict[str, Callable[..., Coroutine[Any, Any, dict[str, float]]]] = {
    "stream": stream,
    "append": append,
    "load": load,
    "idle": idle,
}


def run(case: str, *args: Any) -> dict[str, Any]:
    """One case in a fresh process."""
    done = subprocess.run(
        [sys.executable, __file__, "--case", case, json.dumps(args)],
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "TEXTUAL_ANIMATIONS": "none"},
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def show_stream() -> None:
    """Twenty thousand tokens of everything."""
    head = ["80,000 characters", "cpu s", "ratio", "frames", "p50 ms", "p95 ms", "layouts", "KiB"]
    head += ["lag p95", "worst", "MiB"]
    keys = ["frames", "p50", "p95", "layouts", "kib", "lag", "worst", "memory"]
    for rate, title in ((0.0, "as fast as it goes"), (200.0, "200 pieces a second")):
        rows = []
        found = {
            kind: run("stream", kind, "mixed", 80_000, rate)
            for kind in ("bare", "transcript", "markdown")
        }
        for kind, figures in found.items():
            ratio = figures["cpu"] / found["bare"]["cpu"]
            rows.append([kind, figures["cpu"], ratio, *[figures[key] for key in keys]])
        table(f"Streaming, {title}", head, rows)


def show_growth() -> None:
    """One construct of 20,000 characters, which is where Markdown widgets are quadratic."""
    rows = []
    for document in ("list", "nested", "fence", "table", "paragraph"):
        ours = run("stream", "transcript", document, 20_000, 200.0)
        theirs = run("stream", "markdown", document, 20_000, 200.0)
        longer = run("stream", "transcript", document, 80_000, 200.0)
        rows.append(
            [
                document,
                ours["cpu"],
                theirs["cpu"],
                theirs["cpu"] / ours["cpu"],
                longer["cpu"] / ours["cpu"],
                ours["p95"],
            ]
        )
    head = ["20,000 characters of one", "cpu s", "Markdown", "times", "80k : 20k", "frame p95"]
    table("Growth, 200 pieces a second", head, rows)


def show_append() -> None:
    """Ten messages or ten thousand."""
    rows = []
    for count in (10, 100, 1_000, 10_000):
        figures = run("append", count)
        rows.append([count, figures["p50"], figures["p95"]])
    table("One more message, CPU ms to its frame", ["messages", "p50", "p95"], rows)


def show_load() -> None:
    """Resume."""
    rows = []
    for count in (100, 1_000, 10_000):
        figures = run("load", count)
        rows.append([count, *figures.values()])
    head = ["messages", "first paint cpu ms", "wall ms", "rest cpu s", "slice p99", "max"]
    head += ["width again s", "slice p99", "max", "MiB"]
    table("Loading", head, rows)


def show_idle() -> None:
    """Nothing to do."""
    figures = run("idle", 1_000)
    table("Idle", ["messages", "% of a core", "frames"], [[1_000, *figures.values()]])


def figures(count: int) -> Iterator[Figure]:
    """The widget alone, for the table of all benches."""
    for document in ("list", "fence", "table"):
        case = (document, 20_000, 200.0)
        theirs, ours = rounds(
            count,
            partial(run, "stream", "markdown", *case),
            partial(run, "stream", "transcript", *case),
        )
        name = f"20,000 characters of one {document}, CPU"
        yield Figure(name, "s", ours["cpu"], theirs["cpu"], 0.1, "Markdown")
    few, many = rounds(count, lambda: run("append", 10), lambda: run("append", 10_000))
    name = "one more message after 10,000, CPU"
    yield Figure(name, "ms", many["p50"], few["p50"], 2.0, "after 10")


SHOWN = {
    "stream": show_stream,
    "growth": show_growth,
    "append": show_append,
    "load": show_load,
    "idle": show_idle,
}


def main() -> None:
    """Run what is asked for."""
    if sys.argv[1:2] == ["--case"]:
        probe_frames()
        found = asyncio.run(CASES[sys.argv[2]](*json.loads(sys.argv[3])))
        assert sys.__stdout__ is not None
        sys.__stdout__.write(json.dumps(found) + "\n")
        return
    for name in sys.argv[1:] or SHOWN:
        SHOWN[name]()


if __name__ == "__main__":
    main()
