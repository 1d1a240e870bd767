"""Beta headers: which exist, and which request fields need one."""

from collections.abc import Iterable

from tui.simulator.refused_request import RequestRefused

TASK_BUDGETS = "task-budgets-2026-03-13"
COMPACT_THRESHOLD = "compact-2026-01-12"
COMPACT_ON_DEMAND = "compact-2026-09-04"
OUTPUT_CONFIG = "mid-conversation-output-config-2026-07-01"
BINDING_CONTROLS = "thinking-binding-controls-2026-08-01"
TOKEN_ESTIMATES = "thinking-token-count-2026-05-13"
DISPLAY_UPDATES = "thinking-display-updates-2026-08-18"
CLEAR_AT = "mid-conversation-system-clear-at-2026-08-21"
CONTEXT_MANAGEMENT = "context-management-2025-06-27"
INTERLEAVED = "interleaved-thinking-2025-05-14"
THREADS = "message-threads-2026-08-12"

_OTHERS = (
    "advisor-tool-2026-03-01 agent-memory-2026-07-22 cache-diagnosis-2026-04-07 "
    "code-execution-2025-05-22 computer-use-2024-10-22 computer-use-2025-01-24 "
    "computer-use-2025-11-24 context-1m-2025-08-07 dev-full-thinking-2025-05-14 "
    "extended-cache-ttl-2025-04-11 fallback-credit-2026-06-01 fallback-credit-2026-07-01 "
    "fast-mode-2026-02-01 files-api-2025-04-14 inline-tools-2026-09-15 mcp-client-2025-04-04 "
    "mcp-client-2025-11-20 mcp-client-2026-09-15 message-batches-2024-09-24 "
    "mid-conversation-tool-changes-2026-07-01 model-context-window-exceeded-2025-08-26 "
    "output-128k-2025-02-19 output-300k-2026-03-24 pdfs-2024-09-25 prompt-caching-2024-07-31 "
    "server-side-fallback-2026-06-01 server-side-fallback-2026-07-01 skills-2025-10-02 "
    "structured-outputs-2025-11-13 token-counting-2024-11-01 token-efficient-tools-2025-02-19 "
    "user-profiles-2026-08-18 user-profiles-2026-09-04"
)
KNOWN = frozenset({
    *_OTHERS.split(), BINDING_CONTROLS, CLEAR_AT, COMPACT_ON_DEMAND, COMPACT_THRESHOLD,
    CONTEXT_MANAGEMENT, DISPLAY_UPDATES, INTERLEAVED, OUTPUT_CONFIG, TASK_BUDGETS, THREADS,
    TOKEN_ESTIMATES,
})  # fmt: skip
"""Beta strings the Messages API takes."""

FIELDS: dict[str, tuple[str, ...]] = {
    "compaction": (COMPACT_ON_DEMAND,),
    "context_management": (CONTEXT_MANAGEMENT, COMPACT_THRESHOLD),
    "thread": (THREADS,),
    "mcp_servers": tuple(sorted(beta for beta in KNOWN if beta.startswith("mcp-client"))),
    "fallbacks": tuple(sorted(beta for beta in KNOWN if beta.startswith("server-side-fallback"))),
}
"""Top-level fields that exist only under one of these betas."""


def parse(headers: Iterable[str], *, lenient: bool) -> frozenset[str]:
    """The betas of a request.

    Raises:
        RequestRefused: One is unknown, unless `lenient`.
    """
    named = [name.strip() for line in headers for name in line.split(",")]
    betas = [name for name in named if name]
    unknown = [name for name in betas if name not in KNOWN]
    if unknown and not lenient:
        quoted = ", ".join(f"`{name}`" for name in unknown)
        raise RequestRefused(
            f"Unexpected value(s) {quoted} for the `anthropic-beta` header. Please consult our "
            "documentation or try again without the header."
        )
    return frozenset(betas)
