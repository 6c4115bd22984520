# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 96M --disk 96M
# kernel: 6.1 debug
# soak-kernel: 6.12 7
# timeout: 900
#
# Disks that fail: data and metadata that cannot be read or written, a disk that
# becomes smaller, read-only, or is pulled out.  What has become of the pool is
# told by its status, by a dm event and by a uevent, and why by the status.

. ./lib.sh

sectors=$(blockdev --getsz /dev/vda)
uevents=/tmp/uevents
uevent sh -c 'env >>/tmp/uevents' >/dev/null 2>&1 &

# below TABLE - the disk under the pool becomes this
below() {
	printf '%s\n' "$1" | dmsetup reload disk &&
		dmsetup suspend --noflush --nolockfs disk && dmsetup resume disk
}
whole="0 $sectors linear /dev/vda 0"

# bad START LENGTH [START LENGTH]... - tables with holes that only give errors,
# ascending
bad() {
	at=0
	while [ $# -gt 0 ]; do
		[ "$1" -gt $at ] && echo "$at $(($1 - at)) linear /dev/vda $at"
		echo "$1 $2 error"
		at=$(($1 + $2))
		shift 2
	done
	echo "$at $((sectors - at)) linear /dev/vda $at"
}

# bad_replicas REPLICA... - the metadata of these gives errors
bad_replicas() {
	for r; do
		sed -n "$((r + 1))p" /tmp/places
	done | while read -r home extent bytes; do
		echo "$((home / 512)) 16"
		echo "$((extent / 512)) $((bytes / 512))"
	done | sort -n | tr '\n' ' '
}

status() {
	dmsetup status kdp-err | cut -d' ' -f"$1"
}
mode() {
	status 4
}
events() {
	dmsetup info -c --noheadings -o events kdp-err
}
poke() {
	dd if=/dev/urandom of=/dev/kdevpool/err/a bs=4k count=1 seek="$1" \
		oflag=direct conv=notrunc "${2:-oflag=direct}"
}
peek() {
	dd if=/dev/kdevpool/err/a bs=4k count=1 skip="$1" iflag=direct
}

must dmsetup create disk --table "$whole"
must make_pool /dev/mapper/disk err a:8M b:4M
must replica_places /dev/vda
replica_places /dev/vda >/tmp/places

# Data: the chunk that the marked one is found in
must sh -c 'head -c 65536 /dev/zero | tr "\0" Z |
	dd of=/dev/kdevpool/err/a bs=64k oflag=direct conv=fsync'
must poke 100
found=$(marked_chunk /dev/vda)
must test -n "$found"
must below "$(bad $((found * 128)) 128)"
expect_fail "bad data: read" 'error' peek 3
expect_fail "bad data: write" 'error' poke 3
check "bad data: other chunks are read" peek 100
check "bad data: and written" poke 100 conv=fsync
expect "bad data: the pool stays active" active mode
must below "$whole"
check "good again" peek 3

# Metadata of one, two, three copies
# shellcheck disable=SC2046 # numbers
must below "$(bad $(bad_replicas 2))"
check "one bad copy: commit" dmsetup message kdp-err 0 "create x 1M"
expect "one bad copy: active" "active 4/5" sh -c \
	'dmsetup status kdp-err | cut -d" " -f4,13'
# shellcheck disable=SC2046
must below "$(bad $(bad_replicas 0 2))"
check "two bad copies: commit" dmsetup message kdp-err 0 "remove x"
expect "two bad copies: active" "active 3/5" sh -c \
	'dmsetup status kdp-err | cut -d" " -f4,13'
before=$(events)
# shellcheck disable=SC2046
must below "$(bad $(bad_replicas 0 2 3))"
expect_fail "three bad copies: no commit" 'error' \
	dmsetup message kdp-err 0 "create x 1M"
expect "the pool has failed" failed mode
check "the status tells why" test -n "$(status 15-)"
check "there was a dm event" wait_until 5 sh -c \
	"test \"\$(dmsetup info -c --noheadings -o events kdp-err)\" != $before"
check "and a uevent" wait_until 5 grep -q '^KDEVPOOL_EVENT=failed' $uevents
expect_fail "failed: a first write" 'error' poke 300
expect_fail "failed: a write" 'error' poke 100
check "failed: a read" peek 100
check "failed: messages that only look" dmsetup message kdp-err 0 list
must below "$whole"
expect_fail "failed for as long as volumes are in use" 'error' poke 100
must kdevpool-admin deactivate err
check "the pool comes back" kdevpool-admin activate /dev/mapper/disk
expect "with all copies" "active 5/5" sh -c \
	'dmsetup status kdp-err | cut -d" " -f4,13'
check "a write" poke 300 conv=fsync

# A disk that loses its end, where the last copy is
must below "0 $((sectors - 4096)) linear /dev/vda 0"
check "smaller disk: commit" dmsetup message kdp-err 0 "create y 1M"
expect "smaller disk: a copy is lost" "active 4/5" sh -c \
	'dmsetup status kdp-err | cut -d" " -f4,13'
must below "$whole"
must kdevpool-admin deactivate err
check "check is clean once it is whole" sh -c \
	'kdevpool-admin activate /dev/mapper/disk &&
	kdevpool-admin deactivate err && kdevpool-admin check /dev/vda'
must dmsetup remove disk

# A read-only disk, a read-only table
must blockdev --setro /dev/vda
expect_fail "read-only disk: an ordinary table" 'failed' \
	dmsetup create ro --table "0 $sectors kdevpool-pool /dev/vda"
check "the log says why" sh -c 'dmesg | grep -q "device is read-only"'
sum=$(digest /dev/vda)
must dmsetup create kdp-err --table \
	"0 $sectors kdevpool-pool /dev/vda 1 read_only"
expect "read-only pool" read-only mode
check "its reason" sh -c 'dmsetup status kdp-err | grep -q "read-only .*[a-z]$"'
must dmsetup create -r vol --table "0 16384 kdevpool /dev/mapper/kdp-err a"
check "can be read" dd if=/dev/mapper/vol of=/dev/null bs=64k iflag=direct
expect_fail "but takes no message" 'Read-only|failed' \
	dmsetup message kdp-err 0 "create z 1M"
must dmsetup remove vol
must dmsetup remove kdp-err
must blockdev --setrw /dev/vda
expect "and not a byte was written" "$sum" digest /dev/vda

# A disk that is pulled out under load
must make_pool /dev/vdb gone a:8M
must sh -c 'while dd if=/dev/urandom of=/dev/kdevpool/gone/a bs=64k count=128 \
	oflag=direct conv=fsync; do :; done >/tmp/writer 2>&1 &'
sleep 1
pci=$(readlink -f /sys/block/vdb/device/..)
must sh -c "echo 1 >$pci/remove"
check "pulled out: the writer ends" wait_until 30 sh -c 'grep -q rror /tmp/writer'
expect_fail "pulled out: a message fails" 'rror|ailed' \
	dmsetup message kdp-gone 0 "create z 1M"
expect "pulled out: the pool has failed" failed sh -c \
	'dmsetup status kdp-gone | cut -d" " -f4'
check "pulled out: volume and pool can be removed" sh -c \
	'dmsetup remove kdp-gone-a && dmsetup remove kdp-gone'
check "module unloads" rmmod dm-kdevpool
