"""Spellings in which something could hide: it is gone from the record, and the scan agrees."""

import json
from collections.abc import Sequence

import pytest

from lumber.catalog.registry import get_kind
from lumber.privacy.pseudonymizer import Pseudonymizer, contents
from lumber.privacy.rule import AddressMode
from tests.unit.privacy.rules import records, rule

LOGS = get_kind("logs")
HOST = "plantedhost001"


def rewritten(
    texts: Sequence[str], mode: AddressMode = AddressMode.TOKEN, column: str = "message"
) -> list[str]:
    """Return what texts become, after a scan that finds nothing in them."""
    pseudonymizer = Pseudonymizer(rule(addresses=mode))
    frame = records("logs", *[{"message": "m", "host_name": HOST, column: text} for text in texts])
    changed, _ = pseudonymizer.apply(frame, LOGS)
    assert pseudonymizer.scanner.frame(changed, contents(LOGS), "logs") == []
    return changed[column].to_list()


def assert_gone(secret: str, texts: Sequence[str], column: str = "message") -> None:
    for mode in AddressMode:
        for text, new in zip(texts, rewritten(texts, mode, column), strict=True):
            assert secret not in new, (mode, text, new)


USERS_AT = [
    "ssh alicex@10.9.8.7",
    "alicex@[10.9.8.7]",
    "scp f alicex@[2001:db8::77]:/x",
    "scp f alicex@2001:db8::77:/x",
    "ssh://alicex@10.9.8.7/",
    "alicex@::1 and alicex@fe80::1%eth0 and alicex@[fe80::1%eth0]",
    "peer:alicex@010.009.008.007:22",
]


def test_a_user_at_an_address_is_gone() -> None:
    assert_gone("alicex", USERS_AT)
    one, other = rewritten(["alicex@10.9.8.7", "alicex@web-01"])
    assert one.partition("@")[0] == other.partition("@")[0]


def test_an_address_at_a_host_stays_an_address() -> None:
    hosts = rewritten(["10.9.8.7@10.1.1.1", "2001:db8::1@web-01", "02:5e:00:c4:7b:03@web-01"])
    assert [text.partition("_")[0] for text in hosts] == ["ip", "ip", "mac"]


def test_a_mail_address_behind_another_at_sign_is_gone() -> None:
    assert_gone("bob@", ["alicex@bob@corp.com"])


CARDS = [
    "charge 4111111111111111 123 ok",
    "id 42 4111111111111111",
    "01:02:03 4111111111111111 ok",
    "pay 4111111111111111 12/26 cvv 123",
    "card_4111111111111111 card-4111111111111111 cc4111111111111111",
    "total 4111111111111111.00",
    "order 4111111111111111-1 or 1-4111111111111111-1",
]
GROUPED_CARDS = [
    "01:02:03 4111 1111 1111 1111 ok",
    "qty 100 4111 1111 1111 1111",
    "order 4111-1111-1111-1111-1",
    "a 4111\u00a01111\u00a01111\u00a01111 b 4111  1111  1111  1111",
    "5 4111-1111-1111-1111",
]


def test_a_card_number_beside_other_numbers_is_gone() -> None:
    assert_gone("4111", CARDS)
    assert_gone("1111", GROUPED_CARDS)


def test_other_numbers_stay() -> None:
    kept = [
        "blk_4111111111111111 blk_-4111111111111111",
        "req-4111111111111111 id4111111111111111 0.4111111111111111",
        "4111111111111111.5 4111111111111112 123 41111111111111111111 7",
        "1700000000000 1700000000000000 20261123140553 2026-11-23 14 05",
        "4111 1111-1111 1111",
    ]
    assert rewritten(kept) == kept


ESCAPES = [
    "\\n", "\\t", "\\r", "\\f", "\\\\n", "#011", "#012", "#015#012", "\\x0a", "\\012", "\\u00e9", "\\u2028",
    "\\u000a", "\\\\u000a", "%0a", "%20", "\x1b[31m", "\\u001b[1;31m", "\\033[0m",
]  # fmt: skip
BEHIND_ESCAPES = {
    "02:5e:00:c4:7b:03": "5e:00",
    "025e.00c4.7b03": "00c4",
    HOST: "planted",
    "AKIAIOSFODNN7EXAMPLE": "EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N-_XgL0n3I9": "eyJ",
    "4111111111111111": "1111",
    "10.9.8.7": "9.8.7",
    "2001:db8::77": "::77",
    "ip-10-9-8-7": "9-8-7",
    "alicex@corp.com": "alicex",
    "alicex@10.9.8.7": "alicex",
    "user bobx": "bobx",
    "password=hunter2x": "hunter2x",
    "Account Name:#011#011#011carolx": "carolx",
}


def test_nothing_hides_behind_an_escape() -> None:
    for value, secret in BEHIND_ESCAPES.items():
        texts = [f"a{escape}{value}{after}" for escape in ESCAPES for after in (" b", f"{escape}b")]
        modes = [mode for mode in AddressMode if mode is not AddressMode.KEEP]
        for mode in modes:
            for text, new in zip(texts, rewritten(texts, mode), strict=True):
                assert secret not in new, (text, new)
        documents = [json.dumps({"k": text}) for text in texts]
        for text, new in zip(texts, rewritten(documents, column="structured_data"), strict=True):
            assert secret not in new, (text, new)


def test_an_escape_stays_and_what_is_behind_it_gets_its_own_token() -> None:
    (known,) = rewritten(["10.9.8.7 alicex@corp.com"])
    address, mail = known.split()
    assert rewritten(['{"e":"x\\n10.9.8.7\\nalicex@corp.com#012y"}', "a#01210.9.8.7,#01210.9.8.7"]) == [
        f'{{"e":"x\\n{address}\\n{mail}#012y"}}',
        f"a#012{address},#012{address}",
    ]


def test_escapes_of_what_is_printed_are_taken_away_where_something_hides() -> None:
    texts = [
        "\\x61licex@corp.com",
        "alicex\\u0040corp.com",
        "alicex\\\\u0040corp.com",
        "http:\\/\\/alicex:pw@web-01\\/",
    ]
    assert_gone("licex", texts)
    assert rewritten(["10#0569.8.7", "10\\x2e9.8.7"]) == rewritten(["10.9.8.7"] * 2)
    assert rewritten(["\\x41 \\u00e9 \\ud83d\\ude00 \\ud83d C:\\new\\x41"]) == [
        "\\x41 \\u00e9 \\ud83d\\ude00 \\ud83d C:\\new\\x41"
    ]


def test_a_letter_of_another_alphabet_is_a_border() -> None:
    assert_gone("planted", [f"ホスト{HOST}に接続", f"é{HOST}", f"{HOST}é {HOST}の"])
    (known,) = rewritten(["alicex@example.com"])
    texts = [
        "宛先alicex@example.comへ",
        "메일alicex@example.com로",
        "宛先alicex@web-01へ",
    ]
    assert rewritten(texts[:2]) == [text.replace("alicex@example.com", known) for text in texts[:2]]
    assert_gone("alicex", texts)
    assert rewritten(["é@exämple.de"])[0].startswith("mail_")
    assert rewritten(["用户@例子.中国"])[0].startswith("mail_")


def test_names_of_fields_may_have_dots_and_parents() -> None:
    documents = [
        '{"user.name":"alicex","user.id":"alicex","source.user.name":"alicex","winlog.user.full_name":"alicex"}',
        '{"user":{"name":"alicex","id":"alicex"}}',
        '{"source":{"user":{"name":"alicex","full_name":"alicex"}}}',
        '{"users":[{"name":"alicex"}],"account":{"id":"alicex"}}',
        '{"host.name":"alicex","host.hostname":"alicex","host":{"name":"alicex","id":"alicex"}}',
        '{"device":{"id":"alicex"},"k8s.node.name":"alicex","peer":{"host":{"name":"alicex"}}}',
    ]
    assert_gone("alicex", documents, "structured_data")
    assert_gone(
        "alicex", ["user.name=alicex", 'a {"user.name":"alicex"}', 'a {"user":{"id":5,"name":"alicex"}}']
    )
    kept = ['{"name":"alicex","process":{"name":"alicex"},"user":{"group":{"name":"alicex"}}}']
    assert rewritten(kept, column="structured_data") == kept


HEADERS = {
    'Authorization: Digest username="alicex", realm="r", response="zz11"': "Authorization: {}",
    "a Authorization: AWS4-HMAC-SHA256 Credential=alicex/20, Signature=zz11": "a Authorization: {}",
    '{"authorization":"Digest user=\\"alicex\\", nonce=\\"zz11\\"","x":1}': '{{"authorization":"{}","x":1}}',
    'Authorization: Foo bar="zz11", b="alicex"': "Authorization: {}",
    "authorization: Bearer zz11alicex next": "authorization: Bearer {} next",
    "Authorization: token zz11alicex": "Authorization: token {}",
    'header "Authorization": "ApiKey zz11alicex"': 'header "Authorization": "ApiKey {}"',
}
COOKIES = {
    "Cookie: a=1; sid=zz11; theme=alicex": "Cookie: {}",
    "Set-Cookie: sid=zz11; Expires=Wed, 21 Oct 2015 07:28:00 GMT": "Set-Cookie: {}",
    '{"Cookie":"a=1; sid=zz11","x":1}': '{{"Cookie":"{}","x":1}}',
    "{'cookie': 'a=1; sid=zz11', 'x': 1}": "{{'cookie': '{}', 'x': 1}}",
    "curl -H 'Cookie: a=1; sid=zz11' -v": "curl -H 'Cookie: {}' -v",
    'Cookie: a="x"; sid=zz11': "Cookie: {}",
}
PASSWORDS = {
    '{"password":{"value":"hunter2x"}}': '{{"password":{}}}',
    '{"a":{"password":{"b":{"value":"hunter2x"},"c":1}},"n":2}': '{{"a":{{"password":{}}},"n":2}}',
    '{"password":["hunter2x", "x"]}': '{{"password":{}}}',
    '\\"password\\":[\\"hunter2x\\"]': '\\"password\\":{}',
    "pass=hunter2x": "pass={}",
    'db_pass=hunter2x {"pass":"hunter2x"}': 'db_pass={} {{"pass":"{}"}}',
    "cmd --password hunter2x -v": "cmd --password {} -v",
    "cmd --password 'hunter2x y' -v": "cmd --password '{}' -v",
    "password=<hunter2x>": "password={}",
    "password=&hunter2x": "password={}",
    "<password>hunter2x y</password>": "<password>{}</password>",
}


@pytest.mark.parametrize(
    ("texts", "mark"), [(HEADERS, "authorization"), (COOKIES, "named"), (PASSWORDS, "password")]
)
def test_a_secret_of_several_parts_is_gone_as_a_whole(texts: dict[str, str], mark: str) -> None:
    placeholder = f"[secret:{mark}]"
    new = rewritten(list(texts))
    assert new == [shape.format(placeholder, placeholder) for shape in texts.values()]
    assert rewritten(new) == new


def test_words_that_look_like_names_of_secrets_stay() -> None:
    kept = [
        "pass=3 fail=0 pass=ok", "check pass; user unknown", "bypass=on compass=7",
        "--token-file x --no-password -v",
        "password=&n=1", "tokens 5 and a password", "<token>", "authorization failed for x=1",
    ]  # fmt: skip
    assert rewritten(kept) == kept


def test_more_spellings_are_gone() -> None:
    users = [
        'user="Alice alicex"', 'a {"user": "Alice alicex"}', "User [alicex] in", "user <alicex> in",
        "uid=1000(alicex) gid=1000(alicex) groups=1000(alicex),27(sudo)",
    ]  # fmt: skip
    assert_gone("alicex", users)
    for mode in (AddressMode.PREFIX_PRESERVING, AddressMode.TOKEN, AddressMode.DROP):
        for new in rewritten(["srv10.9.8.7", "ec2-10-9-8-7.compute"], mode):
            assert "9.8.7" not in new.replace("-", "."), new
    assert rewritten(["025e-00c4-7b03 x"]) == rewritten(["02:5e:00:c4:7b:03 x"])
    kept = ["v1.2.3.4 V1.2.3.4 2026-1123-1405", "user [removed] user [secret:x]", "0123-025e-00c4-7b03-0123"]
    assert rewritten(kept) == kept
