"""Logins with a key of the token, without an agent."""

from __future__ import annotations

from harness import Checks, Skipped, Token, expect, expect_equal, group, openssl, run, unlock

from .programs import KEYS, Ssh, Sshd, stops

UNKNOWN = "this OpenSSH passes over Ed25519 keys of tokens; 10.1 is the first that takes them"
FIRST_SIGNATURE = "OpenSSH takes the login with the PIN for that of the first signature, too, and gives none for it"
ALGORITHMS = {"rsa-sha2-256": "rsa", "rsa-sha2-512": "rsa", "ssh-rsa": "rsa"}
ALGORITHMS |= {f"ecdsa-sha2-nist{name}": name for name in KEYS[1:]}


@group()
def listing(token: Token, check: Checks) -> None:
    """ssh-keygen -D lists the token's public keys, by no PIN; what it does not know it passes over."""
    ssh = Ssh(token)
    with check("an empty token"):
        done = ssh.attempt("ssh-keygen", "-D", token.module, env=ssh.without_pin())
        expect(done.status in (0, 255) and not done.out, f"it ended with {done.ending}")
    ssh = Ssh(token, *KEYS)
    for name in KEYS:
        with check(f"the key {name}"):
            expect_equal(ssh.listed().count(ssh.public(name)), 1, "how often it is listed")
    with check("no other"):
        expect_equal(len(ssh.listed()), len(KEYS), "the number of keys")
    with check("the labels are the comments"):
        lines = ssh.keygen("-D", token.module).out.decode().splitlines()
        expect_equal(sorted(line.split()[2] for line in lines), sorted(KEYS), "the comments")
    ssh.program.make("ed25519")
    with check("an Ed25519 key beside the others does not hide them"):
        expect({ssh.public(name) for name in KEYS} <= set(ssh.listed()), "a key is missing")
    with check("the key ed25519"):
        knows_ed25519(ssh)
        expect_equal(ssh.listed().count(ssh.public("ed25519")), 1, "how often it is listed")


def knows_ed25519(ssh: Ssh) -> None:
    said = ssh.keygen("-D", ssh.token.module).text
    if "skipping unsupported key type" in said:
        raise Skipped(UNKNOWN)


@group()
def logins(token: Token, check: Checks) -> None:
    """ssh logs in to sshd with each key, by each algorithm, with the PIN from SSH_ASKPASS."""
    ssh = Ssh(token, *KEYS)
    module = token.module
    with Sshd(ssh) as server:
        ssh.authorize(*(ssh.public(name) for name in KEYS))
        with check("ssh -I"):
            ssh.log_in(server, "-I", module)
        for algorithm, name in ALGORITHMS.items():
            with check(f"{algorithm}, by PKCS11Provider and IdentityFile"):
                accepted = f"PubkeyAcceptedAlgorithms={algorithm}"
                key = ("-o", f"IdentityFile={ssh.public_file(name)}", "-o", "IdentitiesOnly=yes")
                ssh.log_in(server, "-o", f"PKCS11Provider={module}", "-o", accepted, *key)
        with check("eight logins at a time"):
            ssh.log_in_many(server, 8, "-I", module)
        with check("a user whose key is not authorised is refused"):
            ssh.authorize(ssh.own_key("somebody").with_suffix(".pub").read_text())
            ssh.is_refused(server, "-I", module)
        with check("ed25519"):
            ssh.program.make("ed25519")
            knows_ed25519(ssh)
            ssh.authorize(ssh.public("ed25519"))
            ssh.log_in(server, "-I", module)
        stops(check, server)


@group()
def pins(token: Token, check: Checks) -> None:
    """A wrong PIN, no PIN, and a key that wants the PIN for each signature."""
    ssh = Ssh(token, "p256")
    module = token.module
    with Sshd(ssh) as server:
        ssh.authorize(ssh.public("p256"))
        with check("a wrong PIN is refused, once and not until the token is locked"):
            ssh.is_refused(server, "-I", module, env=ssh.with_pin("not-it"))
            ssh.log_in(server, "-I", module)
        with check("no PIN: refused, without a wait"):
            ssh.is_refused(server, "-I", module, env=ssh.without_pin())
        with check("the PIN was counted as wrong once, and the right one has set that back"):
            said = run(["pkcs11-tool", "--module", module, "--list-token-slots"], env=token.env).must_work().text
            expect("PIN count low" not in said and "locked" not in said, said)
        with check("a key that wants the PIN for each signature"):
            always_authenticated(ssh)
            ssh.authorize(ssh.public("rsa"))
            done = ssh.attempt_to_log_in(server, "-I", module)
            if "C_Sign failed: 257" in done.text:
                raise Skipped(FIRST_SIGNATURE)
            done.must_work()


@group(settings={"pin.failures_max_user": 3}, why="the checks need not guess ten times until the PIN is locked")
def guesses(token: Token, check: Checks) -> None:
    """Who guesses PINs by logins locks the PIN (three failures allowed); the SO unlocks it."""
    ssh = Ssh(token, "p256")
    module = token.module
    with Sshd(ssh) as server:
        ssh.authorize(ssh.public("p256"))
        with check("after three wrong PINs the right one is refused, too"):
            for turn in range(3):
                ssh.is_refused(server, "-I", module, env=ssh.with_pin(f"not-it-{turn}"))
            ssh.is_refused(server, "-I", module)
        with check("the SO sets the PIN anew, and it is good"):
            unlock(token)
            ssh.log_in(server, "-I", module)


def always_authenticated(ssh: Ssh) -> None:
    """Writes an RSA key with CKA_ALWAYS_AUTHENTICATE."""
    private = openssl.make_key(ssh.program.pem("rsa"), "RSA:2048")
    public = openssl.public_key(private)
    openssl.make_certificate(ssh.program.certificate("rsa"), private, "/CN=localhost")
    ssh.program.write_by_pkcs11_tool("rsa", "07", private, public, "--always-auth")
