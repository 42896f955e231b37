"""Starts the modules of a group and ends them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness import Checks, Group, Token, group, make_token

from .bench import Bench, Inputs, Module
from .numbers import CKM

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
OFF_BY_DEFAULT = ("ECDH", "EDDSA", "EC_", "CAMELLIA", "ARIA", "BLOWFISH")
SETTINGS: dict[str, object] = {
    "mechanisms.enable": [f"CKM_{name}" for name in CKM if name.startswith(OFF_BY_DEFAULT)],
}
WHY = "compares mechanisms, too, that are off unless asked for, wholly or for some keys"


@contextmanager
def running(name: str, token: Token) -> Iterator[Module]:
    module = Module(name, token)
    try:
        yield module
    finally:
        module.end()


def against_softhsm(function: Callable[[Bench, Token], None]) -> Group:
    """A group with a token of vhsm and one of SoftHSM."""

    @group(settings=SETTINGS, why=WHY)
    def both(token: Token, check: Checks) -> None:
        other = make_token(token.path("softhsm"), SOFTHSM)
        with running("vhsm", token) as vhsm, running("softhsm", other) as softhsm:
            function(Bench(check, Inputs(name_of(function)), vhsm, softhsm), token)

    return named(both, function)


def against_openssl(function: Callable[[Bench, Token], None]) -> Group:
    """A group with a token of vhsm; the openssl program or its library is the other side."""

    @group(settings=SETTINGS, why=WHY)
    def one(token: Token, check: Checks) -> None:
        with running("vhsm", token) as vhsm:
            function(Bench(check, Inputs(name_of(function)), vhsm, None), token)

    return named(one, function)


def name_of(function: Callable[[Bench, Token], None]) -> str:
    """The group's name: files have groups of the same name."""
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}"


def named(made: Group, function: Callable[[Bench, Token], None]) -> Group:
    made.__name__, made.__doc__ = name_of(function), function.__doc__
    return made
