# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 256M --sector 4096 --tool fio --compile tests/tools/kdp-rounds.c
# kernel: 6.1
# soak-kernel: debug kcsan
# timeout: 900
# soak: 0 5400
#
# Suspend, resume, reload and removal, over and over, with loads running that
# verify all they write; then the ways in which something is removed while it
# is in use.

. ./lib.sh

# As many as time allows, on a loaded machine; a soak does all of them.
seconds=60
[ "$SOAK_SECONDS" -gt 0 ] && seconds=$SOAK_SECONDS

all_rounds() {
	kdp-rounds kdp-rnd 1000 "$seconds" >&3
}
# passes VOLUME - of its load
passes() {
	cat /tmp/part."kdp-rnd-$1".passes
}
# not as fast as it can: all is done by one processor or two
fio_load() {
	times=0
	while [ ! -e /tmp/stop ]; do
		times=$((times + 1))
		fio_verified /dev/mapper/kdp-rnd-e 8M $times \
			--rate_iops=100 || return 1
		echo $times >/tmp/fio.times
	done
}
exec 3>&1

must make_pool /dev/vda rnd a:8M b:8M:thin c:8M d:8M e:8M
verified_load /dev/mapper/kdp-rnd-a &
one=$!
verified_load /dev/mapper/kdp-rnd-d &
two=$!
fio_load &
three=$!
check "rounds of suspend, resume, reload, remove" all_rounds
touch /tmp/stop
echo "$(passes a) and $(passes d) times a mebibyte written and verified," \
	"$(cat /tmp/fio.times) times 8 by fio"
check "loads go on meanwhile" test "$(passes a)" -gt 3 -a "$(passes d)" -gt 3
check "a verified load on a volume that is reloaded" wait $one
check "a verified load on a volume that is not" wait $two
check "fio's verified load" wait $three
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
