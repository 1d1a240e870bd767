"""Answers of the program itself, as Markdown: budget, cost, usage, context, settings, help."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from tui.budget.fuses import FUSES, limit_words
from tui.budget.meters import BilledMeter, BudgetMeter, ContextMeter, DollarMeter, Meters
from tui.budget.sizing import LEAST_CHARGED
from tui.commands import COMMANDS, Command
from tui.numbers import approximately, counted, dollars, duration, percent, tokens
from tui.screens.changes import cache_sentences
from tui.session.cuts import By, Cut, cuts
from tui.session.filling import Part, filling
from tui.settings.keys import key_label
from tui.settings.last_theme import CHOSEN
from tui.settings.problems import Layer
from tui.widgets.budget_words import dollar_figures, price_words

if TYPE_CHECKING:
    from tui.agent.opened import Opened
    from tui.session.state import SessionState
    from tui.session.statement import Statement
    from tui.settings.keymap import Keymap

MOST_PARTS = 40
"""Rows of a table of parts; the newest are shown."""
MOST_SAID = 40
"""Characters of a prompt that name its turn."""
EVERYWHERE = ("app", "composer")
"""Contexts whose keys work while writing."""


def table(
    head: tuple[str, ...], rows: Iterable[tuple[str, ...]], *, figures: tuple[int, ...] = ()
) -> str:
    """A Markdown table; cells are escaped, and the columns `figures` stand to the right."""
    return marked_table(head, (tuple(map(escape, row)) for row in rows), figures=figures)


def marked_table(
    head: tuple[str, ...], rows: Iterable[tuple[str, ...]], *, figures: tuple[int, ...] = ()
) -> str:
    """A Markdown table whose cells are Markdown."""
    rules = " | ".join("---:" if at in figures else "---" for at in range(len(head)))
    lines = [f"| {' | '.join(head)} |", f"| {rules} |"]
    lines += [f"| {' | '.join(cells)} |" for cells in rows]
    return "\n".join(lines)


def escape(text: str) -> str:
    """Foreign text as one cell or one phrase of Markdown."""
    flat = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>()#+-.!|~" else c for c in flat)


def budget(figures: Meters) -> str:
    """The budget, in words."""
    meter = figures.budget
    if figures.dollars is not None:
        return _dollar_budget(figures, figures.dollars)
    if meter is None:
        spent = approximately(tokens(figures.spent), bool(figures.unsettled))
        none = f"**No budget.** {spent} tokens used in this session."
        how = "Give one with `/budget 200k`, or `/budget $5`."
        return "\n\n".join([f"{none} {how}", *_hard_limits(figures)])
    scope = "the whole session" if meter.scope == "session" else "each prompt"
    told = {
        "api": "The API shows the model a countdown of it.",
        "notes": "The model cannot see a budget by itself: notes tell it what is left.",
        "nobody": "The model cannot see it: the program alone keeps the count.",
    }[meter.teller]
    estimated = meter.estimated
    return "\n\n".join(
        [
            f"**Budget** of {tokens(meter.grant)} tokens for {scope}. {told}",
            table(
                ("", "tokens"),
                [
                    ("used", approximately(f"{meter.used:,}", estimated)),
                    ("left", approximately(f"{meter.left:,}", estimated)),
                    *_as_seen(meter),
                    ("of which kept for the wrap-up", f"{meter.reserve:,}"),
                    ("stage", meter.stage.word),
                ],
                figures=(1,),
            ),
            *_hard_limits(figures),
            "`/budget +50k` extends it, `/budget off` takes it away, "
            "`/budget scope turn` gives each prompt its own.",
        ]
    )


def _dollar_budget(figures: Meters, meter: DollarMeter) -> str:
    """A limit in dollars without a token budget, in words."""
    later = "Give a token budget with `/budget 200k`."
    if meter.follows:
        later = f"A token budget is worked out after {LEAST_CHARGED:,} tokens are used."
    spent = approximately(f"{figures.spent:,}", bool(figures.unsettled))
    rest = "dollars left" if meter.left >= 0 else "dollars over the limit"
    rows = [
        ("dollars used", approximately(dollars(meter.used), meter.estimated)),
        (rest, approximately(dollars(abs(meter.left)), meter.estimated)),
        ("tokens used", spent),
        ("stage", meter.stage.word),
    ]
    head = f"**Budget** of {dollars(meter.limit)} for the whole session: a hard limit."
    return "\n\n".join(
        [f"{head} {later}", table(("", ""), rows, figures=(1,)), *_hard_limits(figures)]
    )


def _as_seen(meter: BudgetMeter) -> Iterable[tuple[str, str]]:
    """What the model sees left, where it has not been told of everything that broke off."""
    return [("left as the model sees it", f"≈ {meter.seen_left:,}")] if meter.untold else []


def _hard_limits(figures: Meters) -> Iterable[str]:
    """The fuses in force, and what is spent of the one in dollars; nothing without any."""
    rows = []
    for fuse in FUSES:
        value = figures.fuses.value(fuse)
        if value is None:
            continue
        stands = ""
        if fuse == "dollars":
            stands = f"{dollars(figures.billed.dollars or Decimal(0))} spent"
            if not figures.priced:
                stands = "says nothing: the price of this model is not known"
        rows.append((limit_words(fuse, value), stands))
    if rows:
        yield table(("hard limit", ""), rows)


def cost(figures: Meters) -> str:
    """What was billed, by class."""
    billed = figures.billed
    known = figures.priced and not billed.unpriced
    price = "nothing yet" if known else "price unknown"
    if billed.dollars is not None:
        price = f"{dollars(billed.dollars)} at list price (an estimate)"
    lines = [
        f"**Cost** of this session: {escape(price)}.",
        table(
            ("class", "tokens billed"),
            [
                (name, approximately(f"{count:,}", billed.estimated))
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
        requests = counted(billed.unpriced, "request")
        lines.append(f"Price unknown: {requests}, not in the sum.")
    lines.append("`/cost by turn` and `by model`, `subtask`, `agent` or `request` take it apart.")
    return "\n\n".join(lines)


def usage(figures: Meters) -> str:
    """The five meters in one table."""
    billed, context = figures.billed, figures.context
    rows: list[tuple[str, str]] = [("budget", _budget_words(figures))]
    price = price_words(billed, priced=figures.priced)
    cached = "" if billed.cached_share is None else f", {percent(billed.cached_share)} cached"
    paid = approximately(tokens(billed.tokens), billed.estimated)
    rows.append(("billed", f"{paid} tokens{cached}, {price}"))
    rows.append(("context", f"{_fill(context)} used of {_window(context)}"))
    rows += [
        (f"account: {limit.name}", f"{limit.left:,} left of {limit.limit:,}")
        for limit in figures.limits
    ]
    pace = figures.per_minute
    charged = "" if pace is None else f", {tokens(round(pace))} tokens charged a minute"
    rows.append(("time", f"{duration(figures.working_seconds)} of work{charged}"))
    apart = "`/usage by turn` and `by model`, `subtask`, `agent` or `request` take them apart."
    return f"{table(('meter', ''), rows)}\n\n{apart}"


def _window(meter: ContextMeter) -> str:
    """Tokens that the model can hold."""
    return approximately(tokens(meter.window), meter.assumed)


def _fill(meter: ContextMeter) -> str:
    """Tokens in the context window."""
    return approximately(tokens(meter.used), meter.estimated)


def apart(state: "SessionState", statement: "Statement", by: By) -> str:
    """The meters taken apart: a row for each part, and one for all of them."""
    found = cuts(state.ledger.entries.values(), statement.lines, by)
    rows = [_part_row(_part_name(state, by, cut), cut) for cut in found[-MOST_PARTS:]]
    whole = Cut(None)
    for cut in found:
        whole.add(cut)
    rows.append(_part_row("all", whole))
    head = (by, "requests", "budget used", "billed", "cached", "dollars", "context", "answering")
    lines = [table(head, rows, figures=tuple(range(1, len(head))))]
    if len(found) > MOST_PARTS:
        lines.append(f"The last {MOST_PARTS} of {len(found):,}; `/entries` has them all.")
    return "\n\n".join(lines)


def _part_row(name: str, cut: Cut) -> tuple[str, ...]:
    billed = BilledMeter(dollars=cut.dollars, unpriced=cut.unpriced, estimated=cut.estimated)
    return (
        name,
        f"{cut.requests:,}",
        approximately(tokens(cut.charged), bool(cut.unsettled)),
        approximately(tokens(cut.billed), cut.estimated),
        tokens(cut.cached),
        price_words(billed),
        tokens(cut.context),
        duration(cut.seconds),
    )


def _part_name(state: "SessionState", by: By, cut: Cut) -> str:
    """What a part is called: a prompt by its first words, a subtask by its title."""
    key = cut.key
    if by == "turn" and isinstance(key, int):
        said = state.prompts[key - 1] if 0 < key <= len(state.prompts) else ""
        words = said.strip().partition("\n")[0][:MOST_SAID]
        return f"{key} · {words}" if words else str(key or "between prompts")
    if by == "subtask":
        known = state.checklist.get(str(key))
        return known.title if known else str(key or "unassigned")
    if by == "model":
        return str(key).removeprefix("claude-")
    return str(key)


def _budget_words(figures: Meters) -> str:
    meter, dollar = figures.budget, figures.dollars
    if dollar is not None:
        used, left = dollar_figures(dollar)
        return f"{used.plain}, {left.plain}"
    if meter is None:
        return f"none; {approximately(tokens(figures.spent), bool(figures.unsettled))} used"
    sign = "≈ " if meter.estimated else ""
    return (
        f"{sign}{tokens(meter.used)} used, {sign}{tokens(meter.left)} left of {tokens(meter.grant)}"
    )


def context(opened: "Opened", figures: Meters) -> str:
    """How full the context window is, and how long the cache stays warm."""
    meter = figures.context
    share = meter.used / meter.window if meter.window else 0
    messages = len(opened.state.conversation.messages)
    found = filling(opened.state)
    lines = [
        f"**Context** {_fill(meter)} used of {_window(meter)} "
        f"({escape(percent(share))}), {messages} messages. {escape(cache_sentences(opened))}"
    ]
    if found.parts:
        rows = [(part.name, _weight(part)) for part in found.parts]
        if meter.waiting:
            rows.append(("waiting to be sent", approximately(tokens(meter.waiting), True)))
        lines.append(table(("filled by", "tokens used"), rows, figures=(1,)))
    if found.largest:
        named = ", ".join(f"{part.name} {_weight(part)}" for part in found.largest)
        lines.append(f"Largest results: {escape(named)}.")
    if found.parts:
        lines.append("`/compact` shortens the conversation.")
    return "\n\n".join(lines)


def _weight(part: Part) -> str:
    return approximately(tokens(part.tokens), part.estimated)


def setting(opened: "Opened", key: str, theme: str) -> tuple[str, str]:
    """A setting as it holds now, and who set it.

    Args:
        opened: The session.
        key: Of the setting.
        theme: What the screen is painted with: it holds for all sessions, so no log has it.
    """
    said = opened.setting(key)
    if key == "theme" and said.words != theme:
        # Where settings name another one, it holds until the program ends.
        by_settings = said.origin != Layer.BUILT_IN.word
        by = Layer.SESSION.word if by_settings else f"{Layer.USER.word}, {CHOSEN}"
        return theme, by
    return said


def settings(opened: "Opened", theme: str) -> str:
    """Every setting with its value and the layer that set it; what somebody set is bold.

    Args:
        opened: The session.
        theme: What the screen is painted with.
    """
    rows = []
    for key in opened.resolved.values:
        words, origin = map(escape, setting(opened, key, theme))
        if origin != escape(Layer.BUILT_IN.word):
            words = f"**{words}**"
        rows.append((escape(key), words, origin))
    lines = ["**Settings**", marked_table(("setting", "value", "set by"), rows)]
    refused = [each.sentence for each in opened.resolved.problems if each.upward]
    lines += map(escape, (*opened.left_out, *refused))
    return "\n\n".join(lines)


def commands(keymap: "Keymap") -> str:
    """The help page: every command with its slash name and its shortest key, in one table."""
    rows: list[tuple[str, str, str]] = []
    for group in dict.fromkeys(command.group for command in COMMANDS):
        rows += [("", "", "")] if rows else []
        rows.append((f"**{group}**", "", ""))
        rows += [_help_row(each, keymap) for each in COMMANDS if each.group == group]
    head = (
        "**Help** · type a command, or press its key. `/help budget` tells all about one; "
        "`/keys` lists every key."
    )
    return f"{head}\n\n" + marked_table(("command", "key", "what it does"), rows)


def _help_row(command: Command, keymap: "Keymap") -> tuple[str, str, str]:
    """One command; keys that only work on a wrap-up card say so."""
    key = next(iter(labels_of(command, keymap)), "")
    on_card = " (on the wrap-up card)" if key and command.context == "budget" else ""
    return (
        f"/{command.slash[0]}" if command.slash else "",
        f"`{key}`" if key else "",
        _own(command.help + on_card),
    )


def _own(words: str) -> str:
    """Words of the table of commands, which may name a key in backticks, as a cell."""
    return words.replace("|", "\\|")


def command(command: Command, keymap: "Keymap") -> str:
    """All about one command."""
    lines = [f"**{escape(command.title)}** · {_own(command.help)}"]
    facts = []
    if command.slash:
        facts.append(f"`/{command.slash[0]} {command.args}".rstrip() + "`")
    if command.slash[1:]:
        facts.append("also " + ", ".join(f"`/{name}`" for name in command.slash[1:]))
    if keys := labels_of(command, keymap):
        facts.append("keys " + ", ".join(f"`{key}`" for key in keys))
    facts.append(f"`{command.id}` in keybindings")
    return "\n".join([*lines, "", *(f"- {fact}" for fact in facts)])


def labels_of(command: Command, keymap: "Keymap") -> list[str]:
    """The keys of a command as people write them, the shortest first."""
    return sorted(map(key_label, keymap.keys.get(command.id, ())), key=len)


def keys_of(command: Command, keymap: "Keymap") -> str:
    """A key that works wherever the palette was opened; empty without one."""
    return next(iter(labels_of(command, keymap)), "") if command.context in EVERYWHERE else ""


def keys(keymap: "Keymap", path: str) -> str:
    """All keys, and how to change them."""
    rows = [
        (escape(each.id), " ".join(f"`{key}`" for key in labels_of(each, keymap)), each.title)
        for each in COMMANDS
    ]
    head = f"**Keys** · change them in `{path}`, by id; `null` takes a key away"
    return head + "\n\n" + marked_table(("id", "keys", "command"), rows)
