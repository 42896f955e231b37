"""The OASIS PKCS#11 profiles: their test cases (XML) step by step, and their clauses, through the C interface.

The cases may not be copied into this project. They are read from `../shared/spec/profiles` beside it, or from the
folder that PKCS11_PROFILES_DIR names, at any depth; without them only the clauses are checked.
"""

from __future__ import annotations

import sys
from pathlib import Path

from harness import Client

from . import clauses, functions, groups

CLIENT = Client(
    programs={"openssl": "openssl"},
    version=[sys.executable, str(Path(__file__).with_name("cases.py"))],
    peer=True,
    groups=[
        groups.baseline,
        groups.extended,
        groups.authentication,
        groups.certificates,
        clauses.profile_objects,
        clauses.baseline_clauses,
        clauses.login_clauses,
        functions.more_functions,
        clauses.certificate_clauses,
    ],
)
