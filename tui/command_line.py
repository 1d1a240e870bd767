"""What the command line asked for, as one typed value, and how it is read.

Nothing but the standard library is imported before it is needed: `--help`, `--version` and a
wrong option answer at once.
"""

import argparse
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NoReturn

OutputFormat = Literal["text", "json", "stream-json"]
OnLimit = Literal["wrap", "pause", "stop"]

SUBCOMMANDS = (
    "sessions",
    "fleet",
    "config",
    "advise",
    "measure",
    "import",
    "report",
    "runs",
    "doctor",
    "simulate",
    "help",
)
"""First words that are no prompt but a command of ours."""

EPILOG = """\
commands:
  glideslope sessions list [--json]   list the sessions of this folder
  glideslope sessions export ID       write one session as Markdown, printed or into a file
  glideslope fleet [--json]           every open session on this machine, and what it waits for
  glideslope config [--json]          list every setting, its value and what set it
  glideslope doctor [--json]          check terminal, sandbox, files, key and server
  glideslope advise [--kind KIND]     what budget to give, from the runs of the past
  glideslope measure PROMPT           run a prompt in copies of this folder: what does it take?
  glideslope report [--by GROUP]      what was used, by day, project, kind, model and more
  glideslope runs [--kind KIND]       list task runs; runs set SESSION N KIND puts a kind right
  glideslope import AGENT             take the history of claude-code, codex or opencode
  glideslope simulate --port N        run the offline server, for any client
  glideslope resume [ID|NAME]         the same as -r; glideslope continue is the same as -c
  glideslope -- WORDS                 send WORDS as the prompt, whatever they begin with;
                                      so does glideslope -p -- WORDS

With -p, text from standard input is added to the prompt.

exit codes of runs with -p: 0 done, 2 wrong command line, 3 landed on the budget or work left,
4 stopped at a hard limit, 5 the API refused or could not be reached, 6 a permission was needed
and nobody could give it, 129 the terminal went away, 130 interrupted, 143 terminated
"""


_READING_SPEED = "80"
"""Tokens a second that the simulator writes where somebody reads along."""


@dataclass(frozen=True, slots=True)
class CommandLineOptions:
    """One start of the program."""

    prompt: str = ""
    """The first prompt; empty to start with an empty composer."""
    literal: bool = False
    """Whether the prompt came behind `--`: it is sent unchanged, whatever it begins with."""
    data: str = ""
    """What was piped into standard input: sent with the prompt of a headless run."""
    headless: bool = False
    simulate: bool = False
    pace: str = _READING_SPEED
    """Tokens a second of the simulator, or `max`."""
    budget: str | None = None
    team: str | None = None
    """Tokens of the pool that agents draw from."""
    effort: str | None = None
    model: str | None = None
    mode: str | None = None
    requests: str | None = None
    """Most requests of one turn."""
    theme: str | None = None
    tag: str | None = None
    """The tag of the session, for monthly budgets."""
    time_zone: str | None = None
    resume: str | None = None
    """Which session to resume: its id or name, `latest`, or empty to choose; None for a new one."""
    fork: bool = False
    """Whether a new session goes on from the one that is resumed, which stays as it is."""
    accept_damage: bool = False
    """Whether a session of which a part was lost goes on without a screen."""
    plan_only: bool = False
    """Whether the run ends with a plan and its price, and changes nothing."""
    plan_file: Path | None = None
    """A file with a plan to carry out, as `--plan-only` prints it; agreed to by naming it."""
    on_limit: OnLimit | None = None
    """What happens at a reached limit; None for the usual: ask, or wrap without a screen."""
    output: OutputFormat = "text"
    trust: bool = False
    """Whether this run uses the settings and memory files that the folder brings."""
    remarks: tuple[str, ...] = ()
    """What there is to say about an option that means something else here: one sentence each."""
    ends_with_input: bool = False
    """Whether a headless run ends when standard input closes, and reads nothing from it."""
    copy_of: Path | None = None
    """The project folder that `folder` is a throw-away copy of; None if it is none."""
    folder: Path = Path()

    @property
    def in_dollars(self) -> bool:
        """Whether the budget is given in dollars."""
        return self.budget is not None and "$" in self.budget

    def settings(self) -> dict[str, object]:
        """The command line as a layer of the settings, by key; None where nothing was said.

        A budget in dollars is none of them: it goes into the session's log.
        """
        return {
            "task_budget": None if self.in_dollars else self.budget,
            "team.pool": self.team,
            "effort": self.effort,
            "model": self.model,
            "permissions.mode": "plan" if self.plan_only else self.mode,
            "limits.requests": self.requests,
            "theme": self.theme,
            "tag": self.tag,
            "time_zone": self.time_zone,
        }


class UsageError(Exception):
    """A wrong command line; the text is one sentence for people."""


class CommandLineParser(argparse.ArgumentParser):
    """Raises instead of printing a usage block, and knows its options by name."""

    def __init__(self, **given: Any) -> None:
        self.known: dict[str, argparse.Action] = {}
        """The options by name, those that the help does not list among them."""
        super().__init__(**given)

    def add_argument(self, *names: str, **given: Any) -> argparse.Action:
        """See `argparse.ArgumentParser`."""
        action = super().add_argument(*names, **given)
        self.known |= dict.fromkeys(action.option_strings, action)
        return action

    @property
    def offered(self) -> list[str]:
        """The names of the options that the help lists."""
        rows = self.known.items()
        return [name for name, action in rows if action.help != argparse.SUPPRESS]

    def error(self, message: str) -> NoReturn:
        """See `argparse.ArgumentParser`; raises `UsageError`."""
        raise UsageError(f"{message[:1].upper()}{message[1:]}. See {self.prog} --help.")


class _VersionAction(argparse.Action):
    """Prints the version and leaves; it is looked up only when it is wanted."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        from tui.printing import print_text

        print_text(f"glideslope {version('glideslope')}")
        parser.exit()


class _ModeAction(argparse.Action):
    """Takes a permission mode, also by the name that it has in other agents."""

    def __call__(
        self, parser: object, namespace: argparse.Namespace, mode: Any, option: str | None = None
    ) -> None:
        from tui.other_agents import MODES_ELSEWHERE, UNASKED_MODES_ELSEWHERE

        namespace.permission_mode = MODES_ELSEWHERE.get(mode, mode)
        if mode in UNASKED_MODES_ELSEWHERE:
            _choose_auto(namespace, f"{option} {mode}")


class _UnaskedAction(argparse.Action):
    """An option of other agents that lets the model work unasked; refuses a second mode."""

    def __call__(
        self, parser: object, namespace: argparse.Namespace, _: object, option: str | None = None
    ) -> None:
        if namespace.permission_mode not in (None, "auto"):
            raise UsageError(f"Choose one of {option} and --permission-mode.")
        _choose_auto(namespace, str(option))


def _choose_auto(namespace: argparse.Namespace, asked: str) -> None:
    from tui.other_agents import AUTO_REMARK

    namespace.permission_mode = "auto"
    namespace.remarks = [AUTO_REMARK.format(asked)]


def _add_options_of_other_agents(parser: CommandLineParser) -> None:
    """Options that the help does not list: what they ask for, the program has by another name."""
    hidden = argparse.SUPPRESS
    parser.set_defaults(remarks=[])
    parser.add_argument("--max-budget-usd", metavar="DOLLARS", help=hidden)
    parser.add_argument("--max-turns", metavar="REQUESTS", help=hidden)
    parser.add_argument("--last", dest="latest", action="store_true", help=hidden)
    parser.add_argument("--fork-session", dest="fork", action="store_true", help=hidden)
    parser.add_argument(
        "--dangerously-skip-permissions",
        "--dangerously-bypass-approvals-and-sandbox",
        "--yolo",
        "--full-auto",
        action=_UnaskedAction,
        nargs=0,
        help=hidden,
    )


def _budget_asked_for(found: argparse.Namespace) -> str | None:
    """The budget, given as ours or in dollars as other agents name it.

    Raises:
        UsageError: both were given.
    """
    budget: str | None = found.budget
    dollars: str | None = found.max_budget_usd
    if dollars is None:
        return budget
    if budget is not None:
        raise UsageError("Choose one of --budget and --max-budget-usd.")
    return f"${dollars.removeprefix('$')}"


def main_parser() -> CommandLineParser:
    """The parser of the main command."""
    parser = CommandLineParser(
        prog="glideslope",
        description="A terminal coding agent for Claude that is built around a token budget.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("prompt", nargs="*", metavar="PROMPT", help="what to work on; you can also type it later")
    add("--simulate", action="store_true", help="work offline with the simulator; needs no key")
    add(
        "--budget",
        metavar="N",
        help="the budget: tokens (200k; the API takes 20k or more), dollars ('$5'), or off",
    )
    add(
        "--team",
        metavar="N",
        help="let the model delegate to agents, out of a pool of N tokens beside the budget",
    )
    add(
        "--effort",
        metavar="LEVEL",
        help="how deep the model works: low, medium, high, xhigh or max",
    )
    add("--model", "-m", metavar="ID", help="the model, such as claude-opus-5-5")
    add(
        "--permission-mode",
        metavar="MODE",
        action=_ModeAction,
        help="what needs your permission: ask, edits, plan or auto",
    )
    add(
        "-c",
        "--continue",
        dest="latest",
        action="store_true",
        help="continue the last session of this folder",
    )
    add(
        "-r",
        "--resume",
        nargs="?",
        const="",
        metavar="ID|NAME",
        help="resume a session; without a name, choose one",
    )
    add(
        "--fork",
        action="store_true",
        help="with -c or -r: go on in a copy; the session stays as it is",
    )
    add(
        "--accept-damage",
        action="store_true",
        help="with -p and -c or -r: go on even if part of the session was lost",
    )
    add(
        "-p",
        "--print",
        nargs="?",
        metavar="PROMPT",
        help="run without a screen and print the answer",
    )
    add(
        "--plan-only",
        action="store_true",
        help="with -p: print a plan and its price, and change nothing",
    )
    add(
        "--plan",
        metavar="FILE",
        help="with -p: carry out the plan that --plan-only printed as JSON",
    )
    add(
        "--output-format",
        choices=("text", "json", "stream-json"),
        default="text",
        help="the format that -p prints",
    )
    add(
        "--on-limit",
        choices=("wrap", "pause", "stop"),
        help="at a limit: wrap up with a report, save and pause, or stop at once",
    )
    add(
        "--trust",
        action="store_true",
        help="use the settings and memory files of this folder, for this run",
    )
    add("--tag", metavar="NAME", help="count the session for the monthly budget of a tag")
    add("--timezone", metavar="ZONE", help="where days and months begin, such as Europe/Berlin")
    add("--theme", metavar="NAME", help="colours of the screen")
    add(
        "--pace",
        metavar="N",
        help="speed of the simulator in tokens per second, or max (max with -p, else 80)",
    )
    add("--version", "-V", "-v", action=_VersionAction, nargs=0, help="print the version")
    add("--ends-with-input", action="store_true", help=argparse.SUPPRESS)
    add("--copy-of", metavar="FOLDER", type=Path, help=argparse.SUPPRESS)
    _add_options_of_other_agents(parser)
    return parser


def current_folder() -> Path:
    """The folder to work in: the one the program was started in.

    Raises:
        UsageError: it is gone.
    """
    try:
        return Path.cwd()
    except OSError as error:
        raise UsageError(
            "The folder you are in does not exist any more: change to another and start again."
        ) from error


@dataclass(slots=True)
class _SplitArguments:
    """A command line, taken apart."""

    options: list[str] = field(default_factory=list)
    """Options and their values, for the parser."""
    words: list[str] = field(default_factory=list)
    """Words of the prompt, or of a command."""
    headless: bool = False
    literal: bool = False
    """Whether the words came behind `--`."""

    def take_argument(
        self, argument: str, rest: list[str], known: Mapping[str, argparse.Action]
    ) -> None:
        """Take one argument, and its value from `rest`."""
        name, assigned, value = argument.partition("=")
        if name in ("-p", "--print", "-cp"):
            self.headless = True
            if name == "-cp":
                self.options.append("-c")
            if assigned:
                self.words.append(value)
            elif rest and rest[0].startswith("-") and _is_prompt(rest[0], known):
                self.words.append(rest.pop(0))
        elif argument.startswith("-p"):
            self.headless = True
            self.words.append(argument[2:])
        elif argument.startswith("-") and argument != "-":
            self.options.append(argument)
            action = known.get(argument)
            optional = action is not None and action.nargs == "?"
            if action is None or action.nargs == 0 or not rest or rest[0] == "--":
                return
            if rest[0] not in known and not (optional and rest[0].startswith("-")):
                self.options.append(rest.pop(0))
        else:
            self.words.append(argument)


def _split_arguments(
    arguments: Sequence[str], known: Mapping[str, argparse.Action]
) -> _SplitArguments:
    """Options apart from words, wherever they are: a prompt may begin with a dash."""
    found, rest = _SplitArguments(), list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            found.literal = bool(rest) and not found.words
            found.words += rest
            break
        found.take_argument(argument, rest, known)
    return found


def _is_prompt(text: str, known: Mapping[str, argparse.Action]) -> bool:
    """Whether what follows -p and begins with a dash is a prompt."""
    from tui.wrong_command_lines import may_be_option

    return not may_be_option(text, known)


def parse_options(arguments: Sequence[str]) -> CommandLineOptions:
    """The options in `arguments`; `--help` and `--version` print and leave.

    Raises:
        UsageError: something is unknown, missing or contradictory.
        SystemExit: `--help` or `--version` was given.
    """
    line = main_parser()
    given = _split_arguments(arguments, line.known)
    found, unknown = line.parse_known_args(given.options)
    if unknown:
        from tui.wrong_command_lines import unknown_option_sentence

        raise UsageError(unknown_option_sentence(unknown[0], line.offered))
    resume = "latest" if found.latest else found.resume
    if given.words and not given.headless and not given.literal:
        resume = _session_to_resume(given.words, resume)
    _reject_contradictions(found, given, resume)
    return CommandLineOptions(
        prompt=" ".join(given.words),
        literal=given.literal,
        headless=given.headless,
        simulate=found.simulate,
        pace=found.pace or ("max" if given.headless else _READING_SPEED),
        budget=_budget_asked_for(found),
        team=found.team,
        effort=found.effort,
        model=found.model,
        mode=found.permission_mode,
        requests=found.max_turns,
        theme=found.theme,
        tag=found.tag,
        time_zone=found.timezone,
        resume=resume,
        fork=found.fork,
        accept_damage=found.accept_damage,
        plan_only=found.plan_only,
        plan_file=None if found.plan is None else Path(found.plan),
        on_limit=found.on_limit,
        trust=found.trust,
        output=found.output_format,
        remarks=tuple(found.remarks),
        ends_with_input=found.ends_with_input,
        copy_of=found.copy_of,
        folder=current_folder(),
    )


def requested_output(arguments: Sequence[str]) -> str:
    """What a run is to print, as far as a command line says that can be wrong elsewhere."""
    options = list(arguments)
    if "--" in options:
        options = options[: options.index("--")]
    asked = "text"
    for at, option in enumerate(options):
        name, _, assigned = option.partition("=")
        value = options[at + 1] if at + 1 < len(options) else ""
        if name == "--output-format" and (assigned or value) in ("json", "stream-json"):
            asked = assigned or value
    return asked


def _reject_contradictions(
    found: argparse.Namespace, given: _SplitArguments, resume: str | None
) -> None:
    """Refuse what contradicts itself.

    Raises:
        UsageError: it does.
    """
    if found.latest and found.resume is not None:
        raise UsageError("Choose one of --continue and --resume.")
    if found.fork and resume is None:
        raise UsageError("--fork goes with --continue or --resume.")
    if found.fork and resume == "":
        raise UsageError("With --fork, --resume needs the id or name of a session.")
    if found.accept_damage and not (given.headless and resume):
        raise UsageError("--accept-damage goes with -p and --continue or --resume.")
    if given.headless and resume == "":
        raise UsageError("With -p, --resume needs the id or name of a session.")
    if found.plan_only and not given.headless:
        raise UsageError("--plan-only goes with -p.")
    if found.plan_only and found.permission_mode not in (None, "plan"):
        raise UsageError("Choose one of --plan-only and --permission-mode.")
    if found.plan is not None and not given.headless:
        raise UsageError("--plan goes with -p.")
    if found.plan is not None and (found.plan_only or found.permission_mode == "plan"):
        raise UsageError("--plan carries a plan out: it goes with no other plan option.")
    if found.output_format != "text" and not given.headless:
        raise UsageError("--output-format goes with -p.")
    pace = found.pace
    if pace not in (None, "max") and not (pace.isdigit() and int(pace)):
        raise UsageError(f"--pace takes tokens a second or max, not {pace!r}.")


def _session_to_resume(words: list[str], resume: str | None) -> str | None:
    """Which session to resume, `resume` and `continue` being words for that.

    Those words are taken out of `words`.

    Raises:
        UsageError: the words begin with a command that there is not, or not there.
    """
    command, rest = words[0], words[1:]
    if command == "resume" and len(rest) < 2 and (resume is None or not rest):
        words.clear()
        return rest[0] if rest else resume or ""
    if command == "continue" and not rest and resume is None:
        words.clear()
        return "latest"
    from tui.wrong_command_lines import mistaken_subcommand_sentence

    if why := mistaken_subcommand_sentence(command, rest, SUBCOMMANDS):
        raise UsageError(f"{why} To send it as a prompt: glideslope -- {shlex.join(words)}")
    return resume
