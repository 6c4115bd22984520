# SPDX-License-Identifier: GPL-2.0-only
"""The static checks.  Each is a function that gives back lines of faults."""

import ast
import os
import subprocess
import tempfile
from pathlib import Path

from kdpvm import kernels, module, stock
from kdpvm.errors import Fault
from kdpvm.paths import TREE

LONGEST_FUNCTION = 100
SHARED = ('kernel/format', 'kernel/model', 'kernel/store')
PROGRAMS = ('tests/sim', 'tests/fuzz', 'tests/bench', 'tests/stops')
IGNORED_FOLDERS = {'.git', 'build', '__pycache__'}
# checkpatch: what makes no sense outside the kernel's tree.
CHECKPATCH_IGNORED = ('FILE_PATH_CHANGES',)
# ctuPointerArith takes a pointer just past an array's end for an overflow.
CPPCHECK = ['cppcheck', '--quiet', '--std=c11', '--language=c',
            '--enable=warning,performance,portability',
            '--inline-suppr', '--error-exitcode=1',
            '--suppress=missingIncludeSystem', '--suppress=missingInclude',
            '--suppress=normalCheckLevelMaxBranches',
            '--suppress=ctuPointerArith',
            '-D__CPPCHECK__=1', '-I', 'userspace/shim', '-I', 'kernel']


def files(*suffixes, below=''):
    """Files of the tree with one of the suffixes, sorted."""
    found = []
    for folder, names, entries in os.walk(TREE / below):
        names[:] = sorted(n for n in names if n not in IGNORED_FOLDERS)
        found += [Path(folder) / e for e in entries
                  if not suffixes or Path(e).suffix in suffixes]
    return sorted(found)


def first_line(path):
    """A file's first line; empty when it is not text."""
    with open(path, 'rb') as handle:
        return handle.readline(200).decode(errors='replace').strip()


def scripts(*interpreters):
    """Files of the tree run by one of the interpreters, or by suffix."""
    found = []
    for path in files():
        line = first_line(path)
        name = os.path.basename(line.split()[-1]) if line[:2] == '#!' else ''
        if name in interpreters or \
           (path.suffix == '.sh' and 'sh' in interpreters) or \
           (path.suffix == '.py' and 'python3' in interpreters):
            found.append(path)
    return found


def run(argv, **kwargs):
    """(exit status, lines of output) of a command run in the tree."""
    done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, cwd=TREE,
                          errors='replace', check=False, **kwargs)
    return done.returncode, done.stdout.splitlines()


def must_pass(argv, **kwargs):
    """The output of a command that failed; nothing when it did not."""
    status, lines = run(argv, **kwargs)
    return (lines or [f'{argv[0]}: exit status {status}']) if status else []


def module_w1():
    """The modules build with W=1 on 6.1 without a warning."""
    return [line for project in (module.TARGET, module.BENCH, module.DUST)
            for line in module.complaints('6.1', ['KDP_CHECK=w1'],
                                          project=project)]


def module_sparse():
    """sparse finds nothing in the modules."""
    return [line for project in (module.TARGET, module.BENCH, module.DUST)
            for line in module.complaints('6.1', ['C=2'], project=project)]


def module_newer():
    """The module builds for the newer kernels, W=1 and sparse, likewise."""
    return [f'{name}: {line}' for name in stock.SUITES
            for line in module.complaints(name, ['C=2'])]


def checkpatch():
    """checkpatch.pl --strict finds nothing in what is for the kernel."""
    tool = kernels.source_scripts() / 'checkpatch.pl'
    sources = [path for below in ('kernel', 'tests/bench/kernel', 'tests/dust',
                                  'tests/kunit')
               for path in files('.c', '.h', below=below)]
    if not sources:
        return ['no sources']
    return must_pass([tool, '--no-tree', '--strict', '--terse', '--quiet',
                      '--no-summary', '--showfile', '--ignore',
                      ','.join(CHECKPATCH_IGNORED), '-f', *sources])


def compile_userspace(compiler):
    """User space builds with all warnings as errors."""
    with tempfile.TemporaryDirectory() as folder:
        return must_pass(['make', '-s', '-j2', f'CC={compiler}',
                          f'BUILD={folder}', 'WERROR=1', 'userspace', 'sim',
                          'exhaust-build', 'fuzz-build', 'store-figures',
                          'stops-build'])


def userspace_gcc():
    """User space builds with gcc without a warning."""
    return compile_userspace('gcc')


def userspace_clang():
    """User space builds with clang without a warning."""
    return compile_userspace('clang')


def cppcheck():
    """cppcheck finds nothing in user space, its tests and shared layers."""
    sources = [p for below in ('userspace', *SHARED, *PROGRAMS)
               for p in files('.c', below=below)]
    if not sources:
        return ['no sources']
    return must_pass([*CPPCHECK, *sources])


def shellcheck():
    """shellcheck finds nothing in the shell scripts."""
    found = scripts('sh', 'bash')
    # Scripts for the guest have no #! line: its shell is busybox.
    guest = [path for path in found if not first_line(path).startswith('#!')]
    argv = ['shellcheck', '-x', '--source-path=SCRIPTDIR']
    return must_pass(argv + [p for p in found if p not in guest]) + \
        must_pass([*argv, '-s', 'dash', *guest])


def python():
    """pyflakes finds nothing in the Python code."""
    return must_pass(['/usr/bin/pyflakes3', *scripts('python3')])


def layers():
    """Each layer includes only itself and those below it."""
    return must_pass(['scripts/check-layers'])


def layers_selftest():
    """check-layers can fail, rule by rule."""
    return must_pass(['scripts/check-layers', '--self-test'])


def c_functions(path):
    """(line, length) of each function's body, by the kernel's brace style."""
    start = None
    for number, line in enumerate(path.read_text(encoding='utf-8')
                                  .splitlines(), 1):
        if line == '{':
            start = number
        elif line == '}' and start:
            yield start, number - start - 1
            start = None


def python_functions(path):
    """(line, length) of each function."""
    tree = ast.parse(path.read_text(encoding='utf-8'))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node.lineno, node.end_lineno - node.lineno + 1


def function_length():
    """No function is longer than 100 lines."""
    found = []
    for paths, measure in ((files('.c', '.h'), c_functions),
                           (scripts('python3'), python_functions)):
        for path in paths:
            found += [f'{path.relative_to(TREE)}:{line}: function of '
                      f'{length} lines' for line, length in measure(path)
                      if length > LONGEST_FUNCTION]
    return found


# Files of a form that has none.
NO_COMMENTS = {f'debian/{name}' for name in ('changelog', 'copyright',
                                             'source/format')}


def spdx():
    """Every source file says its licence in its first lines."""
    found = []
    for path in files():
        name = path.relative_to(TREE)
        if path.suffix in ('.bin', '.img', '.patch', '.md') or \
           path.name.startswith(('LICENSE', 'COPYING')) or \
           str(name) in NO_COMMENTS:
            continue
        with open(path, 'rb') as handle:
            if b'SPDX-License-Identifier: GPL-2.0' not in handle.read(600):
                found.append(f'{name}: no SPDX-License-Identifier')
    return found


def manual_pages():
    """mandoc finds nothing in the manual pages."""
    with tempfile.TemporaryDirectory() as folder:
        faults = must_pass(['make', '-s', '-j2', f'BUILD={folder}', 'man'])
        pages = sorted(Path(folder).glob('man/*.[58]'))
        if faults or len(pages) < 2:
            return faults or ['no pages were made']
        return must_pass(['mandoc', '-T', 'lint', '-W', 'warning', *pages])


CHECKS = {check.__name__.replace('_', '-'): check for check in (
    module_w1, module_sparse, module_newer, checkpatch, userspace_gcc, userspace_clang,
    cppcheck, shellcheck, python, layers, layers_selftest, function_length,
    spdx, manual_pages)}


def main(names):
    """Run the named checks, or all; returns the exit status."""
    if names == ['--list']:
        for name, check in CHECKS.items():
            print(f'{name:18} {check.__doc__}')
        return 0
    bad = 0
    for name in names or CHECKS:
        if name not in CHECKS:
            print(f'check-static: no check {name}')
            return 2
        try:
            faults = CHECKS[name]()
        except Fault as fault:
            faults = str(fault).splitlines()
        print('\n'.join(faults + [f'{name}: {len(faults)} faults'
                                  if faults else f'{name}: ok']))
        bad += bool(faults)
    return 1 if bad else 0
