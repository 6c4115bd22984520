# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 96M --extra dust --tool dd
# kernel: 6.1
# soak-kernel: debug 6.12 7
# timeout: 600
#
# Sectors that cannot be read until they are written again, as disks have them:
# of data, of chunks that were never written, of metadata.  With a load beside
# that verifies what it reads.

. ./lib.sh

sectors=$(blockdev --getsz /dev/vda)
must insmod /root/kdp-dust.ko
must dmsetup create disk --table "0 $sectors kdp-dust /dev/vda 1"

bad() {
	dmsetup message disk 0 bad "$1" "$2"
}
# dust 4|5|6 - sectors bad now, reads failed, sectors made good
dust() {
	dmsetup status disk | cut -d' ' -f"$1"
}
# spoil REPLICA... - all sectors of their metadata
spoil() {
	for r; do
		# shellcheck disable=SC2046 # three words
		set -- $(sed -n "$((r + 1))p" /tmp/places)
		bad $(($1 / 512)) 16 && bad $(($2 / 512)) $(($3 / 512)) || return 1
	done
}
health() {
	dmsetup status kdp-bb | cut -d' ' -f4,13
}
# The shell's own dd moves 512 bytes by way of the page cache.
dd512() {
	/usr/sbin/dd bs=512 "$@"
}
# read_a SECTOR COUNT
read_a() {
	dd512 if=/dev/kdevpool/bb/a skip="$1" count="$2" iflag=direct
}
same_a() {
	dd if=/dev/kdevpool/bb/a bs=64k count=1 iflag=direct | cmp - /tmp/chunk
}

must make_pool /dev/mapper/disk bb a:4M load:8M
replica_places /dev/vda >/tmp/places
verified_load /dev/kdevpool/bb/load &
load=$!

# Data: the chunk that the marked one is found in
must sh -c 'head -c 65536 /dev/zero | tr "\0" Z >/tmp/chunk'
must dd if=/tmp/chunk of=/dev/kdevpool/bb/a bs=64k oflag=direct conv=fsync,notrunc
found=$(marked_chunk /dev/vda)
must test -n "$found"
must bad $((found * 128 + 5)) 1
expect_fail "a bad sector is an error" 'error' read_a 5 1
expect_fail "and so is a read across it" 'error' read_a 0 8
check "not what is before it" read_a 0 5
check "nor behind it" read_a 6 122
expect "the pool does not mind" "active 5/5" health
must dd512 if=/tmp/chunk of=/dev/kdevpool/bb/a count=1 seek=5 oflag=direct \
	conv=notrunc
check "written again it is good, and so is all of the chunk" same_a

# A chunk that was never written is not read, and zeroed before it is
must bad $(((found + 1) * 128)) 128
expect "never written: zeros" "$(head -c 65536 /dev/zero | digest -)" sh -c \
	'dd if=/dev/kdevpool/bb/a bs=64k skip=1 count=1 iflag=direct 2>/dev/null | sha256sum | cut -d" " -f1'
expect "and no sector was read" 128 dust 4
must dd if=/tmp/chunk of=/dev/kdevpool/bb/a bs=4k count=1 seek=20 oflag=direct \
	conv=notrunc
expect "a part of it written: none is bad" 0 dust 4
check "and all of it is read" read_a 128 128

# Metadata while in use
for r in 0 1 2 3 4; do
	failed=$(dust 5)
	good=$(dust 6)
	must spoil $r
	check "copy $r: scrub" kdevpool-admin scrub --wait bb
	check "copy $r: was read in vain" test "$(dust 5)" -gt "$failed"
	check "copy $r: and written" test "$(dust 6)" -gt "$good"
	expect "copy $r: all are good" "active 5/5" health
	failed=$(dust 5)
	must kdevpool-admin scrub --wait bb
	expect "copy $r: nothing bad is left in use" "$failed" dust 5
done

touch /tmp/stop
check "the load has verified all it read" wait $load

# Metadata at activation: four of five copies
must dmsetup message kdp-bb 0 "create c 1M"
must kdevpool-admin deactivate bb
must spoil 0 1 3 4
check "four copies: activation" kdevpool-admin activate /dev/mapper/disk
expect "four copies: all five are good" "active 5/5" health
check "four copies: the last change is there" test -e /dev/kdevpool/bb/c
check "four copies: data is there" same_a
failed=$(dust 5)
must kdevpool-admin scrub --wait bb
expect "four copies: nothing bad is left in use" "$failed" dust 5
must kdevpool-admin deactivate bb
check "check is clean" kdevpool-admin check /dev/mapper/disk
must dmsetup remove disk
check "modules unload" rmmod dm-kdevpool kdp-dust
