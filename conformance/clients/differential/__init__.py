"""vhsm beside another implementation, with random inputs: SoftHSM where it has the mechanism, else openssl.

Each run draws new inputs. Its seed is printed and stands in the reason of every failure;
DIFFERENTIAL_SEED=SEED in the environment draws the same again.
"""

from __future__ import annotations

from harness import Client

from . import (
    asymmetric,
    asymmetric_openssl,
    coverage,
    derivation,
    symmetric,
    symmetric_openssl,
    wrapping_openssl,
)
from .bench import SEED, SEED_VARIABLE

print(f"differential: {SEED_VARIABLE}={SEED}")

CLIENT = Client(
    programs={"openssl": "openssl", "softhsm2-util": "softhsm2"},
    version=["softhsm2-util", "--version"],
    groups=[
        coverage.mechanisms,
        symmetric.digests,
        symmetric.macs,
        symmetric.ciphers,
        symmetric.encrypt_data,
        symmetric.wrapped_keys,
        symmetric.generated_keys,
        asymmetric.rsa_signatures,
        asymmetric.rsa_encryption,
        asymmetric.elliptic_curves,
        asymmetric.discrete_logarithms,
        asymmetric.wrapped_pairs,
        symmetric_openssl.digests,
        symmetric_openssl.macs,
        symmetric_openssl.cbc_macs,
        symmetric_openssl.ciphers,
        symmetric_openssl.authenticated_ciphers,
        symmetric_openssl.key_wrap,
        derivation.digested_keys,
        derivation.hkdf,
        derivation.passwords,
        derivation.tls,
        derivation.tls_secrets,
        derivation.encrypt_data,
        derivation.counters,
        asymmetric_openssl.rsa,
        asymmetric_openssl.ecdsa,
        asymmetric_openssl.eddsa,
        asymmetric_openssl.agreement,
        asymmetric_openssl.dsa,
        wrapping_openssl.rsa,
        wrapping_openssl.ecdh,
        wrapping_openssl.generated_pairs,
        wrapping_openssl.x9_42,
    ],
)
