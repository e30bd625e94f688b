"""DocumentResidues: walks a JSON document and collects what the rule should have replaced in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lumber.privacy.findings import Residue, residue_of
from lumber.privacy.found import OWN, SECRET
from lumber.privacy.known_secrets import is_placeholder
from lumber.privacy.own_rules import ColumnAction
from lumber.privacy.pseudonyms import is_replacement
from lumber.privacy.rule import PrivacyRule

if TYPE_CHECKING:
    from lumber.privacy.residue import ResidueScanner


class DocumentResidues:
    """Collects the residues of one JSON document without changing it."""

    def __init__(self, scanner: ResidueScanner, rule: PrivacyRule) -> None:
        self.found: list[Residue] = []
        self._scanner, self._rule = scanner, rule

    def key(self, text: str) -> str:
        self.found += self._scanner.text(text)
        return text

    def text(self, text: str) -> str:
        self.found += self._scanner.text(text)
        return text

    def named(self, name: str, text: str) -> str:
        self.found += self._scanner.text(name + text)
        return text

    def user(self, text: str) -> str:
        self.found += self._scanner.user(text)
        return text

    def host(self, text: str) -> str:
        self.found += self._scanner.host(text)
        return text

    def told(self, field: str, text: str) -> str:
        self.found += self._scanner.told_value(field, text)
        return text

    def number(self, text: str) -> str:
        self.found += self._scanner.number(text)
        return text

    @property
    def has_paths(self) -> bool:
        return bool(self._rule.own.json_paths)

    def action(self, path: tuple[str, ...]) -> ColumnAction | None:
        return self._rule.own.action_at(path)

    def at_path(self, path: tuple[str, ...], action: ColumnAction, value: Any) -> Any:
        is_replaced = value in (None, "") or (isinstance(value, str) and is_replacement(value))
        if action is ColumnAction.DROP or not is_replaced:
            self.found.append(residue_of(f"{OWN}{action}", str(value)))
        return value

    def secret(self, name: str, text: str) -> str:
        if not self._rule.removes_secrets:
            return self.text(text)
        if not is_placeholder(text) and not self._rule.own.allows(text):
            self.found.append(residue_of(SECRET + name, text))
        return text
