"""The programs of conformance/payment, a group for each and a check for each of its families."""

from __future__ import annotations

import os
import re
from pathlib import Path

from harness import USER_PIN, Checks, Failed, Group, Token, expect, group, run
from harness.python import Environment

PSEC = "1.3.0"
NEEDS = (
    *(f"psec=={PSEC}", "pyemv==1.5.0", "pydukpt==0.1.0", "ff3==1.0.3"),
    *("cryptography==48.0.0", "pycryptodome==3.14.1"),
)
ENVIRONMENT = Environment("payment", NEEDS)
PROGRAMS = Path(__file__).parents[2] / "payment"
SEED = os.environ.get("DIFFERENTIAL_SEED") or os.urandom(8).hex()
CASES = 10_000
LIMIT_S = 600
TOLD = re.compile(r"^(\S+) (\S+), beside (.+): (\d+) cases, (\d+) values, (\d+) disagree", re.MULTILINE)

SETTINGS = {
    "payment.weak_keys": "accept",
    "payment.readable_keys": "accept",
    "payment.headerless_keys": "template",
    "mechanisms.enable": ["CKM_VHSM_PIN_REVEAL"],
}
WHY = "random keys have no parity, and PIN blocks with random fill are compared by the PIN in them"

FAMILIES = {
    ("pins", "cvv", "pvv", "ibm3624"): "Card verification values, Visa's PVV, IBM 3624.",
    ("pins", "pin-blocks-0", "pin-blocks-2"): "PIN blocks of ISO 9564-1, formats 0 and 2.",
    ("pins", "pin-blocks-3", "pin-blocks-4"): "PIN blocks of ISO 9564-1, formats 3 and 4.",
    ("pins", "macs", "check-values", "dukpt"): "MACs of ISO/IEC 9797-1, check values, DUKPT with triple DES.",
    ("tr31", "version-A", "version-B"): "Key blocks of TR-31, versions A and B.",
    ("tr31", "version-C", "version-D"): "Key blocks of TR-31, versions C and D.",
    ("transport", "rsa", "ecdh"): "Keys with their header under RSA-OAEP and by Diffie-Hellman.",
    ("data", "ff1", "ff3-1"): "Format-preserving encryption, FF1 and FF3-1.",
    ("data", "dukpt-data"): "Data and MACs under keys of DUKPT.",
    ("emv", "cryptograms"): "Chip cards: keys, cryptograms, ARPCs.",
    ("emv", "scripts", "pin-change", "cvc3"): "Chip cards: scripts, new PINs, CVC3.",
}


def group_of(program: str, families: tuple[str, ...], about: str) -> Group:
    @group(settings=SETTINGS, why=WHY, peer=False)
    def cases(token: Token, check: Checks) -> None:
        path = PROGRAMS / f"{program}.py"
        words = ["--module", token.module, "--cases", str(CASES), "--seed", SEED, "--pin", USER_PIN]
        command = [ENVIRONMENT.python(), "-B", path, *families, *words]
        done = run(command, env=dict(token.env), time_limit_s=LIMIT_S)
        told = {found[2]: found for found in TOLD.finditer(done.out.decode())}
        for family in families:
            with check(f"{family}: {CASES} random cases"):
                if family not in told:
                    raise Failed(f"seed {SEED}: {done.last_words}")
                expect(int(told[family][4]) == CASES and int(told[family][5]) >= CASES, "too few were compared")
                expect(told[family][6] == "0", f"seed {SEED}: {done.last_words}")
        with check(f"{', '.join(families)}: the program ends well"):
            done.must_work()

    cases.__name__ = "_".join((program, *families)).replace("-", "_")
    cases.__doc__ = about
    return cases


HOST_COMMANDS = ("version-A", "version-B", "version-C", "version-D", "thales-blocks", "schemes")
HOST_CASES = 300


@group(peer=False)
def keys_of_host_commands(token: Token, check: Checks) -> None:
    """Keys of the host-command server: generated, exported, imported."""
    words = ["--program", token.module.with_name("vhsm"), "--cases", str(HOST_CASES)]
    command = [ENVIRONMENT.python(), "-B", PROGRAMS / "payshield_keys.py", *words, "--seed", SEED]
    done = run(command, time_limit_s=LIMIT_S)
    told = {found[2]: found for found in TOLD.finditer(done.out.decode())}
    for family in HOST_COMMANDS:
        with check(f"{family}: {HOST_CASES} random cases"):
            if family not in told:
                raise Failed(f"seed {SEED}: {done.last_words}")
            expect(int(told[family][4]) == HOST_CASES and told[family][6] == "0", f"seed {SEED}: {done.last_words}")
    with check("keys of host commands: the program ends well"):
        done.must_work()


GROUPS = [group_of(program, tuple(families), about) for (program, *families), about in FAMILIES.items()]
GROUPS.append(keys_of_host_commands)
