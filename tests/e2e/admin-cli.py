# SPDX-License-Identifier: GPL-2.0-only
# tier: unit
# timeout: 200
"""kdevpool-admin as its users meet it, built with ASan and UBSan.

On image files only: reports against docs/json.md, 80 columns, errors, exit
codes, completion.  Command lines made at random are run as nobody, so that a
pool of this machine cannot be meant.  KDP_SEED begins with another seed.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _programs import first_seed, made
from kdpvm.paths import TREE

NOBODY = 65534
ROOT = os.geteuid() == 0
RANDOM_SECONDS = 8
DOC = TREE / 'docs/json.md'


class Wrong(Exception):
    """A case failed."""


def must(condition, why):
    """Fail the case unless the condition holds."""
    if not condition:
        raise Wrong(why)


def copy(image, to):
    """A copy of an image, holes and all."""
    subprocess.run(['cp', '--sparse=always', image, to], check=True)


def give_away(path):
    """The file becomes nobody's."""
    if ROOT:
        os.chown(path, NOBODY, NOBODY)


class World:
    """The program, and a folder of images."""

    def __init__(self, folder):
        self.dir = Path(folder)
        tools = made('admin-tools', 'tools')
        os.chmod(self.dir, 0o777)
        self.program = shutil.copy(tools / 'kdevpool-admin', self.dir)
        self.tools = tools
        self.env = {**os.environ, 'KDEVPOOL_PROFILES': str(self.dir / 'p.d'),
                    'PATH': f'{self.dir}:{os.environ["PATH"]}',
                    'LC_ALL': 'C'}
        self.whole = self.dir / 'whole.img'
        subprocess.run([tools / 'pool-image', self.whole], check=True)
        self.bad = self.dir / 'bad.img'
        copy(self.whole, self.bad)
        self.damage()

    def run(self, *args, answer='', user=None):
        """(exit status, output, errors)."""
        done = subprocess.run([self.program, *map(str, args)], text=True,
                              input=answer, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=self.env,
                              errors='replace', check=False, timeout=60,
                              user=user if ROOT else None, cwd=self.dir)
        must('Sanitizer' not in done.stderr and
             'runtime error' not in done.stderr,
             f'{args}: {done.stderr[-600:]}')
        must(0 <= done.returncode <= 9,
             f'{args}: exit status {done.returncode}')
        return done.returncode, done.stdout, done.stderr

    def json(self, *args):
        """What a report prints; nothing else is on standard output."""
        status, out, _ = self.run(*args, '--json')
        try:
            return json.loads(out)
        except json.JSONDecodeError:
            raise Wrong(f'{args}: exit {status}, no JSON: {out[:200]!r}') \
                from None

    def damage(self):
        """Blocks of several copies, one with our magic number."""
        dump = self.json('dump', self.whole)
        places = dump['superblocks'][0]['replicas']
        stream = dump['checkpoint']['blocks'][0]['copies']
        with open(self.bad, 'r+b') as image:
            for block, offset, size in (
                    (dump['superblocks'][2]['block'], 0, 4096),
                    (dump['superblocks'][4]['block'], 100, 2),
                    (places[3]['extent'], 0, 4096),
                    (places[1]['extent'], 200, 2),
                    (stream[1]['block'], 0, 4096)):
                image.seek(block * 4096 + offset)
                image.write(b'\xee' * size)


def sections():
    """{name of a report: its examples} of docs/json.md."""
    found = {}
    for part in DOC.read_text(encoding='utf-8').split('\n## ')[1:]:
        names, _, rest = part.partition('\n')
        blocks = [json.loads(text) for text in
                  re.findall(r'```json\n(.*?)```', rest, re.S)]
        for name in names.split(', '):
            found[name] = blocks
    return found


def mismatch(value, example, where=''):
    """What of the value's members is not as in the example; None: nothing."""
    if value is None or example is None:
        return None
    if isinstance(example, dict):
        if not isinstance(value, dict) or set(value) != set(example):
            return f'{where}: {sorted(value)} instead of {sorted(example)}'
        found = (mismatch(value[k], example[k], f'{where}.{k}')
                 for k in example)
    elif isinstance(example, list):
        if not isinstance(value, list):
            return f'{where}: no array'
        found = (min((mismatch(v, e, f'{where}[]') or '' for e in example),
                     key=len, default='') or None for v in value)
    else:
        if isinstance(value, bool) != isinstance(example, bool) or \
           not isinstance(value, type(example)):
            return f'{where}: {value!r} instead of {example!r}'
        return None
    return next((f for f in found if f), None)


def sample(world, *args):
    """What a report says of a pool that does not exist."""
    return subprocess.run([world.tools / 'report-sample', *args], text=True,
                          stdout=subprocess.PIPE, check=True).stdout


def reports(world):
    """(section, what was printed) of every report that needs no kernel."""
    blank = world.dir / 'blank.img'
    blank.write_bytes(b'')
    os.truncate(blank, 64 << 20)
    lost = world.dir / 'lost.img'
    copy(world.whole, lost)
    with open(lost, 'r+b') as image:
        for held in world.json('dump', lost)['checkpoint']['blocks'][0][
                'copies']:
            image.seek(held['block'] * 4096)
            image.write(bytes(4096))
    mended = world.dir / 'mended.img'
    copy(world.bad, mended)
    for image in (world.whole, world.bad, lost, blank):
        yield 'check', world.json('check', image)
        yield 'dump', world.json('dump', image)
    yield 'repair', world.json('repair', world.bad, '--dry-run')
    yield 'repair', world.json('repair', mended, '--yes')
    yield 'repair', world.json('repair', lost, '--yes')
    yield 'probe', world.json('probe', world.bad)
    for extra in (['--dry-run'], ['--yes'], ['--yes']):
        yield 'create', world.json('create', '--device', blank, '--image',
                                   '--volume', 'a:1M', *extra)
    yield 'destroy', world.json('destroy', mended, '--yes')
    yield 'destroy', world.json('destroy', blank, '--yes', '--wipe')
    mine = world.dir / 'mine.conf'
    mine.write_text('summary = x\n[volumes]\na = 1G\n', encoding='utf-8')
    yield 'profile import', world.json('profile', 'import', mine)
    yield 'profile show', world.json('profile', 'show', 'mine')
    yield 'profile list', world.json('profile', 'list')
    yield 'status', world.json('status')
    yield 'list', world.json('list')
    yield 'log', world.json('log')
    yield 'config', world.json('config')
    for image in (world.whole, blank):
        yield 'activate --auto', world.json('activate', '--auto', '--dry-run',
                                            image)
    for job, name in (('scrub', 'scrub'), ('repair', 'repair POOL')):
        yield name, json.loads(sample(world, job))
    for wide in ([], ['wide']):
        pool = json.loads(sample(world, *wide))
        yield 'status POOL', pool
        yield 'status', {'pools': [pool]}
        yield 'list', {'volumes': pool['volumes']}


def json_is_as_documented(world):
    """Each report has exactly the members that docs/json.md shows."""
    documented = sections()
    seen = set()
    for name, value in reports(world):
        seen.add(name)
        wrong = [mismatch(value, e, name) for e in documented[name]]
        must(None in wrong, min(filter(None, wrong), key=len, default=''))
    must(len(seen) >= 12, f'only {sorted(seen)}')


HEAD = re.compile(r'# (HELP|TYPE) ([a-z_]+) (.+)')
SAMPLE = re.compile(r'([a-z_]+)(?:{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)})?'
                    r' (\d+)')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


def prometheus(text):
    """{(metric, labels): value}; strict: any line out of order is wrong."""
    found, done, helped, kind, name = {}, set(), None, None, None
    must(text.endswith('\n'), 'the last line has no end')
    for line in text[:-1].split('\n'):
        head = HEAD.fullmatch(line)
        if head and head[1] == 'HELP':
            must(head[2] not in done, f'{head[2]} is told twice')
            helped, kind = head[2], None
            done.add(helped)
            continue
        if head:
            must(head[2] == helped and not kind and
                 head[3] in ('gauge', 'counter'), line)
            name, kind = head[2], head[3]
            must((kind == 'counter') == name.endswith('_total'), line)
            continue
        one = SAMPLE.fullmatch(line)
        must(one and kind and one[1] == name and name.startswith('kdevpool_'),
             f'no sample of {name}: {line!r}')
        labels = LABEL.findall(one[2] or '')
        must(len({k for k, _ in labels}) == len(labels), line)
        key = name, tuple(sorted(labels))
        must(key not in found, f'twice: {line}')
        found[key] = int(one[3])
    return found


def metrics(world):
    """Prometheus can read them, and they say what the pool does."""
    found = prometheus(sample(world, 'metrics'))
    for name, labels, value in (
            ('pools', {}, 2), ('pool_chunks_used', {'pool': 'ci'}, 31220),
            ('pool_mode', {'pool': 'ci', 'mode': 'active'}, 1),
            ('pool_mode', {'pool': 'ci', 'mode': 'failed'}, 0),
            ('pool_mode', {'pool': r'a\"b\\c\nd', 'mode': 'read-only'}, 1),
            ('pool_copies_valid', {'pool': 'ci'}, 4),
            ('copy_state', {'pool': 'ci', 'replica': 'R4',
                            'state': 'damaged'}, 1),
            ('copy_damaged_places', {'pool': 'ci', 'replica': 'R4'}, 2),
            ('pool_repairs_total', {'pool': 'ci'}, 6),
            ('pool_last_repair_timestamp_seconds', {'pool': 'ci'}, 1767225600),
            ('pool_commits_total', {'pool': 'ci'}, 1234),
            ('pool_first_writes_total', {'pool': 'ci'}, 400),
            ('volume_unwritten_bytes', {'pool': 'ci', 'volume': 'acratch',
                                        'id': '1'}, 10000 << 20),
            ('volume_mapped_bytes', {'pool': 'ci', 'volume': 'bcratch',
                                     'id': '2'}, 10100 << 20)):
        key = 'kdevpool_' + name, tuple(sorted(labels.items()))
        must(found.get(key) == value, f'{key}: {found.get(key)}, not {value}')
    must(len({name for name, _ in found}) > 35, 'metrics are missing')
    status, out, _ = world.run('metrics')
    must(status == 0 and ('kdevpool_pools', ()) in prometheus(out),
         f'without a pool: exit {status}: {out[:100]}')
    file = world.dir / 'sub.prom'
    must(world.run('metrics', '--output', file)[0] == 0, 'no file')
    must(file.read_text(encoding='utf-8') == out and
         file.stat().st_mode & 0o7777 == 0o644, 'the file is not the same')
    must(not list(world.dir.glob('sub.prom.*')), 'a file is left')
    status, _, err = world.run('metrics', '--output', world.dir / 'no/x.prom')
    must(status != 0 and 'no/x.prom' in err, f'exit {status}: {err}')


def names(world):
    """The names of all commands."""
    return world.run('completion-words')[1].split('\n')[:-1]


def eighty_columns(world):
    """Tables, help and errors."""
    outputs = [(f'{name} --help', world.run(*name.split(), '--help')[1])
               for name in names(world)]
    outputs.append(('--help', world.run('--help')[1]))
    for args in (['check', 'bad.img'], ['dump', 'bad.img'],
                 ['repair', 'bad.img', '--dry-run'], ['probe', 'bad.img'],
                 ['activate', '--auto', '--dry-run', 'bad.img'], ['config'],
                 ['profile', 'list'], ['profile', 'show', 'fstests_large'],
                 ['create', '--device', 'whole.img', '--image', '--force',
                  '--dry-run', '--volume', 'v' * 55 + ':1M']):
        _, out, err = world.run(*args)
        outputs += [(' '.join(args), out), (' '.join(args), err)]
    for name, text in outputs:
        wide = [line for line in text.splitlines() if len(line) > 80]
        must(not wide, f'{name}: {wide[:1]}')


def errors_have_one_form(world):
    """What is wrong, what was expected, what to do; and the exit code."""
    cases = ((3, []), (3, ['nonsense']), (3, ['check']),
             (3, ['check', 'a', 'b']), (3, ['check', '--nonsense', 'a']),
             (3, ['create']), (3, ['create', '--device']),
             (3, ['create', '--device', 'x', '--json']),
             (3, ['dump', 'whole.img', '--replica', '5']),
             (3, ['volume', 'create', 'p', 'a']),
             (3, ['activate', '--dry-run', 'whole.img']),
             (3, ['activate', '--auto', '--read-only', 'whole.img']),
             (4, ['activate', '--auto', 'whole.img']),
             (2, ['activate', '--auto', 'zero.img']),
             (3, ['log', '-n', '0']), (3, ['log', '--since', 'yesterday']),
             (3, ['volume', 'set', 'p', 'a']),
             (3, ['repair', 'bad.img', '--json']),
             (3, ['scrub', '--wait', '--stop']), (3, ['scrub', 'a', 'b']),
             (3, ['monitor', '--count', '0']), (3, ['monitor', 'a', 'b']),
             (3, ['metrics', 'a']), (7, ['scrub', 'nopool']),
             (3, ['profile', 'show', '../x']), (3, ['profile', 'import', '.']),
             (7, ['check', 'nowhere']), (7, ['profile', 'show', 'nothing']),
             (4, ['profile', 'import', 'empty.conf']),
             (6, ['repair', 'bad.img']), (6, ['destroy', './whole.img']),
             (2, ['probe', 'zero.img']), (2, ['repair', 'zero.img']))
    (world.dir / 'empty.conf').write_text('[volumes]\n', encoding='utf-8')
    os.truncate(os.open(world.dir / 'zero.img', os.O_CREAT | os.O_RDWR),
                64 << 20)
    before = (world.bad.read_bytes(), world.whole.read_bytes())
    for wanted, args in cases:
        status, _, err = world.run(*args, answer='no\n')
        must(status == wanted, f'{args}: exit {status}, not {wanted}')
        if args:
            must(re.search(r'^(Type YES to go on: )?kdevpool-admin: \S', err,
                           re.M), f'{args}: {err!r}')
            rest = err[err.index('kdevpool-admin: '):].splitlines()[1:]
            must(all(re.match(r'  (expected: |to do:    |          )\S|      ',
                              line) for line in rest), f'{args}: {err!r}')
    must(before == (world.bad.read_bytes(), world.whole.read_bytes()),
         'an error changed an image')


def exit_codes_are_documented(world):
    """--help and the manual page tell of 0 to 9."""
    text = world.run('--help')[1]
    page = world.run('manual-page', '--exit-status')[1]
    for code in range(10):
        must(re.search(rf'^  {code}  \w', text, re.M), f'--help: no {code}')
        must(f'.It {code}\n' in page, f'manual: no {code}')


def libraries_that_are_missing(world):
    """A command names what cannot be loaded; udev's do not need it."""
    status, out, _ = world.run('libraries')
    must(status == 0 and len(out.split()) == 2 and
         all(Path(line).exists() for line in out.split()), f'{out!r}')
    folder = world.dir / 'lib'
    folder.mkdir()
    world.env['LD_LIBRARY_PATH'] = str(folder)
    for line in out.split():
        library = folder / Path(line).name
        library.touch()
        short = world.run('status')
        subprocess.run(['gcc', '-shared', '-x', 'c', '/dev/null', '-o',
                        library], check=True)
        for status, _, err in (short, world.run('status')):
            must(status == 5 and library.name in err and
                 '  to do:    apt-get install ' in err, f'{status}, {err!r}')
        must(world.run('probe', '--udev', 'whole.img')[0] == 0 and
             world.run('dm-names', '--udev', 'kdp-a-b')[0] == 0,
             'udev would need it')
        library.unlink()
    del world.env['LD_LIBRARY_PATH']


def without_being_root(world):
    """Images of one's own can be examined, repaired and destroyed."""
    own = world.dir / 'own.img'
    copy(world.bad, own)
    give_away(own)
    for wanted, args in ((1, ['check', own]), (0, ['repair', own, '--yes']),
                         (0, ['check', own]), (0, ['dump', own]),
                         (0, ['destroy', own, '--yes'])):
        status, _, err = world.run(*args, user=NOBODY)
        must(status == wanted, f'{args}: exit {status}: {err}')


BASH = '''. {file}
COMP_WORDS=(kdevpool-admin {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_kdevpool_admin; printf '%s\\n' "${{COMPREPLY[@]}}"'''
ZSH = '''compadd() {{ print -l -- "${{(@P)argv[-1]}}" }}; _files() {{ : }}
words=(kdevpool-admin {words}); CURRENT=${{#words}}; PREFIX=$words[-1]
. {file}'''


def completion(world):
    """bash and zsh know commands, their second words, options."""
    folder = TREE / 'userspace/completion'
    for shell, text, file in (
            (['bash', '-c'], BASH, folder / 'kdevpool-admin.bash'),
            (['zsh', '-f', '-c'], ZSH, folder / '_kdevpool-admin')):
        for words, wanted in (("''", {'create', 'volume', 'dump'}),
                              ("volume ''", {'rename', 'set', 'list'}),
                              ("profile ''", {'import'}),
                              ("repair --", {'--dry-run', '--wait'}),
                              ("scrub --", {'--stop', '--help'}),
                              ("monitor --", {'--count'}),
                              ("volume set --", {'--session'})):
            out = subprocess.run([*shell, text.format(file=file,
                                                      words=words)],
                                 stdout=subprocess.PIPE, text=True, cwd=world.dir,
                                 env=world.env, check=False).stdout
            must(wanted <= set(out.split()),
                 f'{shell[0]} {words}: {out.split()}')


def damaged(rng, world, path):
    """An image with bytes changed where the metadata is."""
    copy(world.bad if rng.random() < .5 else world.whole, path)
    with open(path, 'r+b') as image:
        for _ in range(rng.choice((0, 1, 3, 20, 200))):
            block = rng.choice((1, 2, 4096, 4097, 8192, 12288, 16126, 16127,
                                rng.randrange(16384),
                                rng.randrange(1024, 1250)))
            image.seek(block * 4096 + rng.choice((0, rng.randrange(4096))))
            image.write(rng.randbytes(rng.choice((1, 8, 4096))))
    if rng.random() < .1:
        os.truncate(path, rng.choice((0, 1, 4096, 63 << 20, 70 << 20)))
    give_away(path)


def word(rng, options):
    """A word of a command line."""
    return rng.choice((
        'fuzz.img', 'fuzz.img', 'nowhere', '.', '', '-', '--', 'p', 'a',
        '#1', '10G', '1M:thin', 'a:1M', '4097', '0', '-1', 'R3', '5', '\x1b[2J',
        '\xff' * 3, 'x' * 5000, '%s%n%d', '=', '--=', '--json=1', 'fuzz.conf',
        rng.choice(options), rng.choice(options),
        rng.choice(options) + '=' + rng.choice(('', '1', '64K', 'a:1M'))))


def plausible(rng):
    """A command line that does something."""
    args = rng.choice((
        ['check', './fuzz.img'], ['dump', './fuzz.img'],
        ['dump', './fuzz.img', f'--replica={rng.randrange(5)}'],
        ['repair', './fuzz.img'], ['repair', './fuzz.img', '--yes'],
        ['repair', './fuzz.img', '--dry-run'], ['probe', './fuzz.img'],
        ['destroy', './fuzz.img', '--yes'], ['destroy', './fuzz.img'],
        ['create', '--device', './fuzz.img', '--image', '--volumes',
         'fuzz.conf', '--yes'], ['profile', 'import', 'fuzz.conf']))
    return args + ['--json'] * (rng.random() < .5)


def command_lines(world):
    """Whatever is typed, on whatever image: no crash, no leak, no hang."""
    first = first_seed(True)
    # monitor ends by a signal only
    commands = [name for name in names(world) if name != 'monitor']
    options = {name: world.run('completion-words', *name.split())[1].split()
               for name in commands}
    image, profile = world.dir / 'fuzz.img', world.dir / 'fuzz.conf'
    end = time.monotonic() + RANDOM_SECONDS
    seed, codes = first, set()
    while time.monotonic() < end:
        rng = random.Random(seed)
        damaged(rng, world, image)
        profile.write_bytes(rng.choice((
            b'[volumes]\na = 1G\n', rng.randbytes(300), b'[volumes', b'',
            b'[volumes]\n' + b'a = 1G\n' * 300)))
        if rng.random() < .5:
            args = plausible(rng)
        else:
            name = rng.choice(commands)
            args = name.split() + [word(rng, options[name])
                                   for _ in range(rng.randrange(5))]
        try:
            codes.add(world.run(*args, user=NOBODY, answer=rng.choice(
                ('', 'YES\n', 'no\n')))[0])
        except (Wrong, subprocess.TimeoutExpired) as why:
            raise Wrong(f'KDP_SEED={seed}: {args}: {why}') from None
        seed += 1
    print(f'{seed - first} command lines, exit codes {sorted(codes)}')
    must(len(codes) >= 4, f'only exit codes {codes}')


def main():
    """Run the cases; returns the exit status."""
    failed = 0
    base = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=base) as folder:
        world = World(folder)
        for case in (json_is_as_documented, metrics, eighty_columns,
                     errors_have_one_form, exit_codes_are_documented,
                     libraries_that_are_missing, without_being_root,
                     completion, command_lines):
            try:
                case(world)
                print(f'ok {case.__name__}', flush=True)
            except Wrong as why:
                failed += 1
                print(f'not ok {case.__name__}: {why}', flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
