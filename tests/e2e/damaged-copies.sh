# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 96M --disk 96M
# kernel: 6.1
# soak-kernel: 6.12 7 debug
# timeout: 900
#
# Any four of the five metadata copies are overwritten with random bytes: the
# pool comes up with the same data, and all five are good again.  All five: it
# is refused, and not a byte changes.

. ./lib.sh

places=$(mktemp)

fill_volumes() {
	for volume in a b; do
		dd if=/dev/urandom of=/dev/kdevpool/dmg/$volume bs=64k count=20 \
			oflag=direct conv=fsync
	done
}

volumes_digest() {
	digest /dev/kdevpool/dmg/a /dev/kdevpool/dmg/b
}

must make_pool /dev/vda dmg a:2M b:2M
must fill_volumes
# changes behind the last checkpoint: the journals are needed too
must kdevpool-admin volume create dmg late 1M
before=$(volumes_digest)
must kdevpool-admin deactivate dmg
must replica_places /dev/vda
replica_places /dev/vda >"$places"
expect "places of five copies" 5 sh -c "wc -l <$places"
check "undamaged pool is clean" kdevpool-admin check /dev/vda

for keep in 0 1 2 3 4; do
	# shellcheck disable=SC2046 # a word for each replica
	must wreck_replicas /dev/vda "$places" \
		$(seq 0 4 | grep -v "$keep")
	expect_fail "check names damage, R$keep left" 'R[0-4]' \
		kdevpool-admin check /dev/vda
	check "activates with only R$keep" kdevpool-admin activate /dev/vda
	expect "same data with only R$keep" "$before" volumes_digest
	check "volume made last is there" test -e /dev/kdevpool/dmg/late
	must kdevpool-admin deactivate dmg
	check "all healed from R$keep" kdevpool-admin check /dev/vda
done

must wreck_replicas /dev/vda "$places" 0 1 2 3 4
bytes=$(digest /dev/vda)
expect_fail "five damaged copies are refused" 'damaged|no valid superblock' \
	kdevpool-admin activate /dev/vda
expect_fail "the kernel refuses too" 'failed' \
	dmsetup create five --table \
	"0 $(blockdev --getsz /dev/vda) kdevpool-pool /dev/vda"
check "and says why" sh -c 'dmesg | grep -q "all five metadata copies"'
must sh -c '! dmsetup info five || dmsetup remove five'
expect "not a byte changed" "$bytes" digest /dev/vda
