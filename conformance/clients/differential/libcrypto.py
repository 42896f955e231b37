"""Ciphers of openssl's library, for modes that `openssl enc` does not take (a tag, XTS, ciphertext stealing)."""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import cache

from harness import Failed

SET_IV_LEN, GET_TAG, SET_TAG = 0x9, 0x10, 0x11
WRAP_ALLOW = 1


@cache
def library() -> ctypes.CDLL:
    loaded = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
    for name in ("EVP_CIPHER_fetch", "EVP_CIPHER_CTX_new", "OSSL_PROVIDER_load"):
        getattr(loaded, name).restype = ctypes.c_void_p
    for provider in (b"default", b"legacy"):
        loaded.OSSL_PROVIDER_load(None, provider)
    return loaded


class Cipher:
    """One encryption or decryption."""

    def __init__(self, name: str, encrypting: bool) -> None:
        cipher = library().EVP_CIPHER_fetch(None, name.encode(), None)
        if not cipher:
            raise Failed(f"openssl has no {name}")
        self.context = ctypes.c_void_p(library().EVP_CIPHER_CTX_new())
        self.encrypting = int(encrypting)
        self.call("set_flags", WRAP_ALLOW)
        self.init(ctypes.c_void_p(cipher), None, None)

    def __del__(self) -> None:
        if hasattr(self, "context"):
            self.call("free")

    def init(self, cipher: ctypes.c_void_p | None, key: bytes | None, iv: bytes | None) -> None:
        self.worked(library().EVP_CipherInit_ex(self.context, cipher, None, key, iv, self.encrypting), "init")

    def worked(self, status: int, what: str) -> None:
        if status <= 0:
            raise Failed(f"openssl's {what} failed")

    def call(self, name: str, *arguments: object) -> int:
        return getattr(library(), f"EVP_CIPHER_CTX_{name}")(self.context, *arguments)

    def control(self, command: int, number: int, content: object = None) -> None:
        self.worked(self.call("ctrl", command, number, content), f"control {command}")

    def update(self, data: bytes, into: bool = True) -> bytes:
        """The output; with `into` false the data are authenticated only."""
        out, length = ctypes.create_string_buffer(len(data) + 64), ctypes.c_int()
        where = out if into else None
        self.worked(library().EVP_CipherUpdate(self.context, where, ctypes.byref(length), data, len(data)), "update")
        return out.raw[: length.value] if into else b""

    def announce(self, length: int) -> None:
        """CCM wants to know how long the data are."""
        got = ctypes.c_int()
        self.worked(library().EVP_CipherUpdate(self.context, None, ctypes.byref(got), None, length), "announcement")

    def final(self) -> bytes:
        out, length = ctypes.create_string_buffer(64), ctypes.c_int()
        self.worked(library().EVP_CipherFinal_ex(self.context, out, ctypes.byref(length)), "final")
        return out.raw[: length.value]


def cipher(name: str, encrypting: bool, key: bytes, iv: bytes | None, data: bytes, *, pad: bool = False) -> bytes:
    state = Cipher(name, encrypting)
    state.call("set_key_length", len(key))
    state.init(None, key, iv)
    state.call("set_padding", int(pad))
    out = state.update(data)
    # What wraps a key and what steals ciphertext takes all at once.
    return out if "WRAP" in name.upper() or name.endswith("CTS") else out + state.final()


def seal(name: str, key: bytes, iv: bytes, aad: bytes, data: bytes, tag_len: int) -> bytes:
    """Ciphertext and tag."""
    state = authenticated(name, True, key, iv, None, tag_len, len(data))
    state.update(aad, into=False)
    out = state.update(data)
    if not name.endswith("CCM"):
        out += state.final()
    tag = ctypes.create_string_buffer(tag_len)
    state.control(GET_TAG, tag_len, tag)
    return out + tag.raw


def open_sealed(name: str, key: bytes, iv: bytes, aad: bytes, sealed: bytes, tag_len: int) -> bytes:
    data, tag = sealed[:-tag_len], sealed[-tag_len:]
    state = authenticated(name, False, key, iv, tag, tag_len, len(data))
    state.update(aad, into=False)
    out = state.update(data)
    return out if name.endswith("CCM") else out + state.final()


def authenticated(
    name: str, encrypting: bool, key: bytes, iv: bytes, tag: bytes | None, tag_len: int, data_len: int
) -> Cipher:
    state = Cipher(name, encrypting)
    state.control(SET_IV_LEN, len(iv))
    if tag is not None or name.endswith("CCM"):
        state.control(SET_TAG, tag_len, tag)
    state.init(None, key, iv)
    if name.endswith("CCM"):
        state.announce(data_len)
    return state
