# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 128M --tool fio --tool blkdiscard
# kernel: 6.1 6.12 7 debug
# soak-kernel: kcsan
# timeout: 600
#
# Space that comes and goes: thin volumes, discards, chunks that change hands.

. ./lib.sh

say() {
	dmsetup message kdp-space 0 "$@"
}

# info KEY - a figure of the pool
info() {
	say info | sed -n "s/^$1=//p"
}

must make_pool /dev/vda space thick:8M
used=$(info used)
check "kdevpool-admin makes thin volumes" \
	kdevpool-admin volume create space a 512M:thin b 512M:thin
a=/dev/kdevpool/space/a
b=/dev/kdevpool/space/b
expect "thin volumes larger than the pool take no space" "$used" info used

# verified MIB NODE [SEED]
verified() {
	fio_verified "$2" "$1M" "${3:-1}" --bs=4k-128k --iodepth=8
}

check "verified load on a thin volume" verified 16 $a
must dd if=/dev/urandom of=$a bs=1M count=16 oflag=direct
expect "it took 256 chunks" $((used + 256)) info used
expect "what was not written reads as zeros" 0 sh -c \
	"dd if=$a bs=1M skip=16 count=16 2>/dev/null | tr -d '\\0' | wc -c"
check "discard" blkdiscard -o 1M -l 15M $a
expect "gives the chunks back" $((used + 16)) info used
expect "and reads as zeros" 0 sh -c \
	"dd if=$a bs=1M skip=1 count=15 2>/dev/null | tr -d '\\0' | wc -c"
expect "a part of a chunk is left alone" 65536 sh -c \
	"blkdiscard -o 4096 -l 32768 $a && dd if=$a bs=64K count=1 2>/dev/null | wc -c"
expect "less than a chunk frees none" $((used + 16)) info used

# a thick volume keeps its chunks
t=/dev/kdevpool/space/thick
must dd if=/dev/urandom of=$t bs=1M count=8 oflag=direct
must blkdiscard $t
expect "a discarded thick volume reads as zeros" 0 sh -c \
	"tr -d '\\0' <$t | wc -c"
expect "and keeps its chunks" $((used + 16)) info used

# zeros: passed on where something has been written, nothing elsewhere
unwritten() {
	dmsetup status kdp-space-thick | cut -d' ' -f8
}
all=$(unwritten)
number=$(dmsetup info -c --noheadings --separator : -o major,minor \
	kdp-space-thick)
check "the disk's WRITE ZEROES is offered" test \
	"$(cat "/sys/dev/block/$number/queue/write_zeroes_max_bytes")" -gt 0
# busybox has one of its own, without -z
zero() {
	/usr/sbin/blkdiscard -z "$@"
}
check "zeros to a discarded thick volume" zero $t
expect "write no chunk" "$all" unwritten
check "zeros to a thin volume" zero -o 1M -l 64M $a
expect "take none" $((used + 16)) info used
must dd if=/dev/urandom of=$t bs=64K count=3 seek=2 oflag=direct
must dd if=/dev/urandom of=$t bs=4K count=1 seek=1000 oflag=direct
check "zeros over all of it" zero $t
expect "all of it reads as zeros" 0 sh -c "tr -d '\\0' <$t | wc -c"
expect "only what had been written is" $((all - 4)) unwritten
must blkdiscard $t

# no more space than there is; what is freed is found again at once
fill() {
	dd if=/dev/zero of="$1" bs=64K oflag=direct conv=notrunc 2>&1
}
expect_fail "a full pool says so" "No space left" fill $b
expect_fail "also to the other volume" "No space left" \
	dd if=/dev/zero of=$a bs=64K seek=1024 count=1 oflag=direct
expect_fail "and to a message" "No space left" say "create c 1M"
expect_fail "a first write again" "No space left" \
	dd if=/dev/zero of=$a bs=64K seek=1024 count=1 oflag=direct
must blkdiscard $b
check "freed chunks are there for the next first write" \
	dd if=/dev/zero of=$a bs=64K seek=1024 count=64 oflag=direct
must blkdiscard $b
check "and for a message" say "create c 16M"
must say "remove c"
check "and again" say "create c 16M, create d 8M"
must say "remove c, remove d"

# two volumes hand each other their chunks under load; each verifies its own
exchange() {
	for i in 1 2 3; do
		verified 16 $a "$i" || return 1
		blkdiscard $a || return 1
	done &
	pid=$!
	for i in 1 2 3 4 5; do
		fio_verified $b 16M "$i" --bs=64k --iodepth=8 --fsync=0 ||
			return 1
		blkdiscard $b || return 1
	done
	wait $pid
}
check "chunks change hands under verified load" exchange

must kdevpool-admin volume remove space a b
expect "all is free again" "$used" info used
must kdevpool-admin deactivate space
check "check is clean" kdevpool-admin check /dev/vda
