#!/usr/bin/env python3
"""Holds the SQL indicators of configs/indicators against the same measures worked out here from OULAD's files.

usage: sql_indicators.py --stage DIR --cache DIR --data DIR (OULAD's files)

Each is calculated with one thread and with two, which must write the same bytes.
"""
import argparse, collections, csv, datetime, gzip, os, subprocess, sys, tempfile

day = 86400
marks_known_after = 14 * day
model = '''id = "test/sql"
target = { id = "core/outcome", positive = ["Fail", "Withdrawn"] }
time_splitting = { id = "core/checkpoints", fractions = [0.1, 0.2, 0.4, 0.6] }
indicators = ["activity/weekend_share", "activity/rank", "grades/latest_mark"]

[backend]
id = "dlib/logistic_regression"
'''


def table(folder, name):
    with gzip.open(os.path.join(folder, name + '.csv.gz'), 'rt', encoding='utf-8') as file:
        return list(csv.DictReader(file))


class Oulad:
    """Events and marks by (presentation, student)."""

    def __init__(self, folder):
        self.events = collections.defaultdict(list)  # (time, known at, count)
        self.marks = collections.defaultdict(list)   # (known at, item, share)
        begins = {}
        for course in table(folder, 'courses'):
            year, month = int(course['code_presentation'][:4]), {'B': 2, 'J': 10}[course['code_presentation'][4]]
            begin = datetime.datetime(year, month, 1, tzinfo=datetime.timezone.utc)
            begins[f'{course["code_module"]}/{course["code_presentation"]}'] = int(begin.timestamp())
        for click in table(folder, 'studentVle'):
            course = f'{click["code_module"]}/{click["code_presentation"]}'
            time = begins[course] + int(click['date']) * day
            self.events[course, click['id_student']].append((time, time + day, int(click['sum_click'])))
        assessments = {each['id_assessment']: f'{each["code_module"]}/{each["code_presentation"]}'
                       for each in table(folder, 'assessments')}
        for work in table(folder, 'studentAssessment'):
            if work['is_banked'] == '1':
                continue
            key = assessments[work['id_assessment']], work['id_student']
            time = begins[key[0]] + int(work['date_submitted']) * day
            self.events[key].append((time, time, 1))
            if work['score'] not in ('', '?'):
                item = 'assessment/' + work['id_assessment']
                self.marks[key].append((time + marks_known_after, item, int(work['score']) / 100))

    def within(self, key, start, end):
        return [(time, count) for time, known, count in self.events[key] if start < time <= end and known <= end]

    def weekend_share(self, key, start, end):
        days = {time // day for time, _ in self.within(key, start, end)}
        weekend = {each for each in days if datetime.date.fromordinal(719163 + each).isoweekday() >= 6}
        return 2 * len(weekend) / len(days) - 1 if days else None

    def actions(self, key, start, end):
        return sum(count for _, count in self.within(key, start, end))

    def latest_mark(self, key, end):
        known = [mark for mark in self.marks[key] if mark[0] <= end]
        return 2 * max(known)[2] - 1 if known else None


def expected(oulad, lines):
    """By (sample, range, indicator), for the samples and ranges of the lines."""
    values, groups = {}, collections.defaultdict(dict)
    for line in lines:
        course, sample, start, end = line['analysable'], line['sample'], int(line['start']), int(line['end'])
        key = course, sample.split('/')[-1]
        values[sample, line['range'], 'activity/weekend_share'] = oulad.weekend_share(key, start, end)
        values[sample, line['range'], 'grades/latest_mark'] = oulad.latest_mark(key, end)
        groups[course, line['range']][sample] = oulad.actions(key, start, end)
    for (_, name), actions in groups.items():
        for sample, own in actions.items():
            less, more = (sum(1 for other in actions.values() if sign * other < sign * own) for sign in (1, -1))
            values[sample, name, 'activity/rank'] = (less - more) / (len(actions) - 1)
    return values


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('stage', 'cache', 'data'):
        parser.add_argument('--' + name, required=True, type=os.path.realpath)
    options = parser.parse_args()
    os.environ['XDG_CACHE_HOME'] = options.cache
    with tempfile.TemporaryDirectory(prefix='auspex-sql-') as folder:
        def auspex(*words):
            program = os.path.join(options.stage, 'bin', 'auspex')
            subprocess.run([program, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)

        with open(os.path.join(folder, 'model.toml'), 'w', encoding='utf-8') as file:
            file.write(model)
        auspex('init', 'ws')
        auspex('import', 'oulad', '--workspace', 'ws', '--from', options.data)
        written = []
        for threads in ('1', '2'):
            out = f'values{threads}.csv'
            auspex('model', 'analyse', 'model.toml', '--workspace', 'ws', '--as-of', '2015-07-01', '--for', 'all',
                   '--out', out, '--threads', threads)
            written.append(open(os.path.join(folder, out), encoding='utf-8').read())
    faults = [] if written[0] == written[1] else ['one thread and two threads write different values']
    lines = list(csv.DictReader(written[0].splitlines()))
    values = expected(Oulad(options.data), lines)
    counts = collections.Counter()
    for line in lines:
        wanted, given = values[line['sample'], line['range'], line['indicator']], line['value']
        counts[line['indicator'], given != ''] += 1
        if (wanted is None) != (given == '') or (wanted is not None and abs(float(given) - wanted) > 1e-12):
            where = f'{line["sample"]}, range {line["range"]}, {line["indicator"]}'
            faults.append(f'{where}: {given or "none"}, expected {wanted}')
    if len(counts) < 5 or min(counts.values()) < 10 or len(lines) < 5000:
        faults.append(f'too little to compare: {dict(counts)}')
    print(f'{len(lines)} values: {len(faults)} faults')
    for fault in faults[:20]:
        print('   ', fault)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
