# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 512M --mem 224
# kernel: 6.1
# timeout: 400
#
# Little memory: a file system on a volume under a storm of writeback, and swap on
# a volume.  What must be freed waits for us, and we must not wait for it.

. ./lib.sh

free_mib() {
	awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo
}

must make_pool /dev/vda low fs:192M swap:128M:thin
echo "$(free_mib) MiB available"
# what is left is for caches of some 40 MiB
must mkdir -p /ballast
must mount -t tmpfs -o size=200M tmpfs /ballast
must dd if=/dev/zero of=/ballast/x bs=1M count=$(($(free_mib) - 40))
echo "$(free_mib) MiB left"

must mkfs.ext4 -q /dev/kdevpool/low/fs
must mkdir -p /mnt/low
must mount /dev/kdevpool/low/fs /mnt/low
storm() {
	for i in 1 2 3 4; do
		dd if=/dev/urandom of=/mnt/low/f$i bs=256k count=128 2>/dev/null &
	done
	wait
	sync /mnt/low/f1
}
check "a storm of four writers, 128 MiB" storm
sum=$(digest /mnt/low/f1 /mnt/low/f2 /mnt/low/f3 /mnt/low/f4)
must umount /mnt/low
check "the file system is clean" e2fsck -fn /dev/kdevpool/low/fs
must mount /dev/kdevpool/low/fs /mnt/low
expect "and holds the same" "$sum" \
	digest /mnt/low/f1 /mnt/low/f2 /mnt/low/f3 /mnt/low/f4

# more than there is memory, so that it goes to the volume and comes back
must mkswap /dev/kdevpool/low/swap
must swapon /dev/kdevpool/low/swap
check "a program of 80 MiB in 40" sh -c \
	'dd if=/dev/urandom bs=80M count=1 iflag=fullblock 2>/dev/null | wc -c | grep -q 83886080'
check "something was swapped" test \
	"$(awk '/^pswpout/ { print $2 }' /proc/vmstat)" -gt 1000
swap_storm() {
	dd if=/dev/urandom bs=70M count=2 iflag=fullblock of=/dev/null \
		2>/dev/null &
	pid=$!
	rm -f /mnt/low/f1 && dd if=/dev/urandom of=/mnt/low/f1 bs=256k \
		count=128 conv=fsync 2>/dev/null && wait $pid
}
check "swap and writeback at the same time" swap_storm
must rm /ballast/x
check "what was swapped comes back" swapoff /dev/kdevpool/low/swap
must umount /mnt/low
must umount /ballast
check "no bio ended with an error" sh -c \
	'dmsetup message kdp-low 0 info | grep -qx errors=0'
must kdevpool-admin deactivate low
check "check is clean" kdevpool-admin check /dev/vda
