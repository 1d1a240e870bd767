"""Reads the kinds of agents: built in, of a trusted project, of the user.

The user's own win over the project's, and both over what is built in. A project's kind never names
a model or an effort: a file of a project only tightens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tui.agent.team.agent_kinds import AgentKind, AgentKindError, built_in_kinds, parse_agent_kind
from tui.number_format import count_with_noun
from tui.settings.amounts import quote_foreign
from tui.settings.regular_file import NotRegularFile, read_regular_file
from tui.settings.user_folders import PROJECT_FOLDER

AGENTS_FOLDER = "agents"
"""Name of the folder with kinds, in the user's configuration and in a project's own folder."""
MAX_FILE_BYTES = 32_000
MAX_FILES = 50
"""Files of one folder that are looked at."""


@dataclass(frozen=True, slots=True)
class KindsFound:
    """All kinds of a session, by name, and what was wrong with files."""

    kinds: Mapping[str, AgentKind]
    remarks: tuple[str, ...] = ()
    """One sentence each."""


def read_agent_kinds(user: Path, project: Path | None) -> KindsFound:
    """The kinds of a session.

    Args:
        user: The user's folder of configuration.
        project: The project folder; None where it is not trusted.
    """
    kinds, remarks = dict(built_in_kinds()), list[str]()
    theirs = project.resolve() / PROJECT_FOLDER / AGENTS_FOLDER if project else None
    for path in _markdown_files(theirs, remarks) if theirs else ():
        kind = _read(path, remarks, inside=project)
        if kind is not None and (kind.model or kind.effort):
            remarks.append(f"{_name(path)} may not choose a model or an effort: both are ignored.")
            kind = replace(kind, model=None, effort=None)
        kinds |= {kind.name: kind} if kind else {}
    for path in _markdown_files(user / AGENTS_FOLDER, remarks):
        kind = _read(path, remarks)
        kinds |= {kind.name: kind} if kind else {}
    return KindsFound({name: kinds[name] for name in sorted(kinds)}, tuple(remarks))


def agent_files(project: Path) -> list[Path]:
    """The files of a project that describe kinds of agents."""
    return _markdown_files(project.resolve() / PROJECT_FOLDER / AGENTS_FOLDER, [])


def _markdown_files(folder: Path, remarks: list[str]) -> list[Path]:
    """The first files of a folder by name; a remark says which are the rest."""
    try:
        names = sorted(path for path in folder.iterdir() if path.suffix == ".md")
    except OSError:
        return []
    left_out = names[MAX_FILES:]
    if left_out:
        remarks.append(
            f"{_name(folder)} holds more than {MAX_FILES} kinds of agents: "
            f"{count_with_noun(len(left_out), 'file')} from {quote_foreign(left_out[0].name)} on "
            "will not be read."
        )
    return names[:MAX_FILES]


def _read(path: Path, remarks: list[str], inside: Path | None = None) -> AgentKind | None:
    try:
        contents = read_regular_file(path, MAX_FILE_BYTES, inside=inside)
        if contents.is_truncated:
            raise AgentKindError(f"it is longer than {MAX_FILE_BYTES:,} bytes")
        return parse_agent_kind(contents.data.decode("utf-8"), path.stem)
    except UnicodeDecodeError:
        why = "it is not UTF-8 text"
    except (AgentKindError, NotRegularFile) as error:
        why = str(error)
    except OSError as error:
        why = (error.strerror or "it cannot be read").lower()
    remarks.append(f"{_name(path)} describes no kind of agent: {why}.")
    return None


def _name(path: Path) -> str:
    return quote_foreign(str(path), 200)
