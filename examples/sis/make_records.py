#!/usr/bin/env python3
"""Makes the records of a student information system for the students of a Moodle site; the same seed, the same files.

usage: make_records.py --moodle DIR --out DIR [--seed N] [--without-late]

--moodle holds mdl_user.csv or mdl_user.csv.gz, whose idnumber is the student number. Written are
  OUT/sis/student_records.csv   one row for each time that a student's record was written
  OUT/oneroster/                the same facts as a OneRoster 1.1 drop: manifest.csv, orgs.csv, users.csv, results.csv
Of the students some have no record and some a second one of a later date. Besides there are
  unmatched rows    of student numbers that Moodle does not know
  duplicate rows    that repeat a student and a date with another average
  late rows         recorded the day before the end of what is known, when every range has ended; not with --without-late
No person is behind any row.
"""
import argparse, csv, datetime, gzip, os, random

unmatched, duplicates = 6, 4
late_day = datetime.date(2026, 11, 21)
routes = ['school', 'school', 'school', 'college', 'access', 'transfer']


def student_numbers(folder):
    for name, opened in (('mdl_user.csv', open), ('mdl_user.csv.gz', gzip.open)):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with opened(path, 'rt', encoding='utf-8', newline='') as file:
                return sorted({row['idnumber'] for row in csv.DictReader(file)} - {''})
    raise SystemExit(f'{folder} has no mdl_user.csv and no mdl_user.csv.gz')


class Student:
    def __init__(self, number, draw):
        self.number, self.credits = number, draw.choice([30, 60, 60, 90, 120])
        self.route, self.gender = draw.choice(routes), draw.choice(['female', 'male', 'other'])
        self.disability = draw.choice(['no', 'no', 'no', 'yes'])
        before_courses = draw.random() < 0.7
        first = datetime.date(2025, 9, 1) if before_courses else datetime.date(2026, 3, 1)
        self.averages = [(first + datetime.timedelta(draw.randrange(150)), draw.randrange(350, 950) / 10)]
        if draw.random() < 0.35:
            changed = round(max(5.0, min(100.0, self.averages[0][1] + draw.randrange(-200, 201) / 10)), 1)
            self.averages.append((self.averages[0][0] + datetime.timedelta(draw.randrange(40, 80)), changed))
        self.dated = draw.random() < 0.8      # users.csv says when the row was last modified
        self.late = draw.random() < 0.25


def write(path, header, rows):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file, lineterminator='\r\n')
        writer.writerow(header)
        writer.writerows(rows)


def records(students, draw, with_late):
    rows = []
    for s in students:
        for day, average in s.averages + ([(late_day, 0.0)] if s.late and with_late else []):
            rows.append([s.number, day.isoformat(), average, s.credits, s.route, s.gender, s.disability])
    twice = draw.sample([row for row in rows if row[1] != late_day.isoformat()], duplicates)
    return sorted(rows) + [[row[0], row[1], 50.0] + row[3:] for row in twice]


def oneroster(folder, students, with_late):
    write(f'{folder}/manifest.csv', ['propertyName', 'value'],
          [['manifest.version', '1.0'], ['oneroster.version', '1.1']] +
          [[f'file.{name}', 'bulk' if name in ('orgs', 'users', 'results') else 'absent']
           for name in ('academicSessions', 'categories', 'classes', 'classResources', 'courses', 'courseResources',
                        'demographics', 'enrollments', 'lineItems', 'orgs', 'resources', 'results', 'users')] +
          [['source.systemName', 'Student records'], ['source.systemCode', 'SIS']])
    write(f'{folder}/orgs.csv', ['sourcedId', 'status', 'dateLastModified', 'name', 'type', 'identifier', 'parentSourcedId'],
          [['uni', '', '', 'Example University', 'school', '', '']])
    users, results = [], []
    for i, s in enumerate(students):
        # What the row says is so since the first record; it was written at the end of that day.
        modified = (s.averages[0][0] + datetime.timedelta(1)).isoformat() + 'T00:00:00.000Z' if s.dated else ''
        person = ['student', s.number.lower(), '', 'Student', str(i), '', s.number] + [''] * 6
        users.append([f'u{i}', '', modified, 'true', 'uni'] + person + [s.credits, s.route, s.gender, s.disability])
        for day, average in s.averages + ([(late_day, 0.0)] if s.late and with_late else []):
            results.append([f'r{len(results)}', '', '', 'prior-average', f'u{i}', 'fully graded', average, day.isoformat(),
                            ''])
    users.append(['u-teacher', '', '', 'true', 'uni', 'teacher', 'teacher', '', 'Some', 'Teacher'] + [''] * 12)
    write(f'{folder}/users.csv',
          ['sourcedId', 'status', 'dateLastModified', 'enabledUser', 'orgSourcedIds', 'role', 'username', 'userIds',
           'givenName', 'familyName', 'middleName', 'identifier', 'email', 'sms', 'phone', 'agentSourcedIds', 'grades',
           'password', 'metadata.credits', 'metadata.entryRoute', 'metadata.gender', 'metadata.disability'], users)
    write(f'{folder}/results.csv',
          ['sourcedId', 'status', 'dateLastModified', 'lineItemSourcedId', 'studentSourcedId', 'scoreStatus', 'score',
           'scoreDate', 'comment'], results)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--moodle', required=True)
    parser.add_argument('--out', required=True)
    parser.add_argument('--seed', type=int, default=4)
    parser.add_argument('--without-late', action='store_true')
    options = parser.parse_args()
    draw = random.Random(options.seed)
    known = [number for number in student_numbers(options.moodle) if draw.random() < 0.85]
    students = [Student(number, draw) for number in known + [f'LEFT{i:04}' for i in range(unmatched)]]
    write(f'{options.out}/sis/student_records.csv',
          ['student_number', 'recorded_on', 'prior_average', 'credits', 'entry_route', 'gender', 'disability'],
          records(students, draw, not options.without_late))
    oneroster(f'{options.out}/oneroster', students, not options.without_late)


if __name__ == '__main__':
    main()
