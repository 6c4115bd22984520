# SPDX-License-Identifier: GPL-2.0-only
"""Write cpio archives (newc), the format of an initramfs."""

import os
import stat

# Debian's and our guests' layout: these are links into /usr.
MERGED = ('bin', 'sbin', 'lib', 'lib64')


def normal(path):
    """A guest path without leading slash, the merged-/usr links resolved."""
    path = os.path.normpath(str(path)).lstrip('/')
    if path.split('/')[0] in MERGED and '/' in path:
        path = 'usr/' + path
    return path


class Archive:
    """A cpio archive in the making, written to an open binary file.

    Missing parent folders are added by themselves; the first file with a
    name wins, further ones are left out.
    """

    def __init__(self, handle):
        self._out = handle
        self._seen = set()
        self._inode = 0

    def __contains__(self, path):
        return normal(path) in self._seen

    def _pad(self, length):
        self._out.write(b'\0' * (-length % 4))

    def _member(self, name, mode, data=b''):
        self._inode += 1
        raw = name.encode() + b'\0'
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0,
                  len(raw), 0)
        head = b'070701' + b''.join(b'%08x' % f for f in fields)
        self._out.write(head + raw)
        self._pad(len(head) + len(raw))
        self._out.write(data)
        self._pad(len(data))

    def _claim(self, path):
        """Whether `path` is new; adds its parents."""
        if path in self._seen:
            return False
        self._seen.add(path)
        parent = os.path.dirname(path)
        if parent:
            self.folder(parent)
        return True

    def folder(self, path):
        """Add a folder."""
        path = normal(path)
        if path != '.' and self._claim(path):
            self._member(path, stat.S_IFDIR | 0o755)

    def link(self, path, target):
        """Add a symbolic link at `path` to `target`."""
        path = normal(path)
        if self._claim(path):
            self._member(path, stat.S_IFLNK | 0o777, str(target).encode())

    def data(self, path, content, mode=0o644):
        """Add a file with the given bytes."""
        path = normal(path)
        if self._claim(path):
            self._member(path, stat.S_IFREG | mode, content)

    def file(self, path, source):
        """Add a copy of the file `source`, with its permissions."""
        with open(source, 'rb') as handle:
            mode = stat.S_IMODE(os.fstat(handle.fileno()).st_mode)
            self.data(path, handle.read(), mode)

    def tree(self, path, source):
        """Add a copy of the folder `source`, or of a single file."""
        if not os.path.isdir(source):
            self.file(path, source)
            return
        self.folder(path)
        for name in sorted(os.listdir(source)):
            inner = os.path.join(source, name)
            target = os.path.join(str(path), name)
            if os.path.islink(inner):
                self.link(target, os.readlink(inner))
            else:
                self.tree(target, inner)

    def close(self):
        """Write the trailer, padded so that another archive may follow."""
        self._member('TRAILER!!!', 0)
        self._out.write(b'\0' * (-self._out.tell() % 512))
