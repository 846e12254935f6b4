#!/usr/bin/env python3
"""Holds every shipped metric against SQL written by hand over the raw tables, in SQLite: per user and per enrolment.

usage: metrics_by_hand.py --stage DIR --cache DIR --moodle tests/data/moodle-site-a/tables --oulad examples/early-warning/data
"""
import argparse, csv, gzip, io, os, sqlite3, subprocess, sys, tempfile

zone, offset = 'Asia/Tokyo', 9 * 3600  # has no summer time, so that SQLite can do its calendar

# What the rest builds on: learners(learner, user), courses(learner, course), events(learner, user, time, name, component,
# activity, n), user_events(user, name), due(learner, activity), marks(learner, mark).
moodle_base = '''
CREATE VIEW real_course AS SELECT id FROM mdl_course WHERE category <> 0 AND format <> 'site';
CREATE VIEW enrolled AS
  SELECT ue.id AS enrolment, e.courseid AS course, ue.userid AS user
  FROM mdl_user_enrolments ue JOIN mdl_enrol e ON e.id = ue.enrolid JOIN real_course c ON c.id = e.courseid
  JOIN mdl_user u ON u.id = ue.userid AND u.deleted = 0
  WHERE ue.timecreated <= :as_of AND EXISTS (
    SELECT 1 FROM mdl_context x JOIN mdl_role_assignments a JOIN mdl_role r ON r.id = a.roleid
    WHERE x.contextlevel = 50 AND x.instanceid = e.courseid AND a.userid = ue.userid AND r.archetype = 'student'
      AND '/' || x.path || '/' LIKE '%/' || a.contextid || '/%');
CREATE VIEW happened AS
  SELECT userid AS user, courseid AS course, timecreated AS time, component, 1 AS n,
    substr(eventname, length(rtrim(eventname, replace(eventname, '\\', ''))) + 1) AS name,
    CASE WHEN contextlevel = 70 THEN contextinstanceid END AS activity
  FROM mdl_logstore_standard_log
  WHERE userid > 0 AND timecreated > :from AND timecreated <= :to
    AND (courseid IS NULL OR courseid NOT IN (SELECT id FROM mdl_course WHERE category = 0 OR format = 'site'));
CREATE VIEW deadline AS
  SELECT m.id AS activity, m.course, coalesce(a.duedate, q.timeclose, l.deadline, w.submissionend, o.timeclose, f.timeclose,
    p.timeclose, d.timeavailableto) AS at
  FROM mdl_course_modules m JOIN mdl_modules n ON n.id = m.module
  LEFT JOIN mdl_assign a ON n.name = 'assign' AND a.id = m.instance LEFT JOIN mdl_quiz q ON n.name = 'quiz' AND q.id = m.instance
  LEFT JOIN mdl_lesson l ON n.name = 'lesson' AND l.id = m.instance LEFT JOIN mdl_workshop w ON n.name = 'workshop' AND w.id = m.instance
  LEFT JOIN mdl_choice o ON n.name = 'choice' AND o.id = m.instance LEFT JOIN mdl_feedback f ON n.name = 'feedback' AND f.id = m.instance
  LEFT JOIN mdl_scorm p ON n.name = 'scorm' AND p.id = m.instance LEFT JOIN mdl_data d ON n.name = 'data' AND d.id = m.instance
  WHERE coalesce(m.deletioninprogress, 0) = 0;
CREATE VIEW mark AS
  SELECT g.userid AS user, i.courseid AS course, i.id AS item, 1.0 * g.finalgrade / i.grademax AS value
  FROM mdl_grade_grades g JOIN mdl_grade_items i ON i.id = g.itemid JOIN real_course c ON c.id = i.courseid
  WHERE i.itemtype = 'mod' AND coalesce(i.outcomeid, 0) = 0 AND i.gradetype IN (1, 2) AND g.finalgrade IS NOT NULL AND i.grademax > 0
    AND max(coalesce(nullif(g.overridden, 0), nullif(g.timemodified, 0), g.timecreated), 0) BETWEEN :from + 1 AND :to;
'''
oulad_base = '''
CREATE VIEW begin AS SELECT code_presentation AS presentation, code_module || '/' || code_presentation AS course,
  unixepoch(substr(code_presentation, 1, 4) || CASE substr(code_presentation, 5) WHEN 'B' THEN '-02-01' ELSE '-10-01' END) AS at,
  module_presentation_length AS days FROM courses;
CREATE VIEW enrolled AS
  SELECT b.course || '/' || r.id_student AS enrolment, b.course, r.id_student AS user
  FROM studentRegistration r JOIN begin b ON b.presentation = r.code_presentation
  WHERE b.at + coalesce(r.date_registration, 0) * 86400 <= :as_of;
CREATE VIEW happened AS
  SELECT v.id_student AS user, b.course, b.at + v.date * 86400 AS time, 'oulad' AS component, v.sum_click AS n,
    'course_module_viewed' AS name, CAST(v.id_site AS TEXT) AS activity
  FROM studentVle v JOIN begin b ON b.presentation = v.code_presentation
  WHERE b.at + (v.date + 1) * 86400 <= :as_of AND b.at + v.date * 86400 > :from AND b.at + v.date * 86400 <= :to
  UNION ALL
  SELECT s.id_student, b.course, b.at + s.date_submitted * 86400, 'oulad', 1, 'assessable_submitted', 'assessment/' || s.id_assessment
  FROM studentAssessment s JOIN assessments a ON a.id_assessment = s.id_assessment
  JOIN studentInfo i ON i.id_student = s.id_student AND i.code_presentation = a.code_presentation
  JOIN begin b ON b.presentation = a.code_presentation
  WHERE s.is_banked = 0 AND b.at + s.date_submitted * 86400 > :from AND b.at + s.date_submitted * 86400 <= :to;
CREATE VIEW deadline AS
  SELECT 'assessment/' || a.id_assessment AS activity, b.course, b.at + coalesce(a.date, b.days) * 86400 AS at
  FROM assessments a JOIN begin b ON b.presentation = a.code_presentation;
CREATE VIEW mark AS
  SELECT s.id_student AS user, b.course, s.id_assessment AS item, s.score / 100.0 AS value
  FROM studentAssessment s JOIN assessments a ON a.id_assessment = s.id_assessment
  JOIN studentInfo i ON i.id_student = s.id_student AND i.code_presentation = a.code_presentation
  JOIN begin b ON b.presentation = a.code_presentation
  WHERE s.is_banked = 0 AND s.score IS NOT NULL
    AND b.at + (s.date_submitted + 14) * 86400 > :from AND b.at + (s.date_submitted + 14) * 86400 <= :to;
'''
# {learner}: of a row of enrolled, happened or mark; {same}: whether such a row e is of the learner l.
learner_sql = '''
CREATE TABLE learners AS SELECT DISTINCT {learner} AS learner, user FROM enrolled;
CREATE TABLE events AS SELECT {learner} AS learner, user, time, name, component, activity, n FROM happened;
CREATE INDEX by_learner ON events (learner, time);
CREATE TABLE due AS SELECT DISTINCT {learner} AS learner, d.activity FROM enrolled JOIN deadline d USING (course)
  WHERE d.at > :from AND d.at <= :to AND d.at > 0;
CREATE TABLE submitted AS SELECT learner, activity, time FROM events
  WHERE name IN ('assessable_submitted', 'attempt_submitted', 'submission_created') AND activity IS NOT NULL;
CREATE INDEX submitted_by ON submitted (learner, activity);
CREATE TABLE marks AS SELECT {learner} AS learner, value FROM mark;
CREATE TABLE step AS SELECT learner, time, time - lag(time) OVER (PARTITION BY learner ORDER BY time) AS pause FROM events;
CREATE TABLE day AS SELECT DISTINCT learner, (time + {offset}) / 86400 AS day FROM events;
'''
months = "max(1.0, (:to - (SELECT min(time) FROM events e WHERE e.learner = l.learner)) / 2629800.0)"
of_learner = 'WHERE x.learner = l.learner'
metrics = {
    'activity_count': f'SELECT coalesce(sum(n), 0) FROM events x {of_learner}',
    'login_count': "SELECT count(*) FROM happened x WHERE x.user = l.user AND x.name = 'user_loggedin'",
    'time': f'SELECT coalesce(sum(pause), 0) FROM step x {of_learner} AND pause <= 1800',
    'average_activity': f"SELECT (SELECT 1.0 * sum(n) FROM events x {of_learner}) / "
                        "nullif((SELECT count(*) FROM happened x WHERE x.user = l.user AND x.name = 'user_loggedin'), 0)",
    'accesses': f'SELECT count(*) FROM step x {of_learner} AND (pause IS NULL OR pause > 1800)',
    'accesses_per_month': f'SELECT count(*) / {months} FROM step x {of_learner} AND (pause IS NULL OR pause > 1800)',
    'active_days': f'SELECT count(*) FROM day x {of_learner}',
    'longest_gap': f'SELECT max(pause) / 86400.0 FROM step x {of_learner}',
    'longest_streak': '''SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM (
        SELECT day - row_number() OVER (ORDER BY day) AS run FROM day x WHERE x.learner = l.learner) GROUP BY run)''',
    'first_access': f'SELECT min(time) FROM events x {of_learner}',
    'last_access': f'SELECT max(time) FROM events x {of_learner}',
    'submissions': f'SELECT count(*) FROM submitted x {of_learner}',
    'submissions_per_month': f'SELECT count(*) / {months} FROM submitted x {of_learner}',
    'share_handed_in': f'SELECT avg(EXISTS (SELECT 1 FROM submitted s WHERE s.learner = x.learner AND s.activity = x.activity)) FROM due x {of_learner}',
    'longest_gap_between_submissions': f'SELECT max(p) / 86400.0 FROM (SELECT time - lag(time) OVER (ORDER BY time) AS p FROM submitted x {of_learner})',
    'attempts_per_quiz': "SELECT 1.0 * count(*) / nullif(count(DISTINCT activity), 0) FROM events x WHERE x.learner = l.learner "
                         "AND component = 'mod_quiz' AND name = 'attempt_submitted' AND activity IS NOT NULL",
    'mean_mark': f'SELECT avg(value) FROM marks x {of_learner}',
}
not_recorded = {'moodle': {'login_count', 'average_activity'}, 'oulad': {'login_count', 'time', 'average_activity'}}


def load(database, folder):
    for name in sorted(os.listdir(folder)):
        if '.csv' not in name:
            continue
        data = open(os.path.join(folder, name), 'rb').read()
        rows = csv.reader(io.StringIO((gzip.decompress(data) if name.endswith('.gz') else data).decode()))
        header = next(rows)
        table = name.split('.')[0]
        database.execute(f'CREATE TABLE {table} (' + ', '.join(f'"{column}" NUMERIC' for column in header) + ')')
        database.executemany(f'INSERT INTO {table} VALUES (' + ', '.join('?' * len(header)) + ')',
                             ([None if value in ('', '?') else value for value in row] for row in rows))


class Reference:
    def __init__(self, folder, base, per, times):
        self.database = sqlite3.connect(':memory:')
        load(self.database, folder)
        for name, value in times.items():
            base = base.replace(':' + name, str(value))
        self.times = times
        self.database.executescript(base)
        learner = 'user' if per == 'user' else "course || '|' || user"
        self.script(learner_sql.format(learner=learner, offset=offset))
        self.keys = 'user' if per == 'user' else 'enrolment'
        self.learner = learner

    def with_times(self, sql):
        for name, value in self.times.items():
            sql = sql.replace(':' + name, str(value))
        return sql

    def script(self, sql):
        self.database.executescript(self.with_times(sql))

    def values(self, sql):
        """{id: value} of a metric."""
        self.script('DROP TABLE IF EXISTS value; CREATE TABLE value AS SELECT l.learner, (' + sql + ') AS value FROM learners l')
        return {str(key): value for key, value in self.database.execute(
            f'SELECT DISTINCT e.{self.keys}, v.value FROM (SELECT *, {self.learner} AS learner FROM enrolled) e JOIN value v USING (learner)')}


def brackets(counts):
    ordered = sorted(counts.values(), reverse=True)
    first = {}
    for rank, count in enumerate(ordered):
        first.setdefault(count, rank / len(ordered))
    label = lambda more: next((text for limit, text in ((.01, 'top 1%'), (.05, 'top 5%'), (.1, 'top 10%'), (.25, 'top 25%')) if more < limit), 'others')
    return {key: label(first[count]) for key, count in counts.items()}


def differences(what, wanted, rows, key, metric):
    got = {row[key]: row[metric] for row in rows}
    if wanted.keys() != got.keys():
        yield f'{what}: other learners: {len(wanted)} by hand, {len(got)} ours, e.g. {sorted(wanted.keys() ^ got.keys())[:3]}'
    for at in wanted.keys() & got.keys():
        value, mine = wanted[at], got[at]
        if value is None or mine == '' or isinstance(value, str):
            same = (mine or None) == value
        else:
            same = abs(float(mine) - value) <= 1e-6 * max(1, abs(value))
        if not same:
            yield f'{what} of {at}: by hand {value}, ours {mine or "none"}'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('stage', 'cache', 'moodle', 'oulad'):
        parser.add_argument('--' + name, required=True)
    options = parser.parse_args()
    program = os.path.join(os.path.abspath(options.stage), 'bin/auspex')
    environment = dict(os.environ, XDG_CACHE_HOME=os.path.abspath(options.cache))
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        def auspex(*words):
            run = subprocess.run([program, *map(str, words)], cwd=folder, env=environment, capture_output=True, text=True)
            if run.returncode != 0:
                sys.exit(f'auspex {" ".join(map(str, words))}: exit {run.returncode}\n{run.stderr}')
            return run.stdout

        for source, data, base, as_of, begin in (('moodle', options.moodle, moodle_base, 1795311000, 1790000000),
                                                 ('oulad', options.oulad, oulad_base, 1407000000, 1398000000)):
            auspex('init', source)
            auspex('import', source, '--workspace', source, '--from', os.path.abspath(data))
            shipped = {name[:-5] for name in os.listdir(os.path.join(options.stage, 'share/auspex/configs/metrics')) if name.endswith('.toml')}
            if shipped != metrics.keys() | {'performance_bracket'}:
                faults.append(f'metrics without SQL by hand: {shipped ^ metrics.keys() - {"performance_bracket"}}')
            for per, key in (('user', 'user_id'), ('enrolment', 'enrolment_id')):
                for period in ({}, {'from': begin, 'to': as_of - 3000000}):
                    times = {'from': 0, 'to': as_of, 'as_of': as_of} | period
                    common = ['metrics', '--workspace', source, '--as-of', as_of, '--timezone', zone, '--per', per]
                    for name, value in period.items():
                        common += ['--' + name, value]
                    auspex(*common, '--out', 'one.csv', '--threads', 1)
                    auspex(*common, '--out', 'two.csv', '--threads', 2)
                    auspex(*common, '--out', 'two.parquet')
                    one = open(os.path.join(folder, 'one.csv'), encoding='utf-8').read()
                    if one != open(os.path.join(folder, 'two.csv'), encoding='utf-8').read():
                        faults.append(f'{source} per {per}: other bytes on two threads')
                    rows = list(csv.DictReader(io.StringIO(one)))
                    reference = Reference(data, base, per, times)
                    held = 0
                    for metric, sql in metrics.items():
                        wanted = reference.values(sql)
                        if metric in not_recorded[source]:
                            wanted = dict.fromkeys(wanted)
                        found = list(differences(f'{source} per {per} {period or ""} {metric}', wanted, rows, key, metric))
                        faults += found[:3] + ([f'... and {len(found) - 3} more'] if len(found) > 3 else [])
                        held += len(wanted)
                        if metric == 'activity_count':
                            by_learner = brackets_by_learner(reference, wanted)
                            faults += list(differences(f'{source} per {per} performance_bracket', by_learner, rows, key, 'performance_bracket'))[:3]
                    print(f'{source} per {per} {period or "whole"}: {len(rows)} learners, {held} values held')
                    if held < 1000:
                        faults.append('too few values to hold')
    print(*faults, sep='\n')
    return 1 if faults else 0


def brackets_by_learner(reference, by_key):
    """Brackets rank learners; several enrolments of a user in a course are one."""
    of = {str(key): learner for key, learner in reference.database.execute(
        f'SELECT DISTINCT {reference.keys}, {reference.learner} FROM enrolled')}
    by_learner = brackets({of[key]: value for key, value in by_key.items()})
    return {key: by_learner[of[key]] for key in by_key}


if __name__ == '__main__':
    sys.exit(main())
