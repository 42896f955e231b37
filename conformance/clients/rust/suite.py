"""The crate's tests as they are, compiled once, and the application; each test that they name is a check."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness import LABEL, SO_PIN, USER_PIN, Checks, Failed, Finished, Lacking, Skipped, Token, expect_equal, group, run
from harness.python import PLACE

HERE = Path(__file__).parent
CACHE = PLACE / "rust"
VERSION = "0.12.1"  # as Cargo.toml has it
COMPILING = threading.Lock()
COMPILING_S = 900
TIME_LIMIT_S = 300

SETTINGS = {
    "strictness.usage_defaults": "explicit",
    "mechanisms.enable": ["CKM_EDDSA", "CKM_EC_EDWARDS_KEY_PAIR_GEN"],
}
WHY = (
    "the tests take a use that a template leaves out for FALSE (the standard leaves the default to the token), and "
    "make Ed448 keys, which are off unless asked for"
)

OPEN = (
    "has conflicting attributes",
    "derives an open key from one whose template leaves out CKA_SENSITIVE, which then is TRUE here (docs/behaviour.md, "
    "OBJ-4)",
)
READ_ONLY = (
    "RvError::AttributeTypeInvalid, Function::CreateObject",
    "wants CKR_ATTRIBUTE_TYPE_INVALID for an attribute that the token alone sets; PKCS#11 3.2, 4.1.1, has "
    "CKR_ATTRIBUTE_READ_ONLY",
)
ONE_PART = (
    "RvError::OperationNotInitialized, Function::SignUpdate",
    "wants CKR_OPERATION_NOT_INITIALIZED for a part of what the mechanism signs in one call only, as SoftHSM and "
    "Kryoptic have it; the operation is there, and the answer is CKR_FUNCTION_NOT_SUPPORTED (docs/behaviour.md, OPA-4)",
)
# What is the tests' own assumption: the test, what it says when it fails, and why it need not be so.
ASSUMPTIONS = {
    "basic: derive_key_concatenation_key_and_data": OPEN,
    "basic: derive_key_extract_from_key": OPEN,
    "basic: derive_key_xor_key_and_data": OPEN,
    "basic: get_slot_event": ("`Ok` value: None", "wants a module without C_WaitForSlotEvent, as Kryoptic is"),
    "basic: unique_id": READ_ONLY,
    "basic: validation": READ_ONLY,
    "ml_dsa: ml_dsa_hash": ONE_PART,
    "slh_dsa: slh_dsa_hash": ONE_PART,
}
WAITING = "waits for a slot event and wants a module without C_WaitForSlotEvent; here it would wait"


def cargo(*arguments: str | Path, cwd: Path = HERE) -> Finished:
    """Cargo as the caller has set it up, with what it compiles kept."""
    env = {**os.environ, "CARGO_TARGET_DIR": str(CACHE)}
    return run(["cargo", *arguments, "--locked"], env=env, cwd=cwd, time_limit_s=COMPILING_S)


def compiled(*arguments: str | Path, cwd: Path = HERE) -> dict[str, Path]:
    """The programs that cargo compiles, by the names of their sources."""
    done = cargo(*arguments, "--message-format=json", "--quiet", cwd=cwd)
    if done.status != 0 and b"compile" not in done.err:
        raise Lacking(f"cargo cannot get the crates: {done.last_words}")
    done.must_work()
    messages = [json.loads(line) for line in done.out.splitlines() if line.startswith(b"{")]
    return {entry["target"]["name"]: Path(entry["executable"]) for entry in messages if entry.get("executable")}


def tests() -> dict[str, Path]:
    """The crate's programs of tests, from a copy of what the registry has of it."""
    with COMPILING:
        copy, done = CACHE / f"cryptoki-{VERSION}", CACHE / f"cryptoki-{VERSION}.json"
        if done.exists():
            found = {name: Path(path) for name, path in json.loads(done.read_bytes()).items()}
            if all(path.exists() for path in found.values()):
                return found
        packages = json.loads(cargo("metadata", "--format-version=1").must_work().out)["packages"]
        (manifest,) = [package["manifest_path"] for package in packages if package["name"] == "cryptoki"]
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(Path(manifest).parent, copy)
        found = compiled("test", "--no-run", "--tests", cwd=copy)
        done.write_text(json.dumps({name: str(path) for name, path in found.items()}))
        return found


@group(initialised=False, settings=SETTINGS, why=WHY)
def own(token: Token, check: Checks) -> None:
    """The crate's own tests, as they are: every function of its interface, and Wycheproof's AES-GCM."""
    with check("the crate's tests are compiled"):
        programs = tests()
    if check.outcomes[-1].result != "passed":
        return
    env = {**token.env, "TEST_PKCS11_MODULE": str(token.module)}
    for name, program in programs.items():
        # What the crate's authors have no module for is left out of the peer's only.
        options = [] if token.of_peer else ["--include-ignored", "--skip", "wait_for_slot_event"]
        done = run([program, "--test-threads=1", *options], env=env, time_limit_s=TIME_LIMIT_S, cwd=token.directory)
        report(check, name, done, left_out_on_softhsm(name) if token.of_peer else set())
        if name == "basic" and not token.of_peer:
            check.skip("basic: wait_for_slot_event", WAITING)


def left_out_on_softhsm(program: str) -> set[str]:
    """The tests of a program that end well at once where the module is SoftHSM, without having looked at anything."""
    source = CACHE / f"cryptoki-{VERSION}" / "tests" / f"{program}.rs"
    text = source.read_text() if source.exists() else ""  # tests within the crate itself do not ask
    tests = re.finditer(r"^fn (\w+)\(.*?^}", text, re.MULTILINE | re.DOTALL)
    leaves = re.compile(r"if is_softhsm\(\) \{[^{}]*return Ok\(\(\)\);")
    return {found.group(1) for found in tests if leaves.search(found.group())}


def report(check: Checks, program: str, done: Finished, left_out: set[str]) -> None:
    """Makes each test of a program a check."""
    text = done.out.decode(errors="replace")
    results = re.findall(r"^test (\S+)(?: - .*?)? \.\.\. (ok|FAILED|ignored)(?:, (.*))?$", text, re.MULTILINE)
    for name, result, why in results:
        title = f"{program}: {name}"
        with check(title):
            if name in left_out:
                raise Skipped("the test ends at once where the module is SoftHSM")
            if result == "ignored":
                raise Skipped(f"the crate leaves it out: {why}")
            if result == "FAILED":
                fail(title, said(text, name))
    with check(f"{program}: to its end"):
        counted = re.search(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", text, re.MULTILINE)
        if counted is None:
            raise Failed(f"it ended with {done.ending}: {done.last_words}")
        expect_equal(len(results), sum(int(number) for number in counted.groups()), "the number of tests that are told")


def said(text: str, name: str) -> str:
    """What a failed test has printed, in one line."""
    found = re.search(rf"^---- {re.escape(name)} stdout ----$(.*?)^(?:----|failures:$)", text, re.MULTILINE | re.DOTALL)
    words = " ".join(found.group(1).split()) if found else "it says nothing"
    words = re.sub(r"^thread '[^']*' (\(\d+\) )?panicked at ", "", words)
    return words.partition(" note: run with ")[0].partition(" stack backtrace: ")[0]


def fail(title: str, words: str) -> None:
    """Fails, unless what was said is an assumption of the test's own."""
    expected, why = ASSUMPTIONS.get(title, ("", ""))
    if expected and expected in words:
        raise Skipped(why)
    raise Failed(words)


@group()
def application(token: Token, check: Checks) -> None:
    """An application: PINs, keys, known answers, searches, 16 threads with a session each, two lives of the library."""
    with check("the application is compiled"), COMPILING:
        program = compiled("build")["application"]
    if check.outcomes[-1].result != "passed":
        return
    which: Mapping[str, str] = {"MODULE": str(token.module), "TOKEN": LABEL, "PIN": USER_PIN, "SO_PIN": SO_PIN}
    done = run([program], env={**token.env, **which})
    lines: Sequence[list[str]] = [line.split("\t") for line in done.out.decode().splitlines()]
    for result, name, why in lines:
        if result != "end":
            with check(name):
                if result == "failed":
                    raise Failed(why)
    with check("the application to its end"):
        done.must_work()
        if not lines or lines[-1][0] != "end":
            raise Failed(done.last_words)
