"""What commands may reach, as plain data that one process sends to another.

Like all modules that the supervisor loads, it does without `dataclasses`, `pathlib` and
`subprocess`: they would double the time that its start takes.
"""

from typing import Any, NamedTuple


class SandboxPolicy(NamedTuple):
    """What commands may read, write and use. Paths are absolute and free of links."""

    private: str
    """A folder of the program's own, mode 0700, whose `tmp` is the commands' TMPDIR."""
    read: tuple[str, ...]
    """What may be read and executed; a folder includes everything below it."""
    write: tuple[str, ...]
    """What may be changed as well."""
    hidden: tuple[str, ...] = ()
    """What stays out of reach although a folder above it is listed."""
    masks: tuple[str, ...] = ()
    """Files that the user's deny rules name: hidden where the kernel can."""
    unreplaced_folders: tuple[str, ...] = ()
    """The project and the home: folders around them are not replaced by private ones."""
    namespaces: bool = True
    """False: Landlock alone is to hold it, as where the kernel refuses namespaces."""
    network: bool = False
    restricted: bool = True
    """False for commands that run outside: nothing above counts then."""

    def to_json(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return self._asdict()

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "SandboxPolicy":
        """The policy whose `data` was sent as JSON."""
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        return cls(**fields)
