# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 96M --tool fio
# kernel: 6.1
# soak-kernel: kcsan debug 6.12 7
# timeout: 1500
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

# hole SECTORS TARGET - the part of the disk from where R4's extent begins
hole() {
	dmsetup suspend --noflush --nolockfs base || return 1
	{
		echo "0 $from linear /dev/vda 0"
		echo "$from $1 $2"
		echo "$((from + $1)) $((all - from - $1)) linear /dev/vda $((from + $1))"
	} | dmsetup load base || return 1
	dmsetup resume base
}
no_hole() {
	hole "$both" "linear /dev/vda $from"
}

must make_pool /dev/vda hl a:8M b:2M
must kdevpool-admin deactivate hl
must replica_places /dev/vda
replica_places /dev/vda >"$places"
all=$(blockdev --getsz /dev/vda)
# shellcheck disable=SC2046 # three words
set -- $(sed -n 5p "$places")
from=$(($2 / 512))
extent=$(($3 / 512))
both=$((($1 + 8192 - $2) / 512)) # its home is behind its extent
must dmsetup create base --table "0 $all linear /dev/vda 0"
must no_hole

# up - a pool target on the base device, and a volume of it
uuid=$(od -An -tx1 -j $((4096 + 16)) -N 16 /dev/vda | tr -d ' \n')
up() {
	dmsetup create p --uuid "KDEVPOOL-$uuid-pool" \
		--table "0 $all kdevpool-pool /dev/mapper/base" &&
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

# a copy of which nothing can be written
short_log() {
	[ "$(dmesg | grep -c kdevpool)" -le 12 ]
}
must set_sys repair_period_seconds 60
fio --name=load --filename=/dev/mapper/a --rw=randwrite --bs=4k --iodepth=2 \
	--ioengine=libaio --direct=1 --size=8M --fsync=8 --time_based \
	--runtime=25 --output=/tmp/fio.out &
fio_pid=$!
dmesg -c >/dev/null
must hole "$both" error
must dmsetup message p 0 "create lost 1M"
check "a failed write makes it out of date" wait_until 10 health_is 4
check "after three attempts it is degraded" wait_until 30 state_is 4 degraded
sleep 3
expect "three attempts" 3 sh -c \
	"sed -n 's/^R4 .*attempts=\([0-9]*\) .*/\1/p' /sys/block/$dm/kdevpool/replicas"
check "the load does not notice" wait $fio_pid
check "the log is short" short_log
where() {
	sed -n "s/^R$1 .*extent=\([0-9]*\) .*/\1/p" "/sys/block/$dm/kdevpool/replicas"
}
expect "it was not moved" $((from / 8)) where 4
check "the log says why" sh -c 'dmesg | grep -q "R4: its home does not answer"'
must no_hole
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
learn_dm

# a copy whose extent cannot be written, while its home can: it gets another
must set_sys repair_period_seconds 60
fio --name=load --filename=/dev/mapper/a --rw=randwrite --bs=4k --iodepth=2 \
	--ioengine=libaio --direct=1 --size=8M --fsync=8 --time_based \
	--runtime=15 --output=/tmp/fio.moved &
fio_pid=$!
kdevpool-admin monitor --json >/tmp/events &
monitor=$!
must wait_until 10 grep -q started /tmp/events
dmesg -c >/dev/null
must hole "$extent" error
must dmsetup message p 0 "create moving 1M"
check "the extent cannot be written: out of date" wait_until 10 health_is 4
moved() {
	[ "$(where 4)" != $((from / 8)) ] && health_is 5
}
check "after three attempts it is moved, and valid" wait_until 40 moved
check "the load does not notice this either" wait $fio_pid
check "the log is short again" short_log
to=$(where 4)
check "the log says from where to where" sh -c \
	"dmesg | grep -q 'R4: .*moved from block $((from / 8)) to $to'"
check "an event says it, too" wait_until 5 grep -q \
	"\"moved\": *{ *\"replica\": *\"R4\", *\"moved_from_block\": *$((from / 8)), *\"extent_block\": *$to *}" \
	/tmp/events
kill -TERM $monitor
wait $monitor
check "status says it" sh -c "kdevpool-admin status hl |
	grep -q 'R4 was moved from block $((from / 8)) to $to'"
must dmsetup remove a
must dmsetup remove p
check "all copies are clean" kdevpool-admin check /dev/mapper/base
check "and one place is given up" sh -c \
	"kdevpool-admin check /dev/mapper/base | grep -q '^1 place(s) that copies were moved from'"
# the old place is not read any more either: it need not be there
must up
learn_dm
expect "it stays where it is" "$to" where 4
check "and valid" health_is 5
must replica_places /dev/vda
replica_places /dev/vda >"$places"
# shellcheck disable=SC2046 # three words
set -- $(sed -n 5p "$places")
expect "the superblocks say so" $((to * 4096)) echo "$2"
# all that is free, and nothing of it where writes fail
free() {
	dmsetup status p | sed -n 's/.* \([0-9]*\)\/\([0-9]*\) [0-9]* [0-9]\/5 .*/\2 \1/p' |
		{
			read -r chunks used
			echo $((chunks - used))
		}
}
must dmsetup message p 0 "create full $(($(free) * 64))K"
expect "the pool is full" 0 free
must dmsetup create full --table \
	"0 $(($(dmsetup message p 0 list | sed -n 's/^[0-9]* full \([0-9]*\) .*/\1/p'))) kdevpool /dev/mapper/p full"
check "not where nothing can be written" \
	dd if=/dev/zero of=/dev/mapper/full bs=64k oflag=direct count=$(($(blockdev --getsz /dev/mapper/full) / 128))
must dmsetup remove full
must dmsetup message p 0 "remove full"
must dmsetup remove a
must dmsetup remove p
# what was moved, alone
must wreck_replicas /dev/vda "$places" 0 1 2 3
must blockdev --flushbufs /dev/vda
must up
check "the copy that was moved has it all" sh -c \
	'dmsetup message p 0 list | grep -q moving'
must no_hole

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
check "and clean" kdevpool-admin check /dev/mapper/base

# not active, and the place that R4 has now cannot be written either
from=$((to * 8))
must wreck_replicas /dev/vda "$places" 4
must blockdev --flushbufs /dev/vda
must hole "$extent" error
expect "repair of the disk moves it" \
	'"moved_from_block": '"$to" sh -c \
	"kdevpool-admin repair --yes --json /dev/mapper/base | grep -o '\"moved_from_block\": *[0-9]*' | tr -s ' '"
check "and all is clean" kdevpool-admin check /dev/mapper/base
must up
learn_dm
check "and valid when it is active" health_is 5
must dmsetup remove a
must dmsetup remove p
must dmsetup remove base
