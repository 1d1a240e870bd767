"""Plans without a screen: `--plan-only` prints a plan with its price, `--plan FILE` carries it out.

Naming the file is the agreement: nothing else is asked.
"""

import asyncio
import json
from pathlib import Path
from typing import Any, NamedTuple

from tui.agent.budget_requests import BudgetRefused
from tui.agent.open_session import OpenSession
from tui.agent.plan_agreement import agreement_events, budget_scope, work_prompt
from tui.agent.plan_reading import PlanRefused, read_plan
from tui.agent.run_result import EXIT_CODES
from tui.command_line import CommandLineOptions, UsageError
from tui.history.plan_pricing import PlanPricing
from tui.printing import print_error, print_json, print_text
from tui.reports.plan_quote import price_filed_plan, read_pricing_history
from tui.reports.quote_bill_page import bill_sentence
from tui.reports.quote_page import QUOTE_VERSION, quote_json, quote_lines
from tui.session import events as ev
from tui.session.filed_plan import FiledPlan
from tui.settings.amounts import MOST
from tui.settings.user_folders import user_folders

NO_PLAN = "The model filed no plan, so there is no price."
MAX_PLAN_BYTES = 5_000_000
"""Bytes of a file with a plan."""


class PlanPrinter:
    """Prints what a run with `--plan-only` came to."""

    def __init__(self, opened: OpenSession, options: CommandLineOptions) -> None:
        self._opened = opened
        self._options = options

    async def __call__(self, answer: str, code: int) -> int:
        """Print plan and price, and return the exit code.

        Args:
            answer: The last words of the model.
            code: The exit code of the run.
        """
        state = self._opened.state
        filed = state.plan_quotes.waiting
        if filed is not None and filed.turn != state.turn:
            filed = None  # of an earlier run
        pricing = None if filed is None else await _price(self._opened, filed)
        if pricing is None and code == 0:
            code = EXIT_CODES["wrapped_up"]
        if self._options.output == "text":
            self._print_text(answer, pricing)
        else:
            print_json(self._result(answer, pricing, code))
        return code

    def _print_text(self, answer: str, pricing: PlanPricing | None) -> None:
        end = self._opened.state.last_end
        if pricing is not None:
            for line in quote_lines(pricing):
                print_text(line)
            return
        if answer:
            print_text(answer)
        print_error((end.sentence if end else "") or NO_PLAN)

    def _result(self, answer: str, pricing: PlanPricing | None, code: int) -> dict[str, Any]:
        state, end = self._opened.state, self._opened.state.last_end
        dollars = state.bill.dollars
        facts = quote_json(pricing) if pricing else {"plan": None, "quote": None}
        sentence = end.sentence if end else ""
        return {
            "type": "quote",
            "version": QUOTE_VERSION,
            "answer": answer,
            "session": state.session,
            "model": state.model,
            **facts,
            "spent": {
                "tokens": state.ledger.charged,
                "dollars": None if dollars is None else str(dollars),
            },
            "end": {
                "reason": end.reason if end else "crashed",
                "sentence": sentence if pricing else sentence or NO_PLAN,
                "exit_code": code,
            },
        }


class PlanFile(NamedTuple):
    """What a file with a plan says."""

    plan: FiledPlan
    budget: int | None
    """The quoted budget in tokens; None where the file has none."""


async def begin_filed_work(
    opened: OpenSession, given: PlanFile, options: CommandLineOptions
) -> str:
    """Agree to a plan out of a file; returns the prompt that begins its work.

    Args:
        opened: The session.
        given: The plan.
        options: Of the command line: a budget there wins.

    Raises:
        UsageError: its budget cannot be given.
    """
    state = opened.state
    filed = ev.PlanFiled(turn=state.turn, plan=given.plan, by="user")
    pricing = await _price(opened, filed)
    quote = pricing.agreed(budget=given.budget, taken=state.checklist)
    mode: ev.Mode = "edits" if state.mode == "plan" else state.mode
    scope = budget_scope(state, opened.resolved.settings.budget_scope)
    try:
        events = agreement_events(
            state, opened.settings.caps, quote, mode, scope, minimum=opened.minimum_budget
        )
    except BudgetRefused as refused:
        raise UsageError(str(refused)) from refused
    if options.budget is not None:  # the command line gave its own
        events = [each for each in events if not isinstance(each, ev.BudgetGranted)]
    await opened.runner.agree_to_plan([filed, *events], mode)
    return work_prompt(quote, given.plan)


def print_bill(opened: OpenSession) -> None:
    """Say on the error output what the agreed plan took, beside its quote."""
    bill = opened.state.quote_bill
    if bill is not None:
        print_error(bill_sentence(bill, hint=""))


def read_plan_file(path: Path) -> PlanFile:
    """A plan out of a file: what `--plan-only` prints, or a plan alone; says what it understood.

    Raises:
        UsageError: it cannot be read, or holds no plan.
    """
    try:
        with path.open("rb") as file:
            body = file.read(MAX_PLAN_BYTES + 1)
        found = json.loads(body)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} holds no JSON; --plan-only --output-format json does.") from error
    whole = found if isinstance(found, dict) else {}
    plan = found if isinstance(found, list) else whole.get("plan", whole)
    plan = {"items": plan} if isinstance(plan, list) else plan
    if not isinstance(plan, dict) or not isinstance(plan.get("items"), list):
        raise UsageError(f"{path} holds no plan: there is no list of items in it.")
    try:
        read = read_plan(plan["items"], plan.get("goal", ""))
    except PlanRefused as refused:
        raise UsageError(f"{path}: {refused}") from refused
    if read.remarks:
        print_error(f"Understood: {'; '.join(read.remarks[:5])}.")
    return PlanFile(read.plan, _quoted_budget(whole.get("quote")))


def _quoted_budget(quote: object) -> int | None:
    """The budget of a quote in a file; None where it names no sensible one."""
    budget = quote.get("budget") if isinstance(quote, dict) else None
    if not isinstance(budget, int) or isinstance(budget, bool):
        return None
    return budget if 0 < budget <= MOST else None


async def _price(opened: OpenSession, filed: ev.PlanFiled) -> PlanPricing:
    folders, counting = user_folders(), opened.catalogue.counting
    past, verbs = await asyncio.to_thread(
        read_pricing_history, folders.data, folders.state, counting
    )
    return price_filed_plan(opened, filed, past, verbs)
