#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Two processors with the same device: random reads and writes of 4 KiB to what
# is mapped.  Devices as in mapped.sh, without the last.
set -eu
KDP_BUILD=/root
# shellcheck source=devices.sh
. /root/devices.sh

MIB=32
rounds=31 bios=4000
[ "$1" = full ] || rounds=11

modprobe brd rd_nr=6 rd_size=$((100 * 1024)) max_part=1
six $MIB
# each of them twice, at the same time
twice=$(echo "$six" | sed 's/[^,]*/&+&/g')
bench fill "$six" write=1 bytes=65536 bios=$((MIB * 16)) span=$((MIB << 20)) \
	>/dev/null
for op in 0 1; do
	bench contended-$op "$twice" write=$op random=1 bios=$bios \
		rounds=$rounds span=$((MIB << 20))
done
