"""The arguments of other agents' tools that mean what an argument of ours means.

Models have learnt several agents by heart. Where such an argument can mean one thing only, it is
taken for that; where it changes nothing, it is passed over; else a sentence names the right one.
"""

from tui.session.call_arguments import COMMAND_NAMES, PATH_NAMES, PATTERN_NAMES, normalized_name

_FOLDERS = "directory dir folder search_path base_path root root_dir dir_path search_directory"
_FILES = " ".join(PATH_NAMES)
_PATTERNS = " ".join(PATTERN_NAMES)
_ALIASES: dict[str, dict[str, str]] = {
    "bash": {
        "command": " ".join(COMMAND_NAMES),
        "timeout": "timeout_seconds timeout_sec timeout_secs timeout_s",
        "description": "explanation desc",
    },
    "edit": {
        "path": _FILES,
        "old_string": "old_str old_text old oldstring search find old_content search_string",
        "new_string": "new_str new_text new newstring replace replacement new_content "
        "replace_string",
        "replace_all": "all replace_everywhere global allow_multiple",
    },
    "glob": {"pattern": f"{_PATTERNS} glob", "path": f"{_FOLDERS} target_directory"},
    "grep": {
        "pattern": f"{_PATTERNS} search search_term search_text text",
        "path": f"{_FOLDERS} {_FILES}",
        "glob": "include include_pattern glob_pattern file_glob files_glob file_pattern",
        "output": "output_mode mode",
        "ignore_case": "i case_insensitive insensitive",
        "context": "c context_lines",
        "limit": "max_results max_matches max_count head max_lines",
    },
    "jobs": {
        "action": "operation",
        "job": "job_id id number job_number bash_id shell_id task_id",
    },
    "read": {
        "path": _FILES,
        "offset": "start_line line_start start from_line first_line line_offset",
        "limit": "line_count num_lines number_of_lines max_lines line_limit",
    },
    "write": {
        "path": _FILES,
        "content": "contents file_content file_text text new_content file_contents",
    },
    "checklist": {"subtasks": "todos tasks items todo_list"},
    "file_plan": {
        "items": "steps tasks subtasks todos plan checklist",
        "goal": "title summary description overview",
    },
    "items": {
        "title": "name content task text step subtask description",
        "estimate": "tokens estimated_tokens estimate_tokens token_estimate cost",
        "files": "file path paths",
        "checks": "check tests test verification verify",
    },
    "wrap_up": {},
    "subtasks": {
        "id": "key task_id",
        "title": "content name description task text subject",
        "state": "status",
    },
}
"""By tool and argument, what other tools call it; `subtasks` and `items`: of each piece of a
checklist and of a plan."""

_VALUES = {
    ("grep", "output"): {
        "files": "files_with_matches file filenames paths files_only",
        "count": "counts count_matches",
        "content": "lines matches text",
    },
    ("jobs", "action"): {
        "stop": "kill terminate cancel",
        "output": "read logs log show",
        "list": "status ps",
    },
    ("subtasks", "state"): {
        "done": "completed complete finished",
        "in_progress": "inprogress doing active started current",
        "pending": "todo open not_started",
        "skipped": "cancelled canceled skip",
    },
}
"""By tool and argument, what other tools call a value."""

ANY_TEXT = object()
"""Any text is passed over."""
_REMARKS = "description explanation reason rationale thought purpose justification intent"
_PASSED_OVER: dict[str, dict[str, tuple[object, ...]]] = {
    "bash": {
        "run_in_background background is_background async restart interactive": (False,),
        "dangerously_disable_sandbox requires_approval": (False,),
        "sandbox": (True,),
        "shell": ("bash", "/bin/bash", "sh", "/bin/sh"),
    },
    "edit": {
        "expected_replacements count": (1,),
        "dry_run regex is_regex use_regex": (False,),
        "encoding": ("utf-8", "utf8", "UTF-8"),
    },
    "glob": {
        "recursive respect_git_ignore respect_gitignore include_hidden hidden dot": (True,),
        "case_sensitive": (True,),
    },
    "grep": {
        "n line_numbers line_number show_line_numbers": (True, False),
        "recursive r": (True,),
        "include_hidden hidden respect_git_ignore use_regex is_regex regex": (True,),
        "fixed_strings literal": (False,),
    },
    "jobs": {"block wait": (False,)},
    "read": {
        "should_read_entire_file read_entire_file entire_file show_line_numbers": (True,),
        "encoding": ("utf-8", "utf8", "UTF-8"),
    },
    "write": {
        "overwrite create_directories create_dirs mkdirs create_parents": (True,),
        "append": (False,),
        "encoding": ("utf-8", "utf8", "UTF-8"),
    },
    "subtasks": {"active_form priority": (ANY_TEXT,)},
}
"""By tool, arguments that change nothing with these values."""

_INSTEAD: dict[str, dict[str, str]] = {
    "bash": {
        "run_in_background background is_background async": "End the command with & instead: what "
        "it leaves running becomes a job.",
        "dangerously_disable_sandbox": 'Use access "outside" instead.',
        "sandbox": 'Use access "outside" instead.',
        "cwd workdir working_directory working_dir directory dir": "Begin the command with cd "
        "instead: cd FOLDER && …",
        "env environment": "Begin the command with the variables instead: NAME=value …",
        "stdin input": "Use a here-document in the command instead.",
    },
    "grep": {
        "type file_type": "Use glob instead, as *.py.",
        "multiline": r"Write \n in the pattern instead to search across lines.",
    },
    "read": {"paths files": "It reads one file: call it once for each, with path."},
    "edit": {
        "edits": "It makes one replacement: call it once for each, with old_string and new_string.",
        "regex is_regex use_regex": "old_string is exact text.",
        "insert_line": "Use old_string for the line before, and new_string for it with the new "
        "lines.",
    },
    "write": {"append": "Use edit instead to add to a file.", "mode": "It replaces the file."},
}
"""By tool, what to do in the place of an argument that there is none for."""


def _by_name(table: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    return {
        tool: {
            normalized_name(other): own
            for own, others in names.items()
            for other in (own, *others.split())
        }
        for tool, names in table.items()
    }


_OWN_NAMES = _by_name(_ALIASES)
_OWN_VALUES = {
    where: {
        normalized_name(other): own
        for own, others in values.items()
        for other in (own, *others.split())
    }
    for where, values in _VALUES.items()
}


def own_name(tool: str, name: str) -> str | None:
    """The tool's own argument that `name` means; None where there is none."""
    return _OWN_NAMES.get(tool, {}).get(normalized_name(name))


def own_value(tool: str, argument: str, value: str) -> str | None:
    """The tool's own value that `value` means; None where there is none.

    Args:
        tool: Name of the tool, or `subtasks`.
        argument: The tool's own name of the argument.
        value: As the model sent it.
    """
    return _OWN_VALUES.get((tool, argument), {}).get(normalized_name(value))


def changes_nothing(tool: str, name: str, value: object) -> bool:
    """Whether an argument that the tool does not have would change nothing with this value.

    Args:
        tool: Name of the tool, or `subtasks`.
        name: The argument, as the model called it.
        value: As the model sent it.
    """
    wanted = normalized_name(name)
    if isinstance(value, str) and wanted in map(normalized_name, _REMARKS.split()):
        return True
    for names, values in _PASSED_OVER.get(tool, {}).items():
        if wanted in map(normalized_name, names.split()):
            fits = any(
                value is each or (type(value) is type(each) and value == each) for each in values
            )
            return fits or (ANY_TEXT in values and isinstance(value, str))
    return False


def what_instead(tool: str, name: str) -> str:
    """A sentence on what to do in the place of an argument; empty where there is none."""
    wanted = normalized_name(name)
    rows = _INSTEAD.get(tool, {}).items()
    return next((say for names, say in rows if wanted in map(normalized_name, names.split())), "")
