"""A plug-in of pytest: PyKCS11 tells a library version above all of SoftHSM's.

The suite takes every library's version for SoftHSM's and skips what SoftHSM of that version could not do.
"""

from __future__ import annotations

from typing import Any

import PyKCS11

VERSION = (3, 0)

told = PyKCS11.PyKCS11Lib.getInfo


def get_info(library: Any) -> Any:
    info = told(library)
    info.libraryVersion = VERSION
    return info


PyKCS11.PyKCS11Lib.getInfo = get_info
