#!/usr/bin/env python3
"""Holds Auspex, with Moodle's defects, against what Moodle computed on the same site: indicator values, courses left out and why,
labels per range; of models that decide from indicators alone, who is flagged.

usage: golden.py --stage DIR --cache DIR --data tests/data/moodle-site-X --as-of SECONDS

A value agrees when both have none, or they differ by no more than 0.0051 (Moodle keeps two decimals). Every value of Moodle's for the
model's indicators must be there, and no other. Moodle's clock ran on while it worked: a window of its that begins or ends up to a minute
after the moment of analysis begins or ends "now" and is moved back to it. Labels of the range "any" are of all ranges together.
"""
import argparse, csv, gzip, json, os, re, subprocess, sys, tempfile
from collections import Counter

runs = [  # folder of golden/, model, time splitting method
    ('single_range', 'core/students_at_risk', 'core/single_range'),
    ('deciles', 'core/students_at_risk', 'core/deciles'),
    ('quarters_accum', 'core/students_at_risk', 'core/quarters_accum'),
    ('past_month', 'core/students_at_risk', 'core/past_month'),
    ('course_completion-quarters', 'moodle-models/course_completion.toml', 'core/quarters'),
    ('course_gradetopass-quarters_accum', 'moodle-models/course_gradetopass.toml', 'core/quarters_accum'),
]
static_runs = [  # folder of golden/, model
    ('no_teaching', 'moodle-models/no_teaching.toml'),
    ('upcoming_activities_due', 'moodle-models/upcoming_activities_due.toml'),
]
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


def rows(path):
    with (gzip.open(path, 'rt', newline='') if path.endswith('.gz') else open(path, newline='')) as file:
        return list(csv.DictReader(file))


def auspex_id(php_class):
    return re.sub(r'^\\([a-z0-9_]+)\\analytics\\indicator\\([a-z0-9_]+)$', r'\1/\2', php_class)


def moved_back(start, end, as_of):
    """A window of Moodle's, as if it had not run on."""
    times = int(start), int(end)
    late = next((t - as_of for t in times if 0 < t - as_of <= 60), 0)
    return tuple(t - late for t in times)


def differing_values(golden, ours, as_of):
    """Moodle's values that ours do not have or have otherwise, and what is only in ours."""
    wanted = {}
    for r in golden:
        wanted[r['sampleid'], auspex_id(r['indicator']), *moved_back(r['starttime'], r['endtime'], as_of)] = r['value']
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
    if len(wanted) < 1000:
        yield f'only {len(wanted)} values to compare with'


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
    failures = 0
    with tempfile.TemporaryDirectory(prefix='auspex-golden-') as folder:
        def auspex(*words):
            program = os.path.join(options.stage, 'bin', 'auspex')
            return subprocess.run([program, *words], cwd=folder, check=True, stdout=subprocess.PIPE).stdout
        auspex('init', 'ws')
        auspex('import', 'moodle', '--workspace', 'ws', '--from', os.path.realpath(os.path.join(options.data, 'tables')))
        present = set(os.listdir(os.path.join(options.data, 'golden')))
        if unknown := present - {name for name, *_ in runs + static_runs}:
            sys.exit(f'no run is known for {", ".join(sorted(unknown))}')
        for name, model, splitting in runs:
            if name not in present:
                continue
            golden = os.path.join(options.data, 'golden', name)
            if model.endswith('.toml'):
                model = os.path.realpath(os.path.join(options.data, '..', model))
            common = [model, '--workspace', 'ws', '--as-of', options.as_of, '--time-splitting', splitting,
                      '--moodle-compat', '4.4']
            auspex('model', 'analyse', *common, '--for', 'all', '--format', 'csv', '--out', 'values.csv')
            indicators = json.loads(auspex('model', 'check', model, '--workspace', 'ws', '--json'))['indicators']
            all_values = rows(os.path.join(golden, 'indicator_calc.csv.gz'))
            values = [r for r in all_values if auspex_id(r['indicator']) in indicators]
            plan = json.loads(auspex('model', 'plan', *common, '--json'))
            left_out = Counter((names[each['analysable']], each['reason'])
                               for purpose in ('training', 'prediction') for each in plan[purpose]['left_out'])
            labels = Counter()
            wanted_labels = Counter({(r['range'], r['label']): int(r['samples'])
                                     for r in rows(os.path.join(golden, 'labels.csv'))})
            by_range = all(of != 'any' for of, _ in wanted_labels)
            for each in plan['training']['analysables']:
                for index, part in enumerate(each['ranges']):
                    labels.update({(str(index) if by_range else 'any', label): n for label, n in part['labels'].items()})
            wanted_out = Counter(moodle_left_out(os.path.join(golden, 'rejected_analysables.txt')))
            faults = [*differing_values(values, rows(os.path.join(folder, 'values.csv')), int(options.as_of)),
                      *differing_counts('left out', wanted_out, left_out),
                      *differing_counts('range and label', wanted_labels, labels)]
            of_moodle = len({r['indicator'] for r in all_values})
            print(f'{name}: {len(indicators)} of {of_moodle} indicators, {len(values)} values, {left_out.total()} left out, '
                  f'{labels.total()} labels: {len(faults)} differ')
            for fault in faults[:20]:
                print('   ', fault)
            failures += len(faults)
        for name, model in static_runs:
            if name not in present:
                continue
            wanted = Counter((r['sampleid'], r['rangeindex'], *moved_back(r['timestart'], r['timeend'], int(options.as_of)))
                             for r in rows(os.path.join(options.data, 'golden', name, 'predictions.csv.gz')))
            auspex('model', 'predict', os.path.realpath(os.path.join(options.data, '..', model)), '--workspace', 'ws',
                   '--as-of', options.as_of, '--format', 'csv', '--out', 'predictions.csv')
            predictions = rows(os.path.join(folder, 'predictions.csv'))
            flagged = Counter((r['sample'], r['range'], int(r['start']), int(r['end']))
                              for r in predictions if r['prediction'] == '1')
            faults = [*differing_counts('flagged', wanted, flagged)]
            print(f'{name}: {flagged.total()} of {len(predictions)} flagged: {len(faults)} differ')
            for fault in faults[:20]:
                print('   ', fault)
            failures += len(faults) + (0 if wanted else 1)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
