# SPDX-License-Identifier: GPL-2.0-only
# vm: --systemd --disk 20M,serial=spare --disk 20M
# kernel: 6.1
# timeout: 600
#
# Disks below device-mapper, LUKS, LVM and md, in use or not, and disks about
# which nothing can be found out: `create` refuses, says why, changes nothing.

. ./lib.sh

disk=/dev/vda
other=/dev/vdb
[ "$(cat /sys/block/vda/serial)" = spare ] || must false
must mkdir -p /mnt/x

fresh_disk $disk
must sh -c "echo 0 20480 linear $disk 0 | dmsetup create other"
refused "a device-mapper device" 'dm-[0-9]+ \(other\) is built on it' $disk
must mkfs.ext4 -q /dev/mapper/other
must mount -o ro /dev/mapper/other /mnt/x
refused "a device-mapper device that is mounted" \
	'dm-[0-9]+ \(other\) is mounted on /mnt/x' /dev/mapper/other
must umount /mnt/x
must dmsetup remove --retry other

fresh_disk $disk
echo secret >/tmp/key
must cryptsetup luksFormat -q --type luks1 --pbkdf-force-iterations 1000 \
	--key-file /tmp/key $disk
refused "LUKS" 'holds crypto_LUKS' $disk
must cryptsetup open --key-file /tmp/key $disk vault
refused "LUKS, opened" 'dm-[0-9]+ \(vault\) is built on it' $disk
must cryptsetup close vault

fresh_disk $disk
must pvcreate -q $disk
refused "a physical volume" 'holds LVM2_member' $disk
must vgcreate -q group $disk
must lvcreate -q -y -n volume -L 4M group
refused "a physical volume, active" \
	'dm-[0-9]+ \(group-volume\) is built on it' $disk
must mkfs.ext4 -q /dev/group/volume
must mount -o ro /dev/group/volume /home
refused "a system disk below LVM" 'group-volume\) carries /home' $disk
must umount /home
must vgremove -q -y group
must pvremove -q $disk

fresh_disk $disk
fresh_disk $other
must mdadm --create /dev/md127 --run --quiet --level=1 --metadata=1.2 \
	--raid-devices=2 $disk $other
must udevadm settle
refused "a member of an array" 'md127 is built on it' $disk
must mkfs.ext4 -q /dev/md127
must mount -o ro /dev/md127 /mnt/x
refused "an array that is mounted" 'md127 is mounted on /mnt/x' /dev/md127
must umount /mnt/x
must mdadm --stop /dev/md127
refused "a member of a stopped array" 'holds linux_raid_member' $disk
must udevadm settle
check "looking at it does not start the array" sh -c '! grep -q md127 /proc/mdstat'
must mdadm --zero-superblock $disk $other

# what cannot be found out is refused
fresh_disk $disk
must sh -c "echo 0 20480 linear $disk 0 | dmsetup create broken"
must sh -c "dmsetup suspend broken && \
	echo 0 20480 error | dmsetup reload broken && dmsetup resume broken"
expect_fail "unreadable" 'cannot find out.*to do:|cannot read' \
	told create_on /dev/mapper/broken
must dmsetup remove --retry broken
empty=$(disk_digest $disk)

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
expect "no byte changed meanwhile" "$empty" disk_digest $disk

must modprobe scsi_debug removable=1 dev_size_mb=70 delay=0
must wait_until 20 test -b /dev/sda
must udevadm settle
check "a removable medium is pointed out" sh -c \
	'kdevpool-admin create --device /dev/sda --volume a:1M --dry-run |
	grep REMOVABLE'
must modprobe -r scsi_debug
