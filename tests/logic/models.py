#!/usr/bin/env python3
"""Runs the models of configs/models on a Moodle site: what the static ones flag is what the tables say, the others learn and predict.

usage: models.py --stage DIR --cache DIR --data tests/data/moodle-site-X --as-of SECONDS [--one-label MODEL]... [--nothing-new MODEL]...

  --one-label    there is only one label to learn from
  --nothing-new  everything there is was learnt from, and what was learnt from is not predicted
"""
import argparse, csv, gzip, json, os, subprocess, sys, tempfile

month = 30 * 86400
learnt = ['students_at_risk', 'students_having_a_bad_time', 'course_not_engaging_for_students', 'student_will_fail_a_quiz', 'spam_users']


class Site:
    """The site's tables, and what follows from them by the plainest loops."""

    def __init__(self, folder, now):
        self.folder, self.now = folder, now
        self.courses = {r['id']: r for r in self.rows('course') if r['category'] != '0'}
        self.log = self.rows('logstore_standard_log')
        kinds = {r['id']: r['archetype'] for r in self.rows('role')}
        above = {r['instanceid']: r['path'].split('/') for r in self.rows('context') if r['contextlevel'] == '50'}
        self.holders = {(course, kind): {r['userid'] for r in self.rows('role_assignments')
                                         if r['contextid'] in above[course] and kinds[r['roleid']] in kind}
                        for course in self.courses for kind in (('student',), ('teacher', 'editingteacher'))}

    def rows(self, table):
        with gzip.open(os.path.join(self.folder, f'mdl_{table}.csv.gz'), 'rt', newline='') as file:
            return list(csv.DictReader(file))

    def running(self):
        for id, r in self.courses.items():
            start, end = int(r['startdate']), int(r['enddate'])
            if start and start <= self.now and (not end or end > self.now):
                yield id

    def courses_without_teachers(self):
        return {c for c in self.running() if not self.holders[c, ('teacher', 'editingteacher')]}

    def courses_without_activities(self):
        used = {r['course'] for r in self.rows('course_modules') if r['visible'] != '0'}
        return {c for c in self.running() if c not in used}

    def courses_never_accessed(self):
        entered = {r['courseid'] for r in self.log if r['courseid'] in self.courses and int(r['timecreated']) <= self.now
                   and r['userid'] in self.holders[r['courseid'], ('student',)]}
        return {c for c in self.running() if c not in entered and int(self.courses[c]['startdate']) <= self.now - month - 86400}

    def users_never_logged_in(self):
        seen = {r['userid'] for r in self.log if int(r['timecreated']) <= self.now}
        config = {r['name']: r['value'] for r in self.rows('config')}
        apart = {config.get('siteguest'), *config.get('siteadmins', '').split(',')}
        return {r['id'] for r in self.rows('user') if r['deleted'] == r['suspended'] == '0' and r['confirmed'] == '1'
                and r['id'] not in apart and r['id'] not in seen and r['firstaccess'] == '0'
                and int(r['timecreated']) <= self.now - 7 * 86400}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('stage', 'cache', 'data', 'as-of'):
        parser.add_argument('--' + name, required=True)
    parser.add_argument('--one-label', action='append', default=[])
    parser.add_argument('--nothing-new', action='append', default=[])
    options = parser.parse_args()
    os.environ['XDG_CACHE_HOME'] = options.cache
    tables = os.path.realpath(os.path.join(options.data, 'tables'))
    site, faults = Site(tables, int(options.as_of)), []
    with tempfile.TemporaryDirectory(prefix='auspex-models-') as folder:
        def auspex(*words):
            program = os.path.realpath(os.path.join(options.stage, 'bin', 'auspex'))
            return subprocess.run([program, *words], cwd=folder, capture_output=True, text=True)
        auspex('init', 'ws')
        auspex('import', 'moodle', '--workspace', 'ws', '--from', tables)

        def run(command, model):
            done = auspex('model', command, 'core/' + model, '--workspace', 'ws', '--as-of', options.as_of, '--json')
            return (json.loads(done.stdout), '') if done.returncode == 0 else (None, done.stderr)
        for model in ('courses_without_teachers', 'courses_without_activities', 'courses_never_accessed', 'users_never_logged_in'):
            result, why = run('predict', model)
            flagged = {p['sample'] for p in result['predictions'] if p['prediction'] == 1} if result else {why}
            wanted = getattr(site, model)()
            print(f'{model}: {len(flagged)} flagged')
            if flagged != wanted:
                faults.append(f'{model}: the tables say {sorted(wanted)}, the model {sorted(flagged)}')
        for model in ('not_engaging_contents', 'submissions_without_teacher_access'):
            result, why = run('predict', model)
            if not result or not result['predictions']:
                faults.append(f'{model}: {why or "no predictions"}')
        for model in learnt:
            result, why = run('train', model)
            if model in options.one_label:
                if 'same label' not in why:
                    faults.append(f'{model}: has only one label to learn from, but: {why or "it was trained"}')
                continue
            result, why = run('predict', model) if result else (result, why)
            print(f'{model}: {len(result["predictions"]) if result else 0} predictions')
            if not result or bool(result['predictions']) == (model in options.nothing_new):
                faults.append(f'{model}: {why or "predictions are there, or not"}')
    print('\n'.join(faults))
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
