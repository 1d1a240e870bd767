"""How a run is filed: the kind that the rules give it, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tui.budget.task_kind_rules import KindGuess, guess_after
from tui.budget.task_kinds import TaskKind
from tui.history.kind_corrections import KindCorrection, RunKey, taught_verb


@dataclass(frozen=True, slots=True)
class RunFiling:
    """How the rules file one run."""

    run: RunKey
    guess: KindGuess
    changed_files: int
    verb: str
    """The head verb that a correction of this run teaches; empty where it teaches none."""

    def corrected(self, kind: TaskKind) -> KindCorrection:
        """The correction that files the run as `kind`."""
        return correction_of(self.run, kind, self.verb)


def filing_of(
    run: RunKey, prompt: str, files: Sequence[str], verbs: Mapping[str, TaskKind]
) -> RunFiling:
    """How the rules file a run that is over.

    Args:
        run: The run.
        prompt: What the user typed; nothing of it but the head verb is kept.
        files: The paths of the files that the run changed.
        verbs: Head verbs that the user's corrections taught.
    """
    return RunFiling(run, guess_after(prompt, files, verbs), len(files), taught_verb(prompt))


def correction_of(run: RunKey, kind: TaskKind, verb: str = "") -> KindCorrection:
    """The correction that files a run as `kind`.

    Args:
        run: The run.
        kind: What it is.
        verb: The head verb of its prompt, where the prompt can still be read.
    """
    source, session, started = run
    return KindCorrection(source=source, session=session, started=started, kind=kind, verb=verb)
