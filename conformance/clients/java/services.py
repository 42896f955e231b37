"""Everything that the provider offers on the module, by the Java sources of this folder."""

from __future__ import annotations

import re

from harness import Checks, Skipped, Token, expect, group, openssl

from . import jdk


@group()
def provider(token: Token, check: Checks) -> None:
    """The provider on the module: its configuration, login and logout."""
    jdk.part(token, check, "provider")
    told = jdk.java(token, jdk.configuration(token, "showInfo = true"), "digests")
    with check("showInfo = true"):
        jdk.expect_text(told, "Token info")
    slot = re.search(r"Slots with tokens: (\d+)", told.text)
    for name, line in {"slotListIndex": "slotListIndex = 0", "slot": f"slot = {slot.group(1) if slot else '?'}"}.items():
        with check(f"the token is chosen by {name}"):
            done = jdk.java(token, jdk.configuration(token, line), "provider").must_work()
            expect(b"\tfailed\t" not in done.out, done.text)


@group()
def digests(token: Token, check: Checks) -> None:
    """MessageDigest and SecureRandom, without login: the same as the JDK's own providers."""
    jdk.part(token, check, "digests")


@group()
def macs(token: Token, check: Checks) -> None:
    """Mac, with keys of the token's and of the JDK's: the same as SunJCE's."""
    jdk.part(token, check, "macs")


@group()
def ciphers(token: Token, check: Checks) -> None:
    """Cipher, at once, in pieces, in place and outside of the heap; wrapped keys: the same as SunJCE's."""
    jdk.part(token, check, "ciphers")


@group()
def signatures(token: Token, check: Checks) -> None:
    """Signature, with pairs of the token's and of the JDK's: SunRsaSign, SUN and SunEC verify, and are verified."""
    jdk.part(token, check, "signatures")


@group()
def keys(token: Token, check: Checks) -> None:
    """KeyPairGenerator, KeyGenerator, KeyFactory, SecretKeyFactory, KeyAgreement, AlgorithmParameters: as the JDK's."""
    jdk.part(token, check, "keys")


@group()
def tls_keys(token: Token, check: Checks) -> None:
    """The generators of TLS's keys, which JSSE uses: the same as SunJCE's."""
    jdk.part(token, check, "tls-keys")


@group()
def kdfs(token: Token, check: Checks) -> None:
    """KDF, which the provider has from JDK 25 on: the same as SunJCE's."""
    if jdk.release() < 25:
        with check("KDF"):
            raise Skipped("the JDK's SunPKCS11 has KDF from release 25 on; JAVA_HOME chooses another JDK")
        return
    jdk.part(token, check, "kdf")


@group()
def key_store(token: Token, check: Checks) -> None:
    """KeyStore: keys with chains, certificates and secret keys go in, are there for another process, and go."""
    folder = jdk.authority(token)
    key = openssl.make_key(folder / "trusted.key", "prime256v1")
    jdk.trust(token, "trusted", openssl.make_certificate(folder / "trusted.crt", key, "/CN=trusted"))
    for prefix, lines in {"": [], "attributes = compatibility: ": ["attributes = compatibility"]}.items():
        configured = jdk.configuration(token, *lines)
        for act in ("fill", "read"):
            jdk.relay(check, jdk.java(token, configured, "stores", act, folder), prefix)


@group()
def tls(token: Token, check: Checks) -> None:
    """JSSE with keys of the token, openssl at the other end; SunPKCS11 is the last provider, and does nothing else."""
    jdk.part(token, check, "tls", "last", jdk.authority(token))


@group()
def tls_first(token: Token, check: Checks) -> None:
    """The same with SunPKCS11 as the first provider, so that the token does all that it can."""
    jdk.part(token, check, "tls", "first", jdk.authority(token))
