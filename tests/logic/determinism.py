#!/usr/bin/env python3
"""The same run gives the same bytes: with one thread and with two, and in a second workspace.

usage: determinism.py --stage DIR --cache DIR --data DIR (OULAD's files) --model FILE

Compared are the campus's files, the analysis, the evaluation, the artefact and the predictions. Only times of running may differ.
"""
import argparse, json, os, subprocess, sys, tempfile

timed = {'seconds', 'statistics'}


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(each) for key, each in value.items() if key not in timed}
    return [without_times(each) for each in value] if isinstance(value, list) else value


def files(folder, keep=lambda name: True):
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            if keep(name):
                found[os.path.relpath(path, folder)] = open(path, 'rb').read()
    return found


def everything(options, folder, threads):
    """All that the commands write, by name."""
    def auspex(*words):
        command = [os.path.join(options.stage, 'bin', 'auspex'), *words, '--threads', str(threads), '--json']
        out = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE).stdout
        return json.dumps(without_times(json.loads(out))).encode()

    model = lambda command, as_of, *more: auspex('model', command, options.model, '--workspace', 'ws', '--as-of', as_of, *more)
    auspex('init', 'ws')
    results = {'import --json': auspex('import', 'oulad', '--workspace', 'ws', '--from', options.data)}
    results |= {'campus/' + name: text for name, text in files(os.path.join(folder, 'ws', 'campus')).items()}
    results['plan --json'] = model('plan', '2015-01-20')
    results['analyse --json'] = model('analyse', '2015-01-20', '--for', 'all', '--out', 'values.csv')
    results['evaluate --json'] = model('evaluate', '2015-07-01')
    results['train --json'] = model('train', '2015-01-20')
    results |= {'artefacts/' + name: text for name, text in files(os.path.join(folder, 'ws', 'artefacts')).items()}
    results['predict --json'] = model('predict', '2015-01-20', '--out', 'predictions.csv')
    results |= files(folder, lambda name: name in ('values.csv', 'predictions.csv'))
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('stage', 'cache', 'data', 'model'):
        parser.add_argument('--' + name, required=True, type=os.path.realpath)
    options = parser.parse_args()
    os.environ['XDG_CACHE_HOME'] = options.cache
    runs = []
    for threads in (1, 2, 2):
        with tempfile.TemporaryDirectory(prefix='auspex-determinism-') as folder:
            runs.append(everything(options, folder, threads))
    faults = []
    for what, other in (('one thread and two threads', runs[0]), ('two runs', runs[2])):
        faults += [f'{name} differs between {what}' for name in sorted(runs[1].keys() | other.keys())
                   if runs[1].get(name) != other.get(name)]
    kinds = {name.split('/')[0] for name in runs[1]}
    if not {'campus', 'artefacts', 'values.csv', 'predictions.csv'} <= kinds or len(runs[1]['values.csv']) < 10000:
        faults.append(f'too little was written to compare: {sorted(kinds)}')
    print(f'{len(runs[1])} results of three runs: {len(faults)} differ')
    for fault in faults:
        print('   ', fault)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
