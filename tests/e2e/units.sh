# SPDX-License-Identifier: GPL-2.0-only
# vm: --systemd
#
# What systemd thinks of our units: they are sound, confined, and in the order
# that mounts and shutdown rely on.  Prints how exposed each service is.

. ./lib.sh

dir=/usr/lib/systemd/system

# unit FILE - a name to ask for; a template gets an instance
unit() {
	basename "$1" | sed 's/@\./@dev-vda./'
}

exposure() {
	systemd-analyze security --no-pager "$1" |
		sed -n 's/.*exposure level for [^:]*: \([0-9.]*\) .*/\1/p'
}

# ordered UNIT Before|After OTHER
ordered() {
	systemctl show -P "$2" "$1" | tr ' ' '\n' | grep -Fxq "$3"
}

units=
for file in "$dir"/kdevpool*.service "$dir"/kdevpool*.target \
	"$dir"/kdevpool*.timer; do
	units="$units $(unit "$file")"
done
# shellcheck disable=SC2086 # one word each
expect "systemd-analyze verify$units" '' \
	systemd-analyze verify --man=no $units
for file in "$dir"/kdevpool*.service; do
	name=$(unit "$file")
	level=$(exposure "$name")
	printf '%-40s %s\n' "$name" "$level"
	check "$name: exposure $level is below 3.0" \
		[ "$(echo "${level:-9.9}" | tr -d .)" -lt 30 ]
done
expect "every service has been looked at" 4 sh -c \
	"ls $dir/kdevpool*.service | wc -l"
for file in "$dir"/kdevpool*.timer; do
	check "$(unit "$file") is wanted by timers.target" \
		grep -Fxq WantedBy=timers.target "$file"
done

activate=kdevpool-activate@dev-vda.service
shutdown=kdevpool-shutdown.service
check "activation waits for its disk" ordered $activate After dev-vda.device
check "and goes down before what takes pools down" \
	ordered $activate After $shutdown
check "pools are taken down after all mounts" \
	ordered $shutdown Before local-fs-pre.target
check "and after LVM has taken down what it wants" \
	ordered $shutdown Before blk-availability.service
check "and while udev still runs" \
	ordered $shutdown After systemd-udevd.service
