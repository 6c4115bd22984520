# SPDX-License-Identifier: GPL-2.0-only
"""A folder with a Debian in it."""

import subprocess

from .cache import logged

DROPPED = ['usr/share/man', 'usr/share/doc', 'usr/share/locale']


def _proxy_options():
    """The machine's own proxy settings for apt, handed on to mmdebstrap."""
    dump = subprocess.run(['apt-config', 'dump'], capture_output=True,
                          text=True, check=True).stdout
    return [f'--aptopt={line}' for line in dump.splitlines()
            if line.startswith('Acquire::http') and '::Proxy' in line]


def bootstrap(root, suite, sources, variant, packages, log):
    """Make the folder `root`.  sources: lines for a sources.list; variant:
    of mmdebstrap, that is which packages besides `packages`.
    """
    listing = root.with_name('sources.list')
    listing.write_text('\n'.join(sources) + '\n', encoding='utf-8')
    # A mount namespace of its own: what mmdebstrap mounts below the folder
    # goes away with it, however it ends, and is never deleted through.
    logged(['unshare', '--mount', '--propagation', 'private', 'mmdebstrap',
            '--mode=root', f'--variant={variant}',
            '--format=directory', f'--include={",".join(packages)}',
            '--aptopt=APT::Install-Recommends "false"',
            '--aptopt=Acquire::Check-Valid-Until "false"',
            '--aptopt=Acquire::Retries "3"', *_proxy_options(),
            *[f'--dpkgopt=path-exclude=/{name}/*' for name in DROPPED],
            '--dpkgopt=force-unsafe-io', suite, root, listing], log)
    listing.unlink()
