"""What is blacked out of results: our own credentials in any encoding, keys by their looks."""

import base64
import subprocess
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tui.claude.credentials import secret_values
from tui.claude.redaction import SHAPES, Redactor, redaction_markers

KEY = "sk-ant-api03-" + "Ab3_" * 23 + "-QAA"
TOKEN = "plain+token/of=a&proxy-0123456789"
ENVIRONMENT = {
    "ANTHROPIC_API_KEY": KEY,
    "ANTHROPIC_AUTH_TOKEN": TOKEN,
    "ANTHROPIC_CUSTOM_HEADERS": "X-Team: blue\nX-Access: Basic c2VjcmV0LWhlYWRlcg==",
    "https_proxy": "http://user:pr0xy%21word@proxy.example:3128",
    "ANTHROPIC_MODEL": "claude-opus-5-5",
}


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(secret_values(ENVIRONMENT))


def run(line: str, text: str) -> str:
    result = subprocess.run(["bash", "-c", line], input=text, capture_output=True, text=True)
    return result.stdout


FORMS: dict[str, Callable[[str], str]] = {
    "plain": lambda secret: f"KEY={secret}\n",
    "quoted": lambda secret: f'{{"key": "{secret}"}}',
    "in a url": lambda secret: f"?key={quote(secret, safe='')}&x=1",
    "base64, wrapped": lambda secret: run("base64", secret),
    "base64, two before": lambda secret: run("base64 -w0", f"k={secret} and more"),
    "base64, one before": lambda secret: run("base64 -w0", f"={secret}"),
    "base64, many before": lambda secret: run("base64", f"some words before {secret}\n"),
    "base64, for urls": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "hex": lambda secret: secret.encode().hex(),
    "hex with blanks": lambda secret: secret.encode().hex(" "),
    "hex with colons": lambda secret: secret.encode().hex(":").upper(),
    "every byte escaped": lambda secret: "".join(f"\\x{byte:02x}" for byte in secret.encode()),
    "every byte in a URL": lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()),
    "hex, wrapped": lambda secret: "\n".join(
        secret.encode().hex()[at : at + 60] for at in range(0, 999, 60)
    ),
    "cut off": lambda secret: f"KEY={secret[:-5]}",
    "end only": lambda secret: secret[4:] + "\n",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
def test_our_own_credentials_are_removed_in_every_form(redactor: Redactor, form: str, name: str):
    text = FORMS[form](ENVIRONMENT[name])
    found = redactor(f"before\n{text}\nafter\n")
    assert found.found == (f"the value of {name}",)
    assert found.text.startswith("before\n") and found.text.endswith("\nafter\n")
    left = found.text.replace(f"[removed: the value of {name}]", "")
    secret = ENVIRONMENT[name]
    for shown in (secret, base64.b64encode(secret.encode()).decode(), secret.encode().hex()):
        assert not any(shown[at : at + 16] in left for at in range(len(shown) - 16))


def test_passwords_of_proxies_and_headers_are_removed(redactor: Redactor):
    found = redactor("pr0xy%21word pr0xy!word,c2VjcmV0LWhlYWRlcg== blue claude-opus-5-5 user")
    assert found.text == (
        "[removed: the value of https_proxy] [removed: the value of https_proxy],"
        "[removed: the value of ANTHROPIC_CUSTOM_HEADERS] blue claude-opus-5-5 user"
    )


LOOKS = [
    "sk-ant-api03-abcdefghijklmnopqrstu",
    "sk-proj-abcdefghijklmnopqrstuvwx",
    "AKIA2E0A8F3B244C9986",
    "ASIA2E0A8F3B244C9986",
    "aws_secret_access_key = wJalrXUtnFEMIxK7MDENGabPxRfiCYzzzzzzKEYa",
    '"SecretAccessKey": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzzzzzzKEYa"',
    "ghp_" + "a1B2" * 9,
    "ghs_" + "a1B2" * 9,
    "github_pat_" + "a1B2_" * 16,
    "glpat-" + "x" * 20,
    "xoxb-123456789012-abcdef",
    "AIza" + "Sy-_5" * 7,
    "ya29." + "a" * 40,
    "npm_" + "a1B2" * 9,
    "pypi-AgEIcHlwaS5vcmc" + "C" * 60,
    "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "SG." + "a" * 22 + "." + "b" * 43,
    "hf_" + "a" * 34,
    "dop_v1_" + "a1" * 32,
    "AGE-SECRET-KEY-1" + "Q" * 58,
]


@pytest.mark.parametrize("key", LOOKS)
def test_keys_are_known_by_their_looks(redactor: Redactor, key: str):
    secret = key.rpartition("= ")[2].rpartition(': "')[2].strip('"')
    found = redactor(f"x: {key}, y\n")
    assert secret not in found.text
    assert "[removed: looks like a" in found.text and found.text.endswith(", y\n")
    assert list(redaction_markers(found.text))


PLAIN = [
    "sk-ant-...",
    "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "task-force-abcdefghijklmnopqrstuvwxyz",
    "ghp_short",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "Bearer authentication is used here",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    'if "-----BEGIN PRIVATE KEY-----" in text:\n    return True\n',
    "-----BEGIN CERTIFICATE-----\n" + "MIIB" * 16 + "\n-----END CERTIFICATE-----\n",
    "-----BEGIN PUBLIC KEY-----\n" + "MIIB" * 16 + "\n-----END PUBLIC KEY-----\n",
]


@pytest.mark.parametrize("text", PLAIN)
def test_other_text_is_left_alone(redactor: Redactor, text: str):
    assert redactor(text) == (text, ())


BODY = "\n".join(
    ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7Vs" + "a" * 10] * 5 + ["ab=="]
)
PEM = f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----"
OLD = (
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES,12\n\n"
    f"{BODY}\n-----END RSA PRIVATE KEY-----"
)


@pytest.mark.parametrize("key", [PEM, OLD], ids=["plain", "encrypted"])
@pytest.mark.parametrize(
    "shown",
    [
        lambda key: key,
        lambda key: "\n".join(f"{n:>6}\t{line}" for n, line in enumerate(key.split("\n"), 1)),
        lambda key: "\n".join(f"a/id_rsa:{n}:{line}" for n, line in enumerate(key.split("\n"), 1)),
        lambda key: "\n".join(f"    {line}" for line in key.split("\n")),
        lambda key: 'KEY="' + key.replace("\n", "\\n") + '"',
        lambda key: key.rpartition("\n")[0],
        lambda key: key.partition("\n")[2],
    ],
    ids=["file", "numbered", "grep", "indented", "one line", "no end", "no beginning"],
)
def test_private_keys_are_removed_line_by_line(
    redactor: Redactor, key: str, shown: Callable[[Any], object]
):
    text = f"before\n{shown(key)}\nafter words\n"
    found = redactor(text)
    assert "a private key" in found.found
    assert "MIIEvQIBADANBgkq" not in found.text
    assert found.text.startswith("before\n") and found.text.endswith("\nafter words\n")
    assert found.text.count("\n") == text.count("\n")


def test_a_private_key_that_comes_in_pieces_is_removed(redactor: Redactor):
    stream = redactor.for_stream()
    text = "".join(stream.feed(line + "\n").text for line in f"a\n{OLD}\nb".split("\n"))
    assert "MIIEvQIBADANBgkq" not in text
    assert text.startswith("a\n") and text.endswith("\nb\n")


def test_short_values_are_not_looked_for():
    assert Redactor({"test": "X"})("a test of tests").text == "a test of tests"


def test_every_shape_is_looked_for_only_where_it_may_be():
    for shape in SHAPES:
        assert shape.begins and all(shape.begins)


def test_a_result_of_usual_size_costs_next_to_nothing(redactor: Redactor):
    text = "\n".join(f"    value_{n} = compute(argument_{n}, 'text {n}')" for n in range(600))
    assert 28_000 < len(text) < 33_000
    began = time.process_time()
    for _ in range(20):
        redactor(text)
    assert (time.process_time() - began) / 20 < 0.005
