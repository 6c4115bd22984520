# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 96M --disk 96M
# kernel: 6.1
#
# The commands of kdevpool-admin on an active pool and on its disk: rename and
# set, repair and dump, refusals that name who uses what, destroy and wipe.

. ./lib.sh

must make_pool /dev/vda cmd a:4M b:4M:thin

# rename and set: durable, while in use, all or nothing
must dd if=/dev/urandom of=/dev/kdevpool/cmd/a bs=1M count=2 oflag=direct \
	conv=fsync
data=$(digest /dev/kdevpool/cmd/a)
exec 5<>/dev/kdevpool/cmd/a
expect "rename while it is open" /dev/kdevpool/cmd/new-name \
	kdevpool-admin volume rename cmd a new-name
check "the old link is gone" test ! -e /dev/kdevpool/cmd/a
check "the device has the new name" dmsetup info kdp-cmd-new--name
check "the old one is gone" sh -c '! dmsetup info kdp-cmd-a'
exec 5>&-
expect "the data is the same" "$data" digest /dev/kdevpool/cmd/new-name
expect_fail "a name that is taken" 'exists' \
	kdevpool-admin volume rename cmd b new-name
expect_fail "a volume that is not there" 'no volume' \
	kdevpool-admin volume rename cmd nobody x
expect_fail "a bad name" 'no name' kdevpool-admin volume rename cmd b a/b
check "set owner, session, tag" kdevpool-admin volume set cmd b --uid 42 \
	--session s-1 --tag left-by-job
expect_fail "a tag with a comma" 'no tag' \
	kdevpool-admin volume set cmd b --tag a,b
expect_fail "a user that is not there" 'no user' \
	kdevpool-admin volume set cmd b --uid nobody-of-this-name
shown() {
	dmsetup message kdp-cmd 0 list | cut -d ' ' -f 2,8,9,12,13
}
wanted='new-name 0 0 - -
b 42 0 s-1 left-by-job'
expect "the kernel knows" "$wanted" shown
must kdevpool-admin deactivate cmd
must kdevpool-admin activate /dev/vda
expect "and still does after activation" "$wanted" shown
check "the link is the new one" test -b /dev/kdevpool/cmd/new-name
check "an empty tag removes it" kdevpool-admin volume set cmd b --tag ''
expect "it is gone" '-' sh -c \
	"dmsetup message kdp-cmd 0 list | sed -n 2p | cut -d ' ' -f 13"
check "volume list" sh -c 'kdevpool-admin volume list cmd | grep -q new-name'

# prepared volumes have no first writes, and read as zeros
check "volumes are prepared" kdevpool-admin volume create cmd fast 4M \
	faster 3M:thin --prepare
unwritten() {
	for v in fast faster; do
		dmsetup status kdp-cmd-$v | cut -d ' ' -f 7,8
	done
}
expect "all their chunks are written" '64 0
48 0' unwritten
check "they read as zeros" sh -c \
	'cat /dev/kdevpool/cmd/fast /dev/kdevpool/cmd/faster |
	 cmp -n 7340032 - /dev/zero'
first_writes() {
	dmsetup message kdp-cmd 0 info | grep ^first_writes=
}
before=$(first_writes)
must dd if=/dev/urandom of=/dev/kdevpool/cmd/fast bs=64k count=64 oflag=direct
expect "writing to them is no first write" "$before" first_writes
must kdevpool-admin volume remove cmd fast faster
check "no device, node or link of them is left" sh -c \
	'(ls /dev/mapper /dev/kdevpool/cmd && dmsetup ls) >/tmp/left &&
	 ! grep fast /tmp/left'

# users are named; nothing is done
check "repair of an active pool's disk is the kernel's" sh -c \
	'kdevpool-admin repair /dev/vda --wait | grep -q "All five copies are valid"'
expect_fail "without a dry run" 'is active' \
	kdevpool-admin repair /dev/vda --dry-run
must dd if=/dev/vda of=/tmp/copy.img bs=1M
expect_fail "a copy of an active pool is not that pool" 'is active' \
	kdevpool-admin repair /tmp/copy.img --yes
sh -c 'exec 3</dev/kdevpool/cmd/b; exec sleep 1000' >/dev/null 2>&1 &
sleeper=$!
expect_fail "destroy names the process" "process $sleeper .sleep." \
	kdevpool-admin destroy cmd --yes
kill $sleeper
wait $sleeper 2>/dev/null
must mkfs.ext4 -q /dev/kdevpool/cmd/new-name
must mkdir -p /mnt/x
must mount /dev/kdevpool/cmd/new-name /mnt/x
expect_fail "destroy names the mount" '/mnt/x' \
	kdevpool-admin destroy cmd --yes
must umount /mnt/x
must dmsetup create upper --table "0 2048 linear /dev/kdevpool/cmd/b 0"
expect_fail "destroy names the holder" 'upper' \
	kdevpool-admin destroy /dev/vda --yes
must dmsetup remove upper

# dump and repair of the disk
check "an active pool can be dumped" kdevpool-admin dump /dev/vda --super
must kdevpool-admin deactivate cmd
must cp /dev/vda /dev/vdb
places=$(mktemp)
replica_places /dev/vda >"$places"
must wreck_replicas /dev/vda "$places" 0 1 3 4
damaged=$(digest /dev/vda)
check "dry run" sh -c 'kdevpool-admin repair /dev/vda --dry-run |
	grep -q "R4 *superblock"'
expect "writes nothing" "$damaged" digest /dev/vda
check "repair from one copy" kdevpool-admin repair /dev/vda --yes
check "clean afterwards" kdevpool-admin check /dev/vda
# not those of the ring and of the slot that nothing needs: these stay damaged
same_dump() {
	kdevpool-admin dump /dev/vda --super --checkpoint --volumes --extents >a
	kdevpool-admin dump /dev/vdb --super --checkpoint --volumes --extents >b
	sed s/vdb/vda/ b | cmp a - && test "$(wc -l <a)" -gt 30
}
check "says the same as its twin" same_dump
must wreck_replicas /dev/vda "$places" 0 1 2 3 4
damaged=$(digest /dev/vda)
expect_fail "five damaged copies are refused" 'all five|damaged' \
	kdevpool-admin repair /dev/vda --yes
expect "and not a byte is written" "$damaged" digest /dev/vda

# destroy, and all of the disk
must kdevpool-admin activate /dev/vdb
check "destroy --wipe" kdevpool-admin destroy cmd --wipe --yes
check "all of the disk is zero" cmp -n $((96 << 20)) /dev/vdb /dev/zero
check "nothing is left of it" sh -c '! dmsetup ls | grep kdp-'
