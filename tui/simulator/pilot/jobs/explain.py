"""The explain job: list, read the telling files of each area, and write it up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tui.simulator.pilot import landing
from tui.simulator.pilot.acts import Act, Glob, Grep, Read
from tui.simulator.pilot.desk import Desk
from tui.simulator.pilot.jobs import portrait
from tui.simulator.pilot.jobs.listing import Listing, another_way, listing
from tui.simulator.pilot.markdown import amount, code, listed, rounded
from tui.simulator.pilot.plan import Task, as_list, fitting, updates
from tui.simulator.pilot.progress import Progress
from tui.simulator.pilot.situation import Block, Reply, Text, Thinking

DEFINITIONS = (
    r"^\s*(export |pub |default |async |abstract |static |final |public |private )*"
    r"(def|class|function|func|fn|struct|enum|trait|interface|module|object|record) +\w+"
)
_OVERVIEW = "Read the README and the manifests"
_AREA = "Look into "
_TOP = "Look at the files at the top"
_NAMED = "Read "
_AREAS = 8


@dataclass(frozen=True)
class ExplainJob:
    """An explain job, as the facts on the desk have it."""

    desk: Desk

    @cached_property
    def listing(self) -> Listing | None:
        """The files of the folder, once listed; those that are named where nothing lists."""
        if not self.desk.tools.can("glob"):
            return Listing("\n".join(self.desk.intent.files))
        return listing(self.desk, self._pattern)

    @property
    def _pattern(self) -> str:
        folder = self.desk.intent.folder
        return f"{folder}/**/*" if folder else "**/*"

    @cached_property
    def counts(self) -> str:
        """Definitions by file, as counted."""
        found = [call for act, call in self.desk.calls if isinstance(act, Grep)]
        return "" if not found or found[-1].failed else found[-1].result or ""

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The plan, with the states that the facts give it."""
        return tuple(replace(t, state=self._state(t)) for t in self.desk.plan.values())

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return Progress("explain the project", self.tasks, self.desk.plan)

    def reply(self) -> Reply:
        """The next message."""
        if self.listing is None:
            return self._list()
        if not self.listing.paths:
            return Reply((Text(_empty(self.desk, self.listing)),))
        if not self.tasks:
            return self._make_plan(self.listing)
        waiting = [task for task in self.tasks if task.open]
        if waiting:
            return self._read(waiting)
        if (late := updates(self.desk.plan, self.tasks)) and self.desk.tools.can("checklist"):
            return Reply((self.desk.tools.use(late),))
        return Reply((Text(portrait.text(self.desk, self.listing, self.counts)),))

    def _list(self) -> Reply:
        if any(isinstance(act, Glob) for act, _ in self.desk.calls):
            another = another_way(self.desk, self._pattern)
            again: list[Act] = [another] if another else []
            return self._compose("The listing failed. I try another tool.", "", again)
        folder = self.desk.intent.folder
        acts: list[Act] = [Glob(self._pattern)]
        if self.desk.tools.can("grep") and not self.desk.intent.files:
            acts.append(Grep(DEFINITIONS, f"{folder}/**" if folder else "*", "count", 40))
        thought = (
            "I should see what is in the folder before I say anything about it: a listing, and how "
            "many definitions each file has, which shows where the substance is."
        )
        return self._compose(thought, "I look at what is here.", acts)

    def _make_plan(self, listing: Listing) -> Reply:
        tasks = self._possible(listing)
        taken = fitting(tasks, self.desk.plannable)
        need = sum(task.estimate for task in tasks) + self.desk.reserve
        if not taken:
            why = f"even a first look needs about {rounded(need)}"
            return landing.decline(self.desk, need, why, self.progress)
        thought = (
            f"{amount(len(listing.paths), 'file')}{' at least' if listing.cut else ''}; "
            f"most are {listed([name for name, _ in listing.languages[:3]]) or 'plain files'}. "
            f"{len(taken)} of {len(tasks)} areas fit into what is left. I read the telling files "
            "of each: entry points first, tests last."
        )
        words = f"{amount(len(taken), 'subtask')}, then I write it up."
        if not self.desk.tools.can("checklist"):
            words += f"\n\n{as_list(taken)}"
        acts = self._reads(listing, taken[0])
        first = [replace(taken[0], state="in_progress"), *taken[1:]]
        return self._compose(thought, words, acts, first)

    def _possible(self, listing: Listing) -> list[Task]:
        factor = self.desk.effort.factor
        files = self._named(listing)
        if files:
            cost = int(self._page * factor)
            return [Task(f"file{n}", _NAMED + p, cost) for n, p in enumerate(files, 1)]
        titles = [_OVERVIEW] if listing.overview else []
        areas = [area for area, _ in listing.areas[:_AREAS] if self.desk.steering.takes(area)]
        titles += [_AREA + area for area in areas]
        if listing.telling("", 1):
            titles.append(_TOP)
        tasks = [Task(f"area{n}", title, 0) for n, title in enumerate(titles, 1)]
        return [
            replace(t, estimate=int((200 + self._page * len(self._paths(listing, t))) * factor))
            for t in tasks
        ]

    @property
    def _lines(self) -> int:
        """Lines that are read of each file."""
        return (60, 100, 150, 250, 400)[self.desk.effort.depth]

    @property
    def _page(self) -> int:
        """Tokens of so many lines."""
        return int(self._lines * self.desk.weights.per_line) + 60

    def _named(self, listing: Listing) -> list[str]:
        return [
            path
            for name in self.desk.intent.files
            for path in listing.paths
            if path == name or path.endswith("/" + name.removeprefix("./"))
        ][:6]

    @property
    def _depth(self) -> int:
        """Files read in each area."""
        return (1, 2, 2, 3, 4)[self.desk.effort.depth]

    def _read(self, waiting: Sequence[Task]) -> Reply:
        if self.listing is None or not fitting(waiting[:1], self.desk.room):
            return landing.land(self.desk, self.progress)
        current = waiting[0]
        acts = self._reads(self.listing, current)
        names = listed([code(act.path) for act in acts if isinstance(act, Read)])
        thought = f"Next: {current.title.lower()}. That means {names}."
        after = [replace(t, state="in_progress") if t.id == current.id else t for t in self.tasks]
        return self._compose(thought, "", acts, after)

    def _reads(self, listing: Listing, task: Task) -> list[Act]:
        unread = [p for p in self._paths(listing, task) if not self._looked(p)]
        return [Read(path, 1, self._lines) for path in unread]

    def _paths(self, listing: Listing, task: Task) -> list[str]:
        if task.title == _OVERVIEW:
            return listing.overview[:4]
        if task.title == _TOP:
            return listing.telling("", self._depth)
        if task.title.startswith(_AREA):
            return listing.telling(task.title.removeprefix(_AREA), self._depth)
        return [task.title.removeprefix(_NAMED)]

    def _looked(self, path: str) -> bool:
        sheet = self.desk.sheets.get(path)
        return sheet is not None and sheet.looked

    def _state(self, task: Task) -> str:
        if not task.open or self.listing is None:
            return task.state
        paths = self._paths(self.listing, task)
        return "done" if all(self._looked(path) for path in paths) else task.state

    def _compose(
        self, thought: str, words: str, acts: Sequence[Act], tasks: Sequence[Task] = ()
    ) -> Reply:
        blocks: list[Block] = [Thinking(thought)] if self.desk.effort.depth else []
        blocks += [Text(words)] if words else []
        checklist = updates(self.desk.plan, tasks)
        if checklist is not None and self.desk.tools.can("checklist"):
            blocks.append(self.desk.tools.use(checklist))
        return Reply((*blocks, *(self.desk.tools.use(act) for act in acts)))


def _empty(desk: Desk, listing: Listing) -> str:
    if listing.failure:
        return (
            f"I could not list the files here: {listing.failure}\n\n"
            "So I can't say what this project is. Once listing works, ask me again."
        )
    where = f"{code(desk.intent.folder)} is" if desk.intent.folder else "This folder is"
    return (
        f"{where} empty, or everything in it is ignored: there is nothing to explain. "
        "Put a project here, or start me in its folder."
    )
