# SPDX-License-Identifier: GPL-2.0-only
# timeout: 200
"""docs/session.txt is what a terminal shows today."""

import subprocess
import sys

from kdpvm.paths import TREE

if __name__ == '__main__':
    done = subprocess.run([TREE / 'scripts/record-session', '--check'],
                          check=False)
    print('not ok recorded session: differs; scripts/record-session makes it '
          'anew' if done.returncode else 'ok recorded session')
    sys.exit(done.returncode)
