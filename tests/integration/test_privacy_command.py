"""`lumber privacy`, as a shell sees it."""

import json
import stat
from pathlib import Path

import pytest

from lumber.store.database import Database
from tests.commands import lumber
from tests.integration.accounts import add_key, add_user
from tests.integration.ledgers import with_database

KEY = "9f4c1e7ab2d85036cc17f0e9a45b38d16e02937bd4a8f51c80b6e32f7d19ca54"
NEW_KEY = "51c80b6e32f7d19ca549f4c1e7ab2d85036cc17f0e9a45b38d16e02937bd4a8f"
WEAK_KEY = b"correct horse battery staple".hex()
LINES = (
    "<34>Oct 11 22:14:15 web1 sshd[7]: Failed password for bob from 77.12.30.198 port 22 ssh2\n"
    "<34>Oct 11 22:14:16 web2 sshd[8]: Accepted password for carol from 77.12.30.7 port 23 ssh2\n"
)


@pytest.fixture
def house(either_database_url: str, tmp_path: Path):
    """Run commands on a database with two lines; with a private dataset of them in `out`."""

    def call(*arguments: object, key: str = KEY, **more: object):
        place = {"LUMBER_DATA_DIR": tmp_path, "LUMBER_DATABASE_URL": either_database_url}
        return lumber(*arguments, **place, LUMBER_PRIVACY_KEY=key, **more)

    log = tmp_path / "auth.log"
    log.write_text(LINES)
    assert call("ingest", "logs", log).returncode == 0
    given = ("--privacy", "on", "--privacy-context", "acme", "--format", "csv")
    assert call("export", "-d", "logs", *given, "-o", tmp_path / "out").returncode == 0
    return call


def exported(folder: Path) -> str:
    return next((folder / "out" / "logs").glob("*.csv")).read_text()


def trail(house, action: str) -> list[dict]:
    done = house("audit", "list", "--action", action, "--json")
    return list(reversed(json.loads(done.stdout)["lines"]))


def test_pseudonyms_are_reversed_and_the_trail_tells_of_it(house, tmp_path: Path) -> None:
    dataset = ("--dataset", tmp_path / "out")
    text = exported(tmp_path)
    assert not any(each in text for each in ("bob", "carol", "77.12.30", "web1"))
    messages = [line for line in text.splitlines() if "password for" in line]
    (tmp_path / "found.txt").write_text("\n".join(messages))
    shown = house("privacy", "reverse", "--file", tmp_path / "found.txt", "--from-database", *dataset)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Failed password for bob from 77.12.30.198 port 22 ssh2" in shown.stdout
    assert "Accepted password for carol from 77.12.30.7 port 23 ssh2" in shown.stdout
    # Candidates in place of the database, and standard input.
    few = house(
        "privacy",
        "reverse",
        "--file",
        "-",
        "--candidates",
        tmp_path / "users.txt",
        *dataset,
        stdin=messages[0],
    )
    assert "can't read" in few.stderr
    (tmp_path / "users.txt").write_text("bob\n\nalice\n")
    few = house(
        *("privacy", "reverse", "--file", "-", "--candidates", tmp_path / "users.txt", *dataset, "--json"),
        stdin="\n".join(messages),
    )
    answer = json.loads(few.stdout)
    known = {item["original"] for text in answer["texts"] for item in text["pseudonyms"]}
    assert {"bob", "77.12.30.198", "77.12.30.7", None} <= known
    assert "carol" not in known
    assert answer["unknown"] > 0
    assert "unknown: add values with --candidates" in few.stderr
    lines = trail(house, "pseudonyms_reversed")
    assert [line["result"] for line in lines] == ["ok", "ok"]
    details = lines[0]["details"]
    assert details["privacy_key_id"] == answer["key_id"]
    assert (details["context"], details["pseudonyms"]) == ("acme", details["reversed"])
    assert details["types"] == ["address", "host", "user"]
    assert not any(each in json.dumps(lines) for each in ("bob", "77.12.30.198", "web1"))


def test_a_wrong_key_and_wrong_options_are_refused(house, tmp_path: Path) -> None:
    dataset = ("--dataset", tmp_path / "out")
    wrong = house("privacy", "reverse", "1.2.3.4", *dataset, key=NEW_KEY)
    assert wrong.returncode == 3
    assert "was made under the key" in wrong.stderr
    assert house("privacy", "reverse").returncode == 2
    assert house("privacy", "reverse", "1.2.3.4", *dataset, "--privacy-context", "x").returncode == 2
    assert house("privacy", "reverse", "--file", "-", "--candidates", "-").returncode == 2
    nothing = house("privacy", "reverse", "nothing of it")
    assert (nothing.returncode, nothing.stderr) == (4, "No value is a pseudonym, or contains one.\n")
    unknown = house("privacy", "reverse", "user_0123456789abcdef", "--from-database")
    assert unknown.returncode == 4
    assert unknown.stderr.startswith("1 pseudonym of 1 unknown")
    # Datasets exist that were made with a key that is refused now.
    assert house("privacy", "reverse", "1.2.3.4", key=WEAK_KEY).returncode == 0
    assert house("--server", "http://127.0.0.1:1", "privacy", "reverse", "1.2.3.4").returncode == 2


def test_a_new_key_has_a_mapping_for_the_owner_only(house, tmp_path: Path) -> None:
    (tmp_path / "old.key").write_text(KEY)
    old = ("--old-key-file", tmp_path / "old.key", "--old-context", "acme")
    text = exported(tmp_path)
    (tmp_path / "old.txt").write_text(text)
    file = tmp_path / "maps" / "map.jsonl"
    given = ("--pseudonyms", tmp_path / "old.txt", "--from-database", "-o", file)
    done = house("privacy", "rotate", *old, *given, "--json", key=NEW_KEY, LUMBER_UMASK="022")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    mapping = [json.loads(line) for line in file.read_text().splitlines()]
    assert answer["mapped"] == len(mapping)
    assert answer["unknown"] == 0
    assert {line["type"] for line in mapping} == {"address", "host", "user"}
    assert not any(each in file.read_text() for each in ("bob", "77.12.30.198", "web1"))
    # The new pseudonyms are those of an export under the new key.
    again = house(
        "export", "-d", "logs", "--privacy", "on", "--format", "csv", "-o", tmp_path / "new", key=NEW_KEY
    )
    assert again.returncode == 0
    renewed = text
    for line in mapping:
        renewed = renewed.replace(line["old"], line["new"])
    assert renewed == next((tmp_path / "new" / "logs").glob("*.csv")).read_text()
    (told,) = trail(house, "pseudonyms_mapped")
    assert (told["details"]["file"], told["details"]["pseudonyms"]) == (str(file), len(mapping))
    assert told["details"]["privacy_key_id"] == answer["old_key_id"]
    # Nothing is written over, and the same key has nothing to map.
    assert house("privacy", "rotate", *old, *given, key=NEW_KEY).returncode == 1
    same = house(
        "privacy", "rotate", "--old-key-file", tmp_path / "old.key", "--from-database", "-o", tmp_path / "x"
    )
    assert (same.returncode, "stay as they are" in same.stderr) == (3, True)
    assert house("privacy", "rotate", *old, "-o", tmp_path / "x", key=NEW_KEY).returncode == 2
    assert not (tmp_path / "x").exists()


def test_with_accounts_only_an_admin_reverses_pseudonyms(house, either_database_url: str) -> None:
    keys: dict[str, str] = {}

    async def people(database: Database) -> None:
        await add_user(database, "ada")
        await add_user(database, "eve", "exporter")
        keys["ada"] = (await add_key(database, "ada", ["admin"])).text.text
        keys["eve"] = (await add_key(database, "eve", ["exports:read"])).text.text

    with_database(either_database_url, people)
    reverse = ("privacy", "reverse", "81.2.69.142")
    nobody = house(*reverse)
    assert (nobody.returncode, "LUMBER_API_KEY" in nobody.stderr) == (1, True)
    assert house(*reverse, LUMBER_API_KEY=keys["ada"][:-2] + "xx").returncode == 3
    refused = house(*reverse, LUMBER_API_KEY=keys["eve"])
    assert (refused.returncode, "scope admin" in refused.stderr) == (1, True)
    assert house(*reverse, LUMBER_API_KEY=keys["ada"]).returncode == 0
    lines = trail(house, "pseudonyms_reversed")
    assert [(line["result"], line["reason"]) for line in lines] == [
        ("refused", "authentication_failed"),
        ("refused", "not_permitted"),
        ("ok", None),
    ]
    assert [(line["actor_kind"], line["actor_name"]) for line in lines[1:]] == [
        ("key", "eve"),
        ("key", "ada"),
    ]


def test_true_times_are_shown_and_the_trail_tells_of_it(house, tmp_path: Path) -> None:
    text = exported(tmp_path)
    given = ("--privacy", "on", "--shift-times", "--shift-group", "lab", "--format", "csv")
    done = house("export", "-d", "logs", *given, "-o", tmp_path / "shifted")
    assert done.returncode == 0, done.stderr
    (file,) = (tmp_path / "shifted" / "logs").glob("*.csv")
    stamp = text.splitlines()[1].split(",")[1]
    other = file.read_text().splitlines()[1].split(",")[1]
    assert stamp[:10] != other[:10]
    assert stamp[10:] == other[10:]
    for place in (("--dataset", tmp_path / "shifted"), ("--shift-times", "--shift-group", "lab")):
        shown = house("privacy", "reverse", other, *place)
        assert shown.returncode == 0, shown.stderr
        assert shown.stdout.strip() == stamp
        assert "weeks earlier than they were" in shown.stderr
    alone = json.loads(house("privacy", "reverse", "--dataset", tmp_path / "shifted", "--json").stdout)
    assert 104 <= alone["shifted_weeks"] < 1_128
    assert house("privacy", "reverse", other, "--shift-times").stdout.strip() != stamp
    wrong = house("privacy", "reverse", other, "--dataset", tmp_path / "shifted", key=NEW_KEY)
    assert wrong.returncode == 3
    assert house("privacy", "reverse", other, "--shift-group", "lab").returncode == 2
    lines = trail(house, "pseudonyms_reversed")
    assert [line["details"].get("time_shift") for line in lines] == [True] * 4
    assert stamp[:10] not in json.dumps(lines)
