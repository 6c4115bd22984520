# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 64M,serial=FIRST-1 --disk 64M,serial=SECOND-2 --disk 64M
# kernel: 6.1
# timeout: 600
#
# activate --auto: what comes up by itself, what does not and why, and that
# nothing is written where it does not.

. ./lib.sh

places=$(mktemp)
conf=/etc/kdevpool/kdevpool.conf

this_machine() {
	echo 0123456789abcdef0123456789abcdef >/etc/machine-id
	hostname lab1
}

other_machine() {
	echo fedcba9876543210fedcba9876543210 >/etc/machine-id
	hostname lab2
}

auto() {
	kdevpool-admin activate --auto "$@"
}

auto_aloud() {
	auto "$@" 2>&1
}

hand_aloud() {
	kdevpool-admin activate "$@" 2>&1
}

# member JSON-KEY COMMAND... - one member of what it prints
member() {
	kdp_key=$1
	shift
	"$@" --json 2>/dev/null | sed -n "s/^  \"$kdp_key\": \(.*[^,]\),*\$/\1/p"
}

# exits CODE COMMAND...
exits() {
	kdp_code=$1
	shift
	"$@" && kdp_rc=0 || kdp_rc=$?
	[ "$kdp_rc" -eq "$kdp_code" ]
}

is_active() {
	dmsetup info kdp-auto
}

# written - how many writes and discards the disks have had
written() {
	cat /sys/block/vd[abc]/stat | awk '{ print $5, $7, $12, $14 }'
}

# refused NAME CODE REGEX ARG... - says so, and writes nothing to any disk
refused() {
	name=$1
	code=$2
	regex=$3
	shift 3
	before=$(written)
	expect_fail "$name" "$regex.*to do:" told auto_aloud "$@"
	check "$name: exit code $code" exits "$code" auto "$@"
	expect "$name: nothing was written" "$before" written
	expect_fail "$name: nothing is active" 'not exist' is_active
}

down() {
	must kdevpool-admin deactivate auto
}

# power_cut - the disk as it is while the pool is active
power_cut() {
	must dmsetup message kdp-auto 0 commit
	must dd if=/dev/vda of=/tmp/cut bs=1M iflag=direct
	down
	must dd if=/tmp/cut of=/dev/vda bs=1M oflag=direct
	rm /tmp/cut
}

this_machine
must make_pool /dev/vda auto a:4M b:2M
must replica_places /dev/vda
replica_places /dev/vda >"$places"

# active, closed, cut
expect "active: skipped" '"skipped"' member decision auto /dev/vda
check "active: exit code 0" exits 0 auto /dev/vda
must dmsetup remove kdp-auto-b
check "killed in the midst of it: completed" auto /dev/vda
check "killed in the midst of it: all volumes are there" \
	dmsetup info kdp-auto-b
down
before=$(digest /dev/vda)
expect "dry run: 100 points" 100 member score auto --dry-run /dev/vda
expect "dry run: it would" true member would_activate auto --dry-run /dev/vda
expect "dry run: no byte changed" "$before" digest /dev/vda
expect_fail "dry run: nothing is active" 'not exist' is_active
expect "closed: activated" '"activated"' member decision auto /dev/vda
check "the table names the machine" sh -c \
	'dmsetup table kdp-auto | grep "machine_id 0123456789abcdef0123456789abcdef$"'
power_cut
expect "after a power cut: not closed" false member clean \
	kdevpool-admin probe /dev/vda
expect "after a power cut: 100 points" 100 member score auto --dry-run /dev/vda
expect "after a power cut: activated" '"activated"' member decision \
	auto /dev/vda

# two events of one disk: nobody takes the other's devices for remnants
down
several() {
	for i in 1 2 3 4; do
		auto /dev/vda >/tmp/out$i 2>&1 &
		eval "pid$i=$!"
	done
	# shellcheck disable=SC2154 # set above
	wait "$pid1" && wait "$pid2" && wait "$pid3" && wait "$pid4"
}
check "four at once: all succeed" several
one_did_it() {
	[ "$(cat /tmp/out[1-4] | grep -c "is up with 2")" -eq 1 ]
}
check "four at once: one did it" one_did_it
check "four at once: all devices are there" dmsetup info kdp-auto-a kdp-auto-b

# other machines
power_cut
other_machine
refused "in use on another host" 4 'may be active.*lab1' /dev/vda
expect_fail "in use on another host, by hand" 'may be active.*lab1.*to do:' \
	told hand_aloud /dev/vda
this_machine
must auto /dev/vda
down
other_machine
refused "carried over" 4 'another machine.*lab1' /dev/vda
expect "carried over: 80 points" 80 member score auto --dry-run /dev/vda
mkdir -p "${conf%/*}"
echo 'threshold = 75' >"$conf"
check "carried over: a lower threshold takes it" auto /dev/vda
rm "$conf"
down
check "it is that machine's from then on" auto /dev/vda
down
this_machine
refused "and no longer this one's" 4 'another machine.*lab2' /dev/vda
check "by force" auto --force /dev/vda
down
rm /etc/machine-id
refused "a machine without id" 4 'no machine id' /dev/vda
this_machine

# the configuration
echo 'auto_activate = no' >"$conf"
refused "switched off" 4 'auto_activate' /dev/vda
echo 'threshold = 100' >"$conf"
check "threshold 100: all is as recorded" auto /dev/vda
down
echo 'threshold = lots' >"$conf"
refused "a mistake in the configuration" 4 'kdevpool.conf:1: threshold' /dev/vda
expect_fail "config names it" 'kdevpool.conf:1: .*expected: *a number' \
	sh -c 'kdevpool-admin config 2>&1 | tr -s "\n " " "; false'
check "config: exit code 3" exits 3 kdevpool-admin config
check "by force, in spite of it" auto --force /dev/vda
down
rm "$conf"
check "config: no mistake" kdevpool-admin config
cp /proc/cmdline /tmp/cmdline
echo 'quiet kdevpool.auto=0' >/tmp/off
must mount --bind /tmp/off /proc/cmdline
refused "switched off at boot" 4 'command line' /dev/vda
check "switched off at boot, by force" auto --force /dev/vda
must umount /proc/cmdline
down

# copies of the disk
must dd if=/dev/vda of=/dev/vdb bs=1M oflag=direct
refused "a clone, the original" 4 '/dev/vda and /dev/vdb' /dev/vda
refused "a clone, the copy" 4 '/dev/vdb and /dev/vda' /dev/vdb
check "a clone: the one that is named" auto --force /dev/vda
expect "a clone while the pool is active" '"active-elsewhere"' member rule \
	auto --force /dev/vdb
expect "the active one is skipped" '"skipped"' member decision auto /dev/vda
power_cut
must dd if=/dev/zero of=/dev/vda bs=1M oflag=direct conv=fsync count=64
refused "a copy without its original" 4 'copy of the disk' /dev/vdb
expect "a copy without its original: 65 points" 65 member score \
	auto --dry-run /dev/vdb
check "by hand the copy becomes the pool's disk" \
	kdevpool-admin activate /dev/vdb
down
check "and comes up by itself" auto /dev/vdb
down
must dd if=/dev/vdb of=/dev/vda bs=1M oflag=direct
must dd if=/dev/zero of=/dev/vdb bs=1M oflag=direct conv=fsync count=64
must kdevpool-admin activate /dev/vda
down

# damage
must wreck_replicas /dev/vda "$places" 0 1 2 3
expect "four copies damaged: one is left" 1 member copies_before \
	auto --dry-run /dev/vda
expect "four copies damaged: healed" 5 member copies_after auto /dev/vda
check "four copies damaged: a line in the log" sh -c \
	'dmesg | grep "4 of 5 copies of the metadata were damaged"'
down
expect "and 100 points again" 100 member score auto --dry-run /dev/vda
must wreck_replicas /dev/vda "$places" 0 1 2 3 4
refused "five copies damaged" 2 'five copies' /dev/vda
refused "five copies damaged, by force" 2 'five copies' --force /dev/vda
refused "five copies damaged, dry run" 2 'five copies' --dry-run /dev/vda

# the checkpoints are gone, the superblocks are there
must make_pool /dev/vdb auto a:4M
replica_places /dev/vdb >"$places"
down
while read -r _ extent bytes; do
	scribble /dev/vdb "$extent" "$bytes"
done <"$places"
refused "nothing behind the superblocks" 2 'not activated' --dry-run /dev/vdb
refused "nothing behind the superblocks, in earnest" 2 'not activated' \
	--force /dev/vdb

# disks of others
refused "a blank disk" 2 'no valid superblock' /dev/vdc
must mkfs.ext4 -q /dev/vdc
refused "a file system" 2 'no valid superblock' --force /dev/vdc
check "no such device: exit code 7" exits 7 auto /dev/nothing
check "udev is told a confidence" sh -c \
	'kdevpool-admin probe --udev /dev/vdb | grep -E "^KDEVPOOL_CONFIDENCE=100$"'
