# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 96M --tool fio
# kernel: 6.1
# soak-kernel: kcsan
# timeout: 900
#
# Scrub and repair while the pool is in use: what is damaged, lost or cannot be
# written is found, mended, or left alone after three attempts; and removing,
# suspending and reloading in the midst of it.

. ./lib.sh

places=$(mktemp)

sys() {
	cat "/sys/block/$dm/kdevpool/$1"
}

set_sys() {
	echo "$2" >"/sys/block/$dm/kdevpool/$1"
}

health_is() {
	[ "$(sys metadata_health)" = "$1/5 copies valid" ]
}

state_of() {
	sys replicas | sed -n "s/^R$1 \([a-z-]*\) .*/\1/p"
}

state_is() {
	[ "$(state_of "$1")" = "$2" ]
}

idle() {
	[ "$(sys scrub_progress)" = idle ]
}

# hole TARGET - the part of the disk that R4 has; its home is behind its extent
hole() {
	dmsetup suspend --noflush --nolockfs base || return 1
	{
		echo "0 $from linear /dev/vda 0"
		echo "$from $len $1"
		echo "$((from + len)) $((all - from - len)) linear /dev/vda $((from + len))"
	} | dmsetup load base || return 1
	dmsetup resume base
}

must make_pool /dev/vda hl a:8M b:2M
must kdevpool-admin deactivate hl
must replica_places /dev/vda
replica_places /dev/vda >"$places"
all=$(blockdev --getsz /dev/vda)
# shellcheck disable=SC2046 # three words
set -- $(sed -n 5p "$places")
from=$(($2 / 512))
len=$((($1 + 8192 - $2) / 512))
must dmsetup create base --table "0 $all linear /dev/vda 0"
must hole "linear /dev/vda $from"

# up POOL - a pool target on the base device, and a volume of it
up() {
	dmsetup create p --table "0 $all kdevpool-pool /dev/mapper/base" &&
		dmsetup create a --table "0 16384 kdevpool /dev/mapper/p a"
}
learn_dm() {
	dm=dm-$(dmsetup info -c --noheadings -o minor p)
}
must up
learn_dm

check "health is there after the first resume" health_is 5
expect "no repair so far" 0 sys metadata_repairs
expect "every hour" 3600 sys scrub_interval_seconds
must dd if=/dev/urandom of=/dev/mapper/a bs=64k count=40 oflag=direct
must dmsetup message p 0 commit
half() {
	dd if=/dev/mapper/a bs=64k count=40 iflag=direct 2>/dev/null | digest -
}
sum=$(half)

# written and verified meanwhile: what is behind that
fio --name=load --filename=/dev/mapper/a --rw=randwrite --bs=4k-16k \
	--iodepth=4 --ioengine=libaio --direct=1 --offset=4M --size=4M \
	--fsync=16 --loops=12 --verify=crc32c --verify_fatal=1 \
	--output=/tmp/fio.verify &
load_pid=$!

# four of five copies, behind the pool's back, one after the other and together
for n in 1 2 3 4; do
	# shellcheck disable=SC2046 # a word for each replica
	must wreck_replicas /dev/vda "$places" $(seq 0 $((n - 1)))
	must blockdev --flushbufs /dev/vda
	must dmsetup message p 0 scrub start
	check "$n damaged copies are mended while active" \
		wait_until 60 sh -c "[ \$(cat /sys/block/$dm/kdevpool/metadata_repairs) -ge $((n * (n + 1) / 2)) ]"
	check "and valid, after $n" wait_until 20 health_is 5
	# attempts are counted: as after an hour
	must set_sys repair_period_seconds 1
	sleep 1
done
must set_sys repair_period_seconds 3600
must wreck_replicas /dev/vda "$places" 0 1 2 3 4
must blockdev --flushbufs /dev/vda
must dmsetup message p 0 repair
check "all five copies, from memory" wait_until 60 sh -c \
	"[ \$(cat /sys/block/$dm/kdevpool/metadata_repairs) -ge 15 ]"
check "and valid" wait_until 20 health_is 5
check "load with verification, meanwhile" wait $load_pid
expect "data is as it was" "$sum" half

# a copy that cannot be written
short_log() {
	[ "$(dmesg | grep -c kdevpool)" -le 12 ]
}
must set_sys repair_period_seconds 60
fio --name=load --filename=/dev/mapper/a --rw=randwrite --bs=4k --iodepth=2 \
	--ioengine=libaio --direct=1 --size=8M --fsync=8 --time_based \
	--runtime=25 --output=/tmp/fio.out &
fio_pid=$!
dmesg -c >/dev/null
must hole error
must dmsetup message p 0 "create lost 1M"
check "a failed write makes it out of date" wait_until 10 health_is 4
check "after three attempts it is degraded" wait_until 30 state_is 4 degraded
sleep 3
expect "three attempts" 3 sh -c \
	"sed -n 's/^R4 .*attempts=\([0-9]*\) .*/\1/p' /sys/block/$dm/kdevpool/replicas"
check "the load does not notice" wait $fio_pid
check "the log is short" short_log
must hole "linear /dev/vda $from"
must set_sys trigger_repair 1
check "mended and asked for: valid" wait_until 30 health_is 5
check "not degraded" state_is 4 current

# that one alone must do
must dmsetup message p 0 "create last 1M"
must dmsetup remove a
must dmsetup remove p
must wreck_replicas /dev/vda "$places" 0 1 2 3
must blockdev --flushbufs /dev/vda
must up
check "the copy that came back has it all" sh -c \
	'dmsetup message p 0 list | grep -q last'

# in the midst of it
learn_dm
storm() {
	i=0
	table=$(dmsetup table p)
	while [ $i -lt 24 ]; do
		i=$((i + 1))
		[ $((i % 3)) -ne 0 ] ||
			wreck_replicas /dev/vda "$places" $((i % 5)) || return 1
		dmsetup message p 0 scrub start || return 1
		[ $((i % 2)) -eq 0 ] || dmsetup message p 0 repair || return 1
		case $((i % 4)) in
		0) dmsetup suspend p && dmsetup resume p ;;
		1) dmsetup suspend --noflush p && dmsetup resume p ;;
		2) dmsetup load p --table "$table" && dmsetup resume p ;;
		3)
			dmsetup remove a && dmsetup remove p && up
			learn_dm
			;;
		esac || return 1
	done
}
check "suspend, reload, remove in the midst of scrub and repair" storm
must dmsetup message p 0 repair
sleep 1
check "valid at the end" wait_until 30 health_is 5
must dmsetup remove a
must dmsetup remove p
must dmsetup remove base
check "and clean" kdevpool-admin check /dev/vda
