"""The programs, compiled by calls of the compiler and without openCryptoki itself."""

from __future__ import annotations

import re
import shutil
import threading
from pathlib import Path

from harness import expect, run
from harness.debian import Source

SOURCE = Source("opencryptoki", "trixie")
COMPILING = threading.Lock()

# Names whose numbers are IBM's own, and what stands for them: an attribute that is TRUE anyway for two of IBM's, which
# no other module need know, and the standard's number of CKM_AES_CMAC_GENERAL, where openCryptoki's is CKM_AES_CTS.
NUMBERS = {
    "CKA_IBM_PROTKEY_EXTRACTABLE": "CKA_MODIFIABLE",
    "CKA_IBM_USE_AS_DATA": "CKA_MODIFIABLE",
    "CKM_AES_CMAC_GENERAL": "0x0000108B",
}
FOLDERS = (
    "usr/include usr/lib/common usr/lib/api testcases/include testcases/common testcases/login testcases/crypto"
    " testcases/misc_tests testcases/pkcs11"
)
# Some programs pass mechanisms that they have not filled in: what is not set is zero.
OPTIONS = ("-O1", "-w", "-fcommon", "-ftrivial-auto-var-init=zero")
COMMON = ("usr/lib/common/p11util.c", "testcases/common/common.c")
LIBRARIES = ("-lcrypto", "-ldl", "-lpthread")


def program(path: str) -> Path:
    """A program by its source's path below `testcases`, without `.c`; compiled when it is not there yet."""
    result = SOURCE.place / "programs" / Path(path).name
    with COMPILING:
        common = prepared()
        if not result.exists():
            half = result.with_suffix(".half")
            source = SOURCE.tree / "testcases" / f"{path}.c"
            run(["cc", *OPTIONS, f"-I{numbers()}", *includes(), source, common, "-o", half, *LIBRARIES]).must_work()
            half.rename(result)
    return result


def headers() -> Path:
    return SOURCE.place / "headers"


def numbers() -> Path:
    """Where the header with other numbers is; for the programs only, since openCryptoki's own tables want its own."""
    return SOURCE.place / "numbers"


def includes() -> list[str]:
    return [f"-I{headers()}", *(f"-I{SOURCE.tree / folder}" for folder in FOLDERS.split())]


def prepared() -> Path:
    """What the programs share, as a library: the table of mechanisms and openCryptoki's own functions."""
    library = SOURCE.place / "common.a"
    if library.exists():
        return library
    for folder in (headers(), numbers(), SOURCE.place / "programs"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    text = (SOURCE.tree / "usr" / "include" / "pkcs11types.h").read_text()
    for name, number in NUMBERS.items():
        text, found = re.subn(rf"^#define {name}\b.*$", f"#define {name} {number}", text, flags=re.MULTILINE)
        expect(found == 1, f"{name} is {found} times in pkcs11types.h")
    (numbers() / "pkcs11types.h").write_text(text)
    generator, table = headers() / "tableidxgen", headers() / "mechtable.c"
    run(["cc", *OPTIONS, *includes(), SOURCE.tree / "tools" / "tableidxgen.c", "-o", generator]).must_work()
    files: list[str | Path] = ["-c", table, "-d", headers() / "mechtable-gen.h", "-l", headers() / "mechtable.log"]
    run([generator, *files]).must_work()
    objects = []
    for source in (table, *(SOURCE.tree / path for path in COMMON)):
        objects.append(headers() / f"{source.stem}.o")
        run(["cc", *OPTIONS, *includes(), "-c", source, "-o", objects[-1]]).must_work()
    half = library.with_suffix(".half")
    half.unlink(missing_ok=True)
    run(["ar", "rcs", half, *objects]).must_work()
    half.rename(library)
    return library
