"""Which mechanisms the other groups compare."""

from __future__ import annotations

from harness import Token, expect

from . import asymmetric, asymmetric_openssl, derivation, symmetric, symmetric_openssl, wrapping_openssl
from .bench import Bench
from .groups import against_softhsm
from .numbers import CKM

WITH_SOFTHSM = {*symmetric.MECHANISMS, *asymmetric.MECHANISMS}
WITH_OPENSSL = {
    *symmetric_openssl.MECHANISMS,
    *asymmetric_openssl.MECHANISMS,
    *derivation.MECHANISMS,
    *wrapping_openssl.MECHANISMS,
}


@against_softhsm
def mechanisms(bench: Bench, token: Token) -> None:
    """Every mechanism that both modules list is compared, and which of vhsm's are compared with nothing."""
    assert bench.other is not None
    names = {number: name for name, number in CKM.items()}
    ours, theirs = (set(module.ask("mechanisms")) for module in (bench.vhsm, bench.other))
    with bench.check("mechanisms that both list"):
        forgotten = {names.get(number, hex(number)) for number in ours & theirs} - WITH_SOFTHSM
        expect(not forgotten, f"not compared: {', '.join(sorted(forgotten))}")
    with bench.check("mechanisms that are compared are listed"):
        absent = {name for name in WITH_SOFTHSM | WITH_OPENSSL if CKM[name] not in ours}
        expect(not absent, f"not listed by vhsm: {', '.join(sorted(absent))}")
    alone = sorted({name for name, number in CKM.items() if number in ours} - WITH_SOFTHSM - WITH_OPENSSL)
    why = "compared with nothing here: most are in neither SoftHSM nor openssl 3.0, or only draw a key"
    bench.checks.skip(", ".join(alone), why)
