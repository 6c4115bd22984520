#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Without systemd in the initramfs.

/usr/lib/kdevpool/activate-all
