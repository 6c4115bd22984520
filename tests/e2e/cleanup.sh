# SPDX-License-Identifier: GPL-2.0-only
# vm: --systemd --disk 128M
# kernel: 6.1
# timeout: 600
#
# Volumes that their owners left behind go, by hand and by the timer; those of
# live owners, of other users, in use, kept, or of no process stay.

. ./lib.sh

unit=kdevpool-cleanup
fakeboot=00112233445566778899aabbccddeeff

# process [USER] - start one that does nothing, in the background; its number
process() {
	if [ $# -eq 0 ]; then
		sleep 1000 >/dev/null 2>&1 &
	else
		setpriv --reuid "$1" --regid "$1" --clear-groups \
			sleep 1000 >/dev/null 2>&1 &
	fi
	echo $!
}

# ended PID... - end them, until nobody has the numbers
ended() {
	kill "$@"
	for pid; do
		wait_until 10 sh -c "! kill -0 $pid" || return 1
	done
}

# owned NAME PID - a volume of a process
owned() {
	must kdevpool-admin volume create ci "$1" 2M --owner-pid "$2"
}

names() {
	dmsetup message kdp-ci 0 list | cut -d ' ' -f 2 | sort | tr '\n' ' '
}

links() {
	find /dev/kdevpool/ci -type l | sed 's|.*/||' | sort | tr '\n' ' '
}

# told NAME - "RESULT: WHY" of a volume in the last report
told() {
	jq -r ".volumes[] | select(.name == \"$1\") | \"\(.result): \(.why)\"" \
		/tmp/report
}

dry_run() {
	kdevpool-admin cleanup --dry-run --json >/tmp/report
}

# owner_of NAME - what the pool has of a volume's owner
owner_of() {
	dmsetup message kdp-ci 0 list | grep "^[0-9]* $1 " |
		cut -d ' ' -f 9,10,15
}

must make_pool /dev/vda ci plain:4M
live=$(process)
dead=$(process)
user=$(process 2001)
boot=$(tr -d - </proc/sys/kernel/random/boot_id)
start=$(cut -d ' ' -f 22 /proc/"$live"/stat)

expect_fail "an owner that is not there" 'no process' \
	kdevpool-admin volume create ci x 2M --owner-pid 4194000
expect_fail "an owner that is no number" 'no number of a process' \
	kdevpool-admin volume create ci x 2M --owner-pid me
expect "neither made a volume" 'plain ' names
owned live "$live"
expect "number, start and boot are recorded" "$live $start $boot" \
	owner_of live
for name in dead open kept thin; do
	owned $name "$dead"
done
owned reused "$live"
must dmsetup message kdp-ci 0 set reused pid_start=$((start - 1))
owned oldboot "$live"
must dmsetup message kdp-ci 0 set oldboot boot_id=$fakeboot
owned theirs "$user"
owned theirs-reused "$user"
must dmsetup message kdp-ci 0 set theirs-reused pid_start=1
owned alices "$dead"
must kdevpool-admin volume set ci alices --uid 2001
must kdevpool-admin volume set ci kept --keep
expect "keep forgets the owner" '0 0 -' owner_of kept
all=$(names)

check "while all live" kdevpool-admin cleanup --dry-run
check "what is wrong already is seen" dry_run
expect "a live owner" 'kept: its owner lives' told live
expect "an owner that has not ended yet" 'kept: its owner lives' told dead
ended "$dead"
exec 5<>/dev/kdevpool/ci/open
check "a dry run" dry_run
expect "dead" 'would be removed: its owner is gone' told dead
expect "open" 'kept: it is in use' told open
expect "number reused" \
	'would be removed: its owner is gone, another process has the number' \
	told reused
expect "another boot" 'would be removed: its owner was of another boot' \
	told oldboot
expect "another user's process" 'kept: its owner lives' told theirs
expect "kept: it is not even listed" '' told kept
expect "no owner: it is not even listed" '' told plain
expect "changes nothing" "$all" names
# of docs/json.md
expect "its members" 'id name owner pid pool result session uid why' \
	jq -r '.volumes[0] | keys | join(" ")' /tmp/report
check "shows a table" sh -c 'kdevpool-admin cleanup --dry-run ci |
	grep -q "dead.*would be removed.*its owner is gone"'

check "alice, by sudo" env SUDO_UID=2001 kdevpool-admin cleanup
expect "only hers is gone" "$(echo "$all" | sed 's/alices //')" names
check "the table says what was removed" sh -c \
	'kdevpool-admin cleanup | grep -q "dead.*removed.*its owner is gone"'
left='kept live open plain theirs '
expect "what is left" "$left" names
expect "so are their nodes" "$left" links
expect "a second time" 'No volume was left behind.' kdevpool-admin cleanup
must mkfs.ext4 -q /dev/kdevpool/ci/open
exec 5>&-
must mkdir -p /mnt/x
must mount /dev/kdevpool/ci/open /mnt/x
must kdevpool-admin cleanup
expect "mounted" "$left" names
must umount /mnt/x

# from within its confinement it sees what it must, and no less
owned reused "$user"
must dmsetup message kdp-ci 0 set reused pid_start=1
must systemctl start $unit.service
expect "the service removed what is left behind" 'kept live plain theirs ' \
	names
check "and says so" sh -c "journalctl -o cat -u $unit.service |
	grep -q 'open.*removed.*its owner is gone'"
ended "$live" "$user"
must systemctl start $unit.timer
gone() {
	[ "$(names)" = 'kept plain ' ]
}
check "a minute later the timer has" wait_until 120 gone
expect "nodes" 'kept plain ' links
check "the service has not failed" \
	sh -c "[ \$(systemctl show -P Result $unit.service) = success ]"

# two at once: each removes some, or finds it gone
dead=$(process)
for n in 1 2 3 4 5 6; do
	owned "t$n" "$dead"
done
ended "$dead"
kdevpool-admin cleanup >/dev/null 2>/tmp/other &
other=$!
check "two at once" kdevpool-admin cleanup
check "the other one" wait $other
expect "nobody complains" '' cat /tmp/other
expect "all are gone" 'kept plain ' names
expect "nodes, too" 'kept plain ' links

# a container: the numbers mean others there
must kdevpool-admin volume create ci x 2M --owner-pid $$
expect_fail "in a container" 'container' \
	unshare --pid --fork --mount-proc kdevpool-admin cleanup
check "nothing was done" sh -c 'dmsetup info kdp-ci-x'
must kdevpool-admin volume remove ci x
must kdevpool-admin deactivate ci
expect "no pool" 'No volume was left behind.' kdevpool-admin cleanup
