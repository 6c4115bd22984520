#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# 90kdevpool: what a root file system on a pool's volume needs.

check() {
	require_binaries kdevpool-admin || return 1
	# in an initramfs for this machine only: when something needs a pool
	# shellcheck disable=SC2154 # dracut's
	[[ ! $hostonly || -d /dev/kdevpool ]] || return 255
}

depends() {
	echo dm
}

installkernel() {
	hostonly='' instmods dm-kdevpool
}

install() {
	# shellcheck disable=SC2046 # several, without blanks
	inst_multiple kdevpool-admin $(kdevpool-admin libraries)
	inst_rules 56-kdevpool.rules 61-kdevpool.rules 98-kdevpool.rules
	inst_multiple -o /usr/lib/kdevpool/kdevpool.conf \
		/usr/lib/kdevpool/kdevpool.conf.d/*.conf \
		/etc/kdevpool/kdevpool.conf /etc/kdevpool/kdevpool.conf.d/*.conf
	# Which machine this is; the module of systemd leaves an empty one, which
	# inst would keep.
	# shellcheck disable=SC2154 # dracut's
	[[ ! -s $dracutsysrootdir/etc/machine-id ]] ||
		cp "$dracutsysrootdir/etc/machine-id" "$initdir/etc/machine-id"
	if dracut_module_included systemd; then
		# shellcheck disable=SC2154 # dracut's
		inst_multiple systemd-escape \
			"$systemdsystemunitdir/kdevpool-activate@.service" \
			"$systemdsystemunitdir/kdevpool-shutdown.service" \
			"$systemdsystemunitdir/kdevpool-.service.d/50-hardening.conf" \
			"$systemdsystemunitdir/kdevpool.target" \
			"$systemdsystemunitdir/modprobe@.service"
	else
		inst_script /usr/lib/kdevpool/activate-all \
			/usr/lib/kdevpool/activate-all
		# shellcheck disable=SC2154 # dracut's
		inst_hook initqueue/settled 50 "$moddir/activate.sh"
	fi
}
