"""The agentic loop: turn, tools, permissions, wrap-up."""
