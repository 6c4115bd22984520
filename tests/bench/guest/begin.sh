# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Begins every script that is the first process of user-mode Linux.  From its
# command line: KDP_MODULES, the kernel's modules; KDP_BUILD, a folder with ours
# and with kdevpool-admin; KDP_QUICK, 1 for a short run.
set -eu
export PATH=$KDP_BUILD:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DM_DISABLE_UDEV=1
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
# Nobody here gathers entropy, and a UUID must not wait for it: RNDADDENTROPY.
python3 -c 'import fcntl, struct
fcntl.ioctl(open("/dev/urandom", "wb"), 0x40085203,
	    struct.pack("ii32s", 256, 32, bytes(32)))'
insmod "$KDP_BUILD/dm-kdevpool.ko"

# The first process must not end, so it halts the machine.
ended() {
	trap - EXIT
	[ "$1" = 0 ] || dmesg | tail -20
	echo "end $1"
	busybox poweroff -f
	sleep 10
}
trap 'ended $?' EXIT

# disks NUMBER MIB - memory disks /dev/ram0 and so on; all of their memory is
# there from the start, or whoever is the first to write somewhere pays for it
disks() {
	insmod "$KDP_MODULES/kernel/drivers/block/brd.ko" rd_nr="$1" \
		rd_size=$(($2 * 1024)) max_part=1
	i=0
	while [ $i -lt "$1" ]; do
		dd if=/dev/zero of=/dev/ram$i bs=1M count="$2" oflag=direct \
			status=none
		i=$((i + 1))
	done
}

# shellcheck source=devices.sh
. "$KDP_BENCH/devices.sh"
