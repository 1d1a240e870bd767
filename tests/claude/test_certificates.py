"""Which certificates are trusted, by the variables that several programs have for that."""

import ssl
from pathlib import Path

import pytest

from tests.claude.client_requests import KEY, client_for, collect
from tests.claude.loopback_server import GOOD, serve_answers
from tui.claude.api_client import ClaudeClient
from tui.claude.certificates import trust_context
from tui.claude.request_errors import ApiError, CertificateFileError
from tui.claude.retry import NO_RETRY

PEM = Path(__file__).with_name("localhost.pem")
"""A certificate of `localhost` that signed itself, valid for a hundred years, and its key."""
VARIABLES = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Files and folders with certificates, and some without."""
    certificate = PEM.read_text().partition("-----BEGIN PRIVATE KEY-----")[0]
    (tmp_path / "own.pem").write_text(f"# Société\n{certificate}\n{certificate}", "utf-8")
    (tmp_path / "own.der").write_bytes(ssl.PEM_cert_to_DER_cert(certificate.strip()))
    broken = certificate.replace("MII", "AAA")
    (tmp_path / "half.pem").write_text(f"{broken}\n{certificate}")
    (tmp_path / "broken.pem").write_text(broken)
    (tmp_path / "key.pem").write_text(
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
    )
    (tmp_path / "empty.pem").touch()
    (tmp_path / "text.pem").write_text("no certificate at all")
    for folder in ("none", "plain", "hashed"):
        (tmp_path / folder).mkdir()
    (tmp_path / "none" / "text.pem").write_text("nothing")
    (tmp_path / "plain" / "own.crt").write_text(certificate)
    (tmp_path / "hashed" / "0f3a9c12.0").write_text(certificate)
    return tmp_path


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("value", ["own.pem", "own.der", "half.pem", "plain"])
def test_a_file_or_folder_with_certificates_is_trusted(name: str, value: str, files: Path):
    context = trust_context({name: str(files / value)})
    subjects = [str(each["subject"]) for each in context.get_ca_certs()]
    assert any("localhost" in subject for subject in subjects)
    assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname


def test_what_replaces_the_systems_own_replaces_it_and_what_adds_adds(files: Path):
    own, system = str(files / "own.pem"), len(trust_context({}).get_ca_certs())
    assert len(trust_context({"SSL_CERT_FILE": own}).get_ca_certs()) == 1
    assert len(trust_context({"NODE_EXTRA_CA_CERTS": own}).get_ca_certs()) == system + 1
    first = {"SSL_CERT_FILE": own, "REQUESTS_CA_BUNDLE": "/missing", "NODE_EXTRA_CA_CERTS": ""}
    assert len(trust_context(first).get_ca_certs()) == 1, "the first that is set counts"


def test_of_several_folders_those_that_are_there_count(files: Path):
    value = f"{files / 'missing'}:{files / 'hashed'}:{files / 'none'}"
    trust_context({"SSL_CERT_DIR": value})
    value = f"{files / 'none'}:{files / 'plain'}"
    assert len(trust_context({"SSL_CERT_DIR": value}).get_ca_certs()) == 1


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("missing.pem", "which does not exist"),
        ("own.pem/x", "which does not exist"),
        ("broken.pem", "which holds no certificate"),
        ("key.pem", "which holds no certificate"),
        ("empty.pem", "which holds no certificate"),
        ("text.pem", "which holds no certificate"),
        ("none", "which holds no certificate"),
    ],
)
@pytest.mark.parametrize("name", VARIABLES)
def test_what_cannot_be_used_is_named_with_its_variable(
    name: str, value: str, why: str, files: Path
):
    with pytest.raises(CertificateFileError) as caught:
        trust_context({name: str(files / value)})
    words = str(caught.value)
    assert words.startswith(f"{name} names ") and str(files / value) in words
    assert words.endswith(why)


async def test_a_server_with_a_certificate_of_its_own_is_reached_once_it_is_trusted(
    monkeypatch: pytest.MonkeyPatch,
):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(PEM)
    async with serve_answers(GOOD, tls=tls) as server:
        with pytest.raises(ApiError) as caught:
            await collect(client_for(server.url, retry_policy=NO_RETRY))
        assert caught.value.kind == "tls"
        assert "SSL_CERT_FILE or NODE_EXTRA_CA_CERTS" in caught.value.sentence
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
            with monkeypatch.context() as only:
                only.setenv(name, str(PEM))
                _, response = await collect(client_for(server.url))
            assert response.stop_reason == "end_turn", name


async def test_a_variable_that_names_no_certificate_ends_the_request_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("SSL_CERT_FILE", "/missing.pem")
    claude = ClaudeClient(base_url="https://api.example.test", api_key=KEY)
    with pytest.raises(ApiError) as caught:
        await collect(claude)
    assert (caught.value.kind, caught.value.retryable) == ("certificates", False)
    assert caught.value.sentence == (
        "The certificates to trust cannot be used: SSL_CERT_FILE names /missing.pem, which does "
        "not exist. Correct or unset that variable."
    )
    assert capfd.readouterr().err == ""


async def test_without_encryption_no_certificate_is_looked_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/missing.pem")
    async with serve_answers(GOOD) as server:
        _, response = await collect(client_for(server.url))
    assert response.stop_reason == "end_turn"
