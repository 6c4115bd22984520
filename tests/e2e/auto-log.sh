# SPDX-License-Identifier: GPL-2.0-only
# vm: --systemd --disk 64M,serial=FIRST-1 --disk 64M
# kernel: 6.1
# timeout: 600
#
# The log of decisions in systemd's journal, as log shows it, and what status
# tells of the last activation.

. ./lib.sh

log() {
	kdevpool-admin log "$@"
}

# last MEMBER [ARG...] - of the newest entry
last() {
	kdp_member=$1
	shift
	log --json -n 1 "$@" |
		sed -n "s/^      \"$kdp_member\": \(.*[^,]\),*\$/\1/p"
}

count() {
	log --json "$@" | grep -c '"decision"'
}

expect "nothing was decided yet" 0 count
must make_pool /dev/vda lg a:4M b:2M
expect "by hand" '"hand"' last by
expect "by hand: activated" '"activated"' last decision
must kdevpool-admin deactivate lg
must kdevpool-admin activate --auto --dry-run /dev/vda
expect "dry run" '"dry-run"' last decision
must kdevpool-admin activate --auto /dev/vda
expect "by itself" '"auto"' last by
expect "by itself: activated" '"activated"' last decision
expect "by itself: points" 100 last score
expect "by itself: threshold" 90 last threshold
expect "by itself: pool" '"lg"' last pool
expect "by itself: device" '"/dev/vda"' last device
check "by itself: reasons" sh -c \
	'kdevpool-admin log --json -n 1 | grep "reasons.*disk 35/35.*host 40/40"'
check "the journal has the fields" sh -c \
	'journalctl -o json KDEVPOOL_POOL=lg | tail -n 1 | grep KDEVPOOL_SCORE'
boot=$(tr -d - </proc/sys/kernel/random/boot_id)
expect "the boot" "\"$boot\"" last boot_id

check "status: when" sh -c \
	'kdevpool-admin status lg | grep -E "last activation +20[0-9]{2}-"'
check "status: how" sh -c \
	'kdevpool-admin status lg | grep -E "how +by itself, 100 points"'
check "status: which boot" sh -c \
	"kdevpool-admin status lg | grep -E 'boot +$boot'"
check "status: devices" sh -c \
	'kdevpool-admin status lg | grep -E "active devices +2 of 2"'

must kdevpool-admin activate --auto /dev/vda
expect "again: skipped" '"skipped"' last decision
expect_fail "a blank disk" 'no valid superblock' \
	kdevpool-admin activate --auto /dev/vdb
expect "a blank disk: refused" '"refused"' last decision
expect "a blank disk: why" '"no-pool"' last rule
expect "of one pool" '"skipped"' last decision --pool lg
expect "of one pool: how many" 4 count --pool lg
expect "of another" 0 count --pool other
expect "in the last hour" 5 count --since 1h
expect "since next year" 0 count --since "$(($(date +%Y) + 1))-01-01"
expect "the last two" 2 count -n 2
check "in 80 columns" sh -c \
	'kdevpool-admin log | awk "length > 80 { bad = 1 } END { exit bad }"'
check "the newest is last" sh -c \
	'kdevpool-admin log -n 2 | grep -A9 skipped | grep refused'

must kdevpool-admin deactivate lg
must dd if=/dev/zero of=/dev/vda bs=4k seek=1 count=2 conv=fsync
must kdevpool-admin activate --auto /dev/vda
expect "damage has a line of its own" '"repaired"' last decision
check "and tells how much" sh -c \
	'kdevpool-admin log -n 1 --json | grep "1 of 5 copies.*5 are current now"'

# as in an initramfs: the journal takes over the kernel's log
must kdevpool-admin deactivate lg
must mount --bind /dev/null /run/systemd/journal/socket
must kdevpool-admin activate --auto /dev/vda
must umount /run/systemd/journal/socket
taken_over() {
	[ "$(last decision --pool lg)" = '"activated"' ]
}
check "before there is a journal" wait_until 20 taken_over
expect "before there is a journal: points" 100 last score --pool lg
check "before there is a journal: status" sh -c \
	'kdevpool-admin status lg | grep -E "how +by itself, 100 points"'

useradd -m visitor 2>/dev/null
check "a user without rights sees nothing, or is told" sh -c \
	'setpriv --reuid visitor --clear-groups kdevpool-admin log 2>&1 | grep -E "No decisions|cannot be read"'
