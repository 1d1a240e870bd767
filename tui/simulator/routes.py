"""The routes of the simulator: a Starlette application that speaks the Messages API."""

import json
import re
import secrets
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tui.simulator.injected_faults import read_faults
from tui.simulator.pacing import PacedResponse
from tui.simulator.refused_request import RequestRefused
from tui.simulator.served_models import MODELS, models_page
from tui.simulator.simulator_config import SimulatorConfig
from tui.simulator.simulator_service import SimulatorService, identity_headers, read_body

_HERE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_HERE_AS_ORIGIN = re.compile(rf"https?://{_HERE.pattern}", re.IGNORECASE)
_LIMIT = re.compile("[0-9]{1,6}")

Handler = Callable[[Request], Awaitable[Response | PacedResponse]]


def create_app(config: SimulatorConfig) -> Starlette:
    """The application of one simulator."""
    service = SimulatorService(config)
    debug = _Debug(service)
    models = _Models(service)
    greeting = [_route("/", _greet, "HEAD")] if config.lenient else []
    app = Starlette(
        routes=[
            _route("/v1/messages", service.messages, "POST"),
            _route("/v1/messages/count_tokens", service.count_tokens, "POST"),
            _route("/v1/models", models.all, "GET"),
            _route("/v1/models/{id}", models.one, "GET"),
            _route("/debug/ledger", debug.ledger, "GET"),
            _route("/debug/faults", debug.set_faults, "POST"),
            *greeting,
        ],
        exception_handlers={HTTPException: _not_found},
    )
    app.state.ledger = service.ledger
    return app


class _Models:
    """The Models API."""

    def __init__(self, service: SimulatorService) -> None:
        self._service = service

    async def all(self, request: Request) -> Response:
        self._service.check_key(request)
        query = request.query_params
        limit = query.get("limit", "20")
        if not _LIMIT.fullmatch(limit) or not 1 <= int(limit) <= 1000:
            raise RequestRefused("limit: Input should be between 1 and 1000")
        return JSONResponse(models_page(int(limit), query.get("after_id"), query.get("before_id")))

    async def one(self, request: Request) -> Response:
        self._service.check_key(request)
        model = MODELS.get(request.path_params["id"])
        if model is None:
            raise RequestRefused(f"model: {request.path_params['id']}", status=404)
        return JSONResponse(model.to_json())


class _Debug:
    """Routes the API does not have: what the server noted, and faults to be set."""

    def __init__(self, service: SimulatorService) -> None:
        self._service = service

    async def ledger(self, request: Request) -> Response:
        self._service.check_key(request)
        return JSONResponse(self._service.ledger.to_json())

    async def set_faults(self, request: Request) -> Response:
        self._service.check_key(request)
        try:
            self._service.faults.set(read_faults((await read_body(request)).decode()))
        except ValueError as error:
            raise RequestRefused(f"faults: {error}") from None
        return JSONResponse({"ok": True})


async def _greet(request: Request) -> Response:
    return Response()


class _Endpoint:
    """A handler whose refusals become error bodies, and whose response may be a stream."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request.state.request_id = f"req_{secrets.token_hex(12)}"
        try:
            _check_caller(request.headers)
            response: ASGIApp = await self._handler(request)
        except RequestRefused as refused:
            response = _error(refused, request.state.request_id)
        except RecursionError:
            deep = RequestRefused("The request body is not valid JSON: it is nested too deep")
            response = _error(deep, request.state.request_id)
        except Exception:  # The last border: a client must get an error body, not a cut line.
            traceback.print_exc(file=sys.stderr)
            broken = RequestRefused("Internal server error", status=500)
            response = _error(broken, request.state.request_id)
        await response(scope, receive, send)


def _check_caller(headers: Mapping[str, str]) -> None:
    """Refuse a request that names another host, or that a page of another origin sent.

    A page on the web can make a browser send requests to this machine, and read the answers by
    DNS rebinding. Its `Host` and `Origin` headers show both. Lenient servers check them too.
    """
    host, origin = headers.get("host", ""), headers.get("origin")
    if not _HERE.fullmatch(host):
        raise RequestRefused(
            "host: this server answers to 127.0.0.1 and localhost only", status=403
        )
    if origin is not None and not _HERE_AS_ORIGIN.fullmatch(origin):
        raise RequestRefused("origin: pages of other origins are not served", status=403)


def _route(path: str, handler: Handler, method: str) -> Route:
    return Route(path, _Endpoint(handler), methods=[method])


def _error(refused: RequestRefused, request_id: str) -> Response:
    headers = {**identity_headers(request_id), **refused.headers}
    return _Error(refused.body(request_id), refused.status, headers)


class _Error(JSONResponse):
    """A body that may quote the request: what has no UTF-8 is escaped."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content).encode()


async def _not_found(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = "Not Found" if status == 404 else "Method Not Allowed"
    return _error(RequestRefused(words, status=status), f"req_{secrets.token_hex(12)}")
