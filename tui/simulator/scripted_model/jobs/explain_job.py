"""The explain job: list, read the telling files of each area, and write it up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from tui.simulator.scripted_model import scripted_landing
from tui.simulator.scripted_model.job_progress import JobProgress
from tui.simulator.scripted_model.jobs import job_steps
from tui.simulator.scripted_model.jobs.file_listing import FileListing, another_way, list_files
from tui.simulator.scripted_model.jobs.project_description import describe_project
from tui.simulator.scripted_model.markdown_writing import amount, code, listed, rounded
from tui.simulator.scripted_model.model_input import ScriptedReply
from tui.simulator.scripted_model.request_view import RequestView
from tui.simulator.scripted_model.scripted_plan import PlannedTask, tasks_that_fit
from tui.simulator.scripted_model.tool_actions import GlobAction, GrepAction, ReadAction, ToolAction

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
    """An explain job, read from one request."""

    view: RequestView

    @cached_property
    def listing(self) -> FileListing | None:
        """The files of the folder, once listed; those that are named where nothing lists."""
        if not self.view.tools.can("glob"):
            return FileListing("\n".join(self.view.intent.files))
        return list_files(self.view, self._pattern)

    @property
    def _pattern(self) -> str:
        folder = self.view.intent.folder
        return f"{folder}/**/*" if folder else "**/*"

    @cached_property
    def counts(self) -> str:
        """Definitions by file, as counted."""
        found = [call for act, call in self.view.calls if isinstance(act, GrepAction)]
        return "" if not found or found[-1].failed else found[-1].result or ""

    @cached_property
    def tasks(self) -> tuple[PlannedTask, ...]:
        """The plan, with the states that the facts give it."""
        return tuple(replace(t, state=self._state(t)) for t in self.view.plan.values())

    @property
    def progress(self) -> JobProgress:
        """How far the job is."""
        return JobProgress("explain the project", self.tasks, self.view.plan)

    def reply(self) -> ScriptedReply:
        """The next message."""
        if self.listing is None:
            return self._list()
        if not self.listing.paths:
            return ScriptedReply.in_words(_empty(self.view, self.listing))
        if not self.tasks:
            return self._make_plan(self.listing)
        waiting = [task for task in self.tasks if task.open]
        if waiting:
            return self._read(waiting)
        describe = partial(describe_project, self.view, self.listing, self.counts)
        return job_steps.close_job(self.view, self.progress, describe)

    def _list(self) -> ScriptedReply:
        if any(isinstance(act, GlobAction) for act, _ in self.view.calls):
            another = another_way(self.view, self._pattern)
            again: list[ToolAction] = [another] if another else []
            return job_steps.step(self.view, "The listing failed. I try another tool.", "", again)
        folder = self.view.intent.folder
        acts: list[ToolAction] = [GlobAction(self._pattern)]
        if self.view.tools.can("grep") and not self.view.intent.files:
            acts.append(GrepAction(DEFINITIONS, f"{folder}/**" if folder else "*", "count", 40))
        thought = (
            "A listing shows what is in the folder, and the number of definitions shows which "
            "files matter."
        )
        return job_steps.step(self.view, thought, "I look at what is here.", acts)

    def _make_plan(self, listing: FileListing) -> ScriptedReply:
        tasks = self._possible(listing)
        taken = tasks_that_fit(tasks, self.view.plannable)
        need = sum(task.estimate for task in tasks) + self.view.reserve
        if not taken:
            why = f"even a first look needs about {rounded(need)}"
            return scripted_landing.decline(self.view, need, why, self.progress)
        thought = (
            f"{amount(len(listing.paths), 'file')}{' at least' if listing.cut else ''}; "
            f"most are {listed([name for name, _ in listing.languages[:3]]) or 'plain files'}. "
            f"{len(taken)} of {len(tasks)} areas fit into what is left. I read the telling files "
            "of each: entry points first, tests last."
        )
        words = f"{amount(len(taken), 'subtask')}, then I write it up."
        return job_steps.file_plan(self.view, thought, words, self._reads(listing, taken[0]), taken)

    def _possible(self, listing: FileListing) -> list[PlannedTask]:
        factor = self.view.effort.factor
        files = self._named(listing)
        if files:
            cost = int(self._page * factor)
            return [PlannedTask(f"file{n}", _NAMED + p, cost) for n, p in enumerate(files, 1)]
        titles = [_OVERVIEW] if listing.overview else []
        areas = [area for area, _ in listing.areas[:_AREAS] if self.view.steering.takes(area)]
        titles += [_AREA + area for area in areas]
        if listing.telling("", 1):
            titles.append(_TOP)
        tasks = [PlannedTask(f"area{n}", title, 0) for n, title in enumerate(titles, 1)]
        return [
            replace(t, estimate=int((200 + self._page * len(self._paths(listing, t))) * factor))
            for t in tasks
        ]

    @property
    def _lines(self) -> int:
        """Lines that are read of each file."""
        return (60, 100, 150, 250, 400)[self.view.effort.depth]

    @property
    def _page(self) -> int:
        """Tokens of so many lines."""
        return int(self._lines * self.view.reading_costs.per_line) + 60

    def _named(self, listing: FileListing) -> list[str]:
        return [
            path
            for name in self.view.intent.files
            for path in listing.paths
            if path == name or path.endswith("/" + name.removeprefix("./"))
        ][:6]

    @property
    def _depth(self) -> int:
        """Files read in each area."""
        return (1, 2, 2, 3, 4)[self.view.effort.depth]

    def _read(self, waiting: Sequence[PlannedTask]) -> ScriptedReply:
        if self.listing is None or not tasks_that_fit(waiting[:1], self.view.room):
            return scripted_landing.land(self.view, self.progress)
        current = waiting[0]
        acts = self._reads(self.listing, current)
        names = listed([code(act.path) for act in acts if isinstance(act, ReadAction)])
        thought = f"Next: {current.title.lower()}. That means {names}."
        return job_steps.step(
            self.view, thought, "", acts, job_steps.with_current(self.tasks, current)
        )

    def _reads(self, listing: FileListing, task: PlannedTask) -> list[ToolAction]:
        unread = [p for p in self._paths(listing, task) if not self._looked(p)]
        return [ReadAction(path, 1, self._lines) for path in unread]

    def _paths(self, listing: FileListing, task: PlannedTask) -> list[str]:
        if task.title == _OVERVIEW:
            return listing.overview[:4]
        if task.title == _TOP:
            return listing.telling("", self._depth)
        if task.title.startswith(_AREA):
            return listing.telling(task.title.removeprefix(_AREA), self._depth)
        return [task.title.removeprefix(_NAMED)]

    def _looked(self, path: str) -> bool:
        file = self.view.known_files.get(path)
        return file is not None and file.looked

    def _state(self, task: PlannedTask) -> str:
        if not task.open or self.listing is None:
            return task.state
        paths = self._paths(self.listing, task)
        return "done" if all(self._looked(path) for path in paths) else task.state


def _empty(view: RequestView, listing: FileListing) -> str:
    if listing.failure:
        return (
            f"I could not list the files here: {listing.failure}\n\n"
            "So I can't say what this project is. Once listing works, ask me again."
        )
    where = f"{code(view.intent.folder)} is" if view.intent.folder else "This folder is"
    return (
        f"{where} empty, or everything in it is ignored: there is nothing to explain. "
        "Put a project here, or start me in its folder."
    )
