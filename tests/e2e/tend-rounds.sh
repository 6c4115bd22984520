# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 96M
# kernel: debug
# timeout: 600
# soak: 60 28800
#
# Remove, suspend, reload and unload in the midst of scrub and repair, over and
# over: each round damages a copy of the metadata, has a scrub or a repair
# begin, and then does one of these.  In every other round the disk stands still
# until both are under way, so that it is certain that they meet.

. ./lib.sh

# As many as time allows; a soak does all of them.
rounds=1000
seconds=$SOAK_SECONDS

must make_pool /dev/vda td a:4M b:2M:thin
must kdevpool-admin deactivate td
places=$(mktemp)
must replica_places /dev/vda
replica_places /dev/vda >"$places"
all=$(blockdev --getsz /dev/vda)
must dmsetup create base --table "0 $all linear /dev/vda 0"
pool="0 $all kdevpool-pool /dev/mapper/base"

up() {
	dmsetup create p --table "$pool" &&
		dmsetup create a --table "0 8192 kdevpool /dev/mapper/p a"
}

# learn - where the pool device is, which may be another one
learn() {
	sys=/sys/block/dm-$(dmsetup info -c --noheadings -o minor p)/kdevpool
	# the attempts of many rounds
	echo 1 >"$sys/repair_period_seconds"
}

down() {
	dmsetup remove a && dmsetup remove p
}

# harm N - a copy, behind the pool's back: its superblocks, its journal or all
harm() {
	# shellcheck disable=SC2046 # three words
	set -- "$1" $(sed -n "$(($1 % 5 + 1))p" "$places")
	case $(($1 % 4)) in
	0) scribble /dev/vda "$2" 8192 ;;
	1) scribble /dev/vda "$3" 32768 ;;
	*) wreck_replicas /dev/vda "$places" $(($1 % 5)) ;;
	esac && blockdev --flushbufs /dev/vda
}

at_work() {
	! grep -q '^now idle' "$sys/jobs"
}

# begin N - a repair, or a scrub, which has what it finds mended
begin() {
	if [ $(($1 % 3)) -eq 0 ]; then
		dmsetup message p 0 repair
	else
		dmsetup message p 0 scrub start
	fi
}

met=0
# interrupt N - what goes on then
interrupt() {
	case $(($1 % 5)) in
	0) dmsetup suspend p && dmsetup resume p ;;
	1) dmsetup suspend --noflush p && dmsetup resume p ;;
	2) dmsetup load p --table "$pool" && dmsetup resume p ;;
	3) down && up ;;
	4) down && rmmod dm-kdevpool && modprobe dm-kdevpool && up ;;
	esac
}

# standing N - begin and interrupt while the disk stands still: a pool that is
# suspended or gone has nothing at work, so that has to wait
standing() {
	dmsetup suspend --noflush --nolockfs base && begin "$1" &&
		wait_until 10 at_work || return 1
	met=$((met + 1))
	interrupt "$1" &
	interrupting=$!
	sleep 0.5
	if ! kill -0 $interrupting 2>/dev/null; then
		echo "did not wait for what was at work"
		dmsetup resume base
		return 1
	fi
	dmsetup resume base && wait $interrupting
}

splat() {
	dmesg | grep -E 'BUG|WARNING:|INFO: task|KASAN|possible .* (locking|deadlock)'
}

# round N
round() {
	dd if=/tmp/random of=/dev/mapper/a bs=64k skip=$(($1 % 32)) \
		seek=$(($1 % 64)) count=1 oflag=direct conv=notrunc 2>/dev/null &&
		dmsetup message p 0 "create v$1 64K thin, remove v$(($1 - 1))" &&
		harm "$1" || return 1
	if [ $(($1 % 2)) -eq 0 ]; then
		standing "$1" || return 1
	else
		begin "$1" && interrupt "$1" || return 1
	fi
	learn
	cmp -n 65536 /dev/mapper/a /tmp/random $(($1 % 64 * 65536)) \
		$(($1 % 32 * 65536)) && ! splat
}

exec 3>&1
round_and_tell() {
	round "$1" || return 1
	[ $(($1 % 50)) -ne 0 ] || echo "# round $1 after $(uptime_seconds) s" >&3
}
all_rounds() {
	repeat round_and_tell $rounds "$seconds" || return 1
	echo "# $kdp_round rounds, in $met the disk stood still meanwhile" >&3
	# each kind
	[ $kdp_round -ge 5 ] && [ $met -ge 2 ]
}

must dd if=/dev/urandom of=/tmp/random bs=64k count=32
must up
learn
must dmsetup message p 0 "create v0 64K thin"
check "removed, suspended, reloaded, unloaded in the midst of it" all_rounds
# the last round's may be at work
must dmsetup message p 0 repair
whole() {
	! at_work && [ "$(cat "$sys/metadata_health")" = "5/5 copies valid" ]
}
check "all copies are valid at the end" wait_until 60 whole
must down
must dmsetup remove base
check "check is clean" kdevpool-admin check /dev/vda
check "the module goes" rmmod dm-kdevpool
