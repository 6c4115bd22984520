# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 256M --sector 4096
# kernel: 6.1
# soak-kernel: kcsan
# timeout: 900
# soak: 0 5400
#
# Suspend, resume, reload and removal, over and over, with loads running that
# verify all they write; then the ways in which something is removed while it
# is in use.

. ./lib.sh

# As many as time allows, on a loaded machine; a soak does all of them.
rounds=200
seconds=60
[ "$SOAK_SECONDS" -gt 0 ] && rounds=1000 && seconds=$SOAK_SECONDS

volume() {
	dmsetup create "kdp-rnd-$1" --table \
		"0 $((8 * 2048)) kdevpool /dev/mapper/kdp-rnd $1"
}

# shellcheck disable=SC2086 # two options
# round N - each operation once; odd ones without flush
round() {
	how=
	[ $(($1 % 2)) -eq 1 ] && how='--noflush --nolockfs'
	dmsetup suspend $how kdp-rnd && dmsetup resume kdp-rnd || return 1
	dmsetup table kdp-rnd-a | dmsetup reload kdp-rnd-a &&
		dmsetup suspend $how kdp-rnd-a && dmsetup resume kdp-rnd-a ||
		return 1
	dmsetup table kdp-rnd | dmsetup reload kdp-rnd &&
		dmsetup suspend $how kdp-rnd || return 1
	if [ -n "$how" ]; then
		# a volume whose bios are parked
		dmsetup suspend $how kdp-rnd-b || return 1
		dmsetup resume kdp-rnd && dmsetup resume kdp-rnd-b || return 1
	else
		dmsetup resume kdp-rnd || return 1
	fi
	dd if=/dev/urandom of=/dev/mapper/kdp-rnd-c bs=64k count=4 seek=$(($1 % 120)) \
		oflag=direct conv=notrunc 2>/dev/null
	dmsetup remove --retry kdp-rnd-c && volume c || return 1
	blkdiscard /dev/mapper/kdp-rnd-b || return 1
}

now() {
	cut -d. -f1 /proc/uptime
}
exec 3>&1
all_rounds() {
	i=0
	end=$(($(now) + seconds))
	while [ $i -lt $rounds ] && [ "$(now)" -lt $end ]; do
		i=$((i + 1))
		round $i || {
			echo "in round $i"
			return 1
		}
	done
	echo "$i rounds" >&3
	[ $i -ge 4 ]
}

must make_pool /dev/vda rnd a:8M b:8M:thin c:8M d:8M e:8M
verified_load /dev/mapper/kdp-rnd-a &
one=$!
verified_load /dev/mapper/kdp-rnd-d &
two=$!
check "rounds of suspend, resume, reload, remove" all_rounds
touch /tmp/stop
check "a verified load on a volume that is reloaded" wait $one
check "a verified load on a volume that is not" wait $two
rm /tmp/stop

# removal with I/O in flight
verified_load /dev/mapper/kdp-rnd-a &
one=$!
sleep 2
expect_fail "an open volume is not removed" 'busy' dmsetup remove kdp-rnd-a
expect_fail "nor the pool under it" 'busy' dmsetup remove kdp-rnd
expect_fail "nor the module" '' rmmod dm-kdevpool
check "deferred removal of a volume" dmsetup remove --deferred kdp-rnd-a
check "the volume is still there" dmsetup status kdp-rnd-a
touch /tmp/stop
check "and its load verifies to the end" wait $one
check "then it goes" wait_until 10 sh -c '! dmsetup info kdp-rnd-a'
rm /tmp/stop
for v in b c; do
	must dmsetup remove kdp-rnd-$v
done

verified_load /dev/mapper/kdp-rnd-d &
one=$!
sleep 2
# what is open stays, with a table that gives errors
dmsetup remove -f kdp-rnd-d >/dev/null 2>&1
failed() {
	! wait "$1"
}
check "a volume removed by force: its load fails" failed $one
must sh -c '! dmsetup info kdp-rnd-d >/dev/null 2>&1 || dmsetup remove kdp-rnd-d'

# the pool is removed by force while bios are parked
must dmsetup suspend kdp-rnd
verified_load /dev/mapper/kdp-rnd-e &
one=$!
sleep 2
check "by force under parked bios" sh -c 'timeout 60 dmsetup remove -f kdp-rnd; :'
check "they fail, nothing hangs" failed $one
check "the disk is free for the pool once more" wait_until 10 dmsetup create again \
	--table "0 $(blockdev --getsz /dev/vda) kdevpool-pool /dev/vda"
expect_fail "the old volume does not reach it" 'error' \
	dd if=/dev/zero of=/dev/mapper/kdp-rnd-e bs=4k count=1 oflag=direct
must dmsetup remove kdp-rnd-e
must sh -c '! dmsetup info kdp-rnd >/dev/null 2>&1 || dmsetup remove kdp-rnd'
must dmsetup remove again
check "check is clean" kdevpool-admin check /dev/vda
check "module unloads" rmmod dm-kdevpool
