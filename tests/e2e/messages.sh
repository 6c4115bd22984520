# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 4G
# kernel: 6.1 6.12 7
#
# Messages: all or nothing, sent again when the reply did not fit, while the pool
# is suspended, and with what no user should send.

. ./lib.sh

say() {
	dmsetup message kdp-say 0 "$@" && return 0
	dmsetup message kdp-say 0 info last_error
	return 1
}
names() {
	dmsetup message kdp-say 0 list | cut -d' ' -f2 | sort | tr '\n' ' '
}
last_id() {
	dmsetup message kdp-say 0 list | tail -n 1 | cut -d' ' -f1
}

must make_pool /dev/vda say a:1M
state() {
	dmsetup message kdp-say 0 info | grep -E '^(used|volumes|sequence)='
}
before=$(state)
expect_fail "one bad operation of three" 'exists' \
	say "create x 1M, create a 1M, create y 1M"
expect_fail "the same name twice" 'exists' say "create x 1M, create x 1M"
expect_fail "a removal that fails after a creation" 'in use' \
	say "create x 1M, remove a"
expect_fail "an empty operation" '' say "create x 1M,,create y 1M"
expect_fail "an operation that is none" '' say "create x 1M, list"
for size in 0 -1 0x10 1e3 18446744073709551615 18446744073709551616 \
	99999999999999999999G 17592186044416T 16777216P 1Q; do
	expect_fail "size $size" 'size|space|4 KiB|large' say "create x $size"
	expect_fail "size $size, thin" 'size|space|4 KiB|large' \
		say "create x $size thin"
done
for name in a/b / .. ../x 'x%' -x ''; do
	expect_fail "name '$name'" '' say "create $name 1M"
done
long=$(printf 'x%.0s' $(seq 500))
expect_fail "name of 500 bytes" 'invalid name' say "create $long 1M"
expect_fail "remove a name of 500 bytes" '' say "remove $long"
expect_fail "verb of 500 bytes" 'unknown message' say "$long"
expect_fail "a key that is none" '' say "create x 1M colour=red"
expect_fail "a tag of 500 bytes" '' say "create x 1M tag=$long"
# many COUNT FORMAT - so many operations, & being the number
many() {
	seq "$1" | sed "s/.*/$2,/" | tr '\n' ' ' | sed 's/, $//'
}
expect_fail "1,100 operations" 'too many|E2BIG|too long' say "$(many 1100 "create m& 4K thin")"
expect "nothing of all this has been done" "$before" state

check "create and remove in one message" say "create x 1M, create y 1M thin"
check "the order counts" say "remove x, create x 2M"
expect "they are there" "a x y " names
must say "remove x, remove y"

# the reply buffer of libdevmapper is too small at first
must say "create mark 1M"
id=$(last_id)
must say "remove mark"
check "800 operations in one message" \
	say "$(many 400 "create m& 4K thin, remove m&")"
expect "leave nothing behind" "a " names
must say "create last 1M"
expect "each was done once, although the message was sent twice" \
	$((id + 400 + 1)) last_id
must say "remove last"

must dmsetup suspend kdp-say
expect_fail "suspended: create" 'suspended' say "create x 1M"
expect_fail "suspended: remove" 'suspended' say "remove a"
expect_fail "suspended: commit" 'suspended' say commit
check "suspended: list" say list
check "suspended: info" say info
must dmsetup resume kdp-say
expect "nothing happened" "a " names
check "resumed: create" say "create x 1M"
must kdevpool-admin deactivate say
check "check is clean" kdevpool-admin check /dev/vda
