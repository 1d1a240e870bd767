"""Whether there is a key at all, without importing anything that could use it.

Looks where the SDK looks, in the same order; what it finds may still turn out to be
invalid. Nothing read here is kept.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_ONE_IS_ENOUGH = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE")
_FEDERATION = ("ANTHROPIC_FEDERATION_RULE_ID", "ANTHROPIC_ORGANIZATION_ID")
_IDENTITY = ("ANTHROPIC_IDENTITY_TOKEN", "ANTHROPIC_IDENTITY_TOKEN_FILE")


def credentials_found(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the SDK will find credentials: in the environment or in a profile on disk."""
    if any(environment.get(name) for name in _ONE_IS_ENOUGH):
        return True
    if all(environment.get(name) for name in _FEDERATION) and any(
        environment.get(name) for name in _IDENTITY
    ):
        return True
    return _profile(_folder(environment))


def known_secrets(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Keys and tokens of the environment, so that nobody repeats them."""
    names = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_IDENTITY_TOKEN")
    return tuple(value for name in names if (value := environment.get(name)))


def _folder(environment: Mapping[str, str]) -> Path:
    if named := environment.get("ANTHROPIC_CONFIG_DIR"):
        return Path(named)
    if sys.platform == "win32":
        return Path(environment.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "Anthropic"
    return Path.home() / ".config" / "anthropic"


def _profile(folder: Path) -> bool:
    """Whether the active profile exists; `default` unless a pointer names another."""
    try:
        active = (folder / "active_config").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        active = ""
    return (folder / "configs" / f"{active or 'default'}.json").is_file()
