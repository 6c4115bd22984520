#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# What a scrub that never ends costs those who read and write: 4 KiB each, fio
# with queue depth 1 on a disk that takes 200 us, time counted in instructions.
# 0 is without, 1 with it; a round tells the time of an I/O and the 99th
# percentile of its latency.
set -eu
KDP_BUILD=/root
# shellcheck source=devices.sh
. /root/devices.sh

rounds=3 ios=3000
[ "$1" = full ] && rounds=11 ios=20000

slow_disks 1 300
kdp_pool s /dev/nullb0
kdp s thick 64
bench fill /dev/mapper/kdp-s-thick write=1 bytes=65536 bios=1024 >/dev/null
for dm in /sys/block/dm-*; do
	[ "$(cat "$dm/dm/name")" = kdp-s ] && health=$dm/kdevpool
done

# again FILE - write to FILE, over and over
again() {
	while [ -e /tmp/on ]; do
		echo 1 >"$1"
		sleep 0.05
	done
}

# one OP ROUND GROUP FILE
one() {
	: >/tmp/on
	again "$4" &
	pid=$!
	fio --name=x --filename=/dev/mapper/kdp-s-thick --direct=1 --bs=4k \
		--ioengine=psync --rw="rand$1" --randrepeat=1 \
		--number_ios="$ios" --size=64m --minimal >/tmp/fio.out
	rm /tmp/on
	wait $pid
	[ "$2" = 0 ] || awk -F';' -v op="$1" -v at="$2 $3" '{
		printf "bench %s-iops %s %.0f\n", op, at,
			1e9 / (op == "read" ? $8 : $49)
		for (i = op == "read" ? 18 : 59; i <= NF; i++)
			if ($i ~ /^99\.000000%=/) {
				sub(/.*=/, "", $i)
				printf "bench %s-p99 %s %.0f\n", op, at, $i * 1000
				break
			}
	}' /tmp/fio.out
}

scrubs() {
	sed -n 's/^scrub asked=[0-9]* served=\([0-9]*\) .*/\1/p' "$health/jobs"
}

for round in $(seq 0 "$rounds"); do
	for op in read write; do
		one $op "$round" 0 /dev/null
		before=$(scrubs)
		one $op "$round" 1 "$health/trigger_scrub"
		[ "$(scrubs)" -gt "$before" ]
	done
done
echo "scrubs: $(scrubs)"
