"""What every test gets: an environment of its own, without the machine's settings or keys."""

import contextlib
import gc
import importlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers

# Before Textual is imported anywhere: no animations, a terminal of known abilities.
for name in list(os.environ):
    foreign = name.startswith(("ANTHROPIC_", "GLIDESLOPE_", "TEXTUAL_"))
    if name in {"NO_COLOR", "FORCE_COLOR", "TMUX", "STY"} or (
        foreign and name != "TEXTUAL_SNAPSHOT_TEMPDIR"
    ):
        del os.environ[name]
os.environ |= {
    "TEXTUAL_ANIMATIONS": "none",
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
}

# The programs the tests start would otherwise compile the whole package, each again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

ROOT = Path(__file__).parents[1]

# No deadline: on a busy machine a single example may take any time. A pull request gets the
# same examples each time, the night others: `HYPOTHESIS_PROFILE=nightly`.
settings.register_profile("ci", deadline=None, derandomize=True, database=None)
settings.register_profile("nightly", deadline=None, max_examples=500, print_blob=True)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
settings.load_profile(PROFILE)
if PROFILE == "ci" and hasattr(providers, "_get_local_constants"):
    # Else Hypothesis (6.170) reads the source of all modules that are imported by then, for four
    # seconds in each process, and tries what is written in them: other examples in other runs.
    providers._get_local_constants = lambda: providers._local_constants


@pytest.fixture(autouse=True)
def own_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Settings, sessions and caches of a test are its own."""
    home = tmp_path_factory.mktemp("glideslope-home")
    monkeypatch.setenv("GLIDESLOPE_HOME", str(home))
    yield home


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Let each process of a whole run import another part of the tests first.

    In a new checkout the assertions of each module are rewritten when it is imported first, for
    five seconds in all, and kept. Processes that all begin with the same module all do all of it.
    """
    own: dict[str, Any] = getattr(session.config, "workerinput", {})
    if session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS or not own:
        return
    modules = sorted((ROOT / "tests").rglob("test_*.py"))
    for path in modules[int(own["workerid"][2:]) :: own["workercount"]]:
        with contextlib.suppress(Exception, pytest.skip.Exception):  # said at collection
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def pytest_collection_finish() -> None:
    """Take what is imported and collected out of the garbage collector's way.

    That is some hundred thousand objects which live as long as the run. Looking through all of
    them again and again takes a twentieth of the time of the whole suite.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Find what is left of the tests once: at its end pytest looks through the heap five times."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def heap_frozen_once() -> Iterator[None]:
    """Let no program freeze the heap: in a run of many, that would keep all of them for ever."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(gc, "freeze", lambda: None)
        yield


@pytest.fixture(scope="session")
def styles_parsed_once() -> Iterator[None]:
    """Parse each style sheet once in a run: every program that starts has the same ones."""
    from textual.css.model import RuleSet
    from textual.css.stylesheet import Stylesheet

    parse = Stylesheet._parse_rules
    parsed: dict[object, list[RuleSet]] = {}

    def parse_once(
        sheet: Stylesheet, css: str, read_from: tuple[str, str], *scope: Any, **scopes: Any
    ) -> list[RuleSet]:
        variables = frozenset(sheet._variables.items())
        key = (css, read_from, scope, frozenset(scopes.items()), variables)
        if key not in parsed:
            parsed[key] = parse(sheet, css, read_from, *scope, **scopes)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Stylesheet, "_parse_rules", parse_once)
        yield


@pytest.fixture
def idle_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step of a pilot ends when its program is idle, not a while later."""
    from tests.support import idle_loop

    idle_loop.install(monkeypatch)


@pytest.fixture
def painted_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paint where a test looks or paints itself, not sixty times a second while it waits.

    Nobody sees a headless screen between two steps, and painting it takes a third of the time.
    """
    from textual.screen import Screen

    refresh = Screen._compositor_refresh

    def leave(screen: Screen[object]) -> None:
        if screen is screen.app.screen:
            screen._dirty_widgets.clear()
            screen.app._update_mouse_over(screen)
        else:
            refresh(screen)

    monkeypatch.setattr(Screen, "_compositor_refresh", leave)


@pytest.fixture(scope="session")
def unpacked_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What pip would install, made from the checkout by the build backend itself."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"
