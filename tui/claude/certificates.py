"""Which certificate authorities a server's certificate is checked against.

The system's own, unless a variable of the environment names others. Several programs have each
their variable for that; behind a company's proxy one of them is usually set, so all are read.
"""

import os
import re
import ssl
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tui.claude.request_errors import CertificateFileError

_REPLACING = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Variables that name what is trusted in place of the system's own; the first that is set."""
_ADDING = "NODE_EXTRA_CA_CERTS"
"""Variable that names what is trusted as well."""
_HASHED = re.compile(r"[0-9a-f]{8}\.\d+")
"""Name of a certificate in a folder as OpenSSL keeps it: by the hash of its subject."""
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_ENDINGS = (".pem", ".crt", ".cer")


def trust_context(environment: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """The context of connections, with what is trusted.

    Args:
        environment: Where the variables are.

    Raises:
        CertificateFileError: a variable names what cannot be used.
    """
    import httpx2

    named = next((name for name in _REPLACING if environment.get(name)), None)
    if named is None:
        context = httpx2.create_ssl_context(trust_env=False)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _add(context, named, environment[named])
    if extra := environment.get(_ADDING):
        _add(context, _ADDING, extra)
    return context


def _add(context: ssl.SSLContext, name: str, value: str) -> None:
    """Trust the certificates of a file, or of folders."""
    paths = [Path(value)]
    if name == "SSL_CERT_DIR":
        # OpenSSL takes several; one of them is enough.
        folders = map(Path, value.split(os.pathsep))
        paths = [folder for folder in folders if folder.is_dir()] or paths
    usable = [
        _add_folder(context, each) if each.is_dir() else _add_file(context, name, each)
        for each in paths
    ]
    if not any(usable):
        raise CertificateFileError(f"{name} names the folder {value}, which holds no certificate")


def _add_folder(context: ssl.SSLContext, folder: Path) -> bool:
    """Trust the certificates of a folder; whether there are any."""
    with suppress(OSError):
        files = list(folder.iterdir())
        if any(_HASHED.fullmatch(file.name) for file in files):
            context.load_verify_locations(capath=folder)
            return True
        loaded = [_load(context, file) for file in files if file.suffix in _ENDINGS]
        return any(loaded)
    return False


def _add_file(context: ssl.SSLContext, name: str, path: Path) -> bool:
    """Trust the certificates of a file.

    Raises:
        CertificateFileError: it cannot be read, or holds none.
    """
    try:
        if _load(context, path):
            return True
    except OSError as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        why = "does not exist" if missing else f"cannot be read: {error.strerror}"
        raise CertificateFileError(f"{name} names {path}, which {why}") from error
    raise CertificateFileError(f"{name} names {path}, which holds no certificate")


def _load(context: ssl.SSLContext, path: Path) -> bool:
    """Trust the certificates of a file, in PEM or DER; False where it holds none.

    Raises:
        OSError: it cannot be read.
    """
    data = path.read_bytes()
    if b"-----BEGIN" not in data:
        return _load_data(context, data)
    blocks = [each.decode("ascii", "replace") for each in _PEM.findall(data)]
    if _load_data(context, "\n".join(blocks)):
        return True
    # One that is damaged does not spoil the others.
    loaded = [_load_data(context, each) for each in blocks]
    return any(loaded)


def _load_data(context: ssl.SSLContext, data: str | bytes) -> bool:
    try:
        context.load_verify_locations(cadata=data)
    except (ssl.SSLError, ValueError):
        return False
    return True
