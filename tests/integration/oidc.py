"""Providers of OpenID Connect on loopback: a real one, and one that forges whatever a test asks for."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import RSAKey

from lumber.identity.oidc.config import Provider, ProviderConfig
from tests.integration.processes import PATIENCE_SECONDS, Running, started, until

SCRIPT = Path(__file__).with_name("oidc_provider.mjs")
CLIENT_ID, SECRET = "lumber", "not + secret/in tests"
_FORM = re.compile(r'<form[^>]* action="([^"]+)"')
_SEE_OTHER = (302, 303)


@dataclass
class RealProvider:
    """The provider of the npm package oidc-provider, as a process."""

    running: Running
    issuer: str

    def rotate(self) -> None:
        """Give it another key. It forgets the old one."""
        self._post("rotate")

    def redirect_to(self, uri: str) -> None:
        """Let it send browsers to this address, and give it another key."""
        self._post("redirect", uri=uri)

    def _post(self, change: str, **values: str) -> None:
        address = f"{self.issuer}/test/{change}"
        answer = httpx2.post(address, params=values, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 200

    def sign_in(self, browser: httpx2.Client, address: str, login: str) -> str:
        """Sign in as a person does, from where Lumber sends a browser; return where the provider sends it."""
        for _ in range(8):
            answer = browser.get(address)
            if (form := _FORM.search(answer.text)) is not None:
                answer = browser.post(
                    form.group(1), data={"prompt": "login", "login": login, "password": "any"}
                )
            assert answer.status_code in _SEE_OTHER, answer.text
            address = str(answer.url.join(answer.headers["location"]))
            if not address.startswith(self.issuer):
                return address
        raise AssertionError("the provider goes in circles")


@contextmanager
def real_provider(
    accounts: dict[str, dict[str, Any]], redirect_uris: list[str], **settings: Any
) -> Iterator[RealProvider]:
    """Run the provider with accounts, named by their login, until the end of the block."""
    client = {
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "redirect_uris": redirect_uris,
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
    }
    chosen = {"accounts": accounts, "clients": [client], **settings}
    with started("node", SCRIPT, json.dumps(chosen)) as running:
        until(lambda: running.assert_runs() or running.stdout.endswith("\n"))
        yield RealProvider(running, running.stdout.strip())


@dataclass
class ForgingProvider:
    """A provider that answers what a test wants. Its tokens are right until a test changes something."""

    issuer: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "key-1", "use": "sig"}))
    document: dict[str, Any] = field(default_factory=dict)
    keys: list[dict[str, Any]] | None = None
    answer: Any = None
    userinfo: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def metadata(self) -> dict[str, Any]:
        ours = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
        }
        return {name: value for name, value in {**ours, **self.document}.items() if value is not None}

    def key_set(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)] if self.keys is None else self.keys}

    def count(self, path: str) -> int:
        """Return how often a path was asked for."""
        return sum(called == path for called, _ in self.calls)

    def claims(self, nonce: str, /, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        ours = {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": "ada", "nonce": nonce, "iat": now, "exp": now + 300,
            "email": "ada@example.org", "email_verified": True, "preferred_username": "ada", "groups": [],
        }  # fmt: skip
        return {name: value for name, value in {**ours, **changes}.items() if value is not None}

    def token(self, nonce: str, header: dict[str, Any] | None = None, /, **changes: Any) -> str:
        """Return an ID token, with changed claims; None takes one away."""
        full = {"alg": "RS256", "kid": "key-1", **(header or {})}
        return jwt.encode(full, self.claims(nonce, **changes), self.key, algorithms=[full["alg"]])

    def give(self, id_token: str | None, **more: Any) -> None:
        """Answer the next codes with this token."""
        self.answer = {"token_type": "Bearer", "access_token": "opaque", "id_token": id_token, **more}


@contextmanager
def forging_provider() -> Iterator[ForgingProvider]:
    """Run a forging provider in a thread until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            forging.calls.append((path, {}))
            answers = {
                "/.well-known/openid-configuration": forging.metadata,
                "/keys": forging.key_set,
                "/userinfo": lambda: forging.userinfo,
            }
            self._send(answers[path]() if path in answers else (404, {}, "{}"))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            forging.calls.append((self.path, form))
            self._send(forging.answer)

        def _send(self, answer: Any) -> None:
            status, headers, body = answer if isinstance(answer, tuple) else (200, {}, json.dumps(answer))
            raw = body if isinstance(body, bytes) else body.encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(raw)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        forging = ForgingProvider(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield forging
        finally:
            server.shutdown()
            thread.join()


def provider_of(issuer: str, **config: Any) -> Provider:
    """Return the configuration of a provider."""
    ours = {"id": "corp", "name": "Corp", "issuer": issuer, "client_id": CLIENT_ID}
    return Provider(ProviderConfig.model_validate({**ours, **config}), SECRET)
