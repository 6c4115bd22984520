#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Random reads and writes of 4 KiB to what is mapped, each on a memory disk of
# its own: 0 raw, 1 and 2 dm-linear, 3 dm-thin, 4 a thick volume, 5 a thin one,
# 6 a loop device over a file of ext4.
# shellcheck source=begin.sh
. "$KDP_BENCH/begin.sh"

MIB=64
rounds=31 bios=50000
[ "$KDP_QUICK" = 0 ] || rounds=11 bios=20000

disks 7 512
mkfs.ext4 -q /dev/ram6
mkdir /tmp/files
mount /dev/ram6 /tmp/files
truncate -s ${MIB}M /tmp/files/disk
losetup --direct-io=off /dev/loop0 /tmp/files/disk
six $MIB
all=$six,/dev/loop0
bench fill $all write=1 bytes=65536 bios=$((MIB * 16)) span=$((MIB << 20)) >/tmp/fill
for op in 0 1; do
	bench mapped-$op $all write=$op random=1 bios=$bios rounds=$rounds \
		span=$((MIB << 20))
done
