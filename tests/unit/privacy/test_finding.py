"""What is found in texts, spelling by spelling, and what is left alone."""

import pytest

from lumber.privacy.addresses import find_addresses
from lumber.privacy.cards import find_cards
from lumber.privacy.finder import TextFinder, decoded
from lumber.privacy.found import Detector
from lumber.privacy.identifiers import find_macs, find_mails, find_users_at
from lumber.privacy.known_secrets import (
    find_formats,
    find_headers,
    find_named,
    find_private_keys,
    find_schemes,
    find_url_passwords,
    is_secret_name,
)
from lumber.privacy.phrases.finding import find_hosts, find_users
from lumber.privacy.rule import Identifier
from tests.unit.privacy.rules import only, rule


def values(detector: Detector, text: str) -> list[str]:
    return [item.value for item in detector(text, 0, len(text))]


def slices(detector: Detector, text: str) -> list[str]:
    return [text[item.start : item.end] for item in detector(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2.3.4", ["1.2.3.4"]),
        ("1.2.3.4:443, (5.6.7.8) [9.9.9.9]:22", ["1.2.3.4", "5.6.7.8", "9.9.9.9"]),
        ("10.0.0.0/8 10.0.0.1-10.0.0.9", ["10.0.0.0", "10.0.0.1", "10.0.0.9"]),
        ("a=1.2.3.4;b=1.2.3.4.", ["1.2.3.4", "1.2.3.4"]),
        ("x1.2.3.4y pool_10.0.0.1_a", ["1.2.3.4", "10.0.0.1"]),
        ("010.001.002.003", ["10.1.2.3"]),
        ("[2001:DB8::1]:80 2001:db8::1/64", ["2001:db8::1", "2001:db8::1"]),
        ("fe80::1%eth0 fe80::1%25eth0", ["fe80::1", "fe80::1"]),
        ("::ffff:1.2.3.4 ::ffff:102:304", ["::ffff:102:304", "::ffff:102:304"]),
        ("peer:2001:db8::1: down", ["2001:db8::1"]),
        ("2001:db8:0:0:0:0:2:1 1:2:3:4:5:6:7:8.", ["2001:db8::2:1", "1:2:3:4:5:6:7:8"]),
        ("dead:beef::cafe", ["dead:beef::cafe"]),
        ("IP6 fe80::1.5353 > ff02::fb.5353:", ["fe80::1", "ff02::fb"]),
        ("ip-10-1-2-3.ec2.internal", ["10.1.2.3"]),
        ("4.3.2.1.in-addr.arpa", ["1.2.3.4"]),
        ("ü10.0.0.1ü", ["10.0.0.1"]),
        ("IP 77.12.30.198.42951 > 9.9.9.9.8080: UDP", ["77.12.30.198", "9.9.9.9"]),
        ("77-12-30-198.dynamic.isp.example pool-77-12-30-198 ec2-77-12-30-198.x", ["77.12.30.198"] * 3),
        (
            "198.30.12.77.dynamic.isp.example 77-12-30-198-static.isp.example",
            ["198.30.12.77", "77.12.30.198"],
        ),
        ("session_77_12_30_198 ip_77_12_30_198", ["77.12.30.198"]),
        ("77[.]12[.]30[.]198 hxxp://77.12.30[.]198/a 77(.)12(.)30(.)198", ["77.12.30.198"] * 3),
        ("77[dot]12[dot]30[dot]198 77{.}12{.}30{.}198:80", ["77.12.30.198"] * 2),
        (f"b.a.9.8.{'0.' * 20}8.b.d.0.1.0.0.2.ip6.arpa", ["2001:db8::89ab"]),
        ("1:2:3:4:5:6:7:8:443 2001:db8::1:53211", ["1:2:3:4:5:6:7:8", "2001:db8::1"]),
        ("8.0.36-0ubuntu0.22.04.1 7.88.1-10+deb12u1.2.3.4 menu1.2.3.4", ["1.2.3.4"]),
        ("1.2.3.4-5ubuntu1 1:1.2.3.4+deb12u3 1.2.3.4-3.el9 1.2.3.4~rc2 1.2.3.4-1+b1", []),
        ("libfoo-1.2.3.4 libfoo.so.1.2.3.4 ~~6.1.1.2 nginx/1.18.0.1 foo_1.2.3.4_amd64.deb", []),
        ("/10.0.0.1:50010 node7/10.0.0.1 dest: /10.0.0.1", ["10.0.0.1"] * 3),
        ("2026-03-01-12 1-2-3-4 a-7-12-30-98.log 1_2_3_4 300-1-1-1.isp.example a[.]b 1[.]2[.]3", []),
        ("1.2.3.4.5 v1.2.3.4 1.3.6.1.2.1 120.0.6099.109 256.1.1.1 1.2.3", []),
        ("12:34:56 std::b1::c2 face::Add a::b C:: 00:11:22:33:44:55 00:11:22:ff:fe:33:44:55", []),
        ("2026-11-23T14:05:53.123456Z 1:2:3", []),
    ],
)
def test_addresses(text: str, expected: list[str]) -> None:
    assert values(find_addresses, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00:11:22:AA:bb:cc 00-11-22-aa-bb-cc 0011.22aa.bbcc", ["00:11:22:aa:bb:cc"] * 3),
        ("mac:00:11:22:33:44:55,eth-00:11:22:33:44:55.", ["00:11:22:33:44:55"] * 2),
        ("00:11:22:33:44:55:eth0", ["00:11:22:33:44:55"]),
        ("01:00:11:22:33:44:55", ["00:11:22:33:44:55"]),
        ("0:1b:21:a:b:c", ["00:1b:21:0a:0b:0c"]),
        ("00:11:22:ff:fe:33:44:55", ["00:11:22:ff:fe:33:44:55"]),
        ("MAC=00:11:22:33:44:55:66:77:88:99:aa:bb:08:00", ["00:11:22:33:44:55", "66:77:88:99:aa:bb"]),
        ("00:00:00:00:00:00 ff:ff:ff:ff:ff:ff 12:34:56", []),
        ("MD5:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99", []),
        ("2026-11-23 1.2.3.4", []),
    ],
)
def test_hardware_addresses(text: str, expected: list[str]) -> None:
    assert values(find_macs, text) == expected


def test_mail_addresses_and_users_at_hosts() -> None:
    text = (
        "Bob.X+y@Example.COM, <o'brien@x.org> 'q@w.de' é@exämple.de. to=a@b.org; mailto:c@d.org "
        "root@web-01 git@10.0.0.1 a@[fe80::1] getty@tty1.service lodash@4.17.21 @nobody x@ tank/home@daily-1 "
        "tank/vm@x tank/a@snap1 shop/bob@10.0.0.1"
    )
    assert values(find_mails, text) == [
        "bob.x+y@example.com", "o'brien@x.org", "q@w.de", "é@exämple.de", "a@b.org", "c@d.org",
    ]  # fmt: skip
    assert values(find_users_at, text) == ["a", "bob"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Failed password for invalid user bob from 1.2.3.4 port 22", ["bob"]),
        ("Accepted publickey for grace from 1.1.1.1", ["grace"]),
        ("Failed none for invalid user Ève from ::1", ["Ève"]),
        ("Invalid user  from 1.2.3.4", []),
        ("Disconnected from authenticating user root 1.2.3.4 port 22 [preauth]", []),
        ("maximum authentication attempts exceeded for bob from 1.2.3.4", ["bob"]),
        ("pam_unix(sudo:session): session opened for user root(uid=0) by alice(uid=1000)", ["alice"]),
        ("pam_unix(sshd:auth): check pass; user unknown", []),
        ("authentication failure; logname= uid=0 ruser= rhost=1.1.1.1  user=bob", ["bob"]),
        ("ada : TTY=pts/4 ; PWD=/home/ada ; USER=root ; COMMAND=/bin/ls", ["ada", "ada"]),
        ("sudo:  ada : 3 incorrect password attempts ; TTY=pts/4", ["ada"]),
        ("(carol) CMD (run-parts /etc)", ["carol"]),
        ("(to root) bob on pts/0", ["bob"]),
        ("su: FAILED SU (to root) bob on pts/0", ["bob"]),
        ("Successful su for root by bob", ["bob"]),
        ("New session 5 of user bob.", ["bob"]),
        ("LOGIN ON tty1 BY bob", ["bob"]),
        ("FAILED LOGIN (1) on '/dev/tty1' FOR 'bob', Authentication failure", ["bob"]),
        ("Access denied for user 'bob'@'10.1.1.1'", ["bob"]),
        ('FATAL: role "bob" does not exist', ["bob"]),
        ('{"user":"bob","src_user": "eve"} \\"user\\":\\"kim\\"', ["bob", "eve", "kim"]),
        ('username: bob, login=eve acct="kim" account => joe', ["bob", "eve", "kim", "joe"]),
        ("open /home/bob/.ssh C:\\Users\\eve\\x /home", ["bob", "eve"]),
        ("user=10.0.0.1 the user is not known; user agent", []),
        ("userland=5 superuser https://user:5 waiting for response from server", []),
    ],
)
def test_users(text: str, expected: list[str]) -> None:
    assert values(find_users, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password=hunter2 next", ["hunter2"]),
        ("PASSWD: hunter2", ["hunter2"]),
        ("db_password='two words' x", ["two words"]),
        ("password=a,b;c),user=eve", ["a,b;c"]),
        ('{"password":"x \\" y","n":1}', ['x \\" y']),
        ('\\"api_key\\": \\"abc\\"', ["abc"]),
        ("/x?token=abc&y=1", ["abc"]),
        ("password%3Dabc", ["abc"]),
        (
            "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            ["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"],
        ),
        ("password=[secret:password] x", []),
        ("password=[secret:password]hunter2", ["[secret:password]hunter2"]),
        ("PWD=/home/x pam_unix(passwd:chauthtok): password changed; password=null", []),
        ("password= user=bob", []),
        ("tokens 5 and a password", []),
    ],
)
def test_named_secrets(text: str, expected: list[str]) -> None:
    assert slices(find_named, text) == expected


def test_headers_and_schemes() -> None:
    assert slices(find_headers, "Authorization: Bearer abc.def next") == ["abc.def"]
    assert slices(find_headers, '"authorization":"Basic dXNlcjpwYXNz","x":1') == ["dXNlcjpwYXNz"]
    assert slices(find_headers, "authorization failed") == []
    assert slices(find_schemes, 'Authorization: Bearer "tuna77-xyz" x') == ["tuna77-xyz"]
    assert slices(find_schemes, "bearer abc12345 or basic dXNlcjpwYXNz") == ["abc12345", "dXNlcjpwYXNz"]
    assert slices(find_schemes, "the bearer certificate of basic functionality") == []


FORMATS = {
    "aws_key": "AKIAIOSFODNN7EXAMPLE",
    "github_token": "ghp_" + "a1B2" * 9,
    "gitlab_token": "glpat-" + "x" * 20,
    "slack_token": "xoxb-123456789012-abcdefGHIJ",
    "stripe_key": "sk_live_" + "4eC3" * 6,
    "openai_key": "sk-proj-" + "a" * 40,
    "google_key": "AIza" + "S" * 35,
    "npm_token": "npm_" + "a" * 36,
    "pypi_token": "pypi-" + "A" * 60,
    "huggingface_token": "hf_" + "b" * 34,
    "sendgrid_key": "SG." + "a" * 22 + "." + "b" * 43,
    "vault_token": "hvs." + "c" * 30,
    "telegram_token": "123456789:AA" + "d" * 33,
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N-_XgL0n3I9",
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("around", ["{}", "key={};", '"{}"', "({}).", "?k={}&x"])
def test_formats(name: str, around: str) -> None:
    text = around.format(FORMATS[name])
    found = list(find_formats(text, 0, len(text)))
    assert [item.type for item in found] == [f"secret:{name}"]
    assert FORMATS[name] in text[found[0].start : found[0].end]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("card 4111 1111 1111 1111, 4111-1111-1111-1111.", ["4111 1111 1111 1111", "4111-1111-1111-1111"]),
        (
            "4111111111111111 378282246310005 6011111111111117",
            ["4111111111111111", "378282246310005", "6011111111111117"],
        ),
        ("4111111111111112 1700000000000 1234567812345670 20261123140553 41111111111111111111", []),
        ("4111 1111-1111 1111 id-4111111111111111x 4111.1111.1111.1111", []),
    ],
)
def test_card_numbers(text: str, expected: list[str]) -> None:
    assert slices(find_cards, text) == expected


def test_passwords_in_addresses_of_services() -> None:
    text = "postgres://u:p@ss@h:5432/x redis://:pw@h https://m.org:443/@bob http://u@h/"
    assert slices(find_url_passwords, text) == ["u:p@ss", ":pw"]
    signs = "amqp://bob:Tiger#381@h/v redis://:a?b#c@h:1 http://h:80?mail=a@b http://h:80#a@b http://h/#a:b@c"
    assert slices(find_url_passwords, signs) == ["bob:Tiger#381", ":a?b#c"]


def test_private_keys_also_cut_off() -> None:
    whole = "-----BEGIN RSA PRIVATE KEY-----\nMII-x==\n-----END RSA PRIVATE KEY-----"
    assert slices(find_private_keys, f"a {whole} b") == [whole]
    assert slices(find_private_keys, f"a {whole[:50]}") == [whole[:50]]
    assert slices(find_private_keys, "-----BEGIN CERTIFICATE-----") == []


def test_names_of_fields_that_hold_secrets() -> None:
    secret = [
        "password",
        "dbPassword",
        "API-Key",
        "accessToken",
        "client_secret",
        "Authorization",
        "set-cookie",
        "pin",
    ]
    plain = ["user", "message", "token_count", "passenger", "keyboard", "author", "spinning", "compass"]
    assert [name for name in secret if not is_secret_name(name)] == []
    assert [name for name in plain if is_secret_name(name)] == []


def test_encoding_is_taken_away_as_often_as_it_was_put_on() -> None:
    assert decoded("bob%2540x.org") == "bob@x.org"
    assert decoded("10.0.0.\\u0031") == "10.0.0.1"
    assert decoded("100% of 5%") is None


def test_what_one_detector_finds_the_next_leaves_alone() -> None:
    found = TextFinder(rule()).everything("password=10.0.0.1 10.0.0.2")
    assert [(item.type, item.start) for item in found] == [("secret:password", 9), ("address", 18)]


@pytest.mark.parametrize(
    "text",
    [
        "Server not found in database: HTTP/x@EXAMPLE.NET: no such entry",
        'msg="unable to resolve FortiGuard hostname" dst_host="N/A"',
        "login: LOGIN_FAILED: Login failed for the user",
        "dovecot: lmtp(62614): Connect from local",
        'matching principal "" from file "/etc/ssh/principals"',
        'requirement "user ingroup nopasswdlogin" not met',
        "pam_xauth(su:session): requesting user 1088/1382, target user 0/0",
        "(CRON) STARTUP (1.5.7)",
        "USAGE of user: 0.004 sys: 0.000",
        "User: NT AUTHORITY\\SYSTEM User Workstations: -",
        "User: arn:aws:iam::123456789012:role/x",
        "GET /users/sign_in HTTP/1.1",
        "Peer authentication failed for worker-thread-pool-3",
        "account balance is 12.50, login required for this action",
        "changes requested by reviewer, signed by authority, login for guests is disabled",
        "user stories imported, user tokens purged, user cart emptied, user shard rebalanced",
        "started by logrotate, blocked by documentation",
        "User: N/A, User: S-1-5-18, Account Name: DWM-1, user: 0.12s sys: 0.03s, user 0m0.012s",
        "full name: Remote Desktop Users",
        "display name: Print Spooler",
        "created by buildx, scheduled by default-scheduler, running as non-root",
        "<a1b2c3d4> Successful login",
        "<frozen> x, <stdin> y, sub: routing of messages",
    ],
)
def test_words_in_messages_of_daemons_are_no_names(text: str) -> None:
    assert slices(find_users, text) == []
    assert slices(find_hosts, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "www.example.com",
        "www.acme.co.uk",
        "MSSQL",
        "root",
        "www2.acme.net",
        "syslog",
        "Telnet",
        "corp.example",
    ],
)
def test_a_web_site_a_domain_and_a_service_are_no_hosts(text: str) -> None:
    assert find_hosts_in(f"connection from {text} port 22") == []
    assert find_hosts_in(f"reply {text} is NXDOMAIN") == []


@pytest.mark.parametrize(
    "text",
    [
        "machine: x86_64, upstream=api-v1, peer=AS64512, workstation=n/a",
        "running on python-3.11 and on cpu-7, connection from pool-3",
        "node=worker-group-1, machine: node-18-alpine, client=curl/8.5.0",
        "metadata.google.internal resolved, domain workgroup.local, search ec2.internal",
        "thread.local cleared, this.props.private undefined, i18n.key.home",
        "pulling registry/shop/web-01:1.2",
    ],
)
def test_parts_of_programs_and_of_machines_are_no_hosts(text: str) -> None:
    found = TextFinder(only(Identifier.HOST, Identifier.USER)).everything(text)
    assert [text[item.start : item.end] for item in found] == []


def find_hosts_in(text: str) -> list[str]:
    return [text[item.start : item.end] for item in find_hosts(text, 0, len(text))]


def test_the_domain_of_windows_may_be_in_small_letters() -> None:
    for name in ("bob", "nadia", "rahel", "tomasz", "ulrike", "xenia"):
        text = f"password for corp\\{name} changed, CORP\\{name} too"
        assert values(find_users, text) == [name, name]
