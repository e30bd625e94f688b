"""Which answers of a provider sign somebody in. A provider of our own makes the forged ones."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from lumber.identity.oidc.attempt import Attempt
from lumber.identity.oidc.callback import Callback
from lumber.identity.oidc.client import ProviderClient
from lumber.identity.oidc.failures import Code, SignInFailed
from lumber.identity.oidc.flow import CodeFlow
from lumber.identity.oidc.person import Person
from tests.integration.oidc import CLIENT_ID, ForgingProvider, forging_provider, provider_of
from tests.integration.processes import PATIENCE_SECONDS

REDIRECT = "http://127.0.0.1:8000/api/v1/login/corp/callback"
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "key-1"})


@pytest.fixture(scope="module")
def running() -> Iterator[ForgingProvider]:
    with forging_provider() as forging:
        yield forging


@pytest.fixture
def forging(running: ForgingProvider) -> ForgingProvider:
    running.document, running.userinfo, running.keys, running.answer = {}, {}, None, None
    running.calls.clear()
    return running


class SignIn:
    """One sign-in, whose clock a test can set forward."""

    def __init__(self, forging: ForgingProvider, client: ProviderClient, **config: object) -> None:
        self.later = 0.0
        self.issuer = forging.issuer
        self.attempt = Attempt.new(None)
        self.flow = CodeFlow(
            provider_of(forging.issuer, **config), client, clock=lambda: time.monotonic() + self.later
        )

    @property
    def nonce(self) -> str:
        return self.attempt.nonce

    async def finish(self, **changes: str | None) -> Person:
        answer = {"code": "any", "error": None, "issuer": self.issuer, **changes}
        return await self.flow.person(self.attempt, REDIRECT, Callback(**answer))

    async def refusal(self, **changes: str | None) -> str:
        with pytest.raises(SignInFailed) as refused:
            await self.finish(**changes)
        return refused.value.reason.value


@pytest.fixture
async def client() -> AsyncIterator[ProviderClient]:
    client = ProviderClient()
    yield client
    await client.close()


@pytest.fixture
def sign_in(forging: ForgingProvider, client: ProviderClient) -> SignIn:
    return SignIn(forging, client)


async def test_a_right_token_says_who_signed_in(forging: ForgingProvider, sign_in: SignIn) -> None:
    forging.give(forging.token(sign_in.nonce, groups=["analysts"], aud=[CLIENT_ID]))
    person = await sign_in.finish()
    assert person == Person(forging.issuer, "ada", "ada", "ada@example.org", True, ("analysts",))
    (form,) = [form for path, form in forging.calls if path == "/token"]
    assert form == {
        "grant_type": "authorization_code",
        "code": "any",
        "redirect_uri": REDIRECT,
        "code_verifier": sign_in.attempt.verifier,
    }


NOW = int(time.time())
WRONG_CLAIMS = {
    "another issuer": ({"iss": "https://id.example.net"}, "wrong_issuer"),
    "no issuer": ({"iss": None}, "wrong_issuer"),
    "another audience": ({"aud": "somebody-else"}, "wrong_audience"),
    "no audience": ({"aud": None}, "wrong_audience"),
    "several audiences and no party": ({"aud": [CLIENT_ID, "somebody-else"]}, "wrong_audience"),
    "another party": ({"aud": [CLIENT_ID], "azp": "somebody-else"}, "wrong_audience"),
    "a nonce of another sign-in": ({"nonce": Attempt.new(None).nonce}, "wrong_nonce"),
    "no nonce": ({"nonce": None}, "wrong_nonce"),
    "a list of nonces": ({"nonce": ["x"]}, "wrong_nonce"),
    "expired": ({"exp": NOW - 120}, "wrong_time"),
    "no end": ({"exp": None}, "wrong_time"),
    "an end that is no number": ({"exp": "never"}, "wrong_time"),
    "made in the future": ({"iat": NOW + 3_600}, "wrong_time"),
    "not valid yet": ({"nbf": NOW + 3_600}, "wrong_time"),
    "no subject": ({"sub": None}, "wrong_subject"),
    "a subject of another type": ({"sub": 42}, "wrong_subject"),
    "an endless subject": ({"sub": "a" * 256}, "wrong_subject"),
}


@pytest.mark.parametrize(("changes", "reason"), WRONG_CLAIMS.values(), ids=WRONG_CLAIMS.keys())
async def test_a_token_with_a_wrong_claim_is_refused(
    forging: ForgingProvider, sign_in: SignIn, changes: dict, reason: str
) -> None:
    forging.give(forging.token(sign_in.nonce, **changes))
    assert await sign_in.refusal() == reason


async def test_clocks_may_be_a_minute_apart(forging: ForgingProvider, sign_in: SignIn) -> None:
    now = int(time.time())
    forging.give(forging.token(sign_in.nonce, iat=now + 40, nbf=now + 40, exp=now - 40))
    assert (await sign_in.finish()).subject == "ada"


def encoded(part: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def unsigned(forging: ForgingProvider, nonce: str) -> str:
    return f"{encoded({'alg': 'none', 'kid': 'key-1'})}.{encoded(forging.claims(nonce))}."


def signed_with_the_public_key(forging: ForgingProvider, nonce: str) -> str:
    """The library refuses such a key, so it is done by hand."""
    text = ".".join(encoded(part) for part in ({"alg": "HS256", "kid": "key-1"}, forging.claims(nonce)))
    signature = hmac.digest(forging.key.as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def signed_with_the_secret(forging: ForgingProvider, nonce: str) -> str:
    key = OctKey.import_key(provider_of(forging.issuer).client_secret or "")
    return jwt.encode({"alg": "HS256"}, forging.claims(nonce), key)


def signed_by_another(forging: ForgingProvider, nonce: str) -> str:
    return jwt.encode({"alg": "RS256", "kid": "key-1"}, forging.claims(nonce), OTHER_KEY)


def signed_by_an_unknown_key(forging: ForgingProvider, nonce: str) -> str:
    return forging.token(nonce, {"kid": "key-2"})


def signed_by_a_key_in_its_header(forging: ForgingProvider, nonce: str) -> str:
    header = {"alg": "RS256", "kid": "key-2", "jwk": OTHER_KEY.as_dict(private=False)}
    return jwt.encode(header, forging.claims(nonce), OTHER_KEY)


def signed_otherwise_than_agreed(forging: ForgingProvider, nonce: str) -> str:
    key = ECKey.generate_key("P-256", {"kid": "key-1"})
    return jwt.encode({"alg": "ES256", "kid": "key-1"}, forging.claims(nonce), key)


def changed_afterwards(forging: ForgingProvider, nonce: str) -> str:
    header, _, signature = forging.token(nonce).split(".")
    return f"{header}.{encoded(forging.claims(nonce, sub='root'))}.{signature}"


FORGED = {
    unsigned: "wrong_algorithm",
    signed_with_the_public_key: "wrong_algorithm",
    signed_with_the_secret: "wrong_algorithm",
    signed_otherwise_than_agreed: "wrong_algorithm",
    signed_by_another: "wrong_signature",
    changed_afterwards: "wrong_signature",
    signed_by_an_unknown_key: "unknown_key",
    signed_by_a_key_in_its_header: "unknown_key",
}


@pytest.mark.parametrize("forge", FORGED, ids=lambda forge: forge.__name__)
async def test_a_forged_token_is_refused(forging: ForgingProvider, sign_in: SignIn, forge) -> None:
    forging.give(forge(forging, sign_in.nonce))
    assert await sign_in.refusal() == FORGED[forge]


async def test_texts_that_no_encoding_has_are_refused(forging: ForgingProvider, sign_in: SignIn) -> None:
    for claim, reason in (("nonce", "wrong_nonce"), ("sub", "wrong_subject"), ("iss", "wrong_issuer")):
        claims = json.dumps(forging.claims(sign_in.nonce, **{claim: "\ud800"}))
        header = {"alg": "RS256", "kid": "key-1"}
        forging.give(jws.serialize_compact(header, claims, forging.key, ["RS256"]))
        assert await sign_in.refusal() == reason
    claims = json.dumps(
        forging.claims(sign_in.nonce, email="\ud800@a.org", preferred_username="\ud800", groups=["\ud800"])
    )
    forging.give(jws.serialize_compact(header, claims, forging.key, ["RS256"]))
    assert (await sign_in.finish()).email is None


@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        "a.b",
        "a.b.c.d.e",
        "....",
        42,
        {"a": 1},
        "\ud800.b.c",
        "e30.e30.e30",
        "WzFd.e30.e30",
        "bnVsbA.e30.e30",
    ],
    ids=repr,
)
async def test_what_is_no_token_is_refused(forging: ForgingProvider, sign_in: SignIn, token: object) -> None:
    forging.give(token)
    assert await sign_in.refusal() in ("malformed_token", "wrong_algorithm")


async def test_an_answer_of_another_provider_gets_no_code(forging: ForgingProvider, sign_in: SignIn) -> None:
    forging.give(forging.token(sign_in.nonce))
    assert await sign_in.refusal(issuer="https://id.example.net") == "wrong_issuer"
    # This provider names itself in each answer, so an answer without a name is from another one.
    assert await sign_in.refusal(issuer=None) == "wrong_issuer"
    assert forging.count("/token") == 0
    forging.document = {"authorization_response_iss_parameter_supported": None}
    sign_in.later = 4_000
    assert (await sign_in.finish(issuer=None)).subject == "ada"


async def test_a_key_that_is_rotated_is_fetched_and_unknown_ones_do_not_flood(
    forging: ForgingProvider, sign_in: SignIn
) -> None:
    forging.give(forging.token(sign_in.nonce))
    await sign_in.finish()
    before, forging.key = forging.key, RSAKey.generate_key(2048, {"kid": "key-2", "use": "sig"})
    try:
        forging.give(forging.token(sign_in.nonce, {"kid": "key-2"}))
        # Just fetched: not again at once.
        assert await sign_in.refusal() == "unknown_key"
        sign_in.later = 6
        assert (await sign_in.finish()).subject == "ada"
        assert forging.count("/keys") == 2
        # The old key is gone with the old set.
        forging.give(jwt.encode({"alg": "RS256", "kid": "key-1"}, forging.claims(sign_in.nonce), before))
        for _ in range(3):
            assert await sign_in.refusal() == "unknown_key"
        assert forging.count("/keys") == 2
    finally:
        forging.key = before


async def test_a_withdrawn_key_does_not_stay_known(forging: ForgingProvider, sign_in: SignIn) -> None:
    forging.give(forging.token(sign_in.nonce))
    await sign_in.finish()
    forging.keys = []
    sign_in.later = 301
    assert await sign_in.refusal() == "unknown_key"


async def test_keys_that_can_not_be_fetched_are_not_asked_for_by_everybody(
    forging: ForgingProvider, sign_in: SignIn
) -> None:
    forging.give(forging.token(sign_in.nonce))
    forging.document = {"jwks_uri": f"{forging.issuer}/token"}
    for _ in range(3):
        assert await sign_in.refusal() == "provider_unreachable"
    # Each of them exchanged its code there, and the first one asked for keys.
    assert (forging.count("/token"), forging.count("/keys")) == (4, 0)


async def test_weak_private_and_other_keys_are_not_taken(forging: ForgingProvider, sign_in: SignIn) -> None:
    forging.give(forging.token(sign_in.nonce))
    public = forging.key.as_dict(private=False)
    for keys in (
        [forging.key.as_dict(private=True)],
        [{**public, "use": "enc"}],
        [{**public, "alg": "RS512"}],
        [{**public, "key_ops": ["encrypt"]}],
        [{**public, "n": public["n"][:200]}],
        [{**public, "n": public["n"] * 5}],
        [{**public, "e": public["n"]}],
        [{"kty": "oct", "kid": "key-1", "k": "c2VjcmV0"}],
        ["text", None, {"kty": "RSA"}, {"kty": "EC", "crv": "none"}],
    ):
        forging.keys = keys
        sign_in.later += 301
        assert await sign_in.refusal() == "unknown_key", keys


WRONG_METADATA = {
    "another issuer": {"issuer": "https://id.example.net"},
    "an issuer with a slash more": {"issuer": "http://127.0.0.1/"},
    "symmetric signatures only": {"id_token_signing_alg_values_supported": ["HS256", "none"]},
    "a token endpoint without TLS": {"token_endpoint": "http://id.example.org/token"},
    "keys in a file": {"jwks_uri": "file:///etc/passwd"},
    "no authorization endpoint": {"authorization_endpoint": None},
    "a script as its page": {"authorization_endpoint": "javascript:alert(1)"},
}


@pytest.mark.parametrize("changes", WRONG_METADATA.values(), ids=WRONG_METADATA.keys())
async def test_wrong_metadata_is_refused(forging: ForgingProvider, sign_in: SignIn, changes: dict) -> None:
    forging.document = changes
    with pytest.raises(SignInFailed) as refused:
        await sign_in.flow.authorization_url(sign_in.attempt, REDIRECT)
    assert refused.value.reason.value == "bad_metadata"
    assert refused.value.page_code is Code.PROVIDER_UNAVAILABLE


ANSWERS = {
    "a redirect": ((302, {"Location": "/keys"}, "{}"), "client_refused"),
    "too much": ((200, {}, json.dumps({"text": "a" * 600_000})), "provider_unreachable"),
    "compressed": ((200, {"Content-Encoding": "gzip"}, "{}"), "provider_unreachable"),
    "no JSON": ((200, {}, "<html>"), "provider_unreachable"),
    "a list": ((200, {}, "[]"), "provider_unreachable"),
    "nested without end": ((200, {}, "[" * 100_000), "provider_unreachable"),
    "a refused code": ((400, {}, '{"error": "invalid_grant"}'), "code_refused"),
    "a refused client": ((401, {}, '{"error": "invalid_client"}'), "client_refused"),
}


@pytest.mark.parametrize(("answer", "reason"), ANSWERS.values(), ids=ANSWERS.keys())
async def test_bad_answers_of_the_token_endpoint_are_refused(
    forging: ForgingProvider, sign_in: SignIn, answer: object, reason: str
) -> None:
    forging.answer = answer
    assert await sign_in.refusal() == reason


async def test_a_provider_that_is_down_is_not_asked_by_everybody(client: ProviderClient) -> None:
    with forging_provider() as gone:
        pass
    sign_in = SignIn(gone, client)
    for _ in range(2):
        assert await sign_in.refusal() == "provider_unreachable"


async def test_a_provider_that_sends_one_byte_after_the_other_is_given_up() -> None:
    has_ended = asyncio.Event()

    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        with suppress(ConnectionError):
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)
        writer.close()
        has_ended.set()

    server = await asyncio.start_server(dribble, "127.0.0.1", 0)
    client = ProviderClient(seconds=0.2)
    try:
        with pytest.raises(SignInFailed, match="can't be reached") as refused:
            await client.get(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        assert refused.value.page_code is Code.PROVIDER_UNAVAILABLE
    finally:
        await client.close()
        await asyncio.wait_for(has_ended.wait(), PATIENCE_SECONDS)
        server.close()


async def test_userinfo_completes_a_token_and_must_tell_of_the_same_person(
    forging: ForgingProvider, client: ProviderClient
) -> None:
    sign_in = SignIn(forging, client, allowed_groups=["analysts"])
    forging.give(forging.token(sign_in.nonce, groups=None, email_verified=None, preferred_username=None))
    forging.userinfo = {"sub": "ada", "groups": ["analysts"], "iss": "https://id.example.net"}
    person = await sign_in.finish()
    assert (person.groups, person.issuer) == (("analysts",), forging.issuer)
    # It verifies another address than the signed one.
    forging.userinfo |= {"email": "ada@example.net", "email_verified": True}
    person = await sign_in.finish()
    assert (person.email, person.is_email_verified) == ("ada@example.org", False)
    forging.userinfo["sub"] = "root"
    assert await sign_in.refusal() == "wrong_subject"


async def test_secrets_are_sent_as_the_provider_wants_them(
    forging: ForgingProvider, sign_in: SignIn, client: ProviderClient
) -> None:
    forging.document = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    forging.give(forging.token(sign_in.nonce))
    await sign_in.finish()
    form = forging.calls[-2][1] if forging.calls[-1][0] == "/keys" else forging.calls[-1][1]
    assert (form["client_id"], form["client_secret"]) == (CLIENT_ID, "not + secret/in tests")
