"""Makes a token through any PKCS#11 module and prints the numbers of its mechanisms, one a line.

usage: initialise_token.py MODULE LABEL SO_PIN USER_PIN

A program of its own, so that the module is loaded in no other and no client has to be trusted with this.
"""

from __future__ import annotations

import ctypes
import sys

SO, RW_SERIAL, OS_LOCKING_OK = 0, 6, 2
# Places in the list of functions of version 2.40; 0 is the version.
INITIALIZE, FINALIZE, SLOT_LIST, MECHANISM_LIST, INIT_TOKEN, INIT_PIN, OPEN_SESSION, LOGIN = 1, 2, 5, 8, 10, 11, 13, 19

Ulong = ctypes.c_ulong


class Module:
    """The functions of a loaded module, by their place in the list."""

    def __init__(self, path: str) -> None:
        self.library = ctypes.CDLL(path)
        self.functions = ctypes.POINTER(ctypes.c_void_p)()
        self.library.C_GetFunctionList.restype = Ulong
        if self.library.C_GetFunctionList(ctypes.byref(self.functions)) != 0:
            sys.exit("C_GetFunctionList failed")
        arguments = (ctypes.c_void_p * 6)(None, None, None, None, OS_LOCKING_OK, None)
        self.call(INITIALIZE, ctypes.byref(arguments))

    def call(self, place: int, *arguments: object) -> None:
        types = [Ulong if isinstance(argument, int) else ctypes.c_void_p for argument in arguments]
        function = ctypes.CFUNCTYPE(Ulong, *types)(self.functions[place])
        answer = function(*(ctypes.cast(a, ctypes.c_void_p) if not isinstance(a, int) else a for a in arguments))
        if answer != 0:
            sys.exit(f"function {place} of the list answers 0x{answer:x}")

    def numbers(self, place: int, *before: int) -> list[int]:
        """The answer of a function that lists numbers: how many, then which."""
        count = Ulong(0)
        self.call(place, *before, None, ctypes.byref(count))
        found = (Ulong * count.value)()
        self.call(place, *before, found, ctypes.byref(count))
        return list(found)[: count.value]


def main(path: str, label: str, so_pin: str, user_pin: str) -> None:
    module = Module(path)
    slot = module.numbers(SLOT_LIST, 1)[0]
    padded = label.ljust(32).encode()
    module.call(INIT_TOKEN, slot, so_pin.encode(), len(so_pin), padded)
    slot = module.numbers(SLOT_LIST, 1)[0]
    session = Ulong(0)
    module.call(OPEN_SESSION, slot, RW_SERIAL, None, None, ctypes.byref(session))
    module.call(LOGIN, session.value, SO, so_pin.encode(), len(so_pin))
    module.call(INIT_PIN, session.value, user_pin.encode(), len(user_pin))
    for mechanism in module.numbers(MECHANISM_LIST, slot):
        print(f"{mechanism:x}")
    module.call(FINALIZE, None)


main(*sys.argv[1:])
