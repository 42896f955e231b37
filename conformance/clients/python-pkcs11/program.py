"""A program of ours that does what an application does, step by step in processes of their own."""

from __future__ import annotations

from pathlib import Path

from harness import LABEL, USER_PIN, Checks, Token, group, run

from .suite import SUITE

STEPS = {
    "generate": "generates AES, RSA, P-256 and Ed25519 keys in the token",
    "find": "finds them in another process, by identifier, class and label",
    "sign_rsa": "signs with RSA (PKCS#1 v1.5 and PSS); cryptography and the token verify",
    "sign_digest": "signs a digest of the token's with ECDSA; cryptography verifies",
    "sign_ed": "signs with Ed25519; cryptography verifies",
    "sign_in_threads": "signs in four threads with a session each",
    "encrypt": "encrypts with AES-CBC, whole and in parts, and AES-GCM; the same as cryptography's",
    "decrypt_rsa": "decrypts what cryptography encrypts with OAEP, and PKCS#1 v1.5",
    "wrap": "wraps a key, which cryptography unwraps, and unwraps it",
    "agree": "agrees with cryptography on a secret by ECDH",
    "refuse": "gets the right exception for a wrong PIN, for no and for several keys, and for a sensitive value",
    "rename": "renames a key",
    "delete": "finds it under its new label in another process, and deletes all",
    "nothing_left": "finds nothing in another process",
}


@group()
def application(token: Token, check: Checks) -> None:
    """An application: each step a process of its own; what is right says Python's cryptography."""
    script = Path(__file__).with_name("application.py")
    env = {**token.env, "PKCS11_MODULE": str(token.module), "TOKEN": LABEL, "PIN": USER_PIN}
    for step, what in STEPS.items():
        with check(what):
            run([SUITE.python(), "-B", script, step], env=env).must_work()
