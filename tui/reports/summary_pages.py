"""Answers of the program itself, as Markdown: budget, cost, usage, context, settings, help."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from tui.budget.dollars_to_tokens import MIN_CHARGED
from tui.budget.hard_limits import HARD_LIMITS, limit_text
from tui.budget.meters import BilledMeter, BudgetMeter, ContextMeter, DollarMeter, Meters, TeamMeter
from tui.budget.stages import StageThresholds
from tui.commands import COMMANDS, Command
from tui.number_format import (
    count_with_noun,
    format_dollars,
    format_duration,
    format_percent,
    format_tokens,
    mark_estimate,
)
from tui.reports.budget_legend import METER_LEGEND, stage_legend
from tui.reports.budget_words import NO_SUBTASK, dollar_words, fit_words, price_words
from tui.reports.cache_cost_text import cache_status_sentences
from tui.reports.limit_words import limit_left
from tui.reports.monthly_budget_rows import origin_rows, used_rows
from tui.reports.team_page import pool_rows
from tui.session.context_usage import ContextPart, context_usage
from tui.session.usage_breakdown import Grouping, UsageGroup, group_usage
from tui.settings.key_names import key_label
from tui.settings.last_theme import CHOSEN
from tui.settings.problems import Layer

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.session.state import SessionState
    from tui.session.usage_details import UsageDetails
    from tui.settings.keymap import Keymap

MOST_PARTS = 40
"""Rows of a table of parts; the newest are shown."""
MAX_PROMPT_CHARACTERS = 40
"""Characters of a prompt that name its turn."""
WRITING_CONTEXTS = ("app", "composer")
"""Contexts whose keys work while writing."""


def markdown_table(
    head: tuple[str, ...], rows: Iterable[tuple[str, ...]], *, figures: tuple[int, ...] = ()
) -> str:
    """A Markdown table; cells are escaped, and the columns `figures` are aligned to the right."""
    return table_of_markdown(
        head, (tuple(map(escape_markdown, row)) for row in rows), figures=figures
    )


def table_of_markdown(
    head: tuple[str, ...], rows: Iterable[tuple[str, ...]], *, figures: tuple[int, ...] = ()
) -> str:
    """A Markdown table whose cells are Markdown."""
    rules = " | ".join("---:" if at in figures else "---" for at in range(len(head)))
    lines = [f"| {' | '.join(head)} |", f"| {rules} |"]
    lines += [f"| {' | '.join(cells)} |" for cells in rows]
    return "\n".join(lines)


_BURN_DOWN_WORDS = 10
"""Figures of the burn-down in words, at most."""
_BAR_CELLS = 16
"""Cells of the longest bar on the page of the context."""
_ESCAPES = str.maketrans({c: f"\\{c}" for c in "\\`*_{}<>#+-.!|~$&"} | {"[": "&#91;", "]": "&#93;"})


def escape_markdown(text: str) -> str:
    """Foreign text as one cell or one phrase of Markdown.

    Round brackets need no escape, and square ones are entities: with a backslash before it a
    bracket opens mathematics.
    """
    flat = " ".join(text.split())
    return flat.translate(_ESCAPES)


def budget_summary(figures: Meters) -> str:
    """What is granted, used and left of the budget, and who tells the model."""
    meter = figures.budget
    if figures.dollars is not None:
        return _dollar_budget(figures, figures.dollars)
    if meter is None:
        spent = mark_estimate(format_tokens(figures.spent), bool(figures.unsettled))
        none = f"**No budget.** {spent} tokens used in this session."
        how = "Set one with `/budget 200k` or `/budget $5`."
        return "\n\n".join([f"{none} {how}", *_pool(figures.team), *_other_limits(figures)])
    scope = "the whole session" if meter.scope == "session" else "each prompt"
    told = {
        "api": "The API shows the model a countdown of it.",
        "notes": "The model cannot see a budget by itself: the program tells it in notes what is "
        "left.",
        "nobody": "The model cannot see it: only the program counts.",
    }[meter.countdown_source]
    estimated = meter.estimated
    return "\n\n".join(
        [
            f"**Budget** of {format_tokens(meter.grant)} tokens for {scope}. {told}",
            markdown_table(
                ("", "tokens"),
                [
                    ("used", mark_estimate(f"{meter.used:,}", estimated)),
                    ("left", mark_estimate(f"{meter.left:,}", estimated)),
                    *_budget_seen_by_model(meter),
                    ("of which kept for the wrap-up", f"{meter.reserve:,}"),
                    ("stage", meter.stage.word),
                ],
                figures=(1,),
            ),
            *_burn_down(meter),
            *_pool(figures.team),
            *_other_limits(figures),
            "`/budget +50k` extends it, `/budget off` removes it, "
            "`/budget scope turn` gives each prompt its own. `/help budget` explains the stages.",
        ]
    )


def _burn_down(meter: BudgetMeter) -> Iterable[str]:
    """The burn-down in words, for those who read no picture; nothing before two requests."""
    lefts = [left for seconds, left in meter.burn_down if seconds > 0]
    if len(lefts) > 1:
        step = -(-len(lefts) // _BURN_DOWN_WORDS)
        shown = ", ".join(format_tokens(left) for left in lefts[::-step][::-1])
        yield f"Burn-down, tokens left over the requests so far: {shown}."


def _dollar_budget(figures: Meters, meter: DollarMeter) -> str:
    """A limit in dollars without a token budget, in words."""
    later = "Set a token budget with `/budget 200k`."
    if meter.budget_follows:
        later = f"The program works out a token budget after {MIN_CHARGED:,} used tokens."
    spent = mark_estimate(f"{figures.spent:,}", bool(figures.unsettled))
    rest = "dollars left" if meter.left >= 0 else "dollars over the limit"
    rows = [
        ("dollars used", mark_estimate(format_dollars(meter.used), meter.estimated)),
        (rest, mark_estimate(format_dollars(abs(meter.left)), meter.estimated)),
        ("tokens used", spent),
        ("stage", meter.stage.word),
    ]
    head = f"**Budget** of {format_dollars(meter.limit)} for the whole session: a hard limit."
    return "\n\n".join(
        [
            f"{head} {later}",
            markdown_table(("", ""), rows, figures=(1,)),
            *_pool(figures.team),
            *_other_limits(figures),
        ]
    )


def _pool(team: TeamMeter | None) -> Iterable[str]:
    """What became of the pool for agents; nothing without one."""
    if team is None:
        return
    yield markdown_table(("pool for agents", "tokens"), pool_rows(team), figures=(1,))
    yield "`/budget +50k --team` adds to the pool, and `/agents` shows who uses it."


def _budget_seen_by_model(meter: BudgetMeter) -> Iterable[tuple[str, str]]:
    """What the model sees left, where it has not been told of everything that broke off."""
    return (
        [("left as the model sees it", f"≈ {meter.left_for_model:,}")] if meter.unannounced else []
    )


def _other_limits(figures: Meters) -> Iterable[str]:
    """The hard limits in force, and the monthly budgets; nothing without any.

    Of the one in dollars it says what is spent, of a monthly budget also what happens at its end.
    """
    rows = []
    for name in HARD_LIMITS:
        value = figures.hard_limits.value(name)
        if value is None:
            continue
        remark = ""
        if name == "dollars":
            remark = f"{format_dollars(figures.billed.total_dollars or Decimal(0))} spent"
            if not figures.priced:
                remark = "cannot be checked: the price of this model is not known"
        rows.append((limit_text(name, value), remark))
    if rows:
        yield markdown_table(("hard limit", ""), rows)
    if monthly := origin_rows(figures.monthly):
        yield markdown_table(("all sessions of the month", ""), monthly)


def cost_summary(figures: Meters) -> str:
    """What was billed, by class."""
    billed = figures.billed
    known = figures.priced and not billed.unpriced
    price = "nothing yet" if known else "price unknown"
    if billed.total_dollars is not None:
        price = f"{format_dollars(billed.total_dollars)} at list price (an estimate)"
    if billed.agent_dollars:
        price += f", {format_dollars(billed.agent_dollars)} of it for agents"
    lines = [
        f"**Cost** of this session: {escape_markdown(price)}.",
        markdown_table(
            ("class", "tokens billed"),
            [
                (name, mark_estimate(f"{count:,}", billed.estimated))
                for name, count in (
                    ("input, not cached", billed.input),
                    ("input, written to the cache", billed.cache_write),
                    ("input, read from the cache", billed.cache_read),
                    ("output", billed.output),
                    ("all", billed.tokens),
                )
            ],
            figures=(1,),
        ),
    ]
    if billed.unpriced:
        requests = count_with_noun(billed.unpriced, "request")
        lines.append(f"The sum leaves out {requests} at an unknown price.")
    lines.append(
        "`/cost by turn` breaks it down; so do `by model`, `subtask`, `agent` and `request`."
    )
    return "\n\n".join(lines)


def usage_summary(figures: Meters, now: float) -> str:
    """The five meters in one table.

    Args:
        figures: The meters.
        now: Seconds since the Unix epoch.
    """
    billed, context = figures.billed, figures.context
    rows: list[tuple[str, str]] = [("budget", _budget_words(figures))]
    rows += [(name, words) for name, words in _ahead(figures) if words]
    price = price_words(billed, priced=figures.priced)
    if figures.turn_dollars is not None:
        turn = mark_estimate(format_dollars(figures.turn_dollars), figures.turn_estimated)
        price += f", {turn} in this turn"
    cached = (
        "" if billed.cached_share is None else f", {format_percent(billed.cached_share)} cached"
    )
    paid = mark_estimate(format_tokens(billed.tokens), billed.estimated)
    rows.append(("billed", f"{paid} tokens{cached}, {price}"))
    rows.append(("context", f"{_fill(context)} used of {_window(context)}"))
    rows += [
        (f"account: {limit.name.replace('-', ' ')}", limit_left(limit, now))
        for limit in figures.limits
    ]
    rows += used_rows(figures.monthly)
    pace = figures.per_minute
    charged = "" if pace is None else f", {format_tokens(round(pace))} tokens charged a minute"
    paced = ""
    if figures.paced_seconds >= 1:
        paced = f"; requests waited {format_duration(figures.paced_seconds)} for a rate limit"
    rows.append(("time", f"{format_duration(figures.working_seconds)} of work{charged}{paced}"))
    apart = (
        "`/usage by turn` breaks these figures down; so do `by model`, `subtask`, `agent` and "
        "`request`. `/help usage` explains them."
    )
    return f"{markdown_table(('meter', ''), rows)}\n\n{apart}"


def _ahead(figures: Meters) -> Iterable[tuple[str, str]]:
    """How far what is left goes: the stage, whether the plan fits, and requests of this size."""
    budget = figures.budget
    if budget is not None:
        yield "stage", f"{budget.stage.word}, {format_tokens(budget.reserve)} kept for the wrap-up"
    yield "plan", fit_words(figures.forecast, figures.fit)
    if budget is not None and budget.requests_left is not None:
        requests = count_with_noun(budget.requests_left, "more request")
        yield "requests", f"about {requests} of the recent size before the landing"


def _window(meter: ContextMeter) -> str:
    """Tokens that the model can hold."""
    return mark_estimate(format_tokens(meter.window), meter.assumed)


def _fill(meter: ContextMeter) -> str:
    """Tokens in the context window."""
    return mark_estimate(format_tokens(meter.used), meter.estimated)


def meters_by_part(state: "SessionState", statement: "UsageDetails", by: Grouping) -> str:
    """The meters taken apart: a row for each part, and one for all of them."""
    found = group_usage(state.ledger.entries.values(), statement.bill_lines, by)
    rows = [_part_row(_part_name(state, by, cut), cut) for cut in found[-MOST_PARTS:]]
    whole = UsageGroup(None)
    for cut in found:
        whole.add(cut)
    rows.append(_part_row("all", whole))
    head = (by, "requests", "budget used", "billed", "cached", "dollars", "context", "answering")
    lines = [markdown_table(head, rows, figures=tuple(range(1, len(head))))]
    if len(found) > MOST_PARTS:
        lines.append(f"The last {MOST_PARTS} of {len(found):,}; `/entries` has them all.")
    return "\n\n".join(lines)


def _part_row(name: str, cut: UsageGroup) -> tuple[str, ...]:
    billed = BilledMeter(dollars=cut.dollars, unpriced=cut.unpriced, estimated=cut.estimated)
    return (
        name,
        f"{cut.requests:,}",
        mark_estimate(format_tokens(cut.charged), bool(cut.unsettled)),
        mark_estimate(format_tokens(cut.billed), cut.estimated),
        format_tokens(cut.cached),
        price_words(billed),
        format_tokens(cut.context),
        format_duration(cut.seconds),
    )


def _part_name(state: "SessionState", by: Grouping, cut: UsageGroup) -> str:
    """What a part is called: a prompt by its first words, a subtask by its title."""
    key = cut.key
    if by == "turn" and isinstance(key, int):
        said = state.prompts[key - 1] if 0 < key <= len(state.prompts) else ""
        words = said.strip().partition("\n")[0][:MAX_PROMPT_CHARACTERS]
        return f"{key} · {words}" if words else str(key or "between prompts")
    if by == "subtask":
        known = state.checklist.get(str(key))
        return known.title if known else str(key or NO_SUBTASK)
    if by == "model":
        return str(key).removeprefix("claude-")
    return str(key)


def _budget_words(figures: Meters) -> str:
    meter, dollar = figures.budget, figures.dollars
    if dollar is not None:
        used, left, of = dollar_words(dollar)
        return f"{used} used, {left} {of}"
    if meter is None:
        return f"none; {mark_estimate(format_tokens(figures.spent), bool(figures.unsettled))} used"
    sign = "≈ " if meter.estimated else ""
    spent, rest = format_tokens(meter.used), format_tokens(meter.left)
    return f"{sign}{spent} used, {sign}{rest} left of {format_tokens(meter.grant)}"


def context_summary(opened: "OpenSession", figures: Meters) -> str:
    """How full the context window is, and how long the cache stays warm."""
    meter = figures.context
    share = meter.used / meter.window if meter.window else 0
    messages = len(opened.state.conversation.messages)
    found = context_usage(opened.state)
    lines = [
        f"**Context** {_fill(meter)} used of {_window(meter)} "
        f"({escape_markdown(format_percent(share))}), {messages} messages. "
        f"{escape_markdown(cache_status_sentences(opened))}"
    ]
    if found.parts:
        most = max(part.tokens for part in found.parts)
        rows = [(part.name, _weight(part), _bar(part.tokens, most)) for part in found.parts]
        if meter.waiting:
            waiting = mark_estimate(format_tokens(meter.waiting), True)
            rows.append(("waiting to be sent", waiting, ""))
        lines.append(markdown_table(("filled by", "tokens used", "share"), rows, figures=(1,)))
    if found.largest:
        largest = [(part.name, _weight(part)) for part in found.largest]
        lines.append(markdown_table(("largest results", "tokens used"), largest, figures=(1,)))
    if found.parts:
        lines.append("`/compact` shortens the conversation.")
    return "\n\n".join(lines)


def _bar(tokens: int, most: int) -> str:
    """A bar for `tokens`, as long as the longest one is for `most`."""
    return "█" * round(_BAR_CELLS * tokens / most) or "▏"


def _weight(part: ContextPart) -> str:
    return mark_estimate(format_tokens(part.tokens), part.estimated)


def setting_text(opened: "OpenSession", key: str, theme: str) -> tuple[str, str]:
    """A setting as it holds now, and who set it.

    Args:
        opened: The session.
        key: Of the setting.
        theme: What the screen is painted with: it holds for all sessions, so no log has it.
    """
    said = opened.setting(key)
    if key == "theme" and said.text != theme:
        # Where settings name another one, it holds until the program ends.
        by_settings = said.origin != Layer.BUILT_IN.label
        by = Layer.SESSION.label if by_settings else f"{Layer.USER.label}, {CHOSEN}"
        return theme, by
    return said


def settings_text(opened: "OpenSession", theme: str) -> str:
    """Every setting with its value and the layer that set it; what somebody set is bold.

    Args:
        opened: The session.
        theme: What the screen is painted with.
    """
    rows = []
    for key in opened.resolved.values:
        words, origin = map(escape_markdown, setting_text(opened, key, theme))
        if origin != escape_markdown(Layer.BUILT_IN.label):
            words = f"**{words}**"
        rows.append((escape_markdown(key), words, origin))
    lines = [table_of_markdown(("setting", "value", "set by"), rows)]
    refused = [each.sentence for each in opened.resolved.problems if each.loosens]
    lines += map(escape_markdown, (*opened.unused_file_sentences, *refused))
    return "\n\n".join(lines)


def help_page(keymap: "Keymap") -> str:
    """The help page: every command with its slash name and its shortest key, in one table."""
    rows: list[tuple[str, str, str]] = []
    for group in dict.fromkeys(command.group for command in COMMANDS):
        rows += [("", "", "")] if rows else []
        rows.append((f"**{group}**", "", ""))
        rows += [_help_row(each, keymap) for each in COMMANDS if each.group == group]
    head = (
        "Type a command, or press its key. `/help budget` explains one command; `/keys` lists "
        "every key."
    )
    return f"{head}\n\n" + table_of_markdown(("command", "key", "what it does"), rows)


def _help_row(command: Command, keymap: "Keymap") -> tuple[str, str, str]:
    """One command; keys that only work at a landing block say so."""
    key = next(iter(command_key_labels(command, keymap)), "")
    at_block = " (at the landing block)" if key and command.context == "budget" else ""
    also = f" (also {', '.join(f'`/{name}`' for name in command.slash[1:3])})"
    return (
        f"/{command.slash[0]}" if command.slash else "",
        f"`{key}`" if key else "",
        _help_cell(command.help + at_block + (also if command.slash[1:] else "")),
    )


def _help_cell(words: str) -> str:
    """Words of the table of commands as a cell."""
    return words.replace("|", "\\|")


def command_help(
    command: Command, keymap: "Keymap", thresholds: StageThresholds = StageThresholds()
) -> str:
    """The help of one command: what it does, its names, its keys, the words of its page.

    Args:
        command: The command.
        keymap: The keys in use.
        thresholds: Where the stages of a budget begin.
    """
    lines = [f"**{escape_markdown(command.title)}** · {_help_cell(command.help)}"]
    facts = []
    if command.slash:
        facts.append(f"`/{command.slash[0]} {command.args}".rstrip() + "`")
    if command.slash[1:]:
        facts.append("also " + ", ".join(f"`/{name}`" for name in command.slash[1:]))
    if keys := command_key_labels(command, keymap):
        facts.append("keys " + ", ".join(f"`{key}`" for key in keys))
    facts.append(f"`{command.id}` is its name in `keybindings.toml`")
    help = "\n".join([*lines, "", *(f"- {fact}" for fact in facts)])
    return "\n\n".join([help, *_legend(command, thresholds)])


def _legend(command: Command, thresholds: StageThresholds) -> Iterable[str]:
    """What the words on the page of a command mean; nothing for most commands."""
    if command.id == "usage.show":
        yield f"The five meters:\n\n{METER_LEGEND}"
    if command.id in ("budget.show", "usage.show"):
        yield f"The stages of a budget:\n\n{stage_legend(thresholds)}"


def command_key_labels(command: Command, keymap: "Keymap") -> list[str]:
    """The keys of a command as people write them, the shortest first."""
    return sorted(map(key_label, keymap.keys.get(command.id, ())), key=len)


def palette_key(command: Command, keymap: "Keymap") -> str:
    """A key that works wherever the palette was opened; empty without one."""
    return (
        next(iter(command_key_labels(command, keymap)), "")
        if command.context in WRITING_CONTEXTS
        else ""
    )


def keys_page(keymap: "Keymap", path: str) -> str:
    """All keys, and how to change them."""
    rows = [
        (
            escape_markdown(each.id),
            " ".join(f"`{key}`" for key in command_key_labels(each, keymap)),
            each.title,
        )
        for each in COMMANDS
    ]
    head = f'To change them, write `id = "key"` in `{path}`; `"none"` removes a key.'
    return head + "\n\n" + table_of_markdown(("id", "keys", "command"), rows)
