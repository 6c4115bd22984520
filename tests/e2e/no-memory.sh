# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 256M
# kernel: debug
# timeout: 600
#
# Allocations that fail, of slabs and of pages, those that may sleep among them,
# in whatever works for a volume: writers, workers, messages.  They may get an
# error; what they were told to be done is done, and nothing stays broken.

. ./lib.sh

faults=/sys/kernel/debug

must make_pool /dev/vda low a:32M b:32M:thin c:16M
must dd if=/dev/urandom of=/tmp/random bs=64k count=64

# inject PERCENT - for tasks that are marked, 0 ends it
inject() {
	for kind in failslab fail_page_alloc; do
		echo Y >$faults/$kind/task-filter
		echo N >$faults/$kind/ignore-gfp-wait
		echo -1 >$faults/$kind/times
		echo 0 >$faults/$kind/verbose
		echo "$1" >$faults/$kind/probability
	done
	echo N >$faults/fail_page_alloc/ignore-gfp-highmem
	echo 0 >$faults/fail_page_alloc/min-order
}

# mark 0|1 - all workers, and whom kthreadd makes
mark() {
	for task in 2 $(pgrep '^kworker'); do
		echo "$1" >"/proc/$task/make-it-fail" || :
	done 2>/dev/null
}

# marked COMMAND... - allocations of the command fail
marked() {
	sh -c 'echo 1 >/proc/self/make-it-fail; exec "$@"' sh "$@"
}

# What was acknowledged for chunk N of volume V is in /tmp/done.V.N.
# writes VOLUME FIRST - chunks of 64 KiB, one after the other
writes() {
	n=0
	while [ $n -lt 24 ]; do
		n=$((n + 1))
		at=$(($2 + n * 5 % 240))
		if marked dd if=/tmp/random of="/dev/kdevpool/low/$1" bs=64k \
			count=1 skip=$((at % 64)) seek=$at oflag=direct \
			iflag=fullblock conv=notrunc,fsync; then
			: >"/tmp/done.$1.$at"
		fi
	done 2>/dev/null
}

# verify VOLUME - each chunk that was acknowledged
verify() {
	nr=0
	for file in /tmp/done."$1".*; do
		[ -e "$file" ] || continue
		at=${file##*.}
		nr=$((nr + 1))
		dd if=/tmp/random bs=64k count=1 skip=$((at % 64)) \
			of=/tmp/wanted 2>/dev/null
		dd if="/dev/kdevpool/low/$1" bs=64k count=1 skip="$at" \
			iflag=direct 2>/dev/null | cmp - /tmp/wanted || return 1
	done
	echo "$1: $nr chunks" >&3
	[ $nr -gt 0 ]
}
exec 3>&1

messages() {
	n=0
	while [ $n -lt 12 ]; do
		n=$((n + 1))
		marked dmsetup message kdp-low 0 "create x$n 1M, create y$n 1M thin"
		marked dmsetup message kdp-low 0 "remove x$n, remove y$n"
		marked dmsetup message kdp-low 0 commit
		marked dmsetup message kdp-low 0 checkpoint
	done >/dev/null 2>&1
	:
}

# both or none of the two that were made, and removed, together
pairs() {
	kdevpool-admin list low --json >/tmp/list.json
	n=0
	while [ $n -lt 12 ]; do
		n=$((n + 1))
		x=$(grep -c "\"x$n\"" /tmp/list.json)
		y=$(grep -c "\"y$n\"" /tmp/list.json)
		[ "$x" = "$y" ] || return 1
	done
}

for percent in 1 5 15; do
	rm -f /tmp/done.*
	mark 1
	inject $percent
	writes a 0 &
	one=$!
	writes b 0 &
	two=$!
	messages
	wait $one
	wait $two
	inject 0
	mark 0
	check "of a hundred $percent fail: what was written is there (thick)" verify a
	check "of a hundred $percent fail: what was written is there (thin)" verify b
	check "of a hundred $percent fail: both or none of a message's volumes" pairs
	dmsetup message kdp-low 0 info | grep -E '^(mode|replica_health|errors|reason)' | tr '\n' ' '
	echo
	expect "of a hundred $percent fail: the pool is active" mode=active \
		sh -c 'dmsetup message kdp-low 0 info | grep ^mode='
done

check "then all goes well again" dd if=/tmp/random of=/dev/kdevpool/low/c \
	bs=64k count=64 oflag=direct conv=fsync
must dmsetup message kdp-low 0 commit
check "the pool goes down" kdevpool-admin deactivate low
check "check is clean" kdevpool-admin check /dev/vda
must kdevpool-admin activate /dev/vda
check "it is there after the next activation (thick)" verify a
check "it is there after the next activation (thin)" verify b
must kdevpool-admin deactivate low
