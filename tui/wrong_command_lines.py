"""What is wrong with a command line: sentences that name what was probably meant.

Loaded only when something is wrong.
"""

import re
from collections.abc import Collection, Sequence

from tui.other_agents import COMMANDS_ELSEWHERE, OPTIONS_ELSEWHERE
from tui.typos import nearest_name


def unknown_option_sentence(argument: str, options: Collection[str]) -> str:
    """That there is no such option, and what there is instead.

    Args:
        argument: As typed, perhaps with `=value`.
        options: Names of the options there are, with their dashes.
    """
    name = argument.partition("=")[0]
    if instead := OPTIONS_ELSEWHERE.get(name):
        return f"There is no option {name}. {instead}"
    long = [each for each in options if each.startswith("--")]
    begun = [each for each in long if len(name) > 3 and each.startswith(name)]
    near = nearest_name(name, long)
    meant = " or ".join(begun or ([near] if near else []))
    hint = f"; did you mean {meant}?" if meant else "."
    return f"There is no option {argument}{hint} See glideslope --help."


def may_be_option(text: str, options: Collection[str]) -> bool:
    """Whether words that begin with a dash are an option or a slip of one; else they are a prompt.

    Args:
        text: As typed.
        options: Names of the options there are, with their dashes.
    """
    name = text.partition("=")[0]
    if text == "--" or name in options or name in OPTIONS_ELSEWHERE:
        return True
    long = [each for each in options if each.startswith("--")]
    return text.startswith("--") and nearest_name(name, long) is not None


def mistaken_subcommand_sentence(
    command: str, rest: Sequence[str], subcommands: Collection[str]
) -> str:
    """Why words are no prompt: they begin with a command, or nearly; empty where they do not.

    Args:
        command: The first word.
        rest: The words behind it.
        subcommands: The commands there are.
    """
    if re.fullmatch(r"[\w-]+", command) is None:
        return ""
    name = command.lower()
    if name in ("resume", "continue"):
        option = "-r ID PROMPT" if name == "resume" else "-c PROMPT"
        return f"glideslope {name} takes no prompt; that is: glideslope {option}."
    if name in subcommands:
        return f"glideslope {name} comes before all options, and takes no other words."
    if name in COMMANDS_ELSEWHERE:
        instead = COMMANDS_ELSEWHERE[name]
        return f"glideslope has no command `{command}`{f'; {instead}' if instead else ''}."
    near = nearest_name(name, (*subcommands, "resume", "continue"), max_typos=1 if rest else None)
    return f"glideslope has no command `{command}`; did you mean `{near}`?" if near else ""
