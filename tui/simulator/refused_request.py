"""A request that is not served, in the words of the API.

Every error has the documented envelope: `{"type": "error", "error": {type, message},
"request_id"}`, with `details.error_code` where the API gives one.
"""

from typing import Any

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    422: "invalid_request_error",
    429: "rate_limit_error",
    500: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""The documented `error.type` of each status."""


class RequestRefused(Exception):
    """The request ends with an error body.

    Args:
        message: What the API would say.
        status: HTTP status.
        details: `error.details`, with its `error_code`.
        headers: More response headers, such as `retry-after`.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        details: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.details = details
        self.headers = headers or {}

    def body(self, request_id: str | None) -> dict[str, Any]:
        """The response body."""
        error: dict[str, Any] = {
            "type": TYPES.get(self.status, "api_error"),
            "message": self.message,
        }
        if self.details is not None:
            error["details"] = self.details
        return {"type": "error", "error": error, "request_id": request_id}


def coded_refusal(message: str, code: str, **more: Any) -> RequestRefused:
    """A 400 with an error code."""
    return RequestRefused(message, details={"error_code": code, **more})


def unknown_field(place: str) -> RequestRefused:
    """A field that is unknown, or whose beta header is missing."""
    return RequestRefused(f"{place}: Extra inputs are not permitted")
