"""What the last words of a turn tell about the work and the budget, as facts.

The API ends a turn that ran short of its task budget like any other (`end_turn`); only the
words tell. Structure comes first: unticked boxes, quantities such as "28 of 35", tables with
a state, headings of what is left. Then who does what and when: the model has stopped, has not
done, will continue, asks for a word to go on. Words in code and quotations say nothing, nor do
conditions ("if it is not done") or what the user has to do. Where none of these tell, the weights
of the words do (`tui.agent.word_weights`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui.agent.language_patterns import LanguagePatterns, languages_of
from tui.agent.message_text import Clause, MessageText, parse_message
from tui.agent.word_weights import is_whole_around, weightiest

MAX_CHARACTERS = 12_000
"""Characters of a message that are read: its beginning and its end."""
NEGATION_DISTANCE = 12
"""Characters between a word and the "nothing" that turns it round."""

_NOT_DONE = re.compile(
    r"^\W*(?:not (?:yet )?(?:started|done|begun|finished|converted)(?: yet)?|to ?do|open|pending"
    r"|outstanding|in progress|remaining|incomplete|missing|partial(?:ly done)?|wip|next|later"
    r"|nicht (?:angefangen|begonnen|erledigt|fertig)|offen|ausstehend|in arbeit|fehlt"
    r"|pas (?:commencé|fait)|à faire|en cours|en attente|non (?:commencé|fait)"
    r"|pendiente|sin (?:empezar|hacer)|por hacer|en curso|pendente|por fazer|não iniciado"
    r"|em andamento|未着手|未完了|未対応|作業中|対応中|保留|未开始|未完成|进行中|待处理|待办"
    r"|[☐❌⬜⏳🔲✗✘🚧🔄🟡🔜])\W*$",
    re.IGNORECASE,
)
"""A cell of a table that says that its row is not done."""
_DONE_CELL = re.compile(
    r"^\W*(?:(?:all )?done|finished|complete[d]?|converted|ok|ready|fixed|migrated|passed|fertig"
    r"|erledigt|fait|terminé|hecho|listo|completo|feito|pronto|完了|済み?|已完成|完成|[✅✔✓☑])\W*$",
    re.IGNORECASE,
)
_TICKS = frozenset("✅✔✓☑")
_CROSSES = frozenset("❌✗✘⬜⏳🚧🔄")
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "万": 10_000, "萬": 10_000}


@dataclass(frozen=True, slots=True)
class KnownBudget:
    """The budget of tokens that the model works with, as figures it may name."""

    grant: int
    left: int


@dataclass(frozen=True, slots=True)
class FinalMessage:
    """What a message says; every fact is the clause that says it, or empty."""

    work_left: str = ""
    """Work is left."""
    declines: str = ""
    """This budget is too small to begin, or to do what was asked."""
    refuses: str = ""
    """The same, and the model has not begun for that reason."""
    runs_low: str = ""
    """This budget is nearly used up, or the cause that the model stops."""
    needed_tokens: tuple[int, ...] = ()
    """Tokens that the model says it needs."""


def read_final_message(
    message: str, budget: KnownBudget | None = None, *, changed_files: bool = True
) -> FinalMessage:
    """What `message` says of the work and of the budget.

    Args:
        message: The last words of a turn, as Markdown.
        budget: The budget in force; None without one.
        changed_files: Whether the turn changed files. Where it did not, it is the answer to a
            question: then only patterns tell of work that is left, and no weights of words.
    """
    if len(message) > MAX_CHARACTERS:
        message = f"{message[: MAX_CHARACTERS // 2]}\n{message[-MAX_CHARACTERS // 2 :]}"
    said = parse_message(message)
    whole = " ".join(clause.text for clause in said.clauses)
    tongues = languages_of(whole)
    left = _unfinished_list_item(said)
    if not left:
        # The patterns are costly, so the rest of a message is read only if its beginning is silent.
        found = _found(said, whole, tongues)
        left = _unfinished_clause(said, found) if changed_files else next(found, "")
    declines = refuses = runs_low = ""
    if budget is not None:
        declines = next((each for t in tongues for each in _declines(said, t, budget)), "")
        refuses = next((each for t in tongues for each in _refuses(said, t, budget)), "")
        runs_low = next((each for t in tongues for each in _runs_low(said, t, budget)), "")
    needed = tuple(number for tongue in tongues for number in _needed_tokens(whole, tongue))
    return FinalMessage(left, declines or refuses, refuses, runs_low, needed)


# Work that is left -------------------------------------------------------------------


def _unfinished_list_item(said: MessageText) -> str:
    """An unticked box, signs of both kinds, or a row of a table that says that it is not done."""
    if said.open_boxes:
        return said.open_boxes[0]
    if mixed := next((each.text for each in said.clauses if _has_both_signs(each.text)), ""):
        return mixed
    states = [*said.cells, *(each.text.rpartition(":")[2] for each in said.clauses)]
    undone = next((state for state in states if _NOT_DONE.match(state)), "")
    return undone if any(map(_DONE_CELL.match, states)) else ""


def _has_both_signs(text: str) -> bool:
    """Whether a clause ticks one thing and crosses out another: "en ✔, fr ✘"."""
    return not _TICKS.isdisjoint(text) and not _CROSSES.isdisjoint(text)


def _unfinished_clause(said: MessageText, found: Iterator[str]) -> str:
    """The clause by which work is left: one that a pattern found, or one by its words' weights."""
    texts = [clause.text for clause in said.clauses]
    for part in found:
        if not is_whole_around(texts, next(at for at, text in enumerate(texts) if part in text)):
            return part
    return weightiest(texts)


def _found(said: MessageText, whole: str, tongues: Sequence[LanguagePatterns]) -> Iterator[str]:
    for tongue in tongues:
        yield from _work_left_clauses(said, whole, tongue)


def _work_left_clauses(said: MessageText, whole: str, tongue: LanguagePatterns) -> Iterator[str]:
    """The clauses that say that work is left."""
    if not tongue.reports.search(whole) and (hinted := _hinted_work(said, tongue)):
        yield hinted
    yield from _next_step_clauses(said, tongue)
    if said.clauses and _is_announced(said.clauses[-1].text, tongue):
        yield said.clauses[-1].text
    fine = tongue.rest_is_complete.search(whole) is not None
    for clause in said.clauses:
        if _is_heading(clause, tongue):
            yield clause.text
        for part in _split_at_contrast(clause.text, tongue):
            if _states_work_left(part, tongue) or (not fine and _counts_partial_work(part, tongue)):
                yield part


def _next_step_clauses(said: MessageText, tongue: LanguagePatterns) -> Iterator[str]:
    """The steps under a heading of what comes next that finish the work that was asked for."""
    under = False
    for clause in said.clauses:
        if tongue.next_steps.search(clause.text):
            under = True
        elif under and clause.is_list_item and tongue.finishing.search(clause.text):
            yield clause.text


def _is_announced(text: str, tongue: LanguagePatterns) -> bool:
    """Whether the last clause of a message says what the model is about to do."""
    found = tongue.announced.search(text)
    return (
        found is not None and _is_statement(text, tongue) and not _is_negated(found, text, tongue)
    )


def _hinted_work(said: MessageText, tongue: LanguagePatterns) -> str:
    """The first clause that hints, together with the one before it, in two ways at work left."""
    before: set[int] = set()
    for clause in said.clauses:
        found = {
            kind
            for part in _split_at_contrast(clause.text, tongue)
            for kind in _hints(part, tongue)
        }
        if found and len(found | before) > 1:
            return clause.text
        before = found
    return ""


def _hints(text: str, tongue: LanguagePatterns) -> set[int]:
    """The kinds of hints in a part of a clause."""
    if tongue.nothing.search(text) or not _is_statement(text, tongue):
        return set()
    return {kind for kind, hint in enumerate(tongue.hints) if hint.search(text)}


def _is_heading(clause: Clause, tongue: LanguagePatterns) -> bool:
    found = tongue.headings.search(clause.text)
    return found is not None and not tongue.nothing.search(clause.text)


def _split_at_contrast(text: str, tongue: LanguagePatterns) -> Iterator[str]:
    """A clause, cut where it turns: "the reader is ready, but the writer is not"."""
    start = 0
    for turn in tongue.contrast.finditer(text):
        yield text[start : turn.start()].strip()
        start = turn.end()
    yield text[start:].strip()


def _states_work_left(text: str, tongue: LanguagePatterns) -> bool:
    """Whether a part of a clause says in words that work is left."""
    for found in tongue.models_work.finditer(text):
        if not _is_negated(found, text, tongue):
            return True
    return any(
        not _is_negated(found, text, tongue) and _is_statement(text[: found.end()], tongue)
        for found in tongue.left.finditer(text)
    )


def _is_negated(found: re.Match[str], text: str, tongue: LanguagePatterns) -> bool:
    """Whether a "nothing" is in what was found, or close to it."""
    return any(
        nothing.start() < found.end() + NEGATION_DISTANCE
        and found.start() < nothing.end() + NEGATION_DISTANCE
        for nothing in tongue.nothing.finditer(text)
    )


def _is_statement(before: str, tongue: LanguagePatterns) -> bool:
    return not (tongue.conditions.search(before) or tongue.users_work.search(before))


def _counts_partial_work(text: str, tongue: LanguagePatterns) -> bool:
    """Whether a part of a clause counts work of which some is done: "28 of 35 complete"."""
    if tongue.part.search(text) and _is_statement(text, tongue):
        return True
    if not tongue.counts.search(text) or tongue.uncounted.search(text):
        return False
    return any(
        _is_less(found["n"], found["m"], tongue)
        for pattern in tongue.quantity
        for found in pattern.finditer(text)
    )


def _is_less(part: str, whole: str, tongue: LanguagePatterns) -> bool:
    done, all_of_them = _number(part, tongue), _number(whole, tongue)
    return done is not None and all_of_them is not None and done < all_of_them


def _number(text: str, tongue: LanguagePatterns) -> int | None:
    word = text.strip().lower()
    if word in tongue.numbers:
        return tongue.numbers[word]
    digits = re.sub(r"[,.\s]", "", word)
    return int(digits) if digits.isdecimal() else None


# The budget --------------------------------------------------------------------------


def _declines(said: MessageText, tongue: LanguagePatterns, given: KnownBudget) -> Iterator[str]:
    """The clauses that call this budget too small."""
    for text, _ in _budget_clauses(said, tongue, given):
        if tongue.short.search(text) and not _is_conditional(text, tongue):
            yield text


def _refuses(said: MessageText, tongue: LanguagePatterns, given: KnownBudget) -> Iterator[str]:
    """The clauses about this budget that refuse to begin, or stand beside one that does."""
    for text, beside in _budget_clauses(said, tongue, given):
        if _is_conditional(text, tongue):
            continue
        if any(map(tongue.refuse.search, (text, *beside))):
            yield text


def _is_conditional(text: str, tongue: LanguagePatterns) -> bool:
    """Whether a clause begins with a condition, so that it states no fact."""
    return tongue.conditions.search(text[: len(text) // 2]) is not None


def _runs_low(said: MessageText, tongue: LanguagePatterns, given: KnownBudget) -> Iterator[str]:
    """The clauses that call this budget nearly used up, or the reason for an end."""
    for text, beside in _budget_clauses(said, tongue, given):
        if tongue.enough.search(text):
            continue
        low = tongue.runs_low.search(text) or tongue.short.search(text)
        if low or any(map(tongue.models_work.search, (text, *beside))):
            yield text


def _budget_clauses(
    said: MessageText, tongue: LanguagePatterns, given: KnownBudget
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The clauses that speak of this budget, each with those beside it."""
    texts = [clause.text for clause in said.clauses]
    for at, text in enumerate(texts):
        if _is_about_budget(text, tongue, given):
            yield text, (*texts[max(0, at - 1) : at], *texts[at + 1 : at + 2])


def _is_about_budget(text: str, tongue: LanguagePatterns, given: KnownBudget) -> bool:
    """Whether a clause speaks of the budget that the model was given."""
    if tongue.other_budget.search(text):
        return False
    if tongue.this_budget.search(text):
        return True
    return not tongue.foreign.search(_COUNTED.sub("", text)) and _names_budget_figure(text, given)


def _names_budget_figure(text: str, given: KnownBudget) -> bool:
    """Whether a figure of tokens in the text is the budget's, as granted or as left."""
    for found in _TOKENS.finditer(text):
        tokens = _tokens(found["n"], found["unit"])
        if tokens == given.grant or abs(tokens - given.left) <= given.left // 20:
            return True
    return False


_COUNTED = re.compile(
    r"(?<!\d)\d[\d,.]*\s?(?:个|件の)?\s?(?:\w+ )?(?:files?|documents?|functions?|messages?"
    r"|Dateien|Dokumente|Funktionen|fichiers|fonctions|archivos|ficheiros|arquivos|documentos|funciones|funções|ファイル|文書|文件|文档|函数)",
    re.IGNORECASE,
)
"""So many things that the work is on: they tell its size, and hold no tokens themselves."""
_TOKENS = re.compile(
    r"(?P<n>\d[\d,._\s]*)\s?(?P<unit>[kKmM万萬])?\s?(?:个)?\s?(?:tokens?\b|jetons?\b|トークン|token|令牌)",
    re.IGNORECASE,
)


def _needed_tokens(whole: str, tongue: LanguagePatterns) -> Iterator[int]:
    for found in tongue.needs.finditer(whole):
        yield _tokens(found["n"], found["unit"])


def _tokens(number: str, unit: str | None) -> int:
    """A number of tokens as it is written: `12,000`, `12.000`, `12 000`, `1.5`, `12` k."""
    bare = re.sub(r"[\s_]", "", number).rstrip(".,")
    if unit:
        whole, _, part = bare.replace(",", ".").partition(".")
        if len(part) == 3:
            whole, part = whole + part, ""
        value = float(f"{whole}.{part.replace('.', '') or 0}")
    else:
        value = float(re.sub(r"[.,]", "", bare))
    return int(value * _UNITS[(unit or "").lower()])
