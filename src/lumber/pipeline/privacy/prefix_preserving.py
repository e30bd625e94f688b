"""Prefix-preserving encryption of addresses, `ipcrypt-pfx` (draft-denis-ipcrypt).

Bit by bit, an address is changed by one bit that AES makes of the bits before it: addresses that share
exactly n leading bits become addresses that share exactly n. All the blocks of an address are known
beforehand, so two calls of AES are enough for it. IPv4 stays IPv4.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY_BYTES = 32
_BLOCK_BYTES = 16
_BITS = 128
# IPv4 addresses are the end of the IPv4-mapped range, whose 96 bits are not encrypted.
_MAPPED = 0xFFFF << 32


class PrefixPreserving:
    """Encrypts addresses under a key of 32 bytes, whose halves must differ (ValueError)."""

    def __init__(self, key: bytes) -> None:
        half = KEY_BYTES // 2
        if len(key) != KEY_BYTES or key[:half] == key[half:]:
            raise ValueError(f"the key must have {KEY_BYTES} bytes and two different halves")
        # Every block is on its own here, which is what the method wants of AES.
        self._first = Cipher(algorithms.AES(key[:half]), modes.ECB()).encryptor()
        self._second = Cipher(algorithms.AES(key[half:]), modes.ECB()).encryptor()

    def encrypt(self, address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
        """Return the pseudonym of an address, of the same version."""
        if isinstance(address, IPv4Address):
            return IPv4Address(int(address) ^ self._pad(_MAPPED | int(address), 96))
        return IPv6Address(int(address) ^ self._pad(int(address), 0))

    def _pad(self, value: int, start: int) -> int:
        """Return the bits that change bit `start` to the last one of the 128 bits of `value`."""
        blocks = b"".join(
            [
                ((1 << length) | (value >> (_BITS - length))).to_bytes(_BLOCK_BYTES, "big")
                for length in range(start, _BITS)
            ]
        )
        first, second = self._first.update(blocks), self._second.update(blocks)
        pad = 0
        last = _BLOCK_BYTES - 1
        for one, other in zip(first[last::_BLOCK_BYTES], second[last::_BLOCK_BYTES], strict=True):
            pad = pad << 1 | (one ^ other) & 1
        return pad
