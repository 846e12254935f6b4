#!/usr/bin/env python3
"""Kills import, training, prediction, clearing and deleting at random moments: the workspace is as it was before, or as it is after.

usage: kill.py --stage DIR --cache DIR --data DIR (OULAD's files) --model FILE [--trials 50] [--seed 1]

Each trial starts a command, kills it (SIGKILL) at a moment drawn uniformly from the time that the command takes undisturbed, and looks at
what is left. The workspace is used on as it is, so that what one trial leaves behind is met by the next. At the end an undisturbed
run must leave exactly the files of a workspace in which nothing was ever killed.
"""
import argparse, collections, csv, gzip, json, os, random, shutil, signal, sqlite3, statistics, subprocess, sys, tempfile, time

as_of = '2015-01-20'
students = 60  # of each presentation, in each of the two data sets


def make_data(source, folder, first):
    """OULAD's files with some students only: for each presentation those at the places first, first + 1, ... of studentInfo."""
    os.mkdir(folder)
    kept, place = set(), collections.Counter()
    for name in ('courses', 'assessments', 'vle', 'studentInfo', 'studentRegistration', 'studentAssessment', 'studentVle'):
        with gzip.open(os.path.join(source, name + '.csv.gz'), 'rt', newline='') as file, \
                open(os.path.join(folder, name + '.csv'), 'w', newline='') as out:
            rows = csv.DictReader(file)
            write = csv.DictWriter(out, rows.fieldnames)
            write.writeheader()
            for row in rows:
                if name == 'studentInfo':
                    place[row['code_presentation']] += 1
                    if first <= place[row['code_presentation']] < first + students:
                        kept.add((row['id_student'], row['code_presentation']))
                presentation = row.get('code_presentation')
                presentations = [presentation] if presentation else place
                if 'id_student' not in row or any((row['id_student'], each) in kept for each in presentations):
                    write.writerow(row)


class Trials:
    def __init__(self, options, folder):
        self.options, self.folder, self.random = options, folder, random.Random(options.seed)
        self.program = os.path.join(options.stage, 'bin', 'auspex')
        self.faults = []

    def run(self, *words):
        done = subprocess.run([self.program, *words, '--json'], cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f'{" ".join(words)}: exit code {done.returncode}: {done.stderr}')
        result = json.loads(done.stdout)
        result.pop('statistics', None)
        return result

    def seconds(self, *words):
        begin = time.monotonic()
        self.run(*words)
        return time.monotonic() - begin

    def kill(self, words, within):
        """True where the command was still running when it was killed."""
        process = subprocess.Popen([self.program, *words], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        try:
            process.wait(self.random.uniform(0, within))
            return False
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return True

    def series(self, what, prepare, command, look, seconds):
        """prepare() before each trial; look() gives 'before', 'after', or says what is wrong. `seconds`: how long it may take."""
        seen = collections.Counter()
        first = seconds
        for trial in range(self.options.trials):
            prepare()
            words, begin = command(), time.monotonic()
            killed = self.kill(words, seconds)
            if not killed:  # a busy machine may have been slow when it was measured
                seconds = min(seconds, 1.2 * (time.monotonic() - begin))
            try:
                state = look()
            except (RuntimeError, sqlite3.Error) as error:
                state = str(error)
            if state not in ('before', 'after'):
                self.faults.append(f'{what}, trial {trial}: {state}')
            seen['finished' if not killed else state] += 1
            if not killed and state != 'after':
                self.faults.append(f'{what}, trial {trial}: it finished, but the workspace is as before')
        print(f'{what}: {self.options.trials} kills within {first:.2f} to {seconds:.2f} s: {seen["before"]} as before, {seen["after"]} as after, '
              f'{seen["finished"]} had finished')
        if self.options.trials - seen['finished'] < self.options.trials / 5:
            self.faults.append(f'{what}: most had finished before they were killed: nothing was tried')


def tree(folder):
    return {os.path.relpath(os.path.join(root, name), folder) for root, folders, names in os.walk(folder) for name in names + folders}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('stage', 'cache', 'data', 'model'):
        parser.add_argument('--' + name, required=True, type=os.path.realpath)
    parser.add_argument('--trials', type=int, default=50)
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    os.environ['XDG_CACHE_HOME'] = options.cache
    with tempfile.TemporaryDirectory(prefix='auspex-kill-') as folder:
        trials = Trials(options, folder)
        for name, first in (('one', 1), ('two', 1 + students // 2)):
            make_data(options.data, os.path.join(folder, name), first)
            # Two models with one id, so that training with one replaces what was trained with the other.
            text = open(options.model, encoding='utf-8').read()
            assert 'l2 = 60' in text
            with open(os.path.join(folder, name + '.toml'), 'w', encoding='utf-8') as out:
                out.write(text.replace('l2 = 60', 'l2 = 60' if name == 'one' else 'l2 = 5'))
        common = ['--workspace', 'ws', '--as-of', as_of]
        do_import = lambda name, workspace='ws': ('import', 'oulad', '--workspace', workspace, '--from', name)
        train = lambda name: ('model', 'train', name + '.toml', *common)
        predict = ('model', 'predict', 'one.toml', *common)
        analyse = ('model', 'analyse', 'one.toml', *common, '--for', 'all', '--out', 'values.csv')
        other = {'one': 'two', 'two': 'one'}

        # Import: the indicator values that come out of the campus tell which it is.
        def values():
            trials.run(*analyse)
            return open(os.path.join(folder, 'values.csv'), 'rb').read()

        trials.run('init', 'ws')
        took, of_data = [], {}
        for name in ('two', 'one', 'two', 'one'):
            took.append(trials.seconds(*do_import(name)))
            of_data[name] = values()
        state = {'now': 'one'}

        def look_at_campus():
            now = values()
            was = state['now']
            state['now'] = next((name for name, text in of_data.items() if text == now), '')
            return 'before' if state['now'] == was else 'after' if state['now'] == other[was] else 'another campus'

        trials.series('import', lambda: None, lambda: do_import(other[state['now']]), look_at_campus, 1.2 * statistics.median(took))

        # Training: predictions tell which artefact it is.
        trials.run(*do_import('one'))
        took, of_model = [], {}
        for name in ('two', 'one', 'two', 'one'):
            took.append(trials.seconds(*train(name)))
            of_model[name] = trials.run(*predict)
        state['now'] = 'one'

        def look_at_artefact():
            now, was = trials.run(*predict), state['now']
            state['now'] = next((name for name, result in of_model.items() if result == now), '')
            return 'before' if state['now'] == was else 'after' if state['now'] == other[was] else 'another artefact'

        trials.series('training', lambda: None, lambda: train(other[state['now']]), look_at_artefact, 1.2 * statistics.median(took))

        # Prediction: all are recorded, or none.
        trials.run(*train('one'))
        database = os.path.join(folder, 'ws', 'state.db')
        with sqlite3.connect(database) as connection:
            connection.execute('DELETE FROM predictions')
        connection.close()
        shutil.copy(database, os.path.join(folder, 'without.db'))

        def forget():
            for name in os.listdir(os.path.join(folder, 'ws')):
                if name.startswith('state.db'):
                    os.remove(os.path.join(folder, 'ws', name))
            shutil.copy(os.path.join(folder, 'without.db'), database)

        def look_at_predictions():
            connection = sqlite3.connect(database)
            held = connection.execute('SELECT count(*) FROM predictions').fetchone()[0]
            connection.close()
            if trials.run(*predict) != of_model['one']:
                return 'the predictions differ'
            return {0: 'before', len(of_model['one']['predictions']): 'after'}.get(held, f'{held} predictions are recorded')

        forget()
        took = [trials.seconds(*predict)]
        for _ in range(2):
            forget()
            took.append(trials.seconds(*predict))
        trials.series('prediction', forget, lambda: predict, look_at_predictions, 1.2 * statistics.median(took))

        # A second training, clearing and deleting start from one and the same workspace.
        id = 'examples/early_warning'
        shutil.copy(os.path.join(folder, 'one.toml'), os.path.join(folder, 'ws', 'models', 'one.toml'))
        trials.run(*predict)
        trials.run('model', 'evaluate', 'one.toml', *common)
        kept = ('state.db', 'artefacts', 'values', 'models')
        for name in kept:
            source = os.path.join(folder, 'ws', name)
            (shutil.copytree if os.path.isdir(source) else shutil.copy)(source, os.path.join(folder, 'kept-' + name))
        model_file = os.path.join(folder, 'ws', 'models', 'one.toml')

        def restore():
            for name in os.listdir(os.path.join(folder, 'ws')):
                path = os.path.join(folder, 'ws', name)
                if name in kept or name.startswith('state.db'):
                    shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
            for name in kept:
                source = os.path.join(folder, 'kept-' + name)
                (shutil.copytree if os.path.isdir(source) else shutil.copy)(source, os.path.join(folder, 'ws', name))

        def times(*words):
            took = []
            for _ in range(3):
                restore()
                took.append(trials.seconds(*words))
            return 1.2 * statistics.median(took)

        def remembered():
            connection = sqlite3.connect(database)
            counts = [connection.execute(f'SELECT count(*) FROM {table} WHERE model = ?', (id,)).fetchone()[0]
                      for table in ('trainings', 'trained_samples', 'predictions', 'analyses', 'evaluations')]
            connection.close()
            return counts

        # The artefact tells which training it is; the next training finds all that it needs.
        later = ('model', 'train', 'one.toml', '--workspace', 'ws', '--as-of', '2015-07-01')
        seconds = times(*later)
        of_later = trials.run(*later)
        restore()
        all_there = remembered()

        def look_at_training():
            connection = sqlite3.connect(database)
            artefact = connection.execute('SELECT artefact FROM trainings').fetchone()[0]
            connection.close()
            states = {of_later['artefact']: 'after', of_model['one']['artefact']: 'before'}
            found = states.get(artefact, 'another artefact')
            if found == 'before' and trials.run(*predict) != of_model['one']:
                return 'the earlier training does not predict as it did'
            result = trials.run(*later)
            if result['new'] != (found == 'before') or result['artefact'] != of_later['artefact'] or result['calculated_again']:
                return f'the next training after "{found}" says {result}'
            return found

        trials.series('second training', restore, lambda: later, look_at_training, seconds)

        def look_at_cleared():
            now = remembered()
            if now == all_there:
                return 'before' if trials.run(*predict) == of_model['one'] else 'the predictions differ'
            return 'after' if now == [0, 0, 0, 0, 1] else f'what is remembered: {now}, of {all_there}'

        clear = ('model', 'clear', id, '--workspace', 'ws')
        trials.series('clear', restore, lambda: clear, look_at_cleared, times(*clear))

        # Whoever comes next finds the model whole, or no model.
        def look_at_deleted():
            log = subprocess.run([trials.program, 'model', 'log', id, '--workspace', 'ws', '--json'], cwd=folder,
                                 capture_output=True, text=True)
            now, there = remembered(), os.path.exists(model_file)
            if log.returncode == 0 and len(json.loads(log.stdout)['evaluations']) == 1 and now == all_there and there:
                return 'before'
            gone = log.returncode == 3 and 'there is no model' in log.stderr and now == [0, 0, 0, 0, 0] and not there
            return 'after' if gone else f'the file is {"there" if there else "gone"}, of the state {now} is left; {log.stderr}'

        delete = ('model', 'delete', id, '--workspace', 'ws')
        trials.series('delete', restore, lambda: delete, look_at_deleted, times(*delete))
        if os.path.exists(model_file):
            trials.run(*delete)

        # Nothing of all that is left behind.
        trials.run(*do_import('two'))
        trials.run(*train('two'))
        trials.run(*predict)
        used = tree(os.path.join(folder, 'ws'))
        shutil.rmtree(os.path.join(folder, 'ws'))
        trials.run('init', 'ws')
        trials.run(*do_import('two'))
        trials.run(*train('two'))
        trials.run(*predict)
        fresh = tree(os.path.join(folder, 'ws'))
        # Locks are files that stay; nobody holds them.
        left = {path for path in used - fresh if not path.startswith('.locks/')}
        trials.faults += [f'left behind: {path}' for path in sorted(left)]
        trials.faults += [f'missing: {path}' for path in sorted(fresh - used)]
        for fault in trials.faults:
            print('   ', fault)
        return 1 if trials.faults else 0


if __name__ == '__main__':
    sys.exit(main())
