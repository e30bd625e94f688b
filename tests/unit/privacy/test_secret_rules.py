"""Every declared rule for secrets finds its example, and nothing in its counter-example."""

import re

import pytest

from lumber.privacy.known_secrets import find_headers, find_named, find_schemes, find_url_passwords
from lumber.privacy.secret_rules.finding import RULES, find_spoken, find_tokens, is_random, maybe
from lumber.privacy.secret_rules.rule import SecretRule

MARKED = re.compile("«([^»]*)»")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.type}: {rule.example[:30]}")
def test_a_rule_finds_its_example_and_nothing_in_its_counter_example(rule: SecretRule) -> None:
    text = MARKED.sub(r"\1", rule.example)
    detect = find_tokens if rule.is_word else find_spoken
    assert [text[item.start : item.end] for item in detect(text, 0, len(text))] == MARKED.findall(
        rule.example
    )
    assert re.search(maybe(of_words=rule.is_word), text)
    for found in (find_tokens, find_spoken):
        assert list(found(rule.counter, 0, len(rule.counter))) == []


@pytest.mark.parametrize(
    "text",
    [
        "commit 6fe4476ee5a1832882e326b506d14126aaaa1234 in main",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "request 014df517-39d1-4453-b7b3-9930c563627c took 7 ms",
        "password authentication failed; session opened for user x",
        "password=<redacted> password: [FILTERED] passwd: password updated (using password: YES)",
        "cache key 0f3a9c44d1b75e2068aa31c9e4f7b250 hit, key=user:7, partition_key=shop-2026-03-02-eu-1",
        "authorization: denied, sessionId=4711, session_id: 0x1000a2b3c4d5, token=expired",
        "session 8d5f1c2e-4a3b-4000-8000-00a5c0e0b0d0 closed, etag 0f3a9c44d1b75e2068aa31c9e4f7b250",
        "Accepted password for x; password changed; password sha512",
        "cacheKey: 0f3a9c44d1b75e2068aa31c9e4f7b250a1b2c3d4, key 0f3a9c44d1b75e2068aa31c9e4f7b250 evicted",
        "Cache restored from key: Linux-node-0f3a9c44d1b75e2068aa31c9e4f7b250",
        "Established session 0x100000e1f2a0007, accounting session 5F8A1C3D00000012 begins",
        "INFO botocore.credentials: Found credentials in the environment",
        "Settings(db_password=SecretStr('**********'), x=1)",
        "pwd=/srv/app PWD=/opt/app/current",
        '"headers":{"Authorization":["REDACTED"]}',
        "sessionId=8d5f1c2e-4a3b-4000-8000-00a5c0e0b0d0 closed",
        "AppWindowToken{9f4ef63 token=Token{a64f992 ActivityRecord",
        "check_ntlm_password:  authentication for user [x] FAILED",
        f"schema=/EAAC{'AAAAgAAAwB' * 9}==",
        *(
            f"{word}Key=0f3a9c44d1b75e2068aa31c9e4f7b250 read"
            for word in (
                "shard",
                "route",
                "object",
                "row",
                "message",
                "dedup",
                "lookup",
                "lock",
                "blob",
                "event",
            )
        ),
        "objectKey: uploads/0f3a9c44d1b75e2068aa31c9e4f7b250.png",
        "nextPageToken: CAUQAA9fK2xQ7vLmP4tRz8WcJ1, next_token=9fK2xQ7vLmP4tRz8WcJ1",
        "syncToken=9fK2xQ7vLmP4tRz8WcJ1, continuation token 9fK2xQ7vLmP4tRz8WcJ1",
        'Acct-Session-Id = "5F8A1C3D00000012", audit_session_id=5F8A1C3D00000012AB',
        "in_port=1 cookie=0x1a2b3c4d5e6f7a8b, duration=12s",
        "session 1234 of user x, New session c12, ses=4294967295, Removed session c12.",
        "SSL session id 0f3a9c44d1b75e2068aa31c9e4f7b2500f3a9c44d1b75e2068aa31c9e4f7b250 reused",
        "auth=user:default, dsn=2.0.0, nonce=0f3a9c44d1b75e20",
        "404 is your status code, use 8080 as your port, error code 4040",
        "Removing window token=android.os.BinderProxy@6a0c1d2 displayId=0",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Cache saved with key: Linux-pip-0f3a9c44d1b75e2068aa31c9e4f7b250",
        "key 0f3a9c44d1b75e2068aa31c9e4f7b250 not found in cache, Signature 0f3a9c44d1b75e20 matched rule 7",
        'secret "default/web-tls-5f3a9c44d1" updated, secret "default-token-5f3a9" not found',
        "secret_arn=arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf",
        "%ops ALL=(ALL) NOPASSWD: ALL",
        "gpasswd: members of group docker set by root",
        "your password is needed. the new password is reusable, password set to expire",
        f"schema=+EAAA{'BAAAAAQAAA' * 6}==",
    ],
)
def test_ids_hashes_and_words_of_prose_stay(text: str) -> None:
    for detect in (find_tokens, find_spoken, find_named, find_headers):
        assert list(detect(text, 0, len(text))) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Password=Sommer1203!;Integrated Security=false", "Sommer1203!"),
        ("PreSharedKey = QLd8TjmQ2mW8g5k8Qx0bq1m8y5q8h7n6", "QLd8TjmQ2mW8g5k8Qx0bq1m8y5q8h7n6"),
        ("rootpw {SSHA}6vx6Z2c7GbinkufxBapShqpquPuY6Ok8", "{SSHA}6vx6Z2c7GbinkufxBapShqpquPuY6Ok8"),
        ("p@55word: tuna77", "tuna77"),
        ('{"passwd":"x","otp":"377861"}', "377861"),
        ("ran keytool -srcstorepass tuna77 -v", "tuna77"),
        ('[{"name":"DB_PASSWORD","value":"tiger386"}]', "tiger386"),
        ("APP_KEY=base64:9fK2xQ7vLmP4tRz8WcJ19fK2xQ7v", "9fK2xQ7vLmP4tRz8WcJ19fK2xQ7v"),
        ("unlockKey=0f3a9c44d1b75e2068aa31c9e4f7b250", "0f3a9c44d1b75e2068aa31c9e4f7b250"),
        ("licenseKey=0f3a9c44d1b75e2068aa31c9e4f7b250", "0f3a9c44d1b75e2068aa31c9e4f7b250"),
        ("set psksecret ENC AbCdEfGh1234567890==", "AbCdEfGh1234567890=="),
        ("ftp> USER x PASS tuna", "tuna"),
        ("%BGP: neighbor 192.0.2.1 password tuna", "tuna"),
        ("setx DB_PASSWORD tuna", "tuna"),
        ("htpasswd -b /etc/x y tuna", "tuna"),
        ("G-448831 is your Acme verification code.", "448831"),
        ("enter the code 448831 to log in", "448831"),
        ("one-time password for x: 448831", "448831"),
        ("SMS to +491511234567: code 448831", "448831"),
        ("448831 is your PIN", "448831"),
        ("password was changed to sunshine.", "sunshine"),
        ("refresh_token=9fK2xQ7vLmP4tRz8WcJ1", "9fK2xQ7vLmP4tRz8WcJ1"),
    ],
)
def test_a_secret_is_found_from_its_first_sign_to_its_last(text: str, value: str) -> None:
    found = [
        text[item.start : item.end]
        for detect in (find_named, find_spoken, find_tokens)
        for item in detect(text, 0, len(text))
    ]
    assert value in found
    assert not any(value in item and item != value for item in found)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("9fK2xQ7vLmP4tRz8WcJ1", True),
        ("0f3a9c44d1b75e2068aa31c9e4f7b250", True),
        ("4fzuwypky4pssnjkcwjxfpho0l", True),
        ("wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzKEYabcd1", True),
        ("Ab_9-xYz12-kLmN34_oPq-56", True),
        ("YAlvcrElhDaxWaNMhMOVxcjdEwykKdY", True),
        ("getUserNameFromSessionHandler", False),
        ("9fK2xQ7v", False),
        ("8d5f1c2e-4a3b-4000-8000-00a5c0e0b0d0", False),
        ("shop-orders-2026-03-02-eu-central-1", False),
        ("views/products/7-20260302100000", False),
        ("getUserNameFromSession2", False),
        ("curve25519-sha256-libssh", False),
        ("9173650284619375", False),
    ],
)
def test_random_strings_are_told_from_names_with_numbers(value: str, *, expected: bool) -> None:
    assert is_random(value) is expected


@pytest.mark.parametrize(
    "text",
    [
        "https://«bob:glpat-9fK2xQ7vLmP4tRz8WcJ1»@git.example.net/x",
        "https://gitlab-ci-token:«glpat-9fK2xQ7vLmP4tRz8WcJ1»@git.example.net/x",
        "redis://«:tuna77»@cache:6379",
        "https://oauth2:[secret:url_password]@git.example.net/x",
    ],
)
def test_in_addresses_the_names_of_programs_stay_beside_their_passwords(text: str) -> None:
    plain = MARKED.sub(r"\1", text)
    found = [plain[item.start : item.end] for item in find_url_passwords(plain, 0, len(plain))]
    assert found == MARKED.findall(text)


def test_a_pseudonym_beside_a_word_of_secrets_is_none() -> None:
    for text in (
        "key user_64ce461896d958eb not found",
        "credentials user_64ce461896d958eb:[secret:password]",
    ):
        assert list(find_spoken(text, 0, len(text))) == []
    text = "key 64ce461896d958eb64ce461896d958eb not found"
    assert [text[item.start : item.end] for item in find_spoken(text, 0, len(text))] == [text[4:36]]


_SCOPE = "20260302%2Feu-central-1%2Fs3%2Faws4_request"


@pytest.mark.parametrize(
    "text",
    [
        f"GET /k?X-Amz-Credential=«AKIAIOSFODNN7EXAMPLE»%2F{_SCOPE}&X-Amz-Date=20260302T100000Z HTTP/1.1",
        f"GET /k?X-Amz-Credential=[secret:named]%2F{_SCOPE}&X-Amz-Date=20260302T100000Z HTTP/1.1",
        "X-Amz-Credential=«AKIAIOSFODNN7EXAMPLE»/20260302/eu-central-1/s3/aws4_request",
        "GET /app/?ticket=ST-1856339-«aA5Yuvrxzpv8Tau1cYQ7-cas» HTTP/1.1",
        'connectionString="Server=db7;Database=shop;Password=«tuna77»;Encrypt=yes"',
        "connection_string=mongodb://db7/shop",
        "GET /cb?token_type=bearer HTTP/1.1",
        '"headers":{"Cookie":["REDACTED"],"Authorization":["REDACTED"]}',
        '"Failed to get secret" secret="default/db-credentials"',
        '"client_token":"hmac-sha256:0f3a9c44d1b75e20"',
        "$ echo $CI_JOB_TOKEN | docker login -u x --password-stdin registry",
        "$ echo «tuna77x» | docker login -u x --password-stdin registry",
    ],
)
def test_of_a_value_only_the_secret_part_is_found(text: str) -> None:
    plain = MARKED.sub(r"\1", text)
    found = {
        plain[item.start : item.end]
        for detect in (find_named, find_spoken, find_tokens, find_headers, find_schemes)
        for item in detect(plain, 0, len(plain))
    }
    assert found == set(MARKED.findall(text))
