"""What the list of prompts to rewind to says of each."""

from tests.session.log_events import prompt, started
from tui.reports.rewind_options import read_prompts, rewind_details
from tui.session import events as ev
from tui.session.event_fold import fold


def changed(*paths: str) -> tuple[ev.FileChange, ...]:
    return tuple(ev.FileChange(path=path, added=1) for path in paths)


def test_files_that_agents_changed_count_and_namesakes_are_told_apart():
    events = [
        started(),
        prompt(1, "annotate"),
        ev.AgentFinished(
            agent="write-1", number=9, end="done", charged=1, changes=changed("docs/c.md")
        ),
        ev.AgentWorkDecided(agent="write-2", decision="merged", changes=changed("src/b.py")),
        ev.AgentWorkDecided(agent="write-3", decision="merged", changes=changed("lib/b.py")),
    ]
    records = [ev.Record(seq, float(seq), event) for seq, event in enumerate(events, 1)]
    said = dict(rewind_details(read_prompts(records, fold(records)), 1, ""))
    assert said["files since"] == "c.md, src/b.py, lib/b.py"
