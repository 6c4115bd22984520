# SPDX-License-Identifier: GPL-2.0-only
"""Virtual machines for testing dm-kdevpool; see tests/vm/README.md."""

from .errors import Fault, GuestDied, GuestTimeout, KernelFault
from .disks import Disk
from .machine import Machine, Result

__all__ = ['Disk', 'Fault', 'GuestDied', 'GuestTimeout', 'KernelFault',
           'Machine', 'Result']
