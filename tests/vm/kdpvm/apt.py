# SPDX-License-Identifier: GPL-2.0-only
"""Debian packages as files: versions, downloads, the mirror's address."""

import functools
import re
import subprocess
import time

from .cache import locked, logged
from .errors import Fault
from .paths import cache_dir

LISTS_DAYS = 7


@functools.lru_cache(None)
def _output(*argv):
    """What a query prints; the archive stands still while a program runs."""
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


class Archive:
    """The archive as this machine's own apt sees it."""

    options = ()

    def candidates(self, packages):
        """Versions the archive offers, one for each package; Fault when it
        lacks one.
        """
        found, name = {}, None
        for line in _output('apt-cache', *self.options, 'policy',
                            *packages).splitlines():
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

    def depends(self, package, pattern):
        """The packages it depends on whose names match."""
        text = _output('apt-cache', *self.options, 'depends', package)
        return re.findall(rf'^  Depends: ({pattern})$', text, re.MULTILINE)

    def unpack(self, package, version, folder, log):
        """Download package=version and unpack its files below `folder`."""
        debs = folder / 'debs'
        debs.mkdir(exist_ok=True)
        logged(['apt-get', '-q', *self.options, 'download',
                f'{package}={version}'], log, cwd=debs)
        found = list(debs.glob(f'{package}_*.deb'))
        if len(found) != 1:
            raise Fault(f'download of {package}={version} left {found}')
        logged(['dpkg-deb', '-x', found[0], folder / 'root'], log)
        found[0].unlink()
        debs.rmdir()
        return folder / 'root'


OWN = Archive()
candidates = OWN.candidates
unpack = OWN.unpack


def candidate(package):
    """Version the archive offers; Fault when it offers none."""
    return candidates([package])[0]


class Suite(Archive):
    """Another suite, on the mirror that this machine's own sources name.

    apt's state for it is in the cache; the machine's own is not touched.
    """

    def __init__(self, suite):
        self.suite = suite
        state = cache_dir() / f'apt-{suite}'
        self.options = [word for name, value in (
            ('Dir::State', state), ('Dir::Cache', state),
            # a container's apt reads all lists anew each time it is asked
            ('Dir::Cache::pkgcache', 'pkgcache.bin'),
            ('Dir::Cache::srcpkgcache', 'srcpkgcache.bin'),
            ('Dir::State::status', '/dev/null'),
            ('Dir::Etc::sourcelist', state / 'sources.list'),
            ('Dir::Etc::sourceparts', '/dev/null'),
            ('Dir::Etc::preferencesparts', '/dev/null'),
            ('Acquire::Languages', 'none'), ('Acquire::Retries', 3),
            ('Acquire::Check-Valid-Until', 'false'),
            # its user cannot enter the cache
            ('APT::Sandbox::User', 'root')) for word in
            ('-o', f'{name}={value}')]
        with locked(f'apt-{suite}'):
            self._update(state)

    def source(self):
        """Its line for a sources.list."""
        uris = {line.split()[1] for line in sources('')
                if '-' not in line.split()[2]}
        return f'deb {sorted(uris)[0]} {self.suite} main'

    def _update(self, state):
        """Fetch the lists when there are none, or old ones."""
        fresh = state / 'fresh'
        if fresh.exists() and \
           time.time() - fresh.stat().st_mtime < LISTS_DAYS * 86400:
            return
        (state / 'lists' / 'partial').mkdir(parents=True, exist_ok=True)
        (state / 'archives' / 'partial').mkdir(parents=True, exist_ok=True)
        (state / 'sources.list').write_text(self.source() + '\n',
                                            encoding='utf-8')
        logged(['apt-get', '-q', *self.options, 'update'], state / 'log')
        fresh.touch()


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
