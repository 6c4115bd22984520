#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Time counted in instructions: 4 KiB on memory disks, bios and fio, and fio on
# a disk that takes 200 us.  Devices as in mapped.sh; there 0 and 2 are raw, 1
# dm-linear, 3 a thick volume.
set -eu
KDP_BUILD=/root
# shellcheck source=devices.sh
. /root/devices.sh

MIB=32
slow=/dev/nullb0,/dev/mapper/slow1,/dev/nullb3,/dev/mapper/kdp-s-thick
[ "$1" = quick ] && bios=2000 ios=4000 slow_ios=1000
[ "$1" = full ] && bios=20000 ios=50000 slow_ios=10000

# run_fio NAME ROUNDS DEVICES OP IOS - the first round is not told
run_fio() {
	for round in $(seq 0 "$2"); do
		group=0
		for dev in $(echo "$3" | tr , ' '); do
			ns=$(fio --name=x --filename="$dev" --direct=1 --bs=4k \
				--ioengine=psync --rw="$4" --randrepeat=1 \
				--io_size=$(($5 * 4))k --size=${MIB}m --minimal |
				awk -F';' -v op="$4" '{ i = op ~ /read/ ? $8 : $49
					if (i) printf "%.0f", 1e9 / i }')
			[ "$round" = 0 ] || echo "bench $1 $round $group $ns"
			group=$((group + 1))
		done
	done
}

modprobe brd rd_nr=6 rd_size=$((100 * 1024)) max_part=1
slow_disks 4 100
six $MIB
linear slow1 /dev/nullb1
kdp_pool s /dev/nullb2
kdp s thick $MIB
# `create` has chosen one for the pool's disk, which costs more than the target
for disk in 0 1 2 3; do
	echo none >/sys/block/nullb$disk/queue/scheduler
done
bench fill "$six" write=1 bytes=65536 bios=$((MIB * 16)) \
	span=$((MIB << 20)) >/dev/null
bench fill "$slow" write=1 bytes=65536 bios=$((MIB * 16)) \
	span=$((MIB << 20)) >/dev/null
for op in 0 1; do
	bench count-$op "$six" write=$op random=1 bios="$bios" rounds=3 \
		span=$((MIB << 20))
done
run_fio fio-0 2 "$six" randread "$ios"
run_fio fio-1 2 "$six" randwrite "$ios"
run_fio slow-0 2 "$slow" randread "$slow_ios"
run_fio slow-1 2 "$slow" randwrite "$slow_ios"
