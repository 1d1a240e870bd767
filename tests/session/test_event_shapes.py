"""The schema of the events: complete, and never changed without the old logs being readable."""

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import NODEFAULT, inspect

from tests.session.event_shapes import Shapes, lines, read, shapes_now, structs_now
from tui.session import events as ev
from tui.session.event_codec import DamagedRow, to_event
from tui.session.events import Event
from tui.session.upcasting import UPCASTERS, is_needed, upcast

LOGS = Path(__file__).parent / "logs"
NAMES = sorted(path.stem for path in LOGS.glob("*.shape"))
OURS = f"v{ev.VERSION}"
STRUCTS = sorted(structs_now(), key=lambda struct: struct.cls.__name__)
LEFT_OUT = {
    ("AgentExtended", "by_whom"): "user",
    ("AgentSpawned", "told"): "api",
    ("BudgetGranted", "scope"): "session",
    ("BudgetGranted", "purpose"): "work",
    ("PartCut", "reason"): "window",
    ("PlanFiled", "by"): "model",
    ("RequestStarted", "agent"): "main",
    ("RequestStarted", "purpose"): "turn",
    ("SessionStarted", "mode"): "ask",
    ("ShellRan", "outcome"): "done",
    ("Usage", "reported"): True,
    ("WrappedUp", "by"): "model",
}
"""What a row means that leaves out one of these fields; every other field is then empty."""


def version(name: str) -> int:
    return int(name.removeprefix("v").partition("-")[0])


def recorded(name: str) -> Shapes:
    return read((LOGS / f"{name}.shape").read_text())


def subclasses(of: type[Event]) -> set[type[Event]]:
    direct = set(of.__subclasses__())
    return direct.union(*map(subclasses, direct))


def test_every_kind_of_event_can_be_read_back_and_has_a_tag_of_its_own():
    kinds = {each for each in subclasses(Event) if each.__module__ == ev.__name__}
    kinds -= {ev.Unknown}
    assert kinds == set(ev.AnyEvent.__args__)
    assert len({each.__struct_config__.tag for each in kinds}) == len(kinds)


@pytest.mark.parametrize("name", NAMES)
def test_what_an_older_program_wrote_fits_our_events(name: str):
    ours = shapes_now()
    for kind, before in recorded(name).items():
        if is_needed(kind, version(name), upto=ev.VERSION):
            continue  # the logs of that version show that its upcaster makes it fit
        assert kind in ours, f"{kind} is gone: it needs an upcaster"
        for path, field in before.items():
            assert path in ours[kind], f"{kind}.{path} is gone: it needs an upcaster"
            gone = field.types - ours[kind][path].types
            assert not gone, f"{kind}.{path} was {gone}: it needs an upcaster"
        for path, field in ours[kind].items():
            parent = path.rpartition(".")[0].removesuffix("[]")
            new = path not in before and (not parent or parent in before)
            assert not (new and field.required), f"{kind}.{path} is new: it needs a default"


def test_the_shape_of_our_version_is_recorded():
    now = "\n".join(lines(shapes_now()))
    then = (LOGS / f"{OURS}.shape").read_text().rstrip()
    assert now == then, (
        "The events have another shape. If a version of the program with this VERSION was"
        " released, raise VERSION in tui/session/events.py. Then run"
        " `python tests/session/record_log.py vN`, N being VERSION."
    )


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.cls.__name__)
def test_what_a_row_leaves_out_is_nothing_or_the_usual(struct: inspect.StructType):
    for field in struct.fields:
        if field.required:
            continue
        made = field.default_factory is not NODEFAULT
        value = field.default_factory() if made else field.default
        usual = LEFT_OUT.get((struct.cls.__name__, field.name))
        assert value == usual if usual is not None else not value, field.name


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.cls.__name__)
def test_a_part_of_the_log_never_changes_is_short_and_has_no_unknown_field(
    struct: inspect.StructType,
):
    config = struct.cls.__struct_config__
    assert (config.frozen, config.omit_defaults, config.forbid_unknown_fields) == (True,) * 3


@pytest.mark.parametrize("name", NAMES)
def test_the_log_of_a_version_has_every_kind_of_it(name: str):
    log = (LOGS / f"{name}.jsonl").read_text()
    missing = [kind for kind in recorded(name) if f'"kind": "{kind}"' not in log]
    assert not missing, f"add {missing} to the events in record_log.py"


def test_upcasters_lead_from_known_versions_and_leave_the_body_they_were_given():
    for kind, before in UPCASTERS:
        assert 1 <= before < ev.VERSION, kind
    body = {"kind": "shell_ran", "command": "x", "output": "", "exit_code": 3}
    kept = dict(body)
    assert upcast(body, 1, upto=2)["summary"] == "exit 3"
    assert body == kept


@pytest.mark.parametrize("version", [1, 2, 3])
def test_up_to_version_3_a_hard_limit_was_called_a_fuse(version: int):
    was_set = b'{"kind":"fuse_set","fuse":"dollars","value":"5","source":"/budget","budget":"turn"}'
    ended = b'{"kind":"turn_ended","turn":2,"reason":"fuse","sentence":"Reached.","budget":9}'
    assert to_event("fuse_set", version, was_set) == ev.LimitSet(
        limit="dollars", value=Decimal(5), source="/budget", budget="turn"
    )
    assert to_event("turn_ended", version, ended) == ev.TurnEnded(
        turn=2, reason="hard_limit", sentence="Reached.", budget=9
    )


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("fuse_set", b'{"kind":"fuse_set","value":"5"}'),
        ("fuse_set", b'{"kind":"fuse_set","fuse":"patience","value":"5"}'),
        ("turn_ended", b'{"kind":"turn_ended","turn":2,"reason":["fuse"]}'),
    ],
)
def test_an_old_row_about_a_hard_limit_that_does_not_fit_is_damage(kind: str, body: bytes):
    with pytest.raises(DamagedRow):
        to_event(kind, 3, body)


def test_no_row_of_our_version_says_fuse():
    with pytest.raises(DamagedRow):
        to_event("fuse_set", 4, b'{"kind":"fuse_set","fuse":"dollars","value":"5"}')


def test_upcasters_are_applied_one_version_after_the_other_and_may_rename_the_kind():
    table = {
        ("a", 1): lambda body: {**body, "kind": "b"},
        ("b", 2): lambda body: {**body, "n": body["n"] + 1},
        ("a", 3): lambda body: {**body, "n": 0},
        ("b", 4): lambda body: {**body, "n": body["n"] * 10},
    }
    assert upcast({"kind": "a", "n": 1}, 1, upto=5, upcasters=table) == {"kind": "b", "n": 20}
    assert upcast({"kind": "b", "n": 1}, 3, upto=4, upcasters=table) == {"kind": "b", "n": 1}


def test_only_rows_of_a_kind_that_changed_are_taken_apart():
    assert is_needed("shell_ran", 1, upto=2)
    assert not is_needed("shell_ran", 2, upto=3)
    assert not is_needed("note_sent", 1, upto=2)
