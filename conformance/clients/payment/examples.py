"""The examples in C, Python and Java against the token, and the blocks of C in the documentation.

blocks.py says what each block needs around it, and blocks.h has what all of them name.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from harness import USER_PIN, Checks, Token, expect, expect_equal, group, run
from harness.python import Environment

from .blocks import RUNS

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
# A call of a fragment, which has to work.
CALL = re.compile(r"^(\s*)rv = (C_\w+\(.*\));$", re.MULTILINE)
# What a fragment leaves to its reader: variables that it makes and does not use.
FRAGMENT_OPTIONS = ["-Wno-unused-variable", "-Wno-unused-function", "-Wno-unused-but-set-variable"]
SETTINGS = {
    "compat": ["luna", "protecttoolkit"],
    "payment.weak_keys": "accept",
    "mechanisms.enable": [
        "CKM_VHSM_PIN_REVEAL",
        "CKM_VHSM_ISO9797_CHAINED_MAC",
        "CKM_VHSM_COMPONENTS_SPLIT",
    ],
}
WHY = "blocks show what is off unless it is asked for; the published TEST keys are weak ones"


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


def source_of(page: Path, blocks: list[str]) -> str:
    """A program that runs a page's blocks, each with what it needs around it."""
    runs = RUNS.get(page.stem, [])
    expect_equal(len(runs), len(blocks), f"blocks that blocks.py has of {page.name}")
    source, calls = '#include "blocks.h"\n', ""
    for number, (block, around) in enumerate(zip(blocks, runs), 1):
        name = f"block_{number}"
        place = f'#line 1 "{page.name}, block {number}"\n'
        if WHOLE.search(block):
            source += f"{place}{block}static void {name}(void)\n{{\n{around.before}{around.behind}}}\n"
        else:
            block = CALL.sub(r"\1MUST(rv = \2);", block)
            source += f"static void {name}(void)\n{{\n{around.before}\n{{\n{place}{block}{around.behind}\n}}\n}}\n"
        calls += f"    {name}();\n"
    body = f"    begin(argv[1], argv[argc - 1]);\n{calls}    return 0;\n"
    return f"{source}int main(int argc, char **argv)\n{{\n{body}}}\n"


@group(peer=False, settings=SETTINGS, why=WHY)
def documentation(token: Token, check: Checks) -> None:
    """The blocks of C in the documentation of payments compile, and run on the token."""
    for page in PAGES:
        blocks = BLOCK.findall(page.read_text())
        if not blocks:
            continue
        with check(f"{page.relative_to(ROOT)}: {len(blocks)} blocks"):
            path = token.write(f"{page.stem}.c", source_of(page, blocks).encode())
            options = [*C_OPTIONS, *FRAGMENT_OPTIONS, f"-I{Path(__file__).parent}"]
            run(["cc", *options, path, "-o", path.with_suffix(""), "-ldl"], env=token.env).must_work()
            run([path.with_suffix(""), token.module, USER_PIN], env=token.env).must_work()
