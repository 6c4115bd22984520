# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The devices that are compared, and the module that does it ($KDP_BUILD).

# linear NAME DEV
linear() {
	dmsetup create "$1" --table "0 $(blockdev --getsz "$2") linear $2 0"
}

# slow_disks NUMBER MIB - /dev/nullb0 and so on, in memory, that take 200 us
slow_disks() {
	modprobe null_blk nr_devices=0
	mount -t configfs configfs /sys/kernel/config
	i=0
	while [ $i -lt "$1" ]; do
		n=/sys/kernel/config/nullb/nullb$i
		mkdir $n
		echo "$2" >$n/size
		echo 1 >$n/memory_backed
		echo 2 >$n/irqmode
		echo 200000 >$n/completion_nsec
		echo 1 >$n/power
		i=$((i + 1))
	done
}

# thin_pool NAME META DATA - chunks of 64 KiB, zeroed as LVM has them
thin_pool() {
	dmsetup create "$1" --table \
		"0 $(blockdev --getsz "$3") thin-pool $2 $3 128 0"
}

# thin POOL ID MIB - /dev/mapper/POOL-ID
thin() {
	dmsetup message "$1" 0 "create_thin $2"
	dmsetup create "$1-$2" --table "0 $(($3 * 2048)) thin /dev/mapper/$1 $2"
}

# thin_remove POOL ID
thin_remove() {
	dmsetup remove "$1-$2"
	dmsetup message "$1" 0 "delete $2"
}

# kdp_pool NAME DEV - an empty pool
kdp_pool() {
	kdevpool-admin create --device "$2" --pool "$1" \
		--profile empty --yes >/tmp/create.log 2>&1 ||
		{ cat /tmp/create.log; return 1; }
}

# kdp POOL NAME MIB [thin] - /dev/mapper/kdp-POOL-NAME
kdp() {
	kdevpool-admin volume create "$1" "$2" "$3M${4:+:$4}" \
		>/tmp/volume.log 2>&1 || { cat /tmp/volume.log; return 1; }
}

# kdp_remove POOL NAME
kdp_remove() {
	kdevpool-admin volume remove "$1" "$2" \
		>/tmp/volume.log 2>&1 || { cat /tmp/volume.log; return 1; }
}

# six MIB - what is compared when it is mapped, on /dev/ram0 to /dev/ram5, joined
# by commas in $six: raw, dm-linear twice, dm-thin, a thick volume and a thin one
six() {
	linear linear1 /dev/ram1
	linear linear2 /dev/ram2
	thin_pool tp /dev/ram4 /dev/ram3
	thin tp 1 "$1"
	kdp_pool b /dev/ram5
	kdp b thick "$1"
	kdp b thin "$1" thin
	six=/dev/ram0,/dev/mapper/linear1,/dev/mapper/linear2,/dev/mapper/tp-1
	six=$six,/dev/mapper/kdp-b-thick,/dev/mapper/kdp-b-thin
}

# bench NAME DEVICES [PARAMETER...] - times of the groups of DEVICES
bench() {
	name=$1 devices=$2
	shift 2
	dmesg -c >/dev/null
	insmod "$KDP_BUILD/kdp-bench.ko" devices="$devices" "$@"
	rmmod kdp_bench
	dmesg | sed -n "s/.*kdp-bench: /bench $name /p"
}
