#!/usr/bin/env python3
"""A bad plugin beside the good ones changes nothing that another model gives, when plugins run in processes of their own.

usage: beside.py --stage DIR --plugins DIR --cache DIR --data tests/data/logic/oulad --model tests/data/logic/early.toml
"""
import argparse, concurrent.futures, os, subprocess, sys, tempfile


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('stage', 'plugins', 'cache', 'data', 'model'):
        parser.add_argument('--' + name, required=True)
    options = parser.parse_args()
    program = os.path.join(options.stage, 'bin', 'auspex')
    environment = dict(os.environ, XDG_CACHE_HOME=os.path.abspath(options.cache))
    names = sorted(name for name in os.listdir(options.plugins) if os.path.exists(os.path.join(options.plugins, name, name + '.so')))
    with tempfile.TemporaryDirectory() as folder:
        ws = os.path.join(folder, 'ws')

        def auspex(*words):
            return subprocess.run([program, *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)

        def values(name, *more):
            out = os.path.join(folder, name + '.csv')
            run = auspex('model', 'analyse', options.model, '--workspace', ws, '--as-of', '2014-10-27', '--for', 'training', '--format',
                         'csv', '--out', out, *more)
            return run, open(out, encoding='utf-8').read() if run.returncode == 0 else ''

        for words in (('init', ws), ('import', 'oulad', '--workspace', ws, '--from', options.data)):
            run = auspex(*words)
            if run.returncode != 0:
                sys.exit(run.stderr)
        run, plain = values('plain')
        if plain.count('\n') < 50:
            sys.exit('too few values to compare with: ' + run.stderr)
        faults = 0
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            beside = lambda name: values(name, '--plugin-dir', os.path.join(options.plugins, name), '--isolate', '--allow-insecure')
            for name, (run, got) in zip(names, pool.map(beside, names)):
                if got != plain:
                    faults += 1
                    print(f'{name}: exit code {run.returncode}, {"other values" if got else run.stderr}')
        print(f'{len(names)} plugins beside the model, {faults} faults')
        return 1 if faults or len(names) < 30 else 0


if __name__ == '__main__':
    sys.exit(main())
