"""What the program imports, imported at once by the process that forked programs come from."""

import gc

import anthropic.resources.beta.messages.messages  # noqa: F401

import tui.app
import tui.bootstrap
import tui.config_command
import tui.headless_command
import tui.sessions_command  # noqa: F401

gc.freeze()  # forked programs need not look through all of it again
