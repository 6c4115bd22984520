# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 96M --disk 64M
# kernel: 6.1
# soak-kernel: debug
# timeout: 900
#
# Who watches pools: monitor sees every change, metrics say what there is, scrub
# and repair can be waited for, stopped, and outlive a suspend.

. ./lib.sh

must make_pool /dev/vda ci a:8M
must kdevpool-admin deactivate ci
sectors=$(blockdev --getsz /dev/vda)
must dmsetup create base --table "0 $sectors linear /dev/vda 0"
must kdevpool-admin activate /dev/mapper/base
dm=dm-$(dmsetup info -c --noheadings -o minor kdp-ci)
sys=/sys/block/$dm/kdevpool
places=$(mktemp)
replica_places /dev/vda >"$places"

wreck() {
	wreck_replicas /dev/vda "$places" "$@" && blockdev --flushbufs /dev/vda
}
# seen FILE EVENT... - these events, in this order, and no others
seen() {
	sed -n 's/.*"event":"\([a-z-]*\)".*/\1/p' "$1" | tr '\n' ' '
}
started() {
	grep -q '"started"' "$1"
}

# monitor
kdevpool-admin monitor --json >/tmp/all &
all=$!
kdevpool-admin monitor --json other >/tmp/other &
other=$!
kdevpool-admin monitor --count 2 ci >/tmp/two &
two=$!
must wait_until 10 started /tmp/all
must wait_until 10 started /tmp/other
must wait_until 10 grep -q started /tmp/two
must kdevpool-admin volume create ci late 1M
must kdevpool-admin volume remove ci late
check "monitor --count 2 ends by itself" wait $two
expect "with two events as text" 2 sh -c \
	"grep -Ec '^20[0-9-]+ [0-9:.]+ UTC  volume-(appears|goes) +ci/late' /tmp/two"
must wreck 1
check "scrub --wait mends" kdevpool-admin scrub --wait ci
# found and mended in one go
must wreck 2
check "repair --wait mends, too" kdevpool-admin repair --wait ci
must make_pool /dev/vdb other x:1M
must kdevpool-admin deactivate other
must wait_until 5 grep -q pool-goes /tmp/all
expect "everything, in order" "started volume-appears volume-goes health health health pool-appears volume-appears volume-goes pool-goes " seen /tmp/all
expect "of one pool only" \
	"started pool-appears volume-appears volume-goes pool-goes " \
	seen /tmp/other
expect "health as it was at each change" "4 5 5 " sh -c \
	"sed -n 's/.*\"health\".*\"copies_valid\":\([0-9]*\).*/\1/p' /tmp/all | tr '\n' ' '"
# changes that follow each other fast; attempts are counted as after an hour
echo 1 >"$sys/repair_period_seconds"
i=0
while [ $i -lt 12 ]; do
	i=$((i + 1))
	must wreck $((i % 5))
	must kdevpool-admin scrub --wait ci
done
news() {
	[ "$(grep -c '"health"' /tmp/all)" -ge "$1" ]
}
check "none of many is lost" wait_until 10 news 27
echo 3600 >"$sys/repair_period_seconds"
check "nor told to be" sh -c '! grep -q lost /tmp/all'
kill -TERM $all $other
check "ends with 0 by SIGTERM" wait $all
check "the other one too" wait $other

# waiting and stopping
must wreck 0 3
expect "what was found and mended" "R0 true true
R3 true true" sh -c "kdevpool-admin scrub --wait --json ci | tr -d ' \n' |
	grep -o '\"replica\":\"R[0-4]\",\"bad\":[1-9][0-9]*,\"mended\":[1-9]' |
	sed 's/.*\(R[0-4]\).*/\1 true true/'"
check "status tells of the copies" sh -c \
	"kdevpool-admin status ci | grep -Eq '^R3 +current +0 +[1-3] +[1-9]'"
check "and of the scrub" sh -c \
	"kdevpool-admin status ci | grep -q 'every 3600 seconds; last: 20'"
must kdevpool-admin scrub ci
check "stop" kdevpool-admin scrub --stop ci
must dd if=/dev/zero of=/dev/kdevpool/ci/a bs=64k count=4 oflag=direct
# 40 commits in the journal, and a disk that stands still when it is told to
i=0
while [ $i -lt 40 ]; do
	i=$((i + 1))
	must dmsetup message kdp-ci 0 "create v$i 64K thin"
done
now() {
	grep -q "^now $1" "$sys/jobs"
}
must wait_until 20 now idle
must dmsetup suspend --noflush base
kdevpool-admin scrub --wait ci >/tmp/waited 2>&1 &
waiter=$!
must wait_until 10 now scrub
sleep 0.3
kill -INT $waiter
wait $waiter
expect "an interrupted wait ends with 9" 9 echo $?
check "and says that the scrub goes on" grep -q 'scrub of ci goes on' /tmp/waited
check "and how to stop it" grep -q 'scrub --stop ci' /tmp/waited
check "it does" now scrub
check "with progress" grep -Eq '^[0-9]+/[0-9]+$' "$sys/scrub_progress"
must kdevpool-admin scrub --stop ci
must dmsetup resume base
check "stopped" wait_until 10 grep -q '^scrub .*result=stopped' "$sys/jobs"
check "and nothing runs" wait_until 10 now idle

# asked for, and then suspended in the midst of it
is_done() {
	grep -q "^$1 asked=$2 served=$2 result=done" "$sys/jobs"
}
not() {
	! "$@"
}
asked() {
	sed -n "s/^$1 asked=\([0-9]*\) .*/\1/p" "$sys/jobs"
}
for job in scrub repair; do
	next=$(($(asked $job) + 1))
	must dmsetup suspend --noflush base
	must kdevpool-admin $job ci
	must wait_until 10 now $job
	dmsetup suspend kdp-ci &
	suspending=$!
	sleep 1
	must dmsetup resume base
	wait $suspending
	check "$job is not done while suspended" not is_done $job $next
	must dmsetup resume kdp-ci
	check "$job is done after a suspend" wait_until 30 is_done $job $next
done
# a scrub makes way for a repair, and is done afterwards
next=$(($(asked scrub) + 1))
must dmsetup suspend --noflush base
must kdevpool-admin scrub ci
must wait_until 10 now scrub
must kdevpool-admin repair ci
must dmsetup resume base
check "a repair comes first" kdevpool-admin repair --wait ci
check "the scrub comes later" wait_until 30 is_done scrub $next

# how often: in the table, and in sysfs
interval() {
	cat "$sys/scrub_interval_seconds"
}
table() {
	dmsetup table kdp-ci | cut -d ' ' -f 5-
}
# reload OPTIONS
reload() {
	dmsetup reload kdp-ci --table "0 $sectors kdevpool-pool /dev/mapper/base $1" &&
		dmsetup resume kdp-ci
}
expect "an hour, unless told" 3600 interval
check "and the table does not tell" sh -c '! dmsetup table kdp-ci | grep scrub_'
must reload "2 scrub_interval 77"
expect "a reload changes it" "77 2 scrub_interval 77" \
	echo "$(interval) $(table)"
echo 78 >"$sys/scrub_interval_seconds"
must dmsetup suspend kdp-ci
must dmsetup resume kdp-ci
expect "what sysfs says outlives a suspend" 78 interval
must reload ''
expect "a table without it keeps it" "78 " echo "$(interval) $(table)"
ended() {
	sed -n 's/^scrub .*ended=//p' "$sys/jobs"
}
before=$(ended)
must reload "2 scrub_interval 1"
check "every second" wait_until 10 sh -c \
	"[ \"\$(sed -n 's/^scrub .*ended=//p' $sys/jobs)\" -ge $((before + 2)) ]"
must reload "2 scrub_interval 0"
expect "never" "0 2 scrub_interval 0" echo "$(interval) $(table)"
for bad in "1 scrub_interval" "2 scrub_interval x" "2 scrub_interval -1" \
	"2 scrub_interval 31536001" "2 scrub_interval 1 2" \
	"4 scrub_interval 1 scrub_interval 2" "2 read_only read_only" \
	"2 scrubs 5" "2 read_only scrub_interval 5"; do
	expect_fail "table with $bad" '' reload "$bad"
done
must dmsetup clear kdp-ci
expect_fail "sysfs has the same bounds" '' \
	sh -c "echo 31536001 >$sys/scrub_interval_seconds"

# metrics
check "metrics into a file" kdevpool-admin metrics --output /tmp/k.prom
for line in 'pools 1' 'pool_copies_valid{pool="ci"} 5' \
	'pool_mode{pool="ci",mode="active"} 1' \
	'copy_state{pool="ci",replica="R3",state="current"} 1' \
	'pool_scrub_interval_seconds{pool="ci"} 0' \
	'volume_size_bytes{pool="ci",volume="a",id="1"} 8388608'; do
	check "metric $line" grep -Fxq "kdevpool_$line" /tmp/k.prom
done
for name in pool_commits_total pool_first_writes_total pool_repairs_total \
	pool_last_repair_timestamp_seconds volume_writes_total \
	copy_mended_places_total; do
	check "something in $name" grep -Eq "^kdevpool_${name}[{].* [1-9]" \
		/tmp/k.prom
done

# read-only: nothing can be mended, and who asks is told
must reload "1 read_only"
expect_fail "scrub of a read-only pool" 'not active' \
	kdevpool-admin scrub --wait ci
expect_fail "repair of a read-only pool" 'not active' \
	kdevpool-admin repair ci
must kdevpool-admin deactivate ci
expect_fail "a pool that is gone" 'no pool is active' kdevpool-admin scrub
must dmsetup remove base
check "offline: nothing to repair" kdevpool-admin repair /dev/vda --yes
check "and clean" kdevpool-admin check /dev/vda
