"""Programs in C that fork, unload, and end in every way: those of tests/c, which `cargo test` runs too.

Each gets the module's path, the user's PIN and its own words, and a token of its own that must be good afterwards.
"""

from __future__ import annotations

import time
from pathlib import Path

from harness import USER_PIN, Checks, Client, Token, expect, expect_equal, group, run

SOURCES = Path(__file__).parents[2] / "tests" / "c"
COMPILE = ["cc", "-std=gnu11", "-O1", "-Wall", "-Wno-deprecated-non-prototype", "-pthread"]


def compiled(token: Token, name: str) -> Path:
    program = token.path(name)
    if not program.exists():
        run([*COMPILE, "-o", program, f"{name}.c", "-ldl"], cwd=SOURCES).must_work()
    return program


def works(token: Token, name: str, *words: str | Path) -> None:
    """The program says that all is well, and another process can use the token after it."""
    for program, arguments in ((name, words), ("no_finalize", ("unloaded",))):
        done = run([compiled(token, program), token.module, USER_PIN, *arguments], env=token.env)
        expect(done.status == 0, f"{program} ended with {done.ending}: {done.text}")


@group()
def forks(token: Token, check: Checks) -> None:
    """fork: the child is a new application, the parent goes on."""
    with check("a child may not go on with its parent's session, but may initialise; so may its child"):
        works(token, "fork_child")
    with check("40 forks while four threads are inside calls"):
        works(token, "fork_threads")
    with check("a handler of fork may initialise the module for the child"):
        works(token, "atfork")
    with check("a daemon goes on with the store after its parent is gone"):
        marker = token.path("marker")
        works(token, "daemonize", marker)
        deadline = time.monotonic() + 20
        while not marker.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        expect_equal(marker.read_text() if marker.exists() else "nothing", "done\n", "the daemon's last word")


@group()
def unloading(token: Token, check: Checks) -> None:
    """dlclose, with threads alive that have used the module."""
    with check("threads end after dlclose, three times over"):
        works(token, "unload")
    with check("dlclose without C_Finalize"):
        works(token, "no_finalize", "unloaded")


@group()
def endings(token: Token, check: Checks) -> None:
    """exit without C_Finalize, and calls from atexit handlers and destructors."""
    with check("main returns without C_Finalize while threads are inside calls"):
        works(token, "no_finalize", "return")
    with check("exit() without C_Finalize while threads are inside calls"):
        works(token, "no_finalize", "exit")
    with check("calls from an atexit handler and a destructor, C_Finalize among them"):
        works(token, "at_exit", "live")
    with check("calls from an atexit handler and a destructor after C_Finalize are refused"):
        works(token, "at_exit", "finalized")


@group()
def threads(token: Token, check: Checks) -> None:
    """1000 threads with a session each, and C_Finalize while others are inside calls."""
    with check("threads come and go, and end well when C_Finalize comes between"):
        works(token, "threads")


@group(peer=False)
def memory(token: Token, check: Checks) -> None:
    """Keys in use stand where no core dump comes, and after C_Finalize nowhere: the program looks through its memory."""
    with check("as the system allows, with locked memory"):
        works(token, "memory", "locked")


@group(peer=False)
def memory_of_a_child(token: Token, check: Checks) -> None:
    """The same in a child of fork."""
    with check("in a child of fork"):
        works(token, "memory", "forked")


@group(peer=False)
def unlocked_memory(token: Token, check: Checks) -> None:
    """The same where no memory may be locked."""
    with check("without locked memory"):
        works(token, "memory", "unlocked")


CLIENT = Client(
    programs={"cc": "gcc"},
    version=["cc", "--version"],
    peer=True,
    groups=[forks, unloading, endings, threads, memory, memory_of_a_child, unlocked_memory],
)
