#!/usr/bin/env python3
"""Training again calculates only what is new, and comes to the same artefact, byte for byte, as training on everything at once.

usage: incremental.py --stage DIR --cache DIR --data tests/data/moodle-site-X --as-of SECONDS,SECONDS,...

One workspace trains and predicts at each of the times, one after the other; at each, another one trains that has never trained before.
"""
import argparse, json, os, shutil, sqlite3, subprocess, sys, tempfile

model = 'core/students_at_risk'


def files(folder):
    return {name: open(os.path.join(folder, name), 'rb').read() for name in sorted(os.listdir(folder))}


def samples_of(state):
    connection = sqlite3.connect(state)
    samples = {sample for sample, in connection.execute('select sample from trained_samples')}
    connection.close()
    return samples


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('stage', 'cache', 'data', 'as-of'):
        parser.add_argument('--' + name, required=True)
    options = parser.parse_args()
    os.environ['XDG_CACHE_HOME'] = options.cache
    faults = []
    with tempfile.TemporaryDirectory(prefix='auspex-incremental-') as folder:
        def auspex(*words):
            program = os.path.join(options.stage, 'bin', 'auspex')
            done = subprocess.run([program, *words, '--json'], cwd=folder, stdout=subprocess.PIPE, check=True)
            return json.loads(done.stdout)

        auspex('init', 'ws')
        auspex('import', 'moodle', '--workspace', 'ws', '--from', os.path.realpath(os.path.join(options.data, 'tables')))
        shutil.copytree(os.path.join(folder, 'ws'), os.path.join(folder, 'fresh'))
        state = os.path.join(folder, 'ws', 'state.db')
        for compatibility in ([], ['--moodle-compat', '4.4']):
            times = options.as_of.split(',')
            saved, at_first = 0, times[0]
            for as_of in times:
                shutil.copytree(os.path.join(folder, 'fresh'), os.path.join(folder, 'new'))
                at = ('--as-of', as_of, '--threads', '2')
                known = samples_of(state) if at_first != as_of else set()
                whole = auspex('model', 'train', model, '--workspace', 'new', *at, *compatibility)
                more = auspex('model', 'train', model, '--workspace', 'ws', *at, *compatibility)
                again = auspex('model', 'train', model, '--workspace', 'ws', *at, *compatibility)
                predictions = auspex('model', 'predict', model, '--workspace', 'ws', *at)
                what = f'{" ".join(compatibility)} at {as_of}'
                one, two = (files(os.path.join(folder, name, 'artefacts', whole['artefact'])) for name in ('new', 'ws'))
                if one != two:
                    faults.append(f'{what}: the artefacts differ')
                for key in ('analysables', 'left_out', 'samples_left_out', 'rows', 'samples', 'columns', 'rows_without_values'):
                    if whole[key] != more[key]:
                        faults.append(f'{what}: {key}: {whole[key]} at once, {more[key]} bit by bit')
                trained = samples_of(state)
                if more['new_samples'] != len(trained - known):
                    faults.append(f'{what}: {more["new_samples"]} samples are said to be new, not {len(trained - known)}')
                if not more['new'] or again['new'] or again['new_samples'] != 0 or again['statistics']['values'] != 0:
                    faults.append(f'{what}: the third training says {again["new"]}, {again["statistics"]["values"]} values calculated')
                # Moodle's accesses before and after a course count its whole log, whenever a range ends: nothing to remember.
                if compatibility and more['statistics']['values'] < whole['statistics']['values']:
                    faults.append(f'{what}: values that change with as-of were remembered')
                saved += whole['statistics']['values'] - more['statistics']['values']
                new = {each['sample'] for each in predictions['predictions'] if each['new']}
                if not new or new & trained:
                    faults.append(f'{what}: {len(new & trained)} of {len(new)} samples are predicted although the model learned from them')
                print(f'{what}: {whole["samples"]} samples, {more["new_samples"]} of them new, {more["statistics"]["values"]} of '
                      f'{whole["statistics"]["values"]} values calculated, {len(new)} predictions')
                shutil.rmtree(os.path.join(folder, 'new'))
            if not compatibility and saved == 0:
                faults.append('nothing was remembered at all')
    for fault in faults:
        print('   ', fault)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
