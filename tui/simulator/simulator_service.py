"""The server behind the routes: one request in, one response out, everything noted."""

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tui.simulator import beta_headers, injected_faults, prepared_request
from tui.simulator.block_content import JSON
from tui.simulator.injected_faults import FaultQueue, InjectedFault
from tui.simulator.miss_diagnostics import PENDING, MissDiagnostics
from tui.simulator.pacing import PacedResponse
from tui.simulator.rate_limit_buckets import RateLimits
from tui.simulator.refused_request import RequestRefused
from tui.simulator.request_validation import ValidatedRequest, validate_request
from tui.simulator.responder import PreparedResponse, Responder
from tui.simulator.scripted_model.jobs.misbehaving_agent import is_to_be_throttled
from tui.simulator.server_sent_events import StreamStep, message_steps
from tui.simulator.simulated_cache import SimulatedCache
from tui.simulator.simulated_ledger import SimulatedLedger, SimulatedLedgerEntry
from tui.simulator.simulator_config import BODY_LIMIT, SimulatorConfig

ORGANIZATION = "00000000-0000-4000-8000-000000000000"
WORKSPACE = "wrkspc_simulator"
_READING = 40_000.0
"""Tokens of uncached input a model reads in a second, when there is a pace."""
_FIRST_TOKEN = 0.3
"""Seconds a model takes at least to begin, when there is a pace."""


class SimulatorService:
    """Everything one server remembers: cache, limits, faults, ledger."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.cache = SimulatedCache(config.clock)
        self.diagnostics = MissDiagnostics(config.clock)
        self.limits = RateLimits(config.tier, config.clock)
        self.faults = FaultQueue(config.faults)
        self.ledger = SimulatedLedger()
        self.responder = Responder(config, self.cache)
        self._throttled: set[str] = set()

    async def messages(self, request: Request) -> Response | PacedResponse:
        """`POST /v1/messages`."""
        self.check_key(request)
        fault = self.faults.next("messages")
        entry = self.ledger.open(request.state.request_id)
        entry.fault = fault.kind if fault else None
        try:
            return await self._answer(request, entry, fault)
        except RequestRefused as refused:
            entry.status, entry.error = refused.status, refused.message
            raise

    async def count_tokens(self, request: Request) -> Response:
        """`POST /v1/messages/count_tokens`."""
        self.check_key(request)
        fault = self.faults.next("count_tokens")
        if fault is not None and fault.kind == "status":
            raise fault.refusal()
        raw = await read_body(request)
        asked = validate_request(raw, request.headers, lenient=self.config.lenient, counting=True)
        counted = prepared_request.count_tokens_answer(asked, self.cache, self.config.rules)
        return JSONResponse(counted, headers=self._headers(request, model=asked.model.id))

    def check_key(self, request: Request) -> None:
        """Both ways to show a key are taken.

        Raises:
            RequestRefused: The key is missing, or it is not the key of this server.
        """
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        shown = request.headers.get("x-api-key") or bearer
        wanted = self.config.token
        if not shown and not (wanted is None and self.config.lenient):
            raise RequestRefused("x-api-key header is required", status=401)
        if wanted is not None and not secrets.compare_digest(shown.encode(), wanted.encode()):
            raise RequestRefused("invalid x-api-key", status=401)

    async def _answer(
        self, request: Request, entry: SimulatedLedgerEntry, fault: InjectedFault | None
    ) -> Response | PacedResponse:
        started = self.config.clock()
        raw = await read_body(request)
        if fault is not None and fault.kind in injected_faults.INSTEAD:
            return self._instead(request, fault)
        asked = validate_request(raw, request.headers, lenient=self.config.lenient)
        _note_asked(entry, asked)
        if fault is not None and fault.kind in injected_faults.CACHE:
            self.cache.evict()
        understood = prepared_request.prepare_request(asked, self.cache, self.config.rules)
        limits = self.limits.of(asked.model.id)
        limits.admit()
        self._throttle_once(asked)
        made = await self.responder.respond(understood, fault)
        made = replace(made, message=self._diagnosed(_changed(made.message, fault), asked, fault))
        _note_responded(entry, made)
        for use in made.inputs:
            self.cache.store_prefix(use, started)
            limits.use(input_tokens=use.uncached + use.written)
        limits.use(output_tokens=made.summary_tokens)
        if asked.stream:
            return self._streamed(request, entry, made, fault)
        return await self._plain(request, entry, made, fault)

    def _throttle_once(self, asked: ValidatedRequest) -> None:
        """Refuse the first request of an agent whose task asks for that."""
        task = str(asked.messages[:1])
        if is_to_be_throttled(asked.messages) and task not in self._throttled:
            self._throttled.add(task)
            words = "This agent was to be throttled once."
            raise RequestRefused(words, status=429, headers={"retry-after": "1"})

    def _diagnosed(
        self, message: JSON, asked: ValidatedRequest, fault: InjectedFault | None
    ) -> JSON:
        """The message, with the reason for a cache miss if the request asks for it."""
        if asked.body.get("diagnostics") is None:
            return message
        late = fault is not None and fault.kind == "undiagnosed"
        found = PENDING if late else self.diagnostics.answer(asked)
        self.diagnostics.keep(message["id"], asked)
        return {**message, "diagnostics": found}

    async def _plain(
        self,
        request: Request,
        entry: SimulatedLedgerEntry,
        made: PreparedResponse,
        fault: InjectedFault | None,
    ) -> Response:
        if self.config.pace is not None:
            writing = made.answer.output_tokens / self.config.pace
            await asyncio.sleep(self._delay(made) + writing)
        entry.generated += made.answer.output_tokens
        _note_finished(entry, made)
        self.limits.of(_model_of(made)).use(output_tokens=made.answer.output_tokens)
        return JSONResponse(made.message, headers=self._headers(request, fault, _model_of(made)))

    def _streamed(
        self,
        request: Request,
        entry: SimulatedLedgerEntry,
        made: PreparedResponse,
        fault: InjectedFault | None,
    ) -> PacedResponse:
        def heard(step: StreamStep) -> None:
            entry.generated += step.tokens
            self.limits.of(_model_of(made)).use(output_tokens=step.tokens)
            if step.event == "message_delta":
                _note_finished(entry, made)

        estimates = beta_headers.TOKEN_ESTIMATES in made.request.asked.betas
        played: Iterable[StreamStep] = message_steps(
            made.message, made.answer, estimates=estimates, delta=self.config.delta
        )
        return PacedResponse(
            injected_faults.with_fault(played, fault),
            self._headers(request, fault, _model_of(made)),
            pace=self.config.pace,
            delay=self._delay(made),
            heard=heard,
            hang_up=lambda: self._hang_up(request),
            stall=fault.seconds if fault else 0.0,
        )

    def _delay(self, made: PreparedResponse) -> float:
        """Seconds before the first token; what comes from the cache is not read again."""
        if self.config.pace is None:
            return 0.0
        new = sum(use.total - use.read for use in made.inputs)
        return _FIRST_TOKEN + new / _READING + made.summary_tokens / self.config.pace

    def _instead(self, request: Request, fault: InjectedFault) -> Response:
        headers = self._headers(request, fault)
        match fault.kind:
            case "status":
                raise fault.refusal()
            case "hang_up":
                self._hang_up(request)
                return Response()
            case "html_error":
                page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
                return Response(page, fault.status, headers, media_type="text/html")
            case "bare_error":
                body: Any = {"error": fault.message or "something broke"}
                return JSONResponse(body, fault.status, headers)
        return JSONResponse({"id": "msg_1", "object": "not a stream"}, headers=headers)

    def _hang_up(self, request: Request) -> None:
        client = request.client
        if self.config.hang_up is not None and client is not None:
            self.config.hang_up((client.host, client.port))

    def _headers(
        self, request: Request, fault: InjectedFault | None = None, model: str = ""
    ) -> dict[str, str]:
        limits = self.limits.of(model).headers() if model else {}
        headers = {**identity_headers(request.state.request_id), **limits}
        if fault is not None and fault.kind == "no_request_id":
            del headers["request-id"]
        if fault is not None and fault.kind == "close":
            headers["connection"] = "close"
        return headers


def _model_of(made: PreparedResponse) -> str:
    return made.request.asked.model.id


def identity_headers(request_id: str) -> dict[str, str]:
    """Headers that say which request this was, and whose."""
    return {
        "request-id": request_id,
        "anthropic-organization-id": ORGANIZATION,
        "anthropic-workspace-id": WORKSPACE,
    }


async def read_body(request: Request) -> bytes:
    """The body of a request.

    Raises:
        RequestRefused: It is larger than the API takes.
    """
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_LIMIT:
            raise RequestRefused("Request exceeds the maximum size", status=413)
        chunks.append(chunk)
    return b"".join(chunks)


def _changed(message: JSON, fault: InjectedFault | None) -> JSON:
    """A message with a fault in what it says."""
    if fault is None:
        return message
    if fault.kind == "stop":
        details = {"type": "refusal", "category": None, "explanation": fault.message}
        refused = fault.reason == "refusal"
        stop = {"stop_reason": fault.reason, "stop_details": details if refused else None}
        return {**message, **stop}
    if fault.kind == "odd_ids":
        return {**message, "id": "chatcmpl-" + message["id"][4:12]}
    return message


def _note_asked(entry: SimulatedLedgerEntry, asked: ValidatedRequest) -> None:
    entry.model = asked.model.id
    entry.betas = sorted(asked.betas)
    entry.stream = asked.stream
    if asked.compaction is not None and asked.compaction.on_demand:
        entry.kind = "compaction"
    if asked.budget is not None:
        entry.total, entry.remaining = asked.budget.total, asked.budget.remaining


def _note_responded(entry: SimulatedLedgerEntry, made: PreparedResponse) -> None:
    entry.message_id = made.message["id"]
    entry.effort = made.request.effort
    entry.before = made.request.left
    entry.input_tokens = sum(use.uncached for use in made.inputs)
    entry.cache_read_input_tokens = sum(use.read for use in made.inputs)
    entry.ephemeral_5m_input_tokens = sum(use.written_5m for use in made.inputs)
    entry.ephemeral_1h_input_tokens = sum(use.written_1h for use in made.inputs)
    entry.summary_tokens = made.summary_tokens


def _note_finished(entry: SimulatedLedgerEntry, made: PreparedResponse) -> None:
    entry.thinking_tokens = made.answer.thinking_tokens
    entry.stop_reason = made.message["stop_reason"]
    entry.finished = True
