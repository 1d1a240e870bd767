"""Whether there is a key at all, without importing anything that could use it.

Looks where the SDK looks, in the same order; what it finds may still turn out to be
invalid. Nothing read here is kept; of what the user types in, only that it must not be shown.
"""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

_SUFFICIENT_VARIABLES = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE")
_FEDERATION_VARIABLES = ("ANTHROPIC_FEDERATION_RULE_ID", "ANTHROPIC_ORGANIZATION_ID")
_IDENTITY_VARIABLES = ("ANTHROPIC_IDENTITY_TOKEN", "ANTHROPIC_IDENTITY_TOKEN_FILE")


TYPED_KEY = "the key typed in this run"
"""Shown instead of a key that the user typed."""

NO_KEY_NEEDED = "none: the simulator needs no key"
"""Shown as the key while the simulator answers."""

_typed_secrets: dict[str, str] = {}
"""Keys that the user typed in this run, each with the words shown instead."""


def hide_typed_secret(value: str) -> None:
    """Let a key that the user typed in be blacked out like those of the environment."""
    _typed_secrets[value] = TYPED_KEY


def credentials_found(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the SDK will find credentials: in the environment or in a profile on disk."""
    return bool(credentials_source(environment))


def credentials_source(environment: Mapping[str, str] = os.environ) -> str:
    """Where the SDK will find credentials: a variable, or a folder; empty where nowhere."""
    for name in _SUFFICIENT_VARIABLES:
        if environment.get(name):
            return name
    if all(environment.get(name) for name in _FEDERATION_VARIABLES):
        for name in _IDENTITY_VARIABLES:
            if environment.get(name):
                return name
    folder = _config_folder(environment)
    return f"the profile in {folder}" if _has_active_profile(folder) else ""


def known_secrets(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Keys and tokens of the environment and of this run, so that nobody repeats them."""
    return tuple(secret_values(environment))


def secret_values(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What must not be shown of the environment, and the name of what it is the value of.

    That is what the program itself uses: keys, tokens, its own headers, passwords in the
    addresses of the server and of proxies, and keys that the user typed in.
    """
    found = dict(_typed_secrets)
    for name, value in environment.items():
        upper = name.upper()
        if upper in _SECRET_VARIABLES and value.strip():
            found[value.strip()] = name
        elif upper == "ANTHROPIC_CUSTOM_HEADERS":
            found |= dict.fromkeys(_header_values(value), name)
        elif upper in _PROXY_VARIABLES and (password := _password(value)):
            found |= {password: name, unquote(password): name}
    return found


_SECRET_VARIABLES = frozenset(
    (
        *("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_IDENTITY_TOKEN"),
        *("ANTHROPIC_WEBHOOK_KEY", "ANTHROPIC_WEBHOOK_SIGNING_KEY", "GLIDESLOPE_SIMULATOR_TOKEN"),
    )
)
_PROXY_VARIABLES = frozenset(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "ANTHROPIC_BASE_URL"))


def _header_values(text: str) -> tuple[str, ...]:
    """What the user's own headers hold, one header a line: names are no secret."""
    values = (line.partition(":")[2].strip() for line in text.splitlines())
    words = {word for value in values for word in (value, value.rpartition(" ")[2])}
    return tuple(word for word in words if len(word) >= 8)


def _password(address: str) -> str:
    found = re.match(r"(?:[\w+.-]+://)?[^/@:]*:([^/]+)@", address.strip())
    return found[1] if found else ""


def _config_folder(environment: Mapping[str, str]) -> Path:
    if named := environment.get("ANTHROPIC_CONFIG_DIR"):
        return Path(named)
    if sys.platform == "win32":
        return Path(environment.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "Anthropic"
    return Path.home() / ".config" / "anthropic"


def _has_active_profile(folder: Path) -> bool:
    """Whether the active profile exists; `default` unless a pointer names another."""
    try:
        active = (folder / "active_config").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        active = ""
    return (folder / "configs" / f"{active or 'default'}.json").is_file()
