#!/usr/bin/env python3
"""Holds Auspex, with Moodle's defects, against what Moodle computed on the same site.

usage: golden.py --stage DIR --cache DIR --data tests/data/moodle-site-X --as-of SECONDS

Each folder golden/MODEL-SPLITTING is a run of Moodle's; MODEL is one of core/ or a file of moodle-models/. What the folder holds is
held against ours:
  indicator_calc.csv.gz        every value is there and no other; two values agree where both are none or differ by no more than
                               0.0051 (Moodle keeps two decimals)
  labelled, unlabelled.csv.gz  the data set files have the same head, the same rows as text, in the same order
  rejected_analysables.txt     the analysables left out, and why; of models that are learnt
  predictions.csv.gz           the samples that a static model flags
Moodle's clock ran on while it worked: a range of its that ends up to a minute after the moment of analysis ends "now", and is moved
back to it.
"""
import argparse, csv, gzip, json, os, re, subprocess, sys, tempfile
from collections import Counter

rounding = 0.0051
reasons = {  # Moodle's sentence: the id of our reason
    'Completion is not enabled for this course': 'completion_not_enabled',
    'Course already finished': 'course_already_finished',
    'Hidden from students': 'hidden_from_students',
    'No students': 'no_course_students',
    'The course does not have an end time': 'no_course_end_time',
    'The course has not yet finished': 'course_not_yet_finished',
    'The course has not yet started': 'course_not_yet_started',
    'The course is too long': 'course_too_long',
    'No predictions yet': 'no_ranges',
    'This course does not have a grade to pass set. It may be set in the grade item of the course (Gradebook setup).':
        'grade_to_pass_not_set',
}


def text_of(path):
    with (gzip.open(path, 'rt', newline='') if path.endswith('.gz') else open(path, newline='')) as file:
        return file.read()


def rows(path):
    return list(csv.DictReader(text_of(path).splitlines()))


def auspex_id(php_class):
    return re.sub(r'^\\([a-z0-9_]+)\\analytics\\indicator\\([a-z0-9_]+)$', r'\1/\2', php_class)


def differing_values(golden, ours, as_of):
    """Moodle's values that ours do not have or have otherwise, and what is only in ours."""
    wanted = {}
    for r in golden:
        start, end = int(r['starttime']), int(r['endtime'])
        late = end - as_of if 0 < end - as_of <= 60 else 0
        wanted[r['sampleid'], auspex_id(r['indicator']), start - late, end - late] = r['value']
    got = {}
    for r in ours:
        at = (r['sample'], r['indicator'], int(r['start']), int(r['end']))
        if at in got:
            yield f'{at}: there are two values'
        got[at] = r['value']
    for at, value in wanted.items():
        mine = got.get(at)
        if mine is None or (value == '') != (mine == '') or value and abs(float(value) - float(mine)) > rounding:
            yield f'{at}: Moodle {value or "none"}, ours {"missing" if mine is None else mine or "none"}'
    for at in got.keys() - wanted.keys():
        yield f'{at}: Moodle has no value, ours {got[at] or "none"}'
    if not wanted:
        yield 'no values to compare with'


def differing_files(name, moodle, ours):
    """Lines of the two data set files that are not in both."""
    wanted, got = moodle.split('\n'), ours.split('\n')
    for number in range(3):
        if wanted[number] != got[number]:
            yield f'{name}, header line {number + 1}: Moodle {wanted[number]}, ours {got[number]}'
    missing, surplus = Counter(wanted[3:]) - Counter(got[3:]), Counter(got[3:]) - Counter(wanted[3:])
    yield from (f'{name}, missing: {row}' for row in missing.elements())
    yield from (f'{name}, surplus: {row}' for row in surplus.elements())
    if not missing and not surplus and wanted != got:
        yield f'{name}: the rows are in another order'


def differing_counts(what, wanted, got):
    for at in sorted(wanted.keys() | got.keys()):
        if wanted[at] != got[at]:
            yield f'{what} {at}: Moodle {wanted[at]}, ours {got[at]}'


def moodle_left_out(path):
    for line in open(path, encoding='utf-8'):
        parts = re.fullmatch(r'Analysable (\S+) (?:is not valid for this target|not used): (.*)\n', line)
        yield parts[1], reasons[parts[2]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('stage', 'cache', 'data', 'as-of'):
        parser.add_argument('--' + name, required=True)
    options = parser.parse_args()
    os.environ['XDG_CACHE_HOME'] = options.cache
    names = {r['id']: r['shortname'] for r in rows(os.path.join(options.data, 'tables', 'mdl_course.csv.gz'))}
    failures = compared = 0
    with tempfile.TemporaryDirectory(prefix='auspex-golden-') as folder:
        ours = lambda name: os.path.join(folder, name)

        def auspex(*words):
            program = os.path.realpath(os.path.join(options.stage, 'bin', 'auspex'))
            return subprocess.run([program, *words], cwd=folder, check=True, stdout=subprocess.PIPE).stdout
        auspex('init', 'ws')
        auspex('import', 'moodle', '--workspace', 'ws', '--from', os.path.realpath(os.path.join(options.data, 'tables')))
        for name in sorted(os.listdir(os.path.join(options.data, 'golden'))):
            golden = os.path.join(options.data, 'golden', name)
            has = lambda file: os.path.exists(os.path.join(golden, file))
            model, splitting = name.split('-')
            own = os.path.realpath(os.path.join(options.data, '..', 'moodle-models', model + '.toml'))
            model = own if os.path.exists(own) else 'core/' + model
            common = [model, '--workspace', 'ws', '--as-of', options.as_of, '--moodle-compat', '4.4']
            split = ['--time-splitting', 'core/' + splitting]
            faults, told = [], []
            is_static = has('predictions.csv.gz')
            if has('indicator_calc.csv.gz'):
                purpose = 'prediction' if is_static else 'all'
                auspex('model', 'analyse', *common, *split, '--for', purpose, '--format', 'csv', '--out', 'values.csv')
                values = rows(os.path.join(golden, 'indicator_calc.csv.gz'))
                faults += differing_values(values, rows(ours('values.csv')), int(options.as_of))
                told.append(f'{len(values)} values')
            for file, purpose in (('labelled.csv.gz', 'training'), ('unlabelled.csv.gz', 'prediction')):
                if not has(file):
                    continue
                auspex('model', 'analyse', *common, *split, '--for', purpose, '--format', 'moodle-csv', '--out', 'dataset.csv')
                moodle = text_of(os.path.join(golden, file))
                faults += differing_files(file, moodle, text_of(ours('dataset.csv')))
                told.append(f'{moodle.count(chr(10)) - 3} rows {file.split(".")[0]}')
            if is_static:
                flagged = {r['sampleid'] for r in rows(os.path.join(golden, 'predictions.csv.gz'))}
                predictions = json.loads(auspex('model', 'predict', *common, '--json'))['predictions']
                got = {each['sample'] for each in predictions if each['prediction'] == 1}
                faults += differing_counts('flagged', Counter(flagged), Counter(got))
                told.append(f'{len(flagged)} of {len(predictions)} flagged')
            else:
                plan = json.loads(auspex('model', 'plan', *common, *split, '--json'))
                left_out = Counter((names[each['analysable']], each['reason'])
                                   for purpose in ('training', 'prediction') for each in plan[purpose]['left_out'])
                wanted = Counter(moodle_left_out(os.path.join(golden, 'rejected_analysables.txt')))
                faults += differing_counts('left out', wanted, left_out)
                told.append(f'{wanted.total()} left out')
            print(f'{name}: {", ".join(told)}: {len(faults)} differ')
            for fault in faults[:20]:
                print('   ', fault)
            failures += len(faults)
            compared += len(told)
    if compared < 20:
        print(f'only {compared} comparisons')
    return 1 if failures or compared < 20 else 0


if __name__ == '__main__':
    sys.exit(main())
