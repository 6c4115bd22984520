# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 64G --disk 1G,bus=nvme --disk 1G
# kernel: 6.1
#
# One command from an empty disk of 64 GiB to seven usable volumes: one
# question, in less than 10 s of this machine; and what it says and sets.

. ./lib.sh

now() {
	read -r up _ </proc/uptime
	echo "${up%.*}${up#*.}"
}

must modprobe bfq
echo none >/sys/block/vda/queue/scheduler

# on a host that does much else ten seconds are no measure: how long does it
# take here just to look at the disk?
begin=$(now)
must kdevpool-admin create --device /dev/vda --profile fstests_small --dry-run
look=$(($(now) - begin))

# the seventh volume is usable at the end of it
begin=$(now)
printf 'YES\n' | kdevpool-admin create --device /dev/vda --pool big \
	--profile fstests_small >/tmp/out 2>/tmp/err
rc=$?
head -c 4096 /dev/kdevpool/big/logwrites >/dev/null || rc=99
took=$(($(now) - begin))
printf '# setup: %d.%02d s, looking: %d.%02d s\n' $((took / 100)) \
	$((took % 100)) $((look / 100)) $((look % 100))
expect "seven volumes of 5G" 0 echo $rc
check "in less than ten seconds, or twenty looks" \
	test $took -lt 1000 -o $took -lt $((20 * look))
expect "one question" 1 grep -c 'Type YES' /tmp/err
expect "nothing else to tell" 1 sh -c 'wc -l </tmp/err | sed s/0/1/'
expect "all of them are there" \
	"logwrites pool1 pool2 pool3 pool4 pool5 test" \
	sh -c 'ls /dev/kdevpool/big | xargs'
for what in 'I/O scheduler +ok +bfq .was none' 'alignment +ok' \
	'access +ok +each volume' 'mkfs.ext4 /dev/kdevpool/big/test' \
	'deactivate big' 'activate /dev/vda'; do
	check "it says: $what" grep -Eq "$what" /tmp/out
done
check "a rotating disk: bfq" grep -q '\[bfq\]' /sys/block/vda/queue/scheduler

echo 0 >/sys/block/vdb/queue/rotational
echo none >/sys/block/vdb/queue/scheduler
check "a pool on an SSD" kdevpool-admin create --device /dev/vdb --pool ssd \
	--volume a:1M --yes --json
check "an SSD: mq-deadline" \
	grep -q '\[mq-deadline\]' /sys/block/vdb/queue/scheduler
must kdevpool-admin deactivate ssd
must sh -c 'echo start=2049 | sfdisk -q --force /dev/vdb'
wait_until 10 test -b /dev/vdb1
check "a partition that is not aligned is pointed out" sh -c \
	'kdevpool-admin create --device /dev/vdb1 --pool odd --volume a:1M \
	--yes --force | tr -s " \n" " " |
	grep "alignment note the partition .* no multiple of 1 MiB"'

must kdevpool-admin deactivate odd
check "over a partition table" kdevpool-admin create --device /dev/vdb \
	--pool whole --volume a:1M --yes --force
check "the kernel has forgotten the partition" test ! -e /sys/block/vdb/vdb1

must modprobe nvme
wait_until 20 test -b /dev/nvme0n1
echo mq-deadline >/sys/block/nvme0n1/queue/scheduler
check "a pool on an NVMe disk" kdevpool-admin create --device /dev/nvme0n1 \
	--pool fast --volume a:1M --yes
check "NVMe: none" grep -q '\[none\]' /sys/block/nvme0n1/queue/scheduler
must kdevpool-admin deactivate --all
