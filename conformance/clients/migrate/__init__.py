"""`vhsm migrate softhsm2`: tokens of SoftHSM with objects of every type, brought to vhsm and used there."""

from __future__ import annotations

from harness import Client

from . import everything, tools, twice

CLIENT = Client(
    programs={"softhsm2-util": "softhsm2", "pkcs11-tool": "opensc", "openssl": "openssl"},
    version=["softhsm2-util", "--version"],
    groups=[
        tools.objects_of_every_type,
        everything.every_type_and_attribute,
        twice.the_same_names,
        twice.alike_but_for_the_value,
        twice.what_was_there_before,
    ],
)
