# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 96M
# kernel: 6.1 6.12 7
#
# What a pool counts and what it tells those who trace.

. ./lib.sh

info() {
	dmsetup message kdp-trc 0 info | sed -n "s/^$1=//p"
}
# grows NAME COUNT COMMAND... - the count goes up by so much
grows() {
	counted=$(info "$1")
	want=$((counted + $2))
	what=$1
	shift 2
	must "$@"
	expect "$what after: $(echo "$*" | cut -c1-60)" "$want" info "$what"
}
traced() {
	grep -c "kdevpool_$1: .*$2" /sys/kernel/tracing/trace
}

must make_pool /dev/vda trc a:4M b:4M:thin
a=/dev/kdevpool/trc/a
b=/dev/kdevpool/trc/b
must mount -t tracefs tracefs /sys/kernel/tracing
must sh -c 'echo 1 >/sys/kernel/tracing/events/kdevpool/enable'

grows first_writes 4 dd if=/dev/zero of=$a bs=64k count=4 oflag=direct
grows first_writes 0 dd if=/dev/zero of=$a bs=64k count=4 oflag=direct
grows first_writes 2 dd if=/dev/zero of=$b bs=4k seek=14 count=4 oflag=direct
expect "first writes are traced" 6 traced first_write 'volume'
expect "those to holes are told apart" 2 traced first_write '+ [0-9]*, 1$'
expect "their ends too" 6 traced first_write_done 'error 0$'
grows discards 1 blkdiscard -o 0 -l 128k $b
expect "a discard is traced with its chunks" 1 traced discard ', 2$'
grows discards 0 blkdiscard -o 4096 -l 4096 $b
grows commits 1 dmsetup message kdp-trc 0 "create c 1M"
grows commits 1 dmsetup message kdp-trc 0 "remove c"
check "commits are traced" test "$(traced commit 'sequence [0-9]* blocks 1 error 0')" -ge 2
grows checkpoints 1 dmsetup message kdp-trc 0 checkpoint
expect "a checkpoint is traced" 1 traced checkpoint 'error 0$'
must sh -c 'echo >/sys/kernel/tracing/trace'
must dd if=$a of=/dev/null bs=64k count=4 iflag=direct
expect "a bio that is mapped as a whole leaves no trace" 0 traced '[a-z_]*' ''
must dd if=$a of=/dev/null bs=512k count=1 iflag=direct
expect "one that is cut does" 1 traced split 'op 0'
expect "no errors so far" 0 info errors

must dmsetup suspend kdp-trc
dd if=/dev/zero of=$a bs=64k count=1 oflag=direct 2>/dev/null &
check "a bio is parked, and traced" wait_until 10 sh -c \
	'grep -q "kdevpool_park: .* op 1 " /sys/kernel/tracing/trace'
must dmsetup resume kdp-trc
must wait $!
grows parked 0 true
check "it was counted" test "$(info parked)" -ge 1
must kdevpool-admin deactivate trc
