"""The estimate of tokens, for tools: see `tui.budget.estimate`."""

from tui.budget.estimate import BYTES_PER_TOKEN as BYTES_PER_TOKEN
from tui.budget.estimate import estimate_tokens as estimate_tokens
from tui.budget.estimate import weight as weight
