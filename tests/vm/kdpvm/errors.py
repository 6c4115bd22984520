# SPDX-License-Identifier: GPL-2.0-only
"""What can go wrong, one class for each thing a caller may want to tell apart."""


class Fault(Exception):
    """The harness could not do what was asked; the text says why."""


class GuestDied(Fault):
    """QEMU ended without a verdict: the guest panicked or powered off."""


class GuestTimeout(Fault):
    """The guest did not answer within the deadline."""


class KernelFault(Fault):
    """The guest's kernel complained: splat, leak or hung task."""
