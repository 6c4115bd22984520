#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Seven volumes, from the command to usable nodes, and their removal: 0
# dm-linear (linears.c), 1 kdevpool-admin, 2 lvcreate; with udev done, and
# without waiting for it.  Time is counted in instructions.
set -eu
rounds=$1
seven='1 2 3 4 5 6 7'

# timed NAME ROUND GROUP COMMAND...; bare is the same while udevd stands still
timed() {
	udevadm settle
	bare "$@"
}

bare() {
	name=$1 round=$2 group=$3
	shift 3
	begin=$(date +%s%N)
	"$@" >/tmp/seven.log 2>&1 || { cat /tmp/seven.log; exit 1; }
	end=$(date +%s%N)
	[ "$round" = 0 ] || echo "bench $name $round $group $((end - begin))"
}

# usable DIRECTORY PREFIX - all seven nodes can be opened
usable() {
	for i in $seven; do
		dd if="$1/$2$i" of=/dev/null bs=4k count=1 iflag=direct \
			status=none
	done
}

lvs_made() {
	for i in $seven; do
		lvcreate -qq "$@" -W n -Z n -n "v$i" -L 16M vg
	done
}

lvs_removed() {
	for i in $seven; do
		lvremove -qq "$@" -f "vg/v$i"
	done
}

kdps() {
	kdevpool-admin volume create b v1 16M v2 16M v3 16M v4 16M v5 16M \
		v6 16M v7 16M
}

kdps_removed() {
	kdevpool-admin volume remove b v1 v2 v3 v4 v5 v6 v7
}

vgcreate -qq vg /dev/vdb
kdevpool-admin create --device /dev/vdc --pool b --profile empty --yes >/dev/null
for round in $(seq 0 "$rounds"); do
	timed make "$round" 0 linears create 7 /dev/vda 32768
	timed remove "$round" 0 linears remove 7
	timed make "$round" 1 kdps
	usable /dev/kdevpool/b v
	timed remove "$round" 1 kdps_removed
	timed make "$round" 2 lvs_made
	usable /dev/vg v
	timed remove "$round" 2 lvs_removed
	# udevd would take the only processor in the midst of it
	udevadm settle
	udevadm control --stop-exec-queue
	export DM_DISABLE_UDEV=1
	bare make-bare "$round" 0 linears create 7 /dev/vda 32768
	bare remove-bare "$round" 0 linears remove 7
	bare make-bare "$round" 1 kdps
	usable /dev/mapper kdp-b-v
	bare remove-bare "$round" 1 kdps_removed
	bare make-bare "$round" 2 lvs_made --noudevsync
	usable /dev/mapper vg-v
	bare remove-bare "$round" 2 lvs_removed --noudevsync
	unset DM_DISABLE_UDEV
	udevadm control --start-exec-queue
done
