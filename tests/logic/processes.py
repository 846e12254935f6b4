#!/usr/bin/env python3
"""Several processes on one workspace: nothing is done twice, nothing is damaged, and who has to wait learns for whom.

usage: processes.py --stage DIR --cache DIR --data DIR (OULAD's files) --model FILE [--rounds 3]

A process that works is stopped (SIGSTOP) at a known point, so that the others meet it there however fast the machine is.
"""
import argparse, gzip, json, os, re, shutil, signal, sqlite3, subprocess, sys, tempfile, time

as_of = '2015-01-20'
patience = 300  # seconds until what must happen has happened


def links(folder):
    for name in os.listdir(folder):
        try:
            yield os.readlink(os.path.join(folder, name))
        except OSError:  # closed meanwhile
            pass


def holds(lock, process):
    with open(lock, encoding='utf-8') as file:
        return f'process {process},' in file.read()


class Processes:
    def __init__(self, options, folder):
        self.folder, self.program, self.faults = folder, os.path.join(options.stage, 'bin', 'auspex'), []

    def start(self, *words):
        return subprocess.Popen([self.program, *words, '--json'], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True)

    def result(self, process):
        """What the process printed, as JSON; it must not fail."""
        out, err = process.communicate(timeout=patience)
        if process.returncode != 0:
            raise RuntimeError(f'{" ".join(process.args[1:])}: exit code {process.returncode}: {err}')
        return json.loads(out)

    def run(self, *words):
        return self.result(self.start(*words))

    def state_is_free(self):
        state = os.path.join(self.folder, 'ws', 'state.db')
        if not os.path.exists(state):
            return True
        try:
            with sqlite3.connect(state, timeout=0) as database:
                database.execute('BEGIN EXCLUSIVE')
            return True
        except sqlite3.OperationalError:
            return False

    def stopped_with(self, path, *words):
        """A process that was stopped while it has a file open; where that is a lock, while it holds it."""
        path, process = os.path.join(self.folder, path), self.start(*words)
        end = time.monotonic() + patience
        while time.monotonic() < end and process.poll() is None:
            os.kill(process.pid, signal.SIGSTOP)
            if not self.state_is_free():  # stopped in the middle of a transaction, it would hold up everybody
                os.kill(process.pid, signal.SIGCONT)
                continue
            if any(link == path for link in links(f'/proc/{process.pid}/fd')) and ('.locks' not in path or holds(path, process.pid)):
                return process
            os.kill(process.pid, signal.SIGCONT)
            time.sleep(0.001)
        raise RuntimeError(f'{" ".join(words)}: it ended before it could be stopped with {path}')

    def check(self, what, holds, more=''):
        print(f'{"holds" if holds else "FAILS"}: {what}')
        if not holds:
            self.faults.append(f'{what}: {more}')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('stage', 'cache', 'data', 'model'):
        parser.add_argument('--' + name, required=True, type=os.path.realpath)
    parser.add_argument('--rounds', type=int, default=3)
    options = parser.parse_args()
    os.environ['XDG_CACHE_HOME'] = options.cache
    with tempfile.TemporaryDirectory(prefix='auspex-processes-') as folder:
        folder = os.path.realpath(folder)
        p = Processes(options, folder)
        text = open(options.model, encoding='utf-8').read()
        one, two = 'examples/early_warning', 'examples/other'
        p.run('init', 'ws')
        for name, id in (('one', one), ('two', two)):
            with open(os.path.join(folder, 'ws', 'models', name + '.toml'), 'w', encoding='utf-8') as out:
                out.write(text.replace(one, id))
        shutil.copytree(options.data, os.path.join(folder, 'other'))
        # Other data: every mark of 78 is one of 79.
        marks = os.path.join(folder, 'other', 'studentAssessment.csv.gz')
        with gzip.open(marks, 'rt') as file:
            text = file.read()
        changed = re.sub(r'\b78\b', '79', text)
        assert changed != text
        with gzip.open(marks, 'wt') as file:
            file.write(changed)
        do_import = lambda source, *more: ('import', 'oulad', '--workspace', 'ws', '--from', source, *more)
        model = lambda command, id, *more: ('model', command, id, '--workspace', 'ws', '--as-of', as_of, *more)
        p.run(*do_import(options.data))
        lock = 'ws/.locks/model.examples.early_warning'
        current = lambda: open(os.path.join(folder, 'ws', 'campus', 'current'), encoding='utf-8').read().strip()
        versions = lambda: sorted(os.listdir(os.path.join(folder, 'ws', 'campus', 'versions')))

        # One model: the second process says for whom it waited in vain, and does nothing.
        first = p.stopped_with(lock, *model('train', one))
        for command in ('train', 'predict', 'clear', 'delete', 'disable'):
            second = p.start(*(('model', command, one, '--workspace', 'ws', '--wait', '0.2')))
            out, err = second.communicate(timeout=patience)
            said = re.fullmatch(rf'error: another process is working on the model {one}: auspex model train, process {first.pid}, '
                                r'since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n  help: wait for it to end, or let this wait longer with '
                                r'--wait SECONDS\n', err)
            p.check(f'{command} gives up while the model is trained', second.returncode == 1 and said and not out, err)

        # Another model trains and predicts meanwhile.
        p.check('another model trains meanwhile', p.run(*model('train', two))['new'])
        p.check('another model predicts meanwhile', len(p.run(*model('predict', two))['predictions']) > 300)

        # The second process waits, and finds that nothing is left to be done.
        second = p.start(*model('train', one, '--wait', str(patience)))
        time.sleep(0.5)
        waits = second.poll() is None
        os.kill(first.pid, signal.SIGCONT)
        trained, found = p.result(first), p.result(second)
        p.check('the second training waits for the first', waits and trained['new'] and not found['new'], found)
        p.check('it calculates nothing', found['statistics']['values'] == 0 and trained['statistics']['values'] > 0, found['statistics'])
        p.check('both come to one artefact', found['artefact'] == trained['artefact'])

        # Predictions: one makes them, the other finds them.
        first = p.stopped_with(lock, *model('predict', one))
        second = p.start(*model('predict', one, '--wait', str(patience)))
        time.sleep(0.2)
        os.kill(first.pid, signal.SIGCONT)
        made, found = p.result(first), p.result(second)
        p.check('both print the same predictions', made['predictions'] == found['predictions'] and len(made['predictions']) > 300)
        p.check('the second calculates none', found['statistics']['values'] == 0, found['statistics'])

        # An import does not wait for who reads: the reader keeps its data, whatever is imported meanwhile.
        p.run('model', 'clear', one, '--workspace', 'ws')
        old = current()
        reader = p.stopped_with(f'ws/campus/versions/{old}/campus.json', *model('train', one))
        p.run(*do_import('other'))
        new = current()
        p.check('an import ends while a model is trained', new != old and versions() == sorted((old, new)), versions())
        os.kill(reader.pid, signal.SIGCONT)
        p.check('the training ends with the data that it began with', p.result(reader)['artefact'] == trained['artefact'])
        p.run(*do_import('other', '--wait', '0'))
        p.check('the next import removes what nobody reads any more', len(versions()) == 1, versions())

        # Two imports at once: one waits for the other.
        first = p.stopped_with('ws/.locks/campus', *do_import('other'))
        second = p.start(*do_import(options.data, '--wait', '0.2'))
        err = second.communicate(timeout=patience)[1]
        said = f'working on the campus: auspex import, process {first.pid}, ' in err
        p.check('a second import gives up', second.returncode == 1 and said, err)
        os.kill(first.pid, signal.SIGCONT)
        p.result(first)
        p.run(*do_import(options.data))

        # Everything at once, as often as asked: the end is as if one had followed the other.
        p.run(*model('train', two))
        for number in range(options.rounds):
            for id in (one, two):
                p.run('model', 'clear', id, '--workspace', 'ws')
            training = [p.start(*model('train', id, '--wait', str(patience))) for id in (one, two, one)]
            evaluating = p.start(*model('evaluate', one))
            importing = p.start(*do_import(options.data, '--wait', str(patience)))
            results = [p.result(each) for each in training]
            p.result(evaluating)
            p.result(importing)
            predicting = [p.start(*model('predict', id, '--wait', str(patience))) for id in (one, two, two)]
            predictions = [p.result(each) for each in predicting]
            new = sorted((each['model'], each['new']) for each in results)
            p.check(f'round {number}: each model is trained once', new == [(one, False), (one, True), (two, True)], new)
            p.check(f'round {number}: all predict the same',
                    {len(each['predictions']) for each in predictions} == {len(made['predictions'])})
        with sqlite3.connect(os.path.join(folder, 'ws', 'state.db')) as database:
            p.check('the state is whole', database.execute('pragma integrity_check').fetchone() == ('ok',))
            artefacts = {each for each, in database.execute('select artefact from trainings')}
            values = {each for each, in database.execute('select values_file from trainings')}
            count = database.execute('select count(*) from evaluations').fetchone()[0]
        p.check('the artefacts are those of the two models', set(os.listdir(os.path.join(folder, 'ws', 'artefacts'))) == artefacts)
        p.check('so are the remembered values', set(os.listdir(os.path.join(folder, 'ws', 'values'))) == values)
        p.check('every evaluation is in the log', count == options.rounds, count)
        for fault in p.faults:
            print('   ', fault)
        return 1 if p.faults else 0


if __name__ == '__main__':
    sys.exit(main())
