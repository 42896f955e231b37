"""The examples in C, Python and Java against the token, and the blocks of C in the documentation."""

from __future__ import annotations

import os
import re
from pathlib import Path

from harness import USER_PIN, Checks, Token, expect, group, run
from harness.python import Environment

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
HEADER = "/usr/include/p11-kit-1/p11-kit/pkcs11.h"
PROGRAMS = {HEADER: "libp11-kit-dev", "cc": "gcc", "java": "default-jdk-headless", "javac": "default-jdk-headless"}
INCLUDES = [f"-I{Path(HEADER).parent}", f"-I{ROOT / 'include'}"]
C_OPTIONS = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", *INCLUDES]
PYTHON = Environment("payment-examples", ("PyKCS11==1.5.20",))
WRAPPER = "jdk.crypto.cryptoki/sun.security.pkcs11.wrapper=ALL-UNNAMED"
JAVA = ["-XX:TieredStopAtLevel=1", "--add-modules", "jdk.crypto.cryptoki", "--add-exports", WRAPPER]

PAGES = [ROOT / "docs" / "payment.md", *sorted((ROOT / "docs" / "payment").glob("*.md"))]
BLOCK = re.compile(r"^```c\n(.*?)^```", re.MULTILINE | re.DOTALL)
# A block with a function of its own, or what one needs.
WHOLE = re.compile(r"^(#include|CK_RV|static) .*$", re.MULTILINE)
AROUND = """\
#include <stddef.h>
#include <string.h>
#include <pkcs11.h>
#include "vhsm.h"

extern CK_SESSION_HANDLE session;
extern CK_OBJECT_HANDLE key, bdk, base_key, issuer_key, protection_key, pin_key, lmk;
extern CK_BYTE data[8], arqc[8];
extern CK_RV rv;

"""
# What a fragment leaves to its reader: variables that it makes and does not use.
FRAGMENT_OPTIONS = ["-Wno-unused-variable", "-Wno-unused-function", "-Wno-unused-but-set-variable"]


@group(peer=False)
def examples(token: Token, check: Checks) -> None:
    """The examples run on the token: C, Python, Java."""
    with check("examples/pin_translate.c"):
        program = token.path("pin_translate")
        run(["cc", *C_OPTIONS, EXAMPLES / "pin_translate.c", "-o", program, "-ldl"], env=token.env).must_work()
        done = run([program, token.module, USER_PIN], env=token.env).must_work()
        expect("the PIN is right" in done.text, done.text)
    with check("examples/cvv.py"):
        env = {**token.env, "MODULE": str(token.module), "PIN": USER_PIN}
        done = run([PYTHON.python(), "-B", EXAMPLES / "cvv.py"], env=env).must_work()
        expect("CVV 561" in done.text, done.text)
    with check("examples/Dukpt.java"):
        java = str(Path(os.environ["JAVA_HOME"]) / "bin" / "java") if "JAVA_HOME" in os.environ else "java"
        done = run([java, *JAVA, EXAMPLES / "Dukpt.java", token.module, USER_PIN], env=token.env).must_work()
        expect("PIN block: 1b9c1845eb993a7a" in done.text, done.text)


@group(peer=False)
def documentation(token: Token, check: Checks) -> None:
    """The blocks of C in the documentation of payments compile."""
    for page in PAGES:
        blocks = BLOCK.findall(page.read_text())
        if not blocks:
            continue
        with check(f"{page.relative_to(ROOT)}: {len(blocks)} blocks"):
            source = AROUND
            for number, block in enumerate(blocks):
                fragment = f"void block_{number}(void)\n{{\n{{\n{block}}}\n}}\n"
                source += f"#line 1 \"{page.name}, block {number + 1}\"\n"
                source += block if WHOLE.search(block) else fragment
            path = token.write(f"{page.stem}.c", source.encode())
            command = ["cc", *C_OPTIONS, *FRAGMENT_OPTIONS, "-fsyntax-only", path]
            run(command, env=token.env).must_work()
