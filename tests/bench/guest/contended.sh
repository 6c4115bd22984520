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
linear linear1 /dev/ram1
linear linear2 /dev/ram2
thin_pool tp /dev/ram4 /dev/ram3
thin tp 1 $MIB
kdp_pool b /dev/ram5
kdp b thick $MIB
kdp b thin $MIB thin
all='' one=''
for dev in /dev/ram0 /dev/mapper/linear1 /dev/mapper/linear2 /dev/mapper/tp-1 \
	/dev/mapper/kdp-b-thick /dev/mapper/kdp-b-thin; do
	one=${one:+$one,}$dev
	all=${all:+$all,}$dev+$dev
done
bench fill "$one" write=1 bytes=65536 bios=$((MIB * 16)) span=$((MIB << 20)) \
	>/dev/null
for op in 0 1; do
	bench contended-$op "$all" write=$op random=1 bios=$bios \
		rounds=$rounds span=$((MIB << 20))
done
