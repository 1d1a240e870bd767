"""An agreed quote beside what the work took: one sentence, and a page with each item."""

from collections.abc import Iterator

from tui.number_format import count_with_noun, format_dollars, format_tokens, mark_estimate
from tui.reports.summary_pages import markdown_table
from tui.sanitize import clean_line
from tui.session.filed_plan import AgreedQuote
from tui.session.plan_quotes import BilledItem, QuoteBill
from tui.session.state import SessionState

_STATES = {"pending": "open", "in_progress": "at work", "done": "done", "skipped": "given up"}


def agreed_sentence(quote: AgreedQuote) -> str:
    """What the user agreed to, as a sentence."""
    items = count_with_noun(len(quote.items), "item")
    between = f"between {format_tokens(quote.low)} and {format_tokens(quote.high)}"
    dollars = "" if quote.dollars is None else f", {mark_estimate(format_dollars(quote.dollars))}"
    price = f"{mark_estimate(format_tokens(quote.quoted))} tokens{dollars}"
    return f"Agreed: {items} for {price}; 8 in 10 such plans take {between}."


def bill_sentence(bill: QuoteBill, hint: str = "/plan shows each item.") -> str:
    """The bill beside the quote, in sentences.

    Args:
        bill: The bill.
        hint: Where there is more to see, as a sentence; empty where nobody can look.
    """
    took, quote = bill.took, bill.quote
    words = f"{format_tokens(took)} tokens used of {format_tokens(quote.quoted)} quoted"
    if bill.dollars is not None and quote.dollars is not None:
        words += f", {format_dollars(bill.dollars)} of {format_dollars(quote.dollars)}"
    return f"The agreed plan: {words}. {_range_words(bill)} {hint}".rstrip()


def _range_words(bill: QuoteBill) -> str:
    given_up = sum(each.state == "skipped" for each in bill.items)
    left_out = f" {count_with_noun(given_up, 'item')} given up." if given_up else ""
    return _range_sentence(bill) + left_out


def _range_sentence(bill: QuoteBill) -> str:
    quote = bill.quote
    between = f"{format_tokens(quote.low)} to {format_tokens(quote.high)}"
    if bill.is_open:
        count = len(bill.open_items)
        return f"{count_with_noun(count, 'item')} still open, quoted {_tokens(bill.open_quoted)}."
    if bill.took > quote.high:
        return f"That is more than the range of {between}."
    if bill.took < quote.low:
        return f"That is less than the range of {between}."
    return f"That is within the range of {between}."


def current_bill_page(state: SessionState) -> str:
    """The page of the newest agreed plan of a session."""
    bill = state.quote_bill
    said = "No plan was agreed to yet." if bill is None else bill_page(bill)
    return f"{said}\n\n`/plan PROMPT` plans another piece of work."


def bill_page(bill: QuoteBill) -> str:
    """The page: the sentence, and a row for each item, as Markdown."""
    rows = [*(_row(bill, each) for each in bill.items), *_other_rows(bill)]
    head = ("Item", "State", "Quoted", "Used", "Difference")
    parts = [
        bill_sentence(bill, hint=""),
        markdown_table(head, rows, figures=(2, 3, 4)),
        "Quoted and used are tokens. The quoted price of an item has its share of what belongs to "
        "no item, such as reading at the beginning and reports.",
    ]
    if not bill.is_open:
        parts.append("From this bill the program learns how the estimates of your plans turn out.")
    return "\n\n".join(parts)


def _row(bill: QuoteBill, each: BilledItem) -> tuple[str, ...]:
    quoted, took = each.item.quoted, each.took
    titles = {other.item.id: other.item.title for other in bill.items}
    state = _STATES[each.state]
    if each.done_with is not None:
        state += f", with {clean_line(titles.get(each.done_with, each.done_with), 40)}"
    difference = "" if each.is_open or not took else f"{took - quoted:+,}"
    title = clean_line(each.item.title, 120)
    return title, state, _tokens(quoted), f"{took:,}" if took else "–", difference


def _other_rows(bill: QuoteBill) -> Iterator[tuple[str, ...]]:
    yield "reading and reports", "", "in the items", f"{bill.beside:,}", ""
    whole = bill.took - bill.quote.quoted
    done = "" if bill.is_open else f"{whole:+,}"
    yield "all of it", "", _tokens(bill.quote.quoted), f"{bill.took:,}", done


def _tokens(tokens: int) -> str:
    return mark_estimate(f"{tokens:,}")
