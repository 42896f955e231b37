"""What a client of the conformance run is written with; a client imports from here only."""

from . import openssl, owned, tls_client
from .check import Checks, Failed, Group, Lacking, Outcome, Skipped, expect, expect_equal, group
from .client import Client
from .process import Finished, run, start
from .server import Server, free_port, listens, wait_until
from .token import LABEL, PEER, SO_PIN, USER_PIN, Token, make_token, unlock

__all__ = [
    "Checks",
    "Client",
    "Failed",
    "Finished",
    "Group",
    "LABEL",
    "Lacking",
    "PEER",
    "Outcome",
    "SO_PIN",
    "Server",
    "Skipped",
    "Token",
    "USER_PIN",
    "expect",
    "expect_equal",
    "free_port",
    "group",
    "listens",
    "make_token",
    "openssl",
    "owned",
    "run",
    "start",
    "tls_client",
    "unlock",
    "wait_until",
]
