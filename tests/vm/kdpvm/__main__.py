# SPDX-License-Identifier: GPL-2.0-only
"""python3 -m kdpvm WHAT...: fill the cache (6.1, 7, debug, rootfs...)."""

import sys

from . import kernels
from .errors import Fault


def warm(what):
    """Build one thing that the cache holds."""
    if what == 'rootfs':
        from . import rootfs
        rootfs.get()
    elif what == 'checkpatch':
        kernels.source_scripts()
    else:
        kernels.get(what)


if __name__ == '__main__':
    try:
        for name in sys.argv[1:]:
            warm(name)
    except Fault as fault:
        sys.exit(f'kdpvm: {fault}')
