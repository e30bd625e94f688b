"""Rewrite one text, value or JSON document under a rule, and count the replacements."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from lumber.privacy.address_context import Beside
from lumber.privacy.addresses import parse
from lumber.privacy.finder import TextFinder, decoded, pieces
from lumber.privacy.found import ADDRESS, EMAIL, HOST, MAC, OWN, SECRET, USER, Counts, Found, Names, has_any
from lumber.privacy.hosts import is_interface, is_nobody, normal_host
from lumber.privacy.identifiers import find_macs, is_mail
from lumber.privacy.json_values import walk_json
from lumber.privacy.known_secrets import is_placeholder, placeholder
from lumber.privacy.masks import Masks
from lumber.privacy.own_rules import ColumnAction
from lumber.privacy.pseudonyms import DROPPED, REMOVED, TOKEN, Pseudonyms, is_replacement
from lumber.privacy.recipes import Cut, Recipes
from lumber.privacy.residue import ResidueScanner
from lumber.privacy.rule import AddressMode, Identifier, PrivacyRule
from lumber.privacy.splicer import Splicer

_Known = dict[tuple[str, Names], tuple[str, Counts]]
# Rounds of rewriting; real text needs one.
_ROUNDS = 4
_UNCLEAR = "unclear"
# Decoded text, tokens, placeholders, IPv6 and defanged addresses can create a new phrase across pieces;
# another IPv4 address can't. One of the two texts then matches this pattern.
_UNSETTLED = re.compile(
    r"[%#\\][0-9A-Fa-fux]|::|(?:[0-9A-Fa-f]{1,4}:){5}|\[(?:removed|address)\]|(?:ip|mac|mail|host)_[0-9a-f]{16}"
    r"|user_[0-9a-f]{16}@|[0-9][\[({](?:\.|dot)[\])}]"
)
# Before a parameter of a query.
_PARAMETER = re.compile(r"(?=[?&])(?<=[^?&])")
# Maximum length and number of texts in the cache.
_MAX_KNOWN_CHARACTERS = 256
_MAX_KNOWN = 50_000
_NOT_IN_TYPES = re.compile(r"[^a-z0-9_]|^[^a-z]")
_LONGEST_TYPE = 32


class TextRewriter:
    """Rewrites texts. Every method adds its replacements to `counts`, by type."""

    def __init__(
        self, rule: PrivacyRule, finder: TextFinder, pseudonyms: Pseudonyms, scanner: ResidueScanner
    ) -> None:
        self._rule = rule
        self._scanner = scanner
        self._finder = finder
        self._pseudonyms = pseudonyms
        self._texts: _Known = {}
        self.splicer = Splicer(pseudonyms, Masks(scanner.shapes.of_word))
        self._pieces = Recipes(
            self._rewritten_piece,
            scanner.shapes,
            self.splicer,
            lambda piece: not scanner.piece(piece),
            scanner.remember_piece,
            Cut.NOT,
            is_used=not rule.own.names_values,
        )

    @property
    def pieces(self) -> Recipes:
        """The recipes of pieces between spaces."""
        return self._pieces

    def text(self, text: str, names: Names, counts: Counts) -> str:
        """Rewrite a text. `names` are the hosts of its row. The result is cached."""
        names = names if has_any(text.lower(), names) else ()
        result = self._texts.get((text, names))
        if result is None:
            found: Counts = Counter()
            result = (self.whole_text(text, names, found), found)
            if len(text) <= _MAX_KNOWN_CHARACTERS:
                if len(self._texts) >= _MAX_KNOWN:
                    self._texts.clear()
                self._texts[text, names] = result
        counts.update(result[1])
        return result[0]

    def whole_text(self, text: str, names: Names, counts: Counts) -> str:
        """Do the same without the cache."""
        told = self.phrases(text, names, counts)
        result = self.words(told, names, counts)
        if result == told:
            return result
        # Words that appeared may tell something else about numbers.
        is_unsettled = _UNSETTLED.search(result) or _UNSETTLED.search(told) or self._finder.beside(result)
        return self.checked(self.settled(result, counts), counts) if is_unsettled else result

    def words(self, text: str, names: Names, counts: Counts) -> str:
        """Do the second step on all pieces of a text, with what its words tell about its numbers."""
        beside = self._finder.beside(text)
        if beside is None:
            return "".join([self.piece(piece, names, counts) for piece in pieces(text)])
        parts, at = [], 0
        for piece in pieces(text):
            end = at + len(piece)
            if beside.touches(at, end):
                parts.append(self._rewritten(piece, names, counts, beside.within(at, end)))
            else:
                parts.append(self.piece(piece, names, counts))
            at = end
        return self.checked("".join(parts), counts)

    def checked(self, text: str, counts: Counts) -> str:
        """Return a rewritten text, or what stands for a removed one if words now tell something else."""
        if not self._scanner.words(text):
            return text
        counts[_UNCLEAR] += 1
        return REMOVED

    def phrases(self, text: str, names: Names, counts: Counts) -> str:
        """Do the first step: replace phrases, also those that a replacement reveals."""
        found = self._finder.phrases(text, names)
        if not found:
            return text
        for _ in range(_ROUNDS):
            text = self._replaced(text, found, counts)
            # Only removing a secret can join another secret's name with a value.
            if not any(item.type.startswith(SECRET) for item in found):
                break
            again = self._finder.phrases(text, names)
            found = [item for item in again if not TOKEN.fullmatch(item.value)]
        return text

    def settled(self, text: str, counts: Counts) -> str:
        """Remove phrases that appeared because pieces were replaced or words were cut off."""
        before = text
        for _ in range(_ROUNDS):
            told = self._scanner.told(text)
            if not told:
                break
            counts[_UNCLEAR] += len(told)
            for item in reversed(told):
                mark = placeholder(item.type) if item.type.startswith(SECRET) else REMOVED
                text = text[: item.start] + mark + text[item.end :]
        if text != before and self._scanner.text(text):
            return REMOVED
        return text

    def piece(self, piece: str, names: Names, counts: Counts, weight: int = 1) -> str:
        """Do the second step on one piece, which counts `weight` times. The result is cached."""
        return self._pieces.rewritten(piece, names, counts, weight)

    def _rewritten_piece(self, piece: str, names: Names, counts: Counts) -> str:
        return self._rewritten(piece, names, counts)

    def _rewritten(self, piece: str, names: Names, counts: Counts, beside: Beside | None = None) -> str:
        """Rewrite a piece. If its encoding hides a match, decode it."""
        found = self._finder.words(piece, names)
        if beside is not None:
            found = beside.applied(found)
        plain = decoded(piece)
        if plain is not None:
            deep = self._finder.everything(plain, names)
            # Counted, because a value may occur both as plain text and encoded. What has been replaced needs
            # no decoding, unless a host stands behind it.
            hidden = _values(deep) - _values(found)
            has_at = plain.count("@") > piece.count("@")
            if any(has_at or not TOKEN.fullmatch(value) for _, value in hidden):
                by_parameter = self._by_parameter(piece, names, counts) if beside is None else None
                if by_parameter is not None:
                    return by_parameter
                piece, found = plain, deep
        if not found:
            return piece
        result = self._replaced(piece, found, counts)
        if beside is None and self._scanner.piece(result):
            # Adjacent values without a separator no longer have a known type.
            counts[_UNCLEAR] += 1
            return REMOVED + result[len(result.rstrip()) :]
        return result

    def _by_parameter(self, piece: str, names: Names, counts: Counts) -> str | None:
        """Rewrite each parameter of a query by itself: the others stay encoded. None if that isn't enough."""
        parts = _PARAMETER.split(piece)
        if len(parts) == 1:
            return None
        own: Counts = Counter()
        result = "".join([self._rewritten(part, names, own) for part in parts])
        if own[_UNCLEAR] or self._scanner.piece(result):
            return None
        counts.update(own)
        return result

    def address(self, value: str, names: Names, is_nullable: bool, counts: Counts) -> str | None:
        """Rewrite the value of an address column. A value that isn't only addresses becomes a token."""
        if self._rule.own.allows(value):
            return value
        if self._rule.addresses is AddressMode.KEEP and self._finder.denied(value):
            return self.text(value, names, counts)
        one = self._one_address(value, names, counts)
        if one is not None:
            return None if one == DROPPED and is_nullable else one
        if self._rule.addresses is AddressMode.KEEP:
            return self.host(value, names, counts)
        found: Counts = Counter()
        rewritten = self.text(value, names, found)
        if not self._scanner.address(rewritten):
            counts.update(found)
            return rewritten
        if Identifier.HOST in self._rule.identifiers:
            return self.host(value, names, counts)
        counts[ADDRESS] += 1
        return self._pseudonyms.token(ADDRESS, value) if self._rule.key else DROPPED

    def _one_address(self, value: str, names: Names, counts: Counts) -> str | None:
        """Rewrite a value that is one address, with or without a zone; None if it isn't one.

        The zone stays if it is the name of an interface and not a name of the row.
        """
        bare, percent, zone = value.partition("%")
        address = parse(bare)
        if address is None:
            return None
        changed = self._pseudonyms.of_address(str(address))
        if changed is not None:
            counts[ADDRESS] += 1
            bare = changed
        if changed == DROPPED or not is_interface(zone) or zone in names:
            return bare
        return bare + percent + zone

    def host(self, value: str, names: Names, counts: Counts) -> str:
        """Rewrite the value of a host column, which may also contain an address or anything else."""
        if is_nobody(value) or self._rule.own.allows(value):
            return value
        if Identifier.HOST not in self._rule.identifiers:
            return self.text(value, names, counts)
        address = self._one_address(value, names, counts)
        if address is not None:
            return address
        typed = self._whole(value.strip()) or Found(0, len(value), HOST, normal_host(value))
        counts[typed.type] += 1
        return self._pseudonyms.token(typed.type, typed.value)

    def user(self, value: str, names: Names, counts: Counts) -> str:
        """Rewrite the value of a user field."""
        if self._rule.own.allows(value):
            return value
        if Identifier.USER not in self._rule.identifiers or not value.strip() or self._whole(value):
            return self.text(value, names, counts)
        address = self._one_address(value, names, counts)
        if address is not None:
            return address
        counts[USER] += 1
        return self._pseudonyms.token(USER, value)

    def told(self, field: str, value: str, names: Names, counts: Counts) -> str:
        """Rewrite the value of a field of JSON whose name tells what it is."""
        return self.text(self._replaced(value, self._finder.told(field, value), counts), names, counts)

    def at_path(self, path: tuple[str, ...], action: ColumnAction, value: Any, counts: Counts) -> Any:
        """Return what becomes of a value of JSON whose path has a rule of its own."""
        if value is None:
            return None
        text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        return self.column(text, action, path[-1], False, counts)

    def column(
        self, value: str, action: ColumnAction, name: str, is_nullable: bool, counts: Counts
    ) -> str | None:
        """Return what becomes of a value of a column that has a rule of its own."""
        if action is ColumnAction.KEEP or not value or is_replacement(value):
            return value
        type_ = OWN + _NOT_IN_TYPES.sub("_", name.lower())[:_LONGEST_TYPE]
        counts[type_] += 1
        if action is ColumnAction.DROP:
            return None if is_nullable else REMOVED
        return self._pseudonyms.token(type_, value)

    def number(self, text: str, counts: Counts) -> str:
        """Rewrite a number of JSON by the owner's rules."""
        return self._replaced(text, self._finder.denied(text), counts)

    def json(self, text: str, names: Names, counts: Counts) -> str:
        """Rewrite JSON text to canonical JSON text. Anything else is rewritten as plain text."""
        walked = walk_json(text, _Visitor(self, names, counts, self._rule))
        return self.text(text, names, counts) if walked is None else walked

    def _whole(self, value: str) -> Found | None:
        """Return the match of a whole value that is an e-mail or hardware address."""
        if Identifier.EMAIL in self._rule.identifiers and is_mail(value):
            return Found(0, len(value), EMAIL, value.lower())
        if Identifier.MAC in self._rule.identifiers:
            for found in find_macs(value, 0, len(value)):
                if found[:2] == (0, len(value)):
                    return Found(0, len(value), MAC, found.value)
        return None

    def _replaced(self, text: str, found: Sequence[Found], counts: Counts) -> str:
        if not found:
            return text
        parts, at = [], 0
        for item in found:
            if self._rule.own.allows(text[item.start : item.end]):
                continue
            new = self._pseudonyms.of(item, text[item.start : item.end])
            if new is not None:
                counts[item.type] += 1
                parts += [text[at : item.start], new]
                at = item.end
        parts.append(text[at:])
        return "".join(parts)


def _values(found: Sequence[Found]) -> Counter[tuple[str, str]]:
    return Counter((item.type, item.value) for item in found)


class _Visitor:
    """Rewrites the values of one JSON document."""

    def __init__(self, rewriter: TextRewriter, names: Names, counts: Counts, rule: PrivacyRule) -> None:
        self._rewriter, self._names, self._counts, self._rule = rewriter, names, counts, rule

    def key(self, text: str) -> str:
        return self._rewriter.text(text, self._names, self._counts)

    def text(self, text: str) -> str:
        return self._rewriter.text(text, self._names, self._counts)

    def named(self, name: str, text: str) -> str:
        new = self._rewriter.text(name + text, self._names, self._counts)
        return new[len(name) :] if new.startswith(name) else REMOVED

    def user(self, text: str) -> str:
        return self._rewriter.user(text, self._names, self._counts)

    def host(self, text: str) -> str:
        return self._rewriter.host(text, self._names, self._counts)

    def told(self, field: str, text: str) -> str:
        return self._rewriter.told(field, text, self._names, self._counts)

    def number(self, text: str) -> str:
        return self._rewriter.number(text, self._counts)

    @property
    def has_paths(self) -> bool:
        return bool(self._rule.own.json_paths)

    def action(self, path: tuple[str, ...]) -> ColumnAction | None:
        return self._rule.own.action_at(path)

    def at_path(self, path: tuple[str, ...], action: ColumnAction, value: Any) -> Any:
        return self._rewriter.at_path(path, action, value, self._counts)

    def secret(self, name: str, text: str) -> str:
        if not self._rule.removes_secrets:
            return self.text(text)
        if is_placeholder(text) or self._rule.own.allows(text):
            return text
        self._counts[SECRET + name] += 1
        return placeholder(SECRET + name)
