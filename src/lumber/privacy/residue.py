"""Scan written values for anything that the rule should have replaced.

It uses the same patterns as the rewriting. It proves that every column, text and document went through the
step, and that rewriting created nothing new. It doesn't find what no pattern covers. It doesn't judge host
names within a text: without the row's real name they look like any other word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping

import polars as pl

from lumber.catalog.kind import Holds
from lumber.privacy import json_values
from lumber.privacy.address_context import Beside
from lumber.privacy.addresses import parse
from lumber.privacy.document_residues import DocumentResidues
from lumber.privacy.finder import PIECES, TextFinder, decoded, pieces
from lumber.privacy.findings import Finding, Residue, residue_of
from lumber.privacy.found import ADDRESS, HOST, USER, Found
from lumber.privacy.hosts import is_interface, is_nobody
from lumber.privacy.issued import Issued
from lumber.privacy.json_values import walk_json
from lumber.privacy.judged import Judged
from lumber.privacy.meant import REPLACEMENT, Meant
from lumber.privacy.pseudonyms import TOKEN, TOKEN_DIGITS, is_replacement
from lumber.privacy.rule import AddressMode, Identifier, PrivacyRule
from lumber.privacy.shapes import Shapes, is_plain

_MAX_KNOWN = 50_000
_MAX_UNTOLD = 50_000
_MAX_TOLD = 500
_MAX_KNOWN_CHARACTERS = 256
# The slots of templates.
_SLOT = re.compile(r"<(?:\*|:?[a-z][a-z0-9_]{0,30}:?)>")
# What joins an address to the rest of a longer value.
_JOINING = ".-_+~"
_WORD = re.compile(r"[^\s,;()\[\]<>\"'|]++")
# What may follow an address: a port, a prefix length, the end of a range, an interface.
_AFTER_ADDRESS = re.compile(r"[:/#-][0-9]{1,5}:?")


class ResidueScanner:
    """Scans values under a rule. `issued` contains the addresses that the rule's pseudonymizers issued.

    If `issued` is missing or incomplete, prefix-preserving addresses look like real ones. Then the scanner
    doesn't judge addresses, and `judges_addresses` is false.
    """

    def __init__(self, rule: PrivacyRule, issued: Issued | None = None) -> None:
        self.rule = rule
        self.issued = issued
        self._meant = Meant(rule, issued)
        self._finder = TextFinder(rule)
        self._known: dict[str, tuple[Residue, ...]] = {}
        self.shapes = Shapes(rule.identifiers)
        self._untold: set[str] = set()
        # A text is settled, and judged once or twice; names of fields come again and again.
        self._told: dict[str, list[Found]] = {}
        self._judged = Judged()
        self._maybe = f"{self._finder.maybe_word}|{self._finder.maybe_phrase}|{self._finder.maybe_context}"
        self._maybe_json = f"{self._maybe}|{json_values.MAYBE}"
        if rule.own.json_paths:
            self._maybe_json += f"|{rule.own.maybe_json}"

    @property
    def judges_addresses(self) -> bool:
        """Return whether every address is judged."""
        return self._meant.judges_addresses

    def text(self, text: str) -> tuple[Residue, ...]:
        """Return the residues in a text."""
        return self.phrases(text) + self.words(text)

    def words(self, text: str) -> tuple[Residue, ...]:
        """Return the residues in the pieces of a text, with what its words tell about its numbers."""
        found: list[Residue] = []
        beside = self._finder.beside(text)
        at = 0
        for piece in pieces(text):
            end = at + len(piece)
            if beside is not None and beside.touches(at, end):
                found += self._in_piece(piece, beside.within(at, end))
            else:
                found += self.piece(piece)
            at = end
        return tuple(found)

    def phrases(self, text: str) -> tuple[Residue, ...]:
        """Return the residues that depend on several words."""
        return self._residues(text, self.told(text))

    def told(self, text: str) -> list[Found]:
        """Return the positions of the residues that depend on several words."""
        found = self._told.get(text)
        if found is None:
            found = [item for item in self._finder.phrases(text) if not self._meant.is_kept(text, item)]
            if len(self._told) >= _MAX_TOLD:
                self._told.clear()
            self._told[text] = found
        return found.copy()

    def _told_by_shape(self, text: str) -> tuple[Residue, ...]:
        """Do the same as `phrases` for one of very many texts."""
        shape = self._shape(text)
        if shape in self._untold:
            return ()
        found = self.phrases(text)
        if not found and shape is not None and not self.shapes.reads_digits(text):
            if len(self._untold) >= _MAX_UNTOLD:
                self._untold.clear()
            self._untold.add(shape)
        return found

    def _shape(self, text: str) -> str | None:
        """Return the shape of a text, in which all tokens are alike; None if it has none."""
        if self.rule.own.names_values or not is_plain(text):
            return None
        return self.shapes.of(TOKEN.sub(_as_token, text))

    def remember_text(self, text: str) -> None:
        """Remember that a text was judged: it needn't be again when its file is read back."""
        self._judged.add(text)

    def remember_json(self, text: str) -> None:
        """Remember the same of a JSON text."""
        self._judged.add(text, is_json=True)

    def remember_texts(self, texts: pl.Series) -> None:
        """Remember that these texts were judged."""
        self._judged.add_all(texts)

    def remember_documents(self, texts: pl.Series) -> None:
        """Remember the same of JSON texts."""
        self._judged.add_all(texts, is_json=True)

    def forget(self) -> None:
        """Forget the texts that were judged: those of other files are others."""
        self._judged = Judged()

    def remember_piece(self, piece: str) -> None:
        """Remember that a piece was judged."""
        if len(piece) <= _MAX_KNOWN_CHARACTERS:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[piece] = ()

    def piece(self, piece: str) -> tuple[Residue, ...]:
        """Return the residues in one piece between spaces, also in percent-encoding and JSON escapes."""
        known = self._known.get(piece)
        if known is None:
            known = self._in_piece(piece)
            if len(piece) <= _MAX_KNOWN_CHARACTERS:
                if len(self._known) >= _MAX_KNOWN:
                    self._known.clear()
                self._known[piece] = known
        return known

    def _in_piece(self, piece: str, beside: Beside | None = None) -> tuple[Residue, ...]:
        words = self._finder.words(piece)
        found = self._residues(piece, words if beside is None else beside.applied(words))
        plain = decoded(piece)
        return found if plain is None else found + self._residues(plain, self._finder.everything(plain))

    def json(self, text: str) -> tuple[Residue, ...]:
        """Return the residues in JSON text, also in the names of fields."""
        visitor = DocumentResidues(self, self.rule)
        if walk_json(text, visitor) is None:
            return self.text(text)
        return tuple(visitor.found)

    def parts(self, text: str, whole: str | None) -> tuple[Residue, ...]:
        """Return the residues in a JSON list of parts of a text.

        A part of a clean text is clean, whatever it looks like without what stood beside it: `1.2.3.4` may be
        part of a longer number. If `whole` is None, the text isn't known: then only values are judged that
        don't touch the edge of their part.
        """
        try:
            parts = json.loads(text)
        except (ValueError, RecursionError):
            return self.text(text)
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            return self.json(text)
        found: list[Residue] = []
        for part in parts:
            if whole is None:
                found += self._inner(part)
            elif part not in whole:
                found += self.text(part)
        return tuple(found)

    def template(self, text: str) -> tuple[Residue, ...]:
        """Return the residues in a template, whose slots `<ip>` and `<*>` stand for parts of a text."""
        parts = _SLOT.split(text)
        if len(parts) == 1:
            return self.text(text)
        last = len(parts) - 1
        found: list[Residue] = []
        for number, part in enumerate(parts):
            found += self._inner(part, is_start=number == 0, is_end=number == last)
        return tuple(found)

    def _inner(self, part: str, *, is_start: bool = False, is_end: bool = False) -> tuple[Residue, ...]:
        """Return the residues that don't touch the edges of a part, unless these are those of the text."""
        found = self.told(part)
        words, beside = self._finder.words(part), self._finder.beside(part)
        for item in words if beside is None else beside.applied(words):
            if not self._meant.is_kept(part, item):
                found.append(item)
        return tuple(
            residue_of(item.type, part[item.start : item.end])
            for item in found
            if (is_start or any(map(str.isalnum, part[: item.start])))
            and (is_end or part[item.end :].strip(_JOINING))
        )

    def host(self, value: str) -> tuple[Residue, ...]:
        """Return the residues in the value of a host column."""
        if is_nobody(value) or is_replacement(value) or self.rule.own.allows(value):
            return ()
        if Identifier.HOST not in self.rule.identifiers:
            return self.text(value)
        found = self._one_address(value)
        if found is None:
            found = self.text(value) or (residue_of(HOST, value),)
        return found

    def address(self, value: str) -> tuple[Residue, ...]:
        """Return the residues in the value of an address column."""
        if not value.strip():
            return ()
        if self.rule.addresses is AddressMode.KEEP:
            return self.number(value)
        if is_nobody(value) or is_replacement(value) or self.rule.own.allows(value):
            return ()
        found = self._one_address(value)
        if found is None:
            found = self.text(value) or (() if self._are_addresses(value) else (residue_of(ADDRESS, value),))
        return found

    def user(self, value: str) -> tuple[Residue, ...]:
        """Return the residues in the value of a user field."""
        if not value.strip() or is_replacement(value) or self.rule.own.allows(value):
            return ()
        if Identifier.USER not in self.rule.identifiers:
            return self.text(value)
        found = self._one_address(value)
        if found is None:
            found = self.text(value) or (residue_of(USER, value),)
        return found

    def number(self, text: str) -> tuple[Residue, ...]:
        """Return what is left in a text that the owner's rules always replace."""
        return self._residues(text, self._finder.denied(text))

    def told_value(self, field: str, value: str) -> tuple[Residue, ...]:
        """Return the residues in the value of a field of JSON whose name tells what it is."""
        return self._residues(value, self._finder.told(field, value)) + self.text(value)

    def frame(
        self,
        frame: pl.DataFrame,
        contents: Mapping[str, Holds],
        path: str,
        first_row: int = 1,
        message: str | None = None,
    ) -> list[Finding]:
        """Return the residues in a frame's columns: each distinct value once, at its first row.

        `message` is the column whose texts columns of parts are cut from.
        """
        found: list[Finding] = []
        wholes = frame[message] if message in frame.columns else None
        for name, content in contents.items():
            if name in frame.columns:
                for row, residue in self._column(frame[name], content, wholes):
                    found.append(Finding(path, name, first_row + row, residue.type, residue.shape))
        return found

    def _column(
        self, values: pl.Series, content: Holds, wholes: pl.Series | None
    ) -> Iterable[tuple[int, Residue]]:
        table = values.alias("value").to_frame().with_row_index("row").drop_nulls("value")
        table = table.group_by("value", maintain_order=True).agg(pl.col("row").first())
        judge: Callable[[str], tuple[Residue, ...]]
        match content:
            case Holds.ADDRESS:
                judge = self.address
            case Holds.HOST:
                judge = self.host
            case Holds.JSON:
                judge = self.json
                table = table.filter(self._judged.not_in(table["value"], is_json=True))
                table = table.filter(pl.col("value").str.contains(self._maybe_json))
            case Holds.PARTS:
                if wholes is None:
                    table = table.filter(pl.col("value").str.contains(self._maybe))
                    texts = [None] * len(table)
                else:
                    # Nearly all parts are in their text, which is told quicker than what they may be.
                    texts = wholes.gather(table["row"]).fill_null("").to_list()
                for (value, row), whole in zip(table.iter_rows(), texts, strict=True):
                    for residue in self.parts(value, whole):
                        yield row, residue
                return
            case Holds.TEMPLATE:
                judge = self.template
            case Holds.TEXT:
                table = table.filter(self._judged.not_in(table["value"]))
                is_told = pl.col("value").str.contains(self._finder.maybe_context)
                for value, row in table.filter(is_told).iter_rows():
                    for residue in self.text(value):
                        yield row, residue
                table = table.filter(~is_told)
                yield from self._pieces(table)
                judge = self._told_by_shape
                table = table.filter(pl.col("value").str.contains(self._finder.maybe_phrase))
        for value, row in table.iter_rows():
            for residue in judge(value):
                yield row, residue

    def _pieces(self, table: pl.DataFrame) -> Iterable[tuple[int, Residue]]:
        maybe = self._finder.maybe_word
        cut = (
            table.filter(pl.col("value").str.contains(maybe))
            .select("row", pl.col("value").str.extract_all(PIECES).alias("piece"))
            .explode("piece")
            .filter(pl.col("piece").str.contains(maybe))
            .group_by("piece", maintain_order=True)
            .agg(pl.col("row").first())
        )
        for piece, row in cut.iter_rows():
            for residue in self.piece(piece):
                yield row, residue

    def _one_address(self, value: str) -> tuple[Residue, ...] | None:
        """Return the residues in one address with or without a zone; None if the value isn't an address."""
        bare, percent, zone = value.partition("%")
        is_replaced = is_replacement(bare)
        if not is_replaced and parse(bare) is None:
            return None
        if percent and not is_interface(zone):
            return (residue_of(HOST, value),)
        if is_replaced or self.rule.addresses is AddressMode.KEEP or self._meant.is_meant_address(bare):
            return ()
        return (residue_of(ADDRESS, value),)

    def _are_addresses(self, value: str) -> bool:
        """Return whether a value consists of addresses and replacements only, without any name."""
        rest, number = REPLACEMENT.subn(" ", value)
        found = [item for item in self._finder.words(rest) if item.type == ADDRESS]
        for item in reversed(found):
            rest = f"{rest[: item.start]} {rest[item.end :]}"
        has_address = bool(number or found)
        return all(_is_no_name(word, has_address=has_address) for word in _WORD.findall(rest))

    def _residues(self, text: str, found: Iterable[Found]) -> tuple[Residue, ...]:
        return tuple(
            residue_of(item.type, text[item.start : item.end])
            for item in found
            if not self._meant.is_kept(text, item)
        )


def _as_token(match: re.Match[str]) -> str:
    return match[0][:-TOKEN_DIGITS] + "\x03"


def _is_no_name(word: str, *, has_address: bool) -> bool:
    if not any(map(str.isalnum, word)) or is_nobody(word):
        return True
    if not has_address:
        return False
    is_zone = word.startswith("%") and is_interface(word[1:])
    return is_zone or _AFTER_ADDRESS.fullmatch(word) is not None
