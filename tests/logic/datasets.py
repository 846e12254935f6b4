#!/usr/bin/env python3
"""Holds the data set files that Auspex writes in Moodle's form against those that Moodle gave to its backend on the same site.

usage: datasets.py --stage DIR --cache DIR --data tests/data/moodle-site-X --as-of SECONDS [--model ID] [--all-columns] [--in-order]

For every folder of golden/ with labelled.csv.gz and unlabelled.csv.gz: the head and the columns are Moodle's and every row is there as
Moodle wrote it, -0 too, and no other. A model that has not all of Moodle's indicators is held against Moodle's columns of those it
has, unless --all-columns asks for all. --in-order: the rows are in Moodle's order too.
"""
import argparse, csv, gzip, os, subprocess, sys, tempfile
from collections import Counter

files = {'labelled': 'training', 'unlabelled': 'prediction'}


def text_of(path):
    with (gzip.open(path, 'rt', newline='') if path.endswith('.gz') else open(path, newline='')) as file:
        return file.read()


def restricted(moodle, columns):
    """The records of Moodle's file with these of its columns only, in its own order."""
    places = [i for i, name in enumerate(moodle[2]) if name in columns]
    head = list(moodle[1])
    head[moodle[0].index('nfeatures')] = str(len(places) - 1)
    return [moodle[0], head] + [[row[i] for i in places] for row in moodle[2:]]


def differences(moodle, ours, options):
    if options.all_columns:
        wanted, got = moodle.split('\n'), ours.split('\n')
    else:
        got = list(csv.reader(ours.splitlines()))
        wanted = [tuple(row) for row in restricted(list(csv.reader(moodle.splitlines())), set(got[2]))]
        got = [tuple(row) for row in got]
    for number in range(3):
        if wanted[number] != got[number]:
            yield f'header line {number + 1}: Moodle {wanted[number]}, ours {got[number]}'
    missing, surplus = Counter(wanted[3:]) - Counter(got[3:]), Counter(got[3:]) - Counter(wanted[3:])
    yield from (f'missing: {row}' for row in missing.elements())
    yield from (f'surplus: {row}' for row in surplus.elements())
    if options.in_order and not missing and not surplus and wanted != got:
        yield 'the rows are in another order'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('stage', 'cache', 'data', 'as-of'):
        parser.add_argument('--' + name, required=True)
    parser.add_argument('--model', default='core/students_at_risk')
    parser.add_argument('--all-columns', action='store_true')
    parser.add_argument('--in-order', action='store_true')
    options = parser.parse_args()
    os.environ['XDG_CACHE_HOME'] = options.cache
    failures = compared = 0
    with tempfile.TemporaryDirectory(prefix='auspex-datasets-') as folder:
        def auspex(*words):
            program = os.path.realpath(os.path.join(options.stage, 'bin', 'auspex'))
            subprocess.run([program, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        auspex('init', 'ws')
        auspex('import', 'moodle', '--workspace', 'ws', '--from', os.path.realpath(os.path.join(options.data, 'tables')))
        for splitting in sorted(os.listdir(os.path.join(options.data, 'golden'))):
            for name, purpose in files.items():
                golden = os.path.join(options.data, 'golden', splitting, name + '.csv.gz')
                if not os.path.exists(golden):
                    continue
                auspex('model', 'analyse', options.model, '--workspace', 'ws', '--as-of', options.as_of, '--moodle-compat', '4.4',
                       '--time-splitting', 'core/' + splitting, '--for', purpose, '--format', 'moodle-csv', '--out', 'ours.csv')
                ours = text_of(os.path.join(folder, 'ours.csv'))
                faults = list(differences(text_of(golden), ours, options))
                rows = ours.count('\n') - 3
                print(f'{splitting}, {name}: {rows} rows: {len(faults)} differ')
                for fault in faults[:10]:
                    print('   ', fault)
                failures += len(faults)
                compared += rows
    if compared < 100:
        print(f'only {compared} rows to compare')
    return 1 if failures or compared < 100 else 0


if __name__ == '__main__':
    sys.exit(main())
