# SPDX-License-Identifier: GPL-2.0-only
"""Debian packages as files: versions, downloads, the mirror's address."""

import subprocess

from .cache import logged
from .errors import Fault


def _output(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Fault(f'{" ".join(argv)}: {done.stderr.strip()}')
    return done.stdout


def installed(package):
    """Version of an installed package; Fault when it is not installed."""
    try:
        version = _output('dpkg-query', '-W', '-f', '${Version}', package)
    except Fault:
        version = ''
    if not version:
        raise Fault(f'package {package} is not installed: '
                    'run scripts/install-deps')
    return version


def candidates(packages):
    """Versions the archive offers, one for each package; Fault when it
    lacks one.
    """
    found, name = {}, None
    for line in _output('apt-cache', 'policy', *packages).splitlines():
        word = line.split()
        if not line.startswith(' '):
            name = line.rstrip(':')
        elif word[:1] == ['Candidate:'] and word[1] != '(none)':
            found[name] = word[1]
    for package in packages:
        if package not in found:
            raise Fault(f'the archive has no package {package}: '
                        'run apt-get update')
    return [found[package] for package in packages]


def candidate(package):
    """Version the archive offers; Fault when it offers none."""
    return candidates([package])[0]


def unpack(package, version, folder, log):
    """Download package=version and unpack its files below `folder`."""
    debs = folder / 'debs'
    debs.mkdir(exist_ok=True)
    logged(['apt-get', '-q', 'download', f'{package}={version}'], log,
           cwd=debs)
    found = list(debs.glob(f'{package}_*.deb'))
    if len(found) != 1:
        raise Fault(f'download of {package}={version} left {found}')
    logged(['dpkg-deb', '-x', found[0], folder / 'root'], log)
    found[0].unlink()
    debs.rmdir()
    return folder / 'root'


def sources(suite):
    """The machine's own package sources for `suite`, as sources.list lines."""
    layout = '$(CREATED_BY)|$(ORIGIN)|$(RELEASE)|$(REPO_URI)|$(COMPONENT)'
    lines = []
    for line in _output('apt-get', 'indextargets', '--format',
                        layout).splitlines():
        made, origin, release, uri, component = line.split('|')
        if made == 'Packages' and origin == 'Debian' and \
           release.startswith(suite):
            lines.append(f'deb {uri} {release} {component}')
    if not lines:
        raise Fault(f'apt knows no source of Debian {suite}: '
                    'run apt-get update')
    return sorted(set(lines))
