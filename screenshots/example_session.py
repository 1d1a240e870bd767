"""The session that every picture shows: an afternoon with a small weather library."""

from decimal import Decimal

import msgspec

from screenshots.scripted_log import ScriptedLog, ScriptedToolCall
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.events import FileChange
from tui.session.wrapup import WrapUp

TASK = (
    "Review all Python files in this project and fix the type annotations. "
    "Keep the public API as it is."
)

PLAN = (
    ("parse", "parse.py", 9_000),
    ("grib", "grib.py", 14_000),
    ("stations", "stations.py", 12_000),
    ("units", "units.py", 8_000),
    ("forecast", "forecast.py", 16_000),
    ("wind", "models/wind.py", 12_000),
    ("rain", "models/rain.py", 9_000),
    ("cache", "io/cache.py", 9_000),
    ("http", "io/http.py", 11_000),
    ("cli", "cli.py", 6_000),
    ("tests", "run mypy and the tests", 8_000),
)

WIND_DIFF = """\
--- src/skylark/models/wind.py
+++ src/skylark/models/wind.py
@@ -18,8 +18,8 @@
 KNOTS = 1.943844
\x20
\x20
-def bearing(u, v):
+def bearing(u: float, v: float) -> float | None:
     \"\"\"Where the wind comes from, in degrees; None in a calm.\"\"\"
     if not (u or v):
-        return
+        return None
     return (270 - degrees(atan2(v, u))) % 360
"""

WIND_READ = "\n".join(
    f"{at:>6}\t{line}"
    for at, line in enumerate(
        (
            '"""Wind: speed, bearing, gusts."""',
            "",
            "from math import atan2, degrees, hypot",
            "",
            "",
            "def speed(u, v):",
            "    return hypot(u, v) * KNOTS",
        ),
        1,
    )
)

FORECAST_THOUGHT = """\
`merge` takes the newer run where both have a value, so the result has the keys of both. The \
callers in cli.py pass a `dict[str, Run]`, tests pass an ordinary mapping: `Mapping` is enough \
for the argument, and the result should stay a `dict`."""

FINDINGS = """\
`bearing` has a path that returns nothing at all, so its type is `float | None`, and I wrote the \
`None` out. Two callers used it as a number:

1. **`gust_front`** skips calm cells now, as its docstring already promised.
2. **`rose`** counts them in a bin of their own:

```python
calm = sum(1 for cell in cells if bearing(cell.u, cell.v) is None)
```

Next is `models/rain.py`: its totals mix millimetres and inches, which the annotations will show."""

REPORT = WrapUp(
    done=tuple(title for _, title, _ in PLAN[:8]),
    in_progress=("io/http.py",),
    not_started=("cli.py", "run mypy and the tests"),
    files=(
        "src/skylark/parse.py",
        "src/skylark/grib.py",
        "src/skylark/stations.py",
        "src/skylark/models/wind.py",
        "src/skylark/io/cache.py",
    ),
    checks=("mypy src/skylark/models: no issues in 2 files", "pytest tests/models: 41 passed"),
    estimate_to_finish=27_000,
    next_step="annotate Session.get in io/http.py; its callers are already typed",
)


def change(path: str, added: int, removed: int, diff: str = "") -> FileChange:
    """A file that a tool changed."""
    return FileChange(path=path, added=added, removed=removed, diff=diff)


STATIONS = """\
三つの観測所に**座標**がありません。`attributes_of_variables.py` が読み込み時に捨てています。

| 観測所 | 高度 (m) | 状態 |
| --- | ---: | --- |
| 札幌 Sapporo | 17 | 欠測 |
| 那覇 Naha | 28 | ✔ 正常 |
| Ny-Ålesund | 8 | 座標なし |

次は `データ/観測所.toml` を直します。"""

STATIONS_CHANGE = change(
    "データ/観測所.toml",
    4,
    1,
    """\
--- データ/観測所.toml
+++ データ/観測所.toml
@@ -3,3 +3,6 @@
 [札幌]
-緯度 = 0
+緯度 = 43.06  # 北緯
+経度 = 141.33
+
+[那覇]
 高度 = 17
""",
)


CHANGES = (
    change(
        "src/skylark/units.py",
        3,
        2,
        """\
--- src/skylark/units.py
+++ src/skylark/units.py
@@ -11,9 +11,10 @@
 KNOTS = 1.943844
\x20
\x20
-def knots(speed):
+def knots(speed: float) -> float:
     \"\"\"Metres a second as knots.\"\"\"
-    return speed * KNOTS
+    # Calm air has no direction, but it has a speed.
+    return abs(speed) * KNOTS
\x20
\x20
 def celsius(kelvin):
""",
    ),
    change(
        "src/skylark/models/wind.py",
        2,
        1,
        """\
--- src/skylark/models/wind.py
+++ src/skylark/models/wind.py
@@ -40,4 +40,5 @@
     if not u and not v:
         return None
-    return degrees(atan2(u, v))
+    angle = degrees(atan2(u, v))
+    return angle % 360
\x20
""",
    ),
    msgspec.structs.replace(
        change(
            "tests/test_units.py",
            5,
            0,
            """\
--- tests/test_units.py
+++ tests/test_units.py
@@ -0,0 +1,5 @@
+from skylark.units import knots
+
+
+def test_calm_air_has_a_speed():
+    assert knots(0.0) == 0.0
""",
        ),
        created=True,
    ),
)


def small_changes() -> ScriptedLog:
    """Two files are changed and one is written, with all that differs in the log."""
    log = ScriptedLog()
    log.prompt("Bearings must be between 0 and 360. Add a test for calm air.")
    for made, read, wrote in zip(CHANGES, (3_100, 2_900, 0), (820, 640, 410), strict=True):
        path, said = made.path, f"+{made.added} −{made.removed}"
        if read:
            log.reply("", ScriptedToolCall("read", path, read, f"{read // 11} lines"), output=90)
        tool = "write" if made.created else "edit"
        log.reply("", ScriptedToolCall(tool, path, 60, said, changes=(made,)), output=wrote)
    log.reply("Bearings stay within 0 and 360 now, and calm air has a test.", output=120)
    log.end()
    return log


def begin(**given: object) -> ScriptedLog:
    """The task is given, the project looked at, the work planned."""
    log = ScriptedLog(**given)  # type: ignore[arg-type]
    log.prompt(TASK)
    log.reply(
        "I'll look at what there is, then go file by file.",
        ScriptedToolCall(
            "glob", "src/**/*.py", 240, "11 files", "src/skylark/parse.py\nsrc/skylark/grib.py"
        ),
        ScriptedToolCall(
            "grep", "def .*[^>]:$", 900, "64 matches", "src/skylark/parse.py:12:def fields(line):"
        ),
        output=900,
    )
    updates = tuple(
        SubtaskUpdate(id=id, title=title, estimate=estimate) for id, title, estimate in PLAN
    )
    log.reply(
        "",
        ScriptedToolCall("checklist", "11 subtasks", 60, updates=updates),
        think=("Eleven files; the models depend on units, so units come first.", 1_240),
        output=2_100,
    )
    return log


def work(
    log: ScriptedLog, id: str, path: str, read: int, wrote: int, added: int, removed: int
) -> None:
    """One file, from reading it to having it right."""
    log.plan(SubtaskUpdate(id=id, state="in_progress"))
    log.reply("", ScriptedToolCall("read", path, read, f"{read // 11} lines"), output=700)
    diff = f"--- {path}\n+++ {path}\n@@ -1 +1 @@\n-def f(x):\n+def f(x: str) -> None:\n"
    log.reply(
        "",
        ScriptedToolCall(
            "edit", path, 180, f"+{added} −{removed}", changes=(change(path, added, removed, diff),)
        ),
        output=wrote,
        seconds=21,
    )
    log.plan(SubtaskUpdate(id=id, state="done"))


FILES = (
    ("units", "src/skylark/units.py", 3_100, 3_900, 12, 12),
    ("parse", "src/skylark/parse.py", 4_300, 4_200, 9, 7),
    ("grib", "src/skylark/grib.py", 9_800, 8_900, 31, 24),
    ("stations", "src/skylark/stations.py", 8_200, 9_700, 22, 19),
)


def under_way(**given: object) -> ScriptedLog:
    """Four files are done, the forecast is being thought about."""
    log = begin(**given)
    for each in FILES:
        work(log, *each)
    log.plan(SubtaskUpdate(id="forecast", state="in_progress"))
    log.reply(
        "",
        ScriptedToolCall("read", "src/skylark/forecast.py", 11_200, "412 lines"),
        ScriptedToolCall("read", "tests/test_forecast.py", 5_400, "198 lines"),
        output=1_400,
    )
    log.reply(
        "",
        ScriptedToolCall(
            "edit",
            "src/skylark/forecast.py",
            420,
            "+18 −15",
            changes=(change("src/skylark/forecast.py", 18, 15),),
        ),
        think=(FORECAST_THOUGHT, 3_180),
        output=9_600,
        seconds=34,
    )
    log.reply(
        "",
        ScriptedToolCall(
            "bash", "mypy src/skylark/forecast.py", 310, "exit 0", "Success: no issues found"
        ),
        output=500,
    )
    log.plan(SubtaskUpdate(id="forecast", state="done"))
    return log


MODELS = "Good. Now the models, and mind calm weather: a bearing has no answer for it."


def models(**given: object) -> ScriptedLog:
    """The first part is done; the user asks for the second."""
    log = under_way(**given)
    log.reply(
        "Five files are annotated, `mypy` is content with them, and no signature changed for "
        "callers. The models are next; shall I go on?",
        output=700,
    )
    log.end()
    return wind(log.wait(74).prompt(MODELS, 40))


def at_rest(**given: object) -> ScriptedLog:
    """The user has the word."""
    log = models(**given)
    log.reply("`wind.py` is done; `mypy` agrees.", output=500)
    log.plan(SubtaskUpdate(id="wind", state="done"))
    return log.end()


def wind(log: ScriptedLog) -> ScriptedLog:
    """The file of the pictures: read, thought about, changed."""
    log.plan(SubtaskUpdate(id="wind", state="in_progress"))
    log.reply(
        "`wind.py` is small, but everything else leans on it.",
        ScriptedToolCall("read", "src/skylark/models/wind.py", 2_900, "96 lines", WIND_READ),
        ScriptedToolCall(
            "grep", "bearing\\(", 610, "7 matches", "src/skylark/models/rain.py:44:    bearing("
        ),
        output=800,
    )
    return log.reply(
        "",
        ScriptedToolCall(
            "edit",
            "src/skylark/models/wind.py",
            340,
            "+2 −2",
            changes=(change("src/skylark/models/wind.py", 2, 2, WIND_DIFF),),
            asked="once",
        ),
        think=("`bearing` returns nothing when it is calm; callers treat it as a float.", 1_870),
        output=9_300,
        seconds=26,
    )


def landed(**given: object) -> ScriptedLog:
    """The budget ran down, and the model landed with its report."""
    log = wind(under_way(**given))
    log.reply(FINDINGS, output=4_100)
    log.plan(SubtaskUpdate(id="wind", state="done"))
    work(log, "rain", "src/skylark/models/rain.py", 5_200, 9_400, 14, 11)
    work(log, "cache", "src/skylark/io/cache.py", 6_800, 11_200, 17, 16)
    log.plan(SubtaskUpdate(id="http", state="in_progress"))
    log.reply(
        "", ScriptedToolCall("read", "src/skylark/io/http.py", 8_900, "308 lines"), output=900
    )
    log.reply(
        "Eight of eleven files are annotated and checked. `io/http.py` is read but not begun.",
        ScriptedToolCall("wrap_up", "8 of 11 subtasks", 40, report=REPORT),
        output=1_900,
    )
    return log.end("landed", "Landed on the budget: the wrap-up report says what is left.")


def team() -> ScriptedLog:
    """Four agents: two at work, one that waits for the user, one that is done."""
    log = ScriptedLog(mode="edits", effort="high")
    log.prompt(
        "Use agents: map both parsers, review the plots, and write tests for skylark.units", 40
    )
    log.add(ev.PoolSet(total=300_000, source="command line"))
    orders = (
        ("explore-1", 60_000, "Find out how parse.py reads stations and where it guesses"),
        ("explore-2", 60_000, "Find out how the METAR decoder splits groups"),
        ("review-1", 40_000, "Review src/skylark/plots for wrong bins and empty data"),
        ("write-1", 100_000, "Write tests for skylark.units, edge cases first"),
    )
    log.start().wait(6).finish("Four agents take the parsers, the plots and the tests.", output=380)
    for name, reserved, task in orders:
        log.add(
            ev.AgentSpawned(
                agent=name,
                log=f"{log.session}.{name}.db",
                agent_kind=name.partition("-")[0],
                task=task,
                model=log.model,
                effort=log.effort,
                reserved=reserved,
                tool_use=f"toolu_{name}",
            )
        )
    log.wait(95)
    settled = (
        ("explore-1", 23_400, 9, "read src/skylark/parse.py"),
        ("explore-2", 17_900, 7, "grep _GROUP"),
        ("write-1", 38_200, 12, "bash pytest -q tests/test_units.py"),
    )
    for name, charged, requests, doing in settled:
        log.add(
            ev.AgentSettled(
                agent=name,
                number=40,
                charged=charged,
                dollars=Decimal(charged) / 100_000,
                requests=requests,
                doing=doing,
            )
        )
    return log.add(
        ev.PermissionAsked(
            tool_use="write-1/toolu_9",
            name="bash",
            subject="pytest -q tests/test_units.py",
            reason="runs a command",
            agent="write-1",
        ),
        ev.AgentFinished(
            agent="review-1",
            number=61,
            end="landed",
            charged=38_900,
            dollars=Decimal("0.39"),
            requests=14,
            partial=True,
            report="Three mistakes in rose.py; trend.py was not looked at.",
            sentence="Rose plots are reviewed; trend.py is not.",
        ),
    )
