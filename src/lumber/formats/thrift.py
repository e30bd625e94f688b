"""Reads structs of Thrift's compact protocol, in which Parquet writes its footer and its pages' headers.

The protocol: github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

_DEPTH = 8
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
# What a struct of a list counts, in other items.
_ITEMS_OF_A_STRUCT = 16


class TooManyItems(Exception):
    """Lists hold more than they may."""


class ThriftReader:
    """Reads structs. Methods raise IndexError at the end of the data, and ValueError if it is damaged.

    With `most_structs` they raise TooManyItems if lists hold more of them together, or many more other items.
    """

    def __init__(self, data: bytes, most_structs: int | None = None) -> None:
        self._data = data
        self._items_left = math.inf if most_structs is None else most_structs * _ITEMS_OF_A_STRUCT
        self.at = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Return the fields of a struct by number: texts as bytes, collections as None."""
        fields: dict[int, Any] = {}
        for number, type_ in self.fields():
            fields[number] = self.value(type_, depth)
        return fields

    def fields(self) -> Iterator[tuple[int, int]]:
        """Yield the number and the type of each field of a struct. The caller reads each value in turn."""
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            yield number, head & 0x0F

    def value(self, type_: int, depth: int = 0) -> Any:
        """Read a value of a field."""
        # A field that is a truth value has it in its type.
        return type_ == _TRUE if type_ in (_TRUE, _FALSE) else self._item(type_, depth)

    def structs(self, type_: int) -> Iterator[int]:
        """Yield the places of the structs of a list. The caller reads each in turn."""
        count, of = self._list()
        if type_ != _LIST or of != _STRUCT:
            raise ValueError("a list of something else")
        yield from range(count)

    def _item(self, type_: int, depth: int) -> Any:
        if depth > _DEPTH:
            raise ValueError("nests too deep")
        if type_ in (_I16, _I32, _I64):
            return self._integer()
        if type_ == _STRUCT:
            return self.struct(depth + 1)
        if type_ == _BINARY:
            size = self._varint()
            self._skip(size)
            return self._data[self.at - size : self.at]
        if type_ in (_TRUE, _FALSE, _BYTE):
            self._skip(1)
        elif type_ == _DOUBLE:
            self._skip(8)
        elif type_ in (_LIST, _SET):
            count, of = self._list()
            for _ in range(count):
                self._item(of, depth + 1)
        else:
            raise ValueError("a type that Parquet doesn't use")
        return None

    def _list(self) -> tuple[int, int]:
        """Return the number of items of a list, and their type."""
        head = self._byte()
        count, of = head >> 4 if head >> 4 < 15 else self._varint(), head & 0x0F
        self._items_left -= count * (_ITEMS_OF_A_STRUCT if of == _STRUCT else 1)
        if self._items_left < 0:
            raise TooManyItems
        return count, of

    def _byte(self) -> int:
        value = self._data[self.at]
        self.at += 1
        return value

    def _skip(self, size: int) -> None:
        if self.at + size > len(self._data):
            raise IndexError
        self.at += size

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number of more than 64 bits")

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
