"""The estimate of tokens, for tools: see `tui.budget.token_estimate`."""

from tui.budget.token_estimate import BYTES_PER_TOKEN as BYTES_PER_TOKEN
from tui.budget.token_estimate import estimate_tokens as estimate_tokens
from tui.budget.token_estimate import utf8_size as utf8_size
