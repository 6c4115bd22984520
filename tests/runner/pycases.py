# SPDX-License-Identifier: GPL-2.0-only
"""Run the unittest cases of one file, printing `ok NAME` or `not ok NAME`."""

import importlib.util
import sys
import traceback
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'vm'))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


class Lines(unittest.TestResult):
    """Prints a line for each case."""

    def addSuccess(self, test):
        super().addSuccess(test)
        print(f'ok {test.id()}', flush=True)

    def _bad(self, test, err):
        traceback.print_exception(*err, file=sys.stdout)
        print(f'not ok {test.id()}: {err[1]!r}', flush=True)

    def addError(self, test, err):
        super().addError(test, err)
        self._bad(test, err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._bad(test, err)


def main(path):
    """Run them; returns the exit status."""
    name = Path(path).stem
    spec = importlib.util.spec_from_file_location(name, path)
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    result = Lines()
    unittest.defaultTestLoader.loadTestsFromModule(loaded).run(result)
    return 0 if result.wasSuccessful() else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
