#!/usr/bin/env python3
"""Runs examples/sis, and holds its values against the same worked out here from the records' file.

usage: sis.py --stage DIR --cache DIR --example DIR

The example itself says whether its three ways agree and whether late rows change anything.
"""
import argparse, collections, csv, datetime, gzip, os, subprocess, sys, tempfile

day = 86400
scale = {'sis/prior_average': ('prior_average', 100), 'sis/credits': ('credits', 120)}


def moment(date):
    at = datetime.datetime.fromisoformat(date).replace(tzinfo=datetime.timezone.utc)
    return int(at.timestamp()) + day


def records(path):
    """By student number: (known at, row), in the order in which they became known. Of two rows of a day the first counts."""
    found = collections.defaultdict(dict)
    with open(path, encoding='utf-8', newline='') as file:
        for row in csv.DictReader(file):
            found[row['student_number']].setdefault(moment(row['recorded_on']), row)
    return {number: sorted(rows.items()) for number, rows in found.items()}


def expected(rows, indicator, end):
    known = [row for at, row in rows if at <= end]
    if not known:
        return None
    if indicator == 'sis/entered_by_access':
        return 1.0 if known[-1]['entry_route'] == 'access' else -1.0
    column, maximum = scale[indicator]
    return 2 * min(float(known[-1][column]), maximum) / maximum - 1


def student_of(tables):
    """The student number of each enrolment."""
    def table(name):
        with gzip.open(os.path.join(tables, name + '.csv.gz'), 'rt', encoding='utf-8', newline='') as file:
            return list(csv.DictReader(file))

    numbers = {row['id']: row['idnumber'] for row in table('mdl_user')}
    return {row['id']: numbers[row['userid']] for row in table('mdl_user_enrolments')}


def read(path):
    with open(path, encoding='utf-8', newline='') as file:
        return [row for row in csv.DictReader(file) if row['indicator'].startswith('sis/')]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('stage', 'cache', 'example'):
        parser.add_argument('--' + name, required=True, type=os.path.realpath)
    options = parser.parse_args()
    os.environ['XDG_CACHE_HOME'] = options.cache
    program = os.path.join(options.stage, 'bin', 'auspex')
    faults = []
    with tempfile.TemporaryDirectory(prefix='auspex-sis-') as folder:
        command = [sys.executable, os.path.join(options.example, 'scenario.py'), '--auspex', program, '--out', folder]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0 or 'the three ways agree' not in done.stdout:
            print(done.stdout[-4000:], done.stderr)
            return 1
        students = student_of(os.path.join(options.example, 'moodle'))
        known = records(os.path.join(folder, 'sis', 'student_records.csv'))
        lines = read(os.path.join(folder, 'sql.csv'))
        counts = collections.Counter()
        for line in lines:
            rows = known.get(students[line['sample']], [])
            wanted = expected(rows, line['indicator'], int(line['end']))
            given = line['value']
            counts['none' if given == '' else 'value'] += 1
            counts['second'] += sum(at <= int(line['end']) for at, _ in rows) > 1
            counts['later'] += any(at > int(line['end']) for at, _ in rows)
            if (wanted is None) != (given == '') or (wanted is not None and abs(float(given) - wanted) > 1e-12):
                where = f'{line["sample"]}, range {line["range"]}, {line["indicator"]}'
                faults.append(f'{where}: {given or "none"}, expected {wanted}')
        if min(counts[each] for each in ('none', 'value', 'second', 'later')) < 50:
            faults.append(f'too little to compare: {dict(counts)}')

        def analyse(where, name, as_of):
            path = os.path.join(folder, where, name)
            workspace = os.path.join(folder, where, 'workspace')
            subprocess.run([program, 'model', 'analyse', 'uni/at_risk_with_sql', '--workspace', workspace, '--as-of', as_of,
                            '--for', 'all', '--out', path], check=True, stdout=subprocess.DEVNULL)
            return read(path)

        # Ranges that end later do see the late rows: without this, that they change nothing before would say nothing.
        if analyse('', 'later.csv', '2027-01-01') == analyse('without_late', 'later.csv', '2027-01-01'):
            faults.append('late rows are not used when they are known')
        # Moodle is imported again: the records are matched with its people anew, and every value is the same.
        subprocess.run([program, 'import', 'moodle', '--workspace', os.path.join(folder, 'workspace'), '--from',
                        os.path.join(options.example, 'moodle')], check=True, stdout=subprocess.DEVNULL)
        if analyse('', 'again.csv', '2026-11-22T01:30:00Z') != lines:
            faults.append('other values after Moodle was imported again')
    print(f'{len(lines)} values: {len(faults)} faults')
    for fault in faults[:20]:
        print('   ', fault)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
