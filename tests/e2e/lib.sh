# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# lib.sh - helpers for the scripts that run in the guest
#
# A script begins with
#
#	. ./lib.sh
#
# and reports cases: `check NAME COMMAND...` passes when the command succeeds,
# `expect_fail NAME REGEX COMMAND...` when it fails and says what the extended
# regular expression wants.  `pass NAME` and `fail NAME WHY` report by hand.
# `must COMMAND...` is for what is no test of its own: when it fails, the
# script ends.  A command that needs a shell is given to `sh -c`, a function
# of the script by its name.

set -u

kdp_log=$(mktemp)
kdp_failed=0
trap 'kdp_exit $?' EXIT

kdp_exit() {
	rm -f "$kdp_log"
	if [ "$1" -eq 0 ] && [ "$kdp_failed" -ne 0 ]; then
		exit 1
	fi
	exit "$1"
}

# pass NAME
pass() {
	echo "ok $1"
}

# fail NAME WHY
fail() {
	kdp_failed=$((kdp_failed + 1))
	echo "not ok $1: $2"
}

# kdp_why - the last output on one line
kdp_why() {
	tr '\n' ' ' <"$kdp_log" | tail -c 300
}

# must COMMAND... - end the script when the command fails
must() {
	"$@" >"$kdp_log" 2>&1 && return 0
	kdp_rc=$?
	echo "not ok setup: '$*' exits with $kdp_rc: $(kdp_why)"
	exit 1
}

# check NAME COMMAND...
check() {
	kdp_name=$1
	shift
	if "$@" >"$kdp_log" 2>&1; then
		pass "$kdp_name"
	else
		fail "$kdp_name" "'$*' exits with $?: $(kdp_why)"
	fi
}

# expect_fail NAME REGEX COMMAND...
expect_fail() {
	kdp_name=$1
	kdp_regex=$2
	shift 2
	if "$@" >"$kdp_log" 2>&1; then
		fail "$kdp_name" "'$*' succeeds: $(kdp_why)"
	elif grep -Eq -- "$kdp_regex" "$kdp_log"; then
		pass "$kdp_name"
	else
		fail "$kdp_name" "no '$kdp_regex' in: $(kdp_why)"
	fi
}

# expect NAME WANTED COMMAND... - its standard output is exactly WANTED
expect() {
	kdp_name=$1
	kdp_wanted=$2
	shift 2
	kdp_got=$("$@" 2>"$kdp_log")
	if [ "$kdp_got" = "$kdp_wanted" ]; then
		pass "$kdp_name"
	else
		fail "$kdp_name" "got '$kdp_got', expected '$kdp_wanted' $(kdp_why)"
	fi
}

# wait_until SECONDS COMMAND... - poll until it succeeds; fails when it never
# does
wait_until() {
	kdp_left=$(($1 * 10))
	shift
	while ! "$@" >/dev/null 2>&1; do
		kdp_left=$((kdp_left - 1))
		[ "$kdp_left" -gt 0 ] || return 1
		sleep 0.1
	done
}

# uptime_seconds - a clock
uptime_seconds() {
	cut -d. -f1 /proc/uptime
}

# repeat FUNCTION MOST SECONDS - the function over and over, with the number of
# the round, which is $kdp_round
repeat() {
	kdp_round=0
	kdp_end=$(($(uptime_seconds) + $3))
	while [ $kdp_round -lt "$2" ] && [ "$(uptime_seconds)" -lt $kdp_end ]; do
		kdp_round=$((kdp_round + 1))
		"$1" $kdp_round || {
			echo "in round $kdp_round"
			return 1
		}
	done
}

# digest FILE... - one checksum over the contents of files or disks
digest() {
	cat "$@" | sha256sum | cut -d ' ' -f 1
}

# make_pool DISK POOL [VOLUME:SIZE]... - format and activate
make_pool() {
	kdp_disk=$1
	kdp_pool=$2
	shift 2
	kdp_args=
	for kdp_word; do
		kdp_args="$kdp_args --volume $kdp_word"
	done
	# shellcheck disable=SC2086 # one word for each option
	kdevpool-admin create --device "$kdp_disk" --pool "$kdp_pool" \
		$kdp_args --yes
}

# number DISK OFFSET SIZE - a little-endian number on the disk
number() {
	od -An -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# scribble DISK BYTE LENGTH - random bytes, all lengths multiples of 4 KiB
scribble() {
	dd if=/dev/urandom of="$1" bs=4096 seek=$(($2 / 4096)) \
		count=$(($3 / 4096)) conv=notrunc,fsync 2>/dev/null
}

# replica_places DISK - "home extent bytes" of the five replicas, in bytes, as
# the superblock of R0 at 4 KiB tells
replica_places() {
	kdp_blocks=$(($(number "$1" $((4096 + 144)) 4) +
		2 * $(number "$1" $((4096 + 148)) 4)))
	for kdp_r in 0 1 2 3 4; do
		kdp_at=$((4096 + 160 + 24 * kdp_r))
		echo "$(($(number "$1" $kdp_at 8) * 4096))" \
			"$(($(number "$1" $((kdp_at + 8)) 8) * 4096))" \
			"$((kdp_blocks * 4096))"
	done
}

# wreck_replicas DISK PLACES REPLICA... - random bytes over all that they own;
# PLACES is a file with the output of replica_places
wreck_replicas() {
	kdp_disk=$1
	kdp_places=$2
	shift 2
	for kdp_r; do
		# shellcheck disable=SC2046 # three words
		set -- $(sed -n "$((kdp_r + 1))p" "$kdp_places")
		scribble "$kdp_disk" "$1" 8192
		scribble "$kdp_disk" "$2" "$3"
	done
}

# marked_chunk DISK - the chunk of 64 KiB that begins with ZZZZZZZZ, on a small disk
marked_chunk() {
	for kdp_n in $(seq 64 1520); do
		[ "$(dd if="$1" bs=8 skip=$((kdp_n * 8192)) count=1 2>/dev/null |
			tr -d '\0')" = ZZZZZZZZ ] && echo "$kdp_n" && return 0
	done
	return 1
}

# fio_verified NODE SIZE SEED [OPTION...] - write, read back, verify; stops at the
# first error.  (randrw verifies what an earlier run wrote, and fails on any disk.)
fio_verified() {
	kdp_node=$1 kdp_size=$2 kdp_seed=$3
	shift 3
	fio --name=load --filename="$kdp_node" --rw=randwrite --bs=4k-64k \
		--iodepth=4 --ioengine=libaio --direct=1 --size="$kdp_size" \
		--verify=crc32c --verify_fatal=1 --fsync=32 \
		--randseed="$kdp_seed" --output="/tmp/fio.${kdp_node##*/}" "$@"
}

# verified_load NODE - write, read back, compare, 8 MiB of NODE, until /tmp/stop is
# there.  (fio takes more of an emulated processor.)  Holds NODE open, and
# needs its name no longer, which a deferred removal takes away.  How often is in
# /tmp/part.NAME.passes.
verified_load() {
	exec 9<"$1"
	kdp_part=/tmp/part.${1##*/}
	dd if=/dev/urandom of="$kdp_part.all" bs=64k count=32 2>/dev/null
	kdp_n=0
	while [ ! -e /tmp/stop ]; do
		kdp_n=$((kdp_n + 1))
		dd if="$kdp_part.all" of="$kdp_part" bs=64k skip=$((kdp_n % 16)) \
			count=16 2>/dev/null || return 1
		dd if="$kdp_part" of=/proc/self/fd/9 bs=32k seek=$((kdp_n % 7 * 32)) \
			oflag=direct conv=notrunc 2>/dev/null || return 1
		dd if=/proc/self/fd/9 bs=64k skip=$((kdp_n % 7 * 16)) count=16 \
			iflag=direct 2>/dev/null | cmp - "$kdp_part" || return 1
		echo "$kdp_n" >"$kdp_part.passes"
	done
}

# create_on DEVICE - with all that a careless user would say
create_on() {
	kdevpool-admin create --device "$1" --pool p --volume a:1M --yes \
		--force 2>&1
}

# create_on_as_user DEVICE - the same without root, in the group of disks
create_on_as_user() {
	setpriv --reuid 1000 --regid 6 --clear-groups \
		kdevpool-admin create --device "$1" --pool p --volume a:1M \
		--yes --force 2>&1
}

# told COMMAND... - its error alone, on one line, without a report before it
told() {
	"$@" >/tmp/told
	kdp_rc=$?
	sed -n '/^kdevpool-admin:/,$p' /tmp/told | tr -s '\n ' ' '
	return $kdp_rc
}

# disk_digest DISK - of what is on it, not of what is cached
disk_digest() {
	blockdev --flushbufs "$1"
	digest "$1"
}

# refused NAME REGEX DEVICE - create refuses, says this, and changes nothing
refused() {
	kdp_before=$(disk_digest "$3")
	expect_fail "$1" "$2.*expected:.*to do:" told create_on "$3"
	expect_fail "$1, for a user" 'kdevpool-admin: .*expected:.*to do:' \
		told create_on_as_user "$3"
	expect "$1: no byte changed" "$kdp_before" disk_digest "$3"
}

# fresh_disk DISK - nothing is on it, and udev knows
fresh_disk() {
	must udevadm settle
	must wipefs -qaf "$1"
	dd if=/dev/zero of="$1" bs=1M conv=notrunc,fsync 2>/dev/null
	must udevadm settle
}
