#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# First writes of 64 KiB, and 4 KiB each followed by a flush, to new volumes:
# 0 dm-thin, 1 a thick volume, 2 a thin one; then four of each at once.
# shellcheck source=begin.sh
. "$KDP_BENCH/begin.sh"

MIB=32
rounds=31 syncs=2000
[ "$KDP_QUICK" = 0 ] || rounds=9 syncs=1000

# group FORMAT - four devices joined
group() {
	# shellcheck disable=SC2059
	printf "$1+$1+$1+$1" 1 2 3 4
}

# new - volumes 1 to 4 of each kind
new() {
	for i in 1 2 3 4; do
		thin tp $i $MIB
		kdp b thick$i $MIB
		kdp b thin$i $MIB thin
	done
}

old() {
	for i in 1 2 3 4; do
		thin_remove tp $i
		kdp_remove b thick$i
		kdp_remove b thin$i
	done
}

# in_turn NAME ROUND A,B,C PARAMETER... - who begins changes
in_turn() {
	name=$1 round=$2 devices=$3
	shift 3
	# a round of the module begins with its first group
	bench "$name-$((round % 3))" "$(turned $((round % 3)) "$devices")" "$@"
}

turned() {
	a=${2%%,*} rest=${2#*,}
	b=${rest%%,*} c=${rest#*,}
	case $1 in
	0) echo "$a,$b,$c" ;;
	1) echo "$b,$c,$a" ;;
	2) echo "$c,$a,$b" ;;
	esac
}

disks 3 512
thin_pool tp /dev/ram1 /dev/ram0
kdp_pool b /dev/ram2
one=/dev/mapper/tp-1,/dev/mapper/kdp-b-thick1,/dev/mapper/kdp-b-thin1
four=$(group /dev/mapper/tp-%d),$(group /dev/mapper/kdp-b-thick%d)
four=$four,$(group /dev/mapper/kdp-b-thin%d)

round=0
while [ $round -lt $rounds ]; do
	new
	in_turn first "$round" "$one" write=1 bytes=65536 bios=$((MIB * 16))
	old
	new
	in_turn sync1 "$round" "$one" write=1 flush=1 bios="$syncs"
	in_turn again1 "$round" "$one" write=1 flush=1 bios="$syncs"
	old
	new
	in_turn sync4 "$round" "$four" write=1 flush=1 bios=$((syncs / 4))
	old
	round=$((round + 1))
done
