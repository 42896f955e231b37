"""Starts the modules of a group and ends them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness import Checks, Group, Token, group, make_token

from .bench import Bench, Inputs, Module
from .numbers import CKM

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
# What is off until it is asked for.
SETTINGS: dict[str, object] = {
    "mechanisms.enable": [
        f"CKM_{name}"
        for name in CKM
        if name.startswith(("ECDH", "EDDSA", "EC_", "CAMELLIA", "ARIA"))
    ]
}


@contextmanager
def running(name: str, token: Token) -> Iterator[Module]:
    module = Module(name, token)
    try:
        yield module
    finally:
        module.end()


def against_softhsm(function: Callable[[Bench, Token], None]) -> Group:
    """A group with a token of vhsm and one of SoftHSM."""

    @group(settings=SETTINGS)
    def both(token: Token, check: Checks) -> None:
        if not SOFTHSM.is_file():
            check.skip(f"{function.__name__}", f"{SOFTHSM} not found: apt-get install softhsm2")
            return
        other = make_token(token.path("softhsm"), SOFTHSM)
        with running("vhsm", token) as vhsm, running("softhsm", other) as softhsm:
            function(Bench(check, Inputs(function.__name__), vhsm, softhsm), token)

    return named(both, function)


def against_openssl(function: Callable[[Bench, Token], None]) -> Group:
    """A group with a token of vhsm; the openssl program or its library is the other side."""

    @group(settings=SETTINGS)
    def one(token: Token, check: Checks) -> None:
        with running("vhsm", token) as vhsm:
            function(Bench(check, Inputs(function.__name__), vhsm, None), token)

    return named(one, function)


def named(made: Group, function: Callable[[Bench, Token], None]) -> Group:
    made.__name__, made.__doc__ = function.__name__, function.__doc__
    return made
