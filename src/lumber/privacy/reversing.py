"""Undo pseudonyms, for who holds the key: decrypt addresses, and recognise the tokens of known values.

A token is an HMAC, which nobody can invert. Whoever has the key can compute the tokens of values that are
known, such as those in the database, and compare.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address

from lumber.catalog.kind import Holds
from lumber.privacy.address_forms import written_as
from lumber.privacy.addresses import find_addresses, is_special, parse
from lumber.privacy.finder import TextFinder
from lumber.privacy.found import (
    ADDRESS,
    COORDINATES,
    HOST,
    IBAN,
    NATIONAL_ID,
    OWN,
    PHONE,
    URL_IDS,
    USER,
    Form,
    Found,
    find,
)
from lumber.privacy.hosts import normal_host, searched_names
from lumber.privacy.ids.entry import bare
from lumber.privacy.ids.finding import find_ibans, find_phones
from lumber.privacy.issued import Issued
from lumber.privacy.known_users import names_of
from lumber.privacy.phrases.fields import is_user_field
from lumber.privacy.prefix_preserving import PrefixPreserving
from lumber.privacy.pseudonyms import TOKEN, Pseudonyms, is_formed, type_of_token
from lumber.privacy.residue import ResidueScanner
from lumber.privacy.rewriter import TextRewriter
from lumber.privacy.rule import PrivacyRule
from lumber.privacy.time_shift import TIME, weeks_of
from lumber.privacy.time_texts import moved_dates

_MAX_ISSUED = 1_000_000
# Behind the name of such a field, a value is a number of this type.
_TELLING = ("phone", "ssn", "nino", "bsn", "tax id", "aadhaar", "cpf", "personnummer", "mac", "src_ip")


def find_pseudonyms(text: str) -> list[Found]:
    """Return all that may be a pseudonym in a text: tokens, addresses, marked IBANs and telephone numbers.

    Nothing tells the pseudonym of an address from a real address. The value of a token is the token.
    """
    return find(text, (_tokens, _formed, _addresses))


def _tokens(text: str, start: int, end: int) -> Iterator[Found]:
    for match in TOKEN.finditer(text, start, end):
        yield Found(*match.span(), type_of_token(match[0]), match[0])


def _formed(text: str, start: int, end: int) -> Iterator[Found]:
    found = [*find_ibans(text, start, end), *find_phones(text, start, end)]
    yield from sorted(item for item in found if is_formed(item))


def _addresses(text: str, start: int, end: int) -> Iterator[Found]:
    for item in find_addresses(text, start, end):
        address = parse(item.value)
        if address is not None and not is_special(address):
            yield item


class KnownValues:
    """The pseudonyms under a rule of values that are known. The rule's own way with addresses doesn't matter.

    With `wanted`, only these are kept, without those that are addresses: they bound the memory. Otherwise
    every value takes about 300 bytes.
    """

    def __init__(self, rule: PrivacyRule, wanted: Collection[str] | None = None) -> None:
        issued = Issued(_MAX_ISSUED)
        if wanted is not None:
            # Addresses are decrypted.
            wanted = [each for each in wanted if parse(each) is None]
        self._recorder = _Recorder(rule, issued, wanted)
        scanner = ResidueScanner(rule, issued)
        self._rewriter = TextRewriter(rule, TextFinder(rule), self._recorder, scanner)
        types = map(type_of_token, filter(TOKEN.fullmatch, wanted or ()))
        self._own = sorted({type_ for type_ in types if type_.startswith(OWN)})
        self._counts: Counter[str] = Counter()

    @property
    def values(self) -> Mapping[str, tuple[str, str]]:
        """The type and the normalised value of each pseudonym that is known."""
        return self._recorder.values

    @property
    def is_complete(self) -> bool:
        """Whether all wanted pseudonyms are known."""
        return self._recorder.is_complete

    def add(self, value: str) -> None:
        """Learn a value, whatever it is: a user, a host, an address, a number, or a text with some."""
        value = value.strip()
        if not value:
            return
        rewriter, token, counts = self._rewriter, self._recorder.token, self._counts
        rewriter.text(value, (), counts)
        rewriter.address(value, (), False, counts)
        rewriter.host(value, (), counts)
        for name in (normal_host(value), *searched_names([value])):
            token(HOST, name)
        for name in (value, value.lower()):
            token(USER, name)
        for field in _TELLING:
            rewriter.text(f"{field}={value}", (), counts)
        for type_ in (PHONE, NATIONAL_ID):
            token(type_, bare(value))
        for type_ in (COORDINATES, URL_IDS, *self._own):
            token(type_, value)

    def add_row(self, row: Sequence[tuple[str, Holds, str | None]]) -> None:
        """Learn what stands in a row: name, content and value of each of its text columns."""
        rewriter, counts = self._rewriter, self._counts
        names = searched_names([value for _, content, value in row if content is Holds.HOST])
        for column, content, value in row:
            if not value:
                continue
            match content:
                case Holds.ADDRESS:
                    rewriter.address(value, names, False, counts)
                case Holds.HOST:
                    rewriter.host(value, names, counts)
                case Holds.JSON | Holds.PARTS:
                    rewriter.json(value, names, counts)
                case _:
                    rewriter.text(value, names, counts)
            if is_user_field(column):
                # With known values, such columns are replaced.
                for name in names_of(value):
                    self._recorder.token(USER, name)
            if f"{OWN}{column}" in self._own:
                self._recorder.token(f"{OWN}{column}", value)


class _Recorder(Pseudonyms):
    """Makes pseudonyms, and remembers of which values."""

    def __init__(self, rule: PrivacyRule, issued: Issued, wanted: Collection[str] | None) -> None:
        super().__init__(rule, issued)
        self.values: dict[str, tuple[str, str]] = {}
        self._wanted = None if wanted is None else frozenset(wanted)

    @property
    def is_complete(self) -> bool:
        return self._wanted is not None and len(self.values) == len(self._wanted)

    def of(self, found: Found, written: str) -> str | None:
        new = super().of(found, written)
        if new is not None and found.type in (IBAN, PHONE):
            self._note(new, found.type, found.value)
        return new

    def token(self, type_: str, value: str) -> str:
        new = super().token(type_, value)
        self._note(new, type_, value)
        return new

    def of_address(self, text: str, form: Form = Form.PLAIN, written: str = "") -> str | None:
        plain = super().of_address(text)
        if plain is None:
            return None
        self._note(plain, ADDRESS, text)
        self.token(ADDRESS, text)
        return plain if form is Form.PLAIN else super().of_address(text, form, written)

    def _note(self, pseudonym: str, type_: str, value: str) -> None:
        if self._wanted is None or pseudonym in self._wanted:
            self.values.setdefault(pseudonym, (type_, value))


@dataclass(frozen=True, slots=True)
class Original:
    """A pseudonym as it is written in a text, its type, and the value that it stands for; None: unknown."""

    pseudonym: str
    type: str
    value: str | None


class Reverser:
    """Puts back into texts what their pseudonyms stand for, and true dates if the rule shifts times.

    `known` has type and value of each known pseudonym. Without `decrypts`, addresses stay, because they
    aren't pseudonyms.
    """

    def __init__(
        self, rule: PrivacyRule, known: Mapping[str, tuple[str, str]], *, decrypts: bool = True
    ) -> None:
        self._cipher = PrefixPreserving(rule.derived_key("ipcrypt-pfx"))
        self._known = known
        self._decrypts = decrypts
        self._weeks = weeks_of(rule) if rule.shifts_times else 0

    def original(self, text: str) -> tuple[str, list[Original]]:
        """Return a text with the values of its known pseudonyms, and all its dates and pseudonyms."""
        parts, at, found = [], 0, []
        if self._weeks:
            text, dates = moved_dates(text, 7 * self._weeks)
            found = [Original(written, TIME, before) for written, before in dates]
        for item in find_pseudonyms(text):
            if item.type == ADDRESS and not TOKEN.fullmatch(item.value) and not self._decrypts:
                continue
            written = text[item.start : item.end]
            value = self._value(item, written)
            found.append(Original(written, item.type, value))
            parts += [text[at : item.start], written if value is None else value]
            at = item.end
        return "".join([*parts, text[at:]]), found

    def _value(self, item: Found, written: str) -> str | None:
        if item.type == ADDRESS and not TOKEN.fullmatch(item.value):
            plain = self.address(item.value)
            return None if plain is None else written_as(item.form, written, plain)
        known = self._known.get(item.value)
        return None if known is None else known[1]

    def address(self, pseudonym: str) -> str | None:
        """Return the address behind a pseudonym; None if no export under this key made it."""
        address = parse(pseudonym)
        assert address is not None
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        plain = self._cipher.decrypt(mapped or address)
        # Special addresses stay as they are, so none of them has a pseudonym.
        if is_special(plain):
            return None
        return f"::ffff:{plain}" if mapped else str(plain)


def renewed(
    old: PrivacyRule,
    new: PrivacyRule,
    known: Mapping[str, tuple[str, str]],
    wanted: Collection[str] | None = None,
) -> Iterator[tuple[str, str, str]]:
    """Yield type, old and new pseudonym of the known values, and of the addresses among the wanted ones."""
    pseudonyms, reverser = Pseudonyms(new, Issued(_MAX_ISSUED)), Reverser(old, {})
    for pseudonym in known.keys() | set(wanted or ()):
        if pseudonym in known:
            type_, value = known[pseudonym]
            if TOKEN.fullmatch(pseudonym):
                yield type_, pseudonym, pseudonyms.token(type_, value)
                continue
        elif not TOKEN.fullmatch(pseudonym) and parse(pseudonym) is not None:
            type_, value = ADDRESS, reverser.address(pseudonym) or ""
        else:
            continue
        after = pseudonyms.of(Found(0, len(value), type_, value), value) if value else None
        if after is not None:
            yield type_, pseudonym, after
