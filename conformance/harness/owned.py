"""Tokens of another user than root, for what root cannot do or should not."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .token import Token, make_token

USER, GROUP = "nobody", "nogroup"
AS_USER = ["setpriv", f"--reuid={USER}", f"--regid={GROUP}", "--clear-groups"]


@contextmanager
def plain_users(token: Token) -> Iterator[tuple[Token, list[str]]]:
    """A token of a plain user, and what stands before a command to run it as that user.

    That is the group's token as it is, unless root runs the group: root's is in another place that others can reach.
    """
    if os.geteuid() != 0:
        yield token, []
        return
    with tempfile.TemporaryDirectory(prefix="conformance-") as place:
        Path(place).chmod(0o711)
        module = token.module if token.of_peer else Path(shutil.copy(token.module, place))
        owned = make_token(Path(place) / "token", module)
        give(owned)
        yield owned, list(AS_USER)


def give(token: Token) -> None:
    """Makes all files of the token, and the group's, the user's own."""
    for path in (token.directory, *token.directory.rglob("*")):
        shutil.chown(path, USER, GROUP)
