# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 512M --sector 4096 --tool fio
# kernel: 6.1 6.12 7 debug
# soak-kernel: kcsan
# timeout: 700
#
# The life of a pool: volumes, file systems, I/O while suspending, reloading
# and removing, unloading the module.

. ./lib.sh

# load NODE SIZE [ROUNDS]
load() {
	for round in $(seq "${3:-1}"); do
		fio_verified "$1" "$2" "$round" || return 1
	done
}

must make_pool /dev/vda life test:64M pool1:16M pool2:16M pool3:16M \
	pool4:16M pool5:16M logwrites:16M
expect "seven volumes" 7 sh -c 'ls /dev/kdevpool/life | wc -l'
expect "untouched chunks read as zeros" "$(head -c 16777216 /dev/zero | sha256sum)" \
	sh -c 'sha256sum </dev/kdevpool/life/pool1'
expect "logical sectors are the disk's" 4096 \
	blockdev --getss /dev/kdevpool/life/test
check "verified load on a volume" load /dev/kdevpool/life/pool1 16M

must mkfs.ext4 -q -b 4096 /dev/kdevpool/life/test
must mkdir -p /mnt/test
must mount /dev/kdevpool/life/test /mnt/test
must sh -c 'seq 200000 >/mnt/test/file && sync /mnt/test/file'
sum=$(digest /mnt/test/file)
expect_fail "deactivate names who uses a volume" 'test' \
	kdevpool-admin deactivate life
must umount /mnt/test
check "file system is clean" e2fsck -fn /dev/kdevpool/life/test

# suspend and resume with I/O in flight
storm() {
	load /dev/kdevpool/life/pool2 16M 3 &
	pid=$!
	i=0
	while kill -0 $pid 2>/dev/null && [ $i -lt 200 ]; do
		dmsetup suspend "$@" kdp-life || return 1
		dmsetup resume kdp-life || return 1
		i=$((i + 1))
	done
	wait $pid
}
check "pool suspended and resumed under load" storm
check "the same without flush" storm --noflush --nolockfs

reload_storm() {
	load /dev/kdevpool/life/pool3 16M 2 &
	pid=$!
	table=$(dmsetup table kdp-life-pool3)
	i=0
	while kill -0 $pid 2>/dev/null && [ $i -lt 100 ]; do
		echo "$table" | dmsetup reload kdp-life-pool3 || return 1
		dmsetup suspend kdp-life-pool3 || return 1
		dmsetup resume kdp-life-pool3 || return 1
		i=$((i + 1))
	done
	wait $pid
}
check "volume table reloaded under load" reload_storm

check "a message makes seven volumes at once" dmsetup message kdp-life 0 \
	"create s1 1M, create s2 1M, create s3 1M, create s4 1M, create s5 1M, create s6 1M, create s7 1M"
expect "fourteen volumes" 14 sh -c 'dmsetup message kdp-life 0 list | wc -l'
check "and removes them" dmsetup message kdp-life 0 \
	"remove s1, remove s2, remove s3, remove s4, remove s5, remove s6, remove s7"

must kdevpool-admin volume create life again 8M
must kdevpool-admin volume remove life again
check "checkpoint" dmsetup message kdp-life 0 checkpoint
must kdevpool-admin deactivate life
check "check is clean" kdevpool-admin check /dev/vda
must kdevpool-admin activate /dev/vda
must mount /dev/kdevpool/life/test /mnt/test
expect "the file is the same" "$sum" digest /mnt/test/file
must umount /mnt/test

# the pool is taken away by force under a running load
forced() {
	load /dev/kdevpool/life/pool4 16M 50 &
	pid=$!
	sleep 1
	dmsetup remove -f kdp-life
	! wait $pid
}
check "pool removed by force: the load gets errors, nothing hangs" forced
for volume in test pool1 pool2 pool3 pool4 pool5 logwrites; do
	must dmsetup remove kdp-life-$volume
done
must sh -c '! dmsetup info kdp-life >/dev/null 2>&1 || dmsetup remove kdp-life'
check "check is clean after it" kdevpool-admin check /dev/vda
check "module unloads" rmmod dm-kdevpool
check "and loads again" modprobe dm-kdevpool
check "pool activates again" kdevpool-admin activate /dev/vda
must kdevpool-admin deactivate --all
