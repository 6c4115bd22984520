# SPDX-License-Identifier: GPL-2.0-only
# vm: --systemd --disk 20M,serial=spare
# kernel: 6.1
# timeout: 600
#
# Disks that are mounted, swapped on, in fstab, open in a process, below a loop
# device: `create` with --force and --yes refuses, names the user, and changes
# no byte; for root and for somebody else.  refused-stacks.sh has the rest.

. ./lib.sh

disk=/dev/vda
[ "$(cat /sys/block/vda/serial)" = spare ] || must false

# mounts, here and elsewhere, of the disk and of a partition
must mkfs.ext4 -q -L precious $disk
must mkdir -p /mnt/x
must mount -o ro $disk /mnt/x
refused "mounted" 'vda is mounted on /mnt/x' $disk
must umount /mnt/x

unshare -m sh -c "mount -o ro $disk /mnt/x && exec sleep 1000" &
hidden=$!
must wait_until 20 grep -q /mnt/x "/proc/$hidden/mountinfo"
refused "mounted in another mount namespace" \
	"vda is mounted on /mnt/x \(in process $hidden\)" $disk
kill $hidden
wait $hidden 2>/dev/null

must mount -o ro $disk /home
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
sh -c 'exec sleep 1000' <$disk &
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

must modprobe loop
must losetup /dev/loop0 $disk
refused "below a loop device" '/dev/loop0 is a loop device over it' $disk
must mount -o ro /dev/loop0 /mnt/x
refused "a loop device that is mounted" 'loop0 is mounted on /mnt/x' /dev/loop0
must umount /mnt/x
must losetup -d /dev/loop0

fresh_disk $disk
must mkswap -q $disk
must swapon $disk
refused "swap" '/dev/vda is swap space in use' $disk
must swapoff $disk

fresh_disk $disk
must sh -c "echo 'start=2048' | sfdisk -q $disk"
must udevadm settle
must mkfs.ext4 -q ${disk}1
must mount -o ro ${disk}1 /mnt/x
refused "a partition is mounted" 'vda1 is mounted on /mnt/x' $disk
refused "the partition itself" 'vda1 is mounted on /mnt/x' ${disk}1
must umount /mnt/x
