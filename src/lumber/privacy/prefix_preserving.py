"""Prefix-preserving encryption of addresses, `ipcrypt-pfx` (draft-denis-ipcrypt).

Each bit of an address is XORed with a bit that AES computes from the bits before it. Addresses that share
exactly n leading bits become addresses that share exactly n. All blocks of an address are known in advance,
so two calls of AES are enough. IPv4 stays IPv4.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY_BYTES = 32
_BLOCK_BYTES = 16
_BITS = 128
_IPV4_BITS = 32
# Addresses processed at once; the blocks of each take 1 KB.
_TOGETHER = 4_096
# IPv4 addresses are the end of the IPv4-mapped range, whose 96 bits are not encrypted.
_MAPPED = 0xFFFF << 32


class PrefixPreserving:
    """Encrypts addresses under a key of 32 bytes, whose halves must differ (ValueError)."""

    def __init__(self, key: bytes) -> None:
        half = KEY_BYTES // 2
        if len(key) != KEY_BYTES or key[:half] == key[half:]:
            raise ValueError(f"the key must have {KEY_BYTES} bytes and two different halves")
        # ECB: the method encrypts every block independently.
        self._first = Cipher(algorithms.AES(key[:half]), modes.ECB()).encryptor()
        self._second = Cipher(algorithms.AES(key[half:]), modes.ECB()).encryptor()

    def encrypt(self, address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
        """Return the pseudonym of an address, of the same version."""
        if isinstance(address, IPv4Address):
            return IPv4Address(int(address) ^ self._pad(_MAPPED | int(address), 96))
        return IPv6Address(int(address) ^ self._pad(int(address), 0))

    def encrypt_ipv4(self, values: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
        """Encrypt many IPv4 addresses at once, given as numbers."""
        results = [np.empty(0, np.uint32)]
        for at in range(0, len(values), _TOGETHER):
            some = values[at : at + _TOGETHER].astype(np.uint64)
            blocks = np.empty((len(some), _IPV4_BITS, 2), ">u8")
            for bit in range(_IPV4_BITS):
                # The 128 bits of a block: a one, and after it the 96 + bit first bits of the mapped address.
                blocks[:, bit, 0] = 1 << (_IPV4_BITS + bit)
                blocks[:, bit, 1] = (0xFFFF << bit) | (some >> np.uint64(_IPV4_BITS - bit))
            text = blocks.tobytes()
            first = np.frombuffer(self._first.update(text), np.uint8)[_BLOCK_BYTES - 1 :: _BLOCK_BYTES]
            second = np.frombuffer(self._second.update(text), np.uint8)[_BLOCK_BYTES - 1 :: _BLOCK_BYTES]
            bits = ((first ^ second) & 1).reshape(len(some), _IPV4_BITS)
            pads = np.packbits(bits, axis=1).view(">u4").reshape(-1).astype(np.uint32)
            results.append(some.astype(np.uint32) ^ pads)
        return np.concatenate(results)

    def decrypt(self, address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
        """Return the address that a pseudonym stands for. Under another key, that is any other address."""
        if isinstance(address, IPv4Address):
            return IPv4Address(self._decrypted(_MAPPED | int(address), 96) & 0xFFFFFFFF)
        return IPv6Address(self._decrypted(int(address), 0))

    def _decrypted(self, value: int, start: int) -> int:
        """Undo the XOR of bit `start` to the last, one after the other: each depends on those before it."""
        plain = value >> (_BITS - start)
        for length in range(start, _BITS):
            block = ((1 << length) | plain).to_bytes(_BLOCK_BYTES, "big")
            pad = (self._first.update(block)[-1] ^ self._second.update(block)[-1]) & 1
            plain = plain << 1 | (value >> (_BITS - 1 - length) & 1) ^ pad
        return plain

    def _pad(self, value: int, start: int) -> int:
        """Return the XOR bits for bit `start` to the last of the 128 bits of `value`."""
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
