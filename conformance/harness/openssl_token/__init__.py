"""What openssl does with keys of a token, by whatever way the token comes into openssl.

A client gives a `Way` (an engine, a provider) and makes a `Program` of it for each group; the checks here are the same for
every way, and each answer is compared with that of openssl's own software on the same key.
"""

from . import configuration
from .certificates import certificates, messages
from .encryption import agreement, encryption
from .program import KEYS, Lack, Program, Way, uri
from .signing import edwards_signatures, signatures
from .tls import ED25519, tls_clients, tls_servers

__all__ = [
    "ED25519",
    "KEYS",
    "Lack",
    "Program",
    "Way",
    "agreement",
    "certificates",
    "configuration",
    "edwards_signatures",
    "encryption",
    "messages",
    "signatures",
    "tls_clients",
    "tls_servers",
    "uri",
]
