# SPDX-License-Identifier: GPL-2.0-only
# vm: --systemd --disk 100M --disk 100M --disk 20M
# kernel: 6.1
# timeout: 600
#
# What an old installation left on two disks: an array, on it a physical
# volume, a group, a volume.  `create` explains it, names the commands that
# remove it, and does it itself when asked, unless something of it is in use.

. ./lib.sh

disk=/dev/vda
other=/dev/vdb

build() {
	must mdadm --create /dev/md127 --run --quiet --level=1 --metadata=1.2 \
		--raid-devices=2 --assume-clean $disk $other
	must pvcreate -q /dev/md127
	must vgcreate -q old /dev/md127
	must lvcreate -q -y -n data-1 -L 8M old
	must udevadm settle
}

create() {
	kdevpool-admin create --device $disk --pool new --volume a:8M "$@" 2>&1
}

# says NAME TEXT - the last report has it, on one line or on several
says() {
	check "$1" sh -c "tr -s ' \\n' ' ' </tmp/report | grep -qF -- '$2'"
}

build
before=$(disk_digest $disk)
expect_fail "refused, even with --force" \
	'built on it.*expected:.*to do: .*the commands above, or --clear-residue' \
	told create --yes --force
must sh -c "kdevpool-admin create --device $disk --dry-run >/tmp/report 2>&1;
	true"
says "explains the array" "md127: raid1 array over vd"
says "explains the volume" "(old-data--1): logical volume of the group old, over md127"
says "explains what is on the disk" 'linux_raid_member "kdpvm:127"'
says "names the commands" \
	"vgchange -an old mdadm --stop /dev/md127 mdadm --zero-superblock /dev/vda"
expect "no byte changed" "$before" disk_digest $disk

# in use: it stays
must mkfs.ext4 -q /dev/old/data-1
must mkdir -p /mnt/x
must mount -o ro /dev/old/data-1 /mnt/x
before=$(disk_digest $disk)
expect_fail "--clear-residue: a mounted volume stays" 'is mounted on /mnt/x' \
	told create --yes --clear-residue
must umount /mnt/x
sh -c 'exec sleep 1000' </dev/md127 &
holder=$!
expect_fail "--clear-residue: an open array stays" \
	"process $holder \(sleep\) has /dev/md127 open" \
	told create --yes --clear-residue
kill $holder
wait $holder 2>/dev/null
must vgextend -q old /dev/vdc
must lvcreate -q -y -n far -L 4M old /dev/vdc
expect_fail "--clear-residue: a group with volumes elsewhere stays" \
	'cannot clear /dev/vda: dm-[0-9]+ is of the same volume group' \
	told create --yes --clear-residue
must lvremove -q -y old/far
must vgreduce -q old /dev/vdc
before=$(disk_digest $disk)
expect_fail "--clear-residue: not without the word" 'not confirmed' \
	sh -c "echo yes | kdevpool-admin create --device $disk --volume a:8M \
		--clear-residue 2>&1"
check "all of it still runs" sh -c \
	'test -b /dev/old/data-1 && grep -q md127 /proc/mdstat'
expect "no byte changed by any of that" "$before" disk_digest $disk
check "a dry run" create --clear-residue --dry-run
check "stops nothing" test -b /dev/old/data-1

# stopped and still there: refused like before, cleared all the same
second=$(disk_digest $other)
check "--clear-residue" sh -c "printf 'YES\nYES\n' | kdevpool-admin create \
	--device $disk --pool new --volume a:8M --clear-residue >/tmp/report 2>&1"
says "it asks for itself" 'stopped and removed from /dev/vda. Type YES'
says "and for the disk" 'Everything on the device will be lost. Type YES'
check "the pool works" sh -c 'head -c 4096 /dev/kdevpool/new/a >/dev/null'
must udevadm settle
expect "nothing of the array is left on it" "" \
	wipefs -n $disk
check "nothing of it is active" sh -c \
	'! dmsetup ls | grep -q old && ! grep -q vda /proc/mdstat'
expect "the other disk is as it was" "$second" disk_digest $other
must kdevpool-admin deactivate new
check "the pool is whole" kdevpool-admin check $disk
