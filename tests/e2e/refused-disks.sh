# SPDX-License-Identifier: GPL-2.0-only
# vm: --systemd --disk 24M,serial=spare --disk 24M
# kernel: 6.1
#
# Disks that something uses or needs, of all kinds: `create` with --force and
# --yes refuses, names the user, and changes no byte; as root and as somebody
# else.  Also when what it asks does not answer.

. ./lib.sh

disk=/dev/vda
other=/dev/vdb
[ "$(cat /sys/block/vda/serial)" = spare ] || must false

bytes() {
	blockdev --flushbufs "$1"
	digest "$1"
}

create() {
	kdevpool-admin create --device "$1" --pool p --volume a:1M --yes \
		--force 2>&1
}

# the same as a user who may write to the disk
create_as_user() {
	setpriv --reuid 1000 --regid 6 --clear-groups \
		kdevpool-admin create --device "$1" --pool p --volume a:1M \
		--yes --force 2>&1
}

# The first line of the error itself, not of the report before it.
told() {
	"$@" | sed -n '/^kdevpool-admin:/,$p' | tr '\n' ' ' | tr -s ' '
	"$@" >/dev/null
}

# refused NAME REGEX DEVICE
refused() {
	before=$(bytes "$3")
	expect_fail "$1" "$2.*expected:.*to do:" told create "$3"
	expect_fail "$1, for a user" 'kdevpool-admin: .*expected:.*to do:' \
		told create_as_user "$3"
	expect "$1: no byte changed" "$before" bytes "$3"
}

quiet() {
	"$@" >/dev/null 2>&1
}

fresh() {
	must udevadm settle
	must wipefs -qaf "$1"
	dd if=/dev/zero of="$1" bs=1M conv=notrunc,fsync 2>/dev/null
	must udevadm settle
}

# mounts, here and elsewhere, of the disk and of a partition
must mkfs.ext4 -q -L precious $disk
must mkdir -p /mnt/x
must mount $disk /mnt/x
refused "mounted" 'vda is mounted on /mnt/x' $disk
must umount /mnt/x

unshare -m sh -c "mount $disk /mnt/x && exec sleep 1000" &
hidden=$!
must wait_until 20 grep -q /mnt/x "/proc/$hidden/mountinfo"
refused "mounted in another mount namespace" \
	"vda is mounted on /mnt/x \(in process $hidden\)" $disk
kill $hidden
wait $hidden 2>/dev/null

must mount $disk /home
refused "a system disk" 'carries /home of this system' $disk
must umount /home

# in fstab by any name
uuid=$(blkid -o value -s UUID $disk)
for name in "UUID=$uuid" LABEL=precious /dev/disk/by-id/virtio-spare \
	/dev/disk/by-uuid/"$uuid" $disk; do
	echo "$name /data ext4 noauto 0 0" >/etc/fstab
	refused "in fstab as ${name%%"$uuid"}" \
		"/etc/fstab mounts it on /data \(as $name\)" $disk
done
: >/etc/fstab

# a process that has it open, or claims it
sleep 1000 <$disk &
holder=$!
refused "open in a process" "process $holder \(sleep\) has /dev/vda open" $disk
kill $holder
wait $holder 2>/dev/null
python3 -c "import os, time
os.open('$disk', os.O_RDWR | os.O_EXCL); time.sleep(1000)" &
holder=$!
must wait_until 20 sh -c "ls -l /proc/$holder/fd | grep -q $disk"
refused "claimed by a process" "process $holder \(python3\) has /dev/vda open" \
	$disk
kill $holder
wait $holder 2>/dev/null

must losetup /dev/loop0 $disk
refused "below a loop device" '/dev/loop0 is a loop device over it' $disk
must mount /dev/loop0 /mnt/x
refused "a loop device that is mounted" 'loop0 is mounted on /mnt/x' /dev/loop0
must umount /mnt/x
must losetup -d /dev/loop0

fresh $disk
must mkswap -q $disk
must swapon $disk
refused "swap" '/dev/vda is swap space in use' $disk
must swapoff $disk

fresh $disk
must sh -c "echo 'start=2048' | sfdisk -q $disk"
must udevadm settle
must mkfs.ext4 -q ${disk}1
must mount ${disk}1 /mnt/x
refused "a partition is mounted" 'vda1 is mounted on /mnt/x' $disk
refused "the partition itself" 'vda1 is mounted on /mnt/x' ${disk}1
must umount /mnt/x

# device-mapper, LUKS, LVM, md: in use, and only there
fresh $disk
must sh -c "echo 0 40960 linear $disk 0 | dmsetup create other"
refused "a device-mapper device" 'dm-[0-9]+ \(other\) is built on it' $disk
must mkfs.ext4 -q /dev/mapper/other
must mount /dev/mapper/other /mnt/x
refused "a device-mapper device that is mounted" \
	'dm-[0-9]+ \(other\) is mounted on /mnt/x' /dev/mapper/other
must umount /mnt/x
must dmsetup remove --retry other

fresh $disk
must sh -c "echo secret | cryptsetup luksFormat -q --pbkdf pbkdf2 \
	--pbkdf-force-iterations 1000 $disk -"
refused "LUKS" 'holds crypto_LUKS' $disk
must sh -c "echo secret | cryptsetup open $disk vault -"
refused "LUKS, opened" 'dm-[0-9]+ \(vault\) is built on it' $disk
must cryptsetup close vault

fresh $disk
must pvcreate -q $disk
refused "a physical volume" 'holds LVM2_member' $disk
must vgcreate -q group $disk
must lvcreate -q -y -n volume -L 8M group
refused "a physical volume, active" \
	'dm-[0-9]+ \(group-volume\) is built on it' $disk
must mkfs.ext4 -q /dev/group/volume
must mount /dev/group/volume /home
refused "a system disk below LVM" 'group-volume\) carries /home' $disk
must umount /home
must vgremove -q -y group
must pvremove -q $disk

fresh $disk
fresh $other
must mdadm --create /dev/md127 --run --quiet --level=1 --metadata=1.2 \
	--raid-devices=2 $disk $other
must udevadm settle
refused "a member of an array" 'md127 is built on it' $disk
must mkfs.ext4 -q /dev/md127
must mount /dev/md127 /mnt/x
refused "an array that is mounted" 'md127 is mounted on /mnt/x' /dev/md127
must umount /mnt/x
must mdadm --stop /dev/md127
refused "a member of a stopped array" 'holds linux_raid_member' $disk
must mdadm --zero-superblock $disk $other

# what cannot be found out is refused
fresh $disk
must sh -c "echo 0 40960 linear $disk 0 | dmsetup create broken"
must sh -c "dmsetup suspend broken && \
	echo 0 40960 error | dmsetup reload broken && dmsetup resume broken"
expect_fail "unreadable" 'cannot find out.*to do:|cannot read' \
	told create /dev/mapper/broken
must dmsetup remove --retry broken
empty=$(bytes $disk)

# without COMMAND - create where the command hid something
without() {
	unshare -m sh -c "$1; kdevpool-admin create --device $disk --pool p \
		--volume a:1M --yes --force" 2>&1
}
for command in 'mount -t tmpfs none /proc' 'umount -l /proc' \
	'mount --bind /dev/null /proc/self/mountinfo && mount --move /proc /mnt'
do
	expect_fail "without /proc: $command" \
		'cannot (read|list|find out).*to do:' told without "$command"
done
expect_fail "without /sys" 'cannot (read|list|find out).*/sys.*to do:' \
	told without 'umount -R -l /sys'
expect_fail "without /proc/filesystems and devices" \
	'cannot (read|list|find out).*to do:' \
	told without 'mount -t tmpfs none /sys'
expect "no byte changed meanwhile" "$empty" bytes $disk

must modprobe scsi_debug removable=1 dev_size_mb=70 delay=0
must wait_until 20 test -b /dev/sda
must udevadm settle
check "a removable medium is pointed out" sh -c \
	'kdevpool-admin create --device /dev/sda --volume a:1M --dry-run |
	grep REMOVABLE'
must modprobe -r scsi_debug
