# SPDX-License-Identifier: GPL-2.0-only
# vm: --systemd --disk 96M
#
# The timer writes metrics, from within its confinement.

. ./lib.sh

unit=kdevpool-metrics
dir=/var/lib/prometheus/node-exporter
file=$dir/kdevpool.prom

ran() {
	[ "$(systemctl show -P Result $unit.service)" = success ] &&
		[ -s $file ]
}

check "without a node exporter nothing is done" systemctl start $unit.service
check "nor failed" sh -c "! systemctl -q is-failed $unit.service"
must make_pool /dev/vda ci a:8M
must mkdir -p $dir
must dd if=/dev/zero of=/dev/kdevpool/ci/a bs=64k count=8 oflag=direct
must systemctl start $unit.timer
check "ten seconds later it runs" wait_until 30 ran
expect "mode" 644 stat -c %a $file
expect "nothing else is there" kdevpool.prom ls $dir
for line in 'pools 1' 'pool_copies_valid{pool="ci"} 5' \
	'pool_first_writes_total{pool="ci"} 8' \
	'volume_written_bytes_total{pool="ci",volume="a",id="1"} 524288'; do
	check "metric $line" grep -Fxq "kdevpool_$line" $file
done
must kdevpool-admin deactivate ci
must systemctl start $unit.service
check "and no pool" grep -Fxq 'kdevpool_pools 0' $file
must systemctl stop $unit.timer
