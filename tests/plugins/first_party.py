#!/usr/bin/env python3
"""Every plugin that is shipped passes `auspex plugin check` at level 5. Prints what that costs.

usage: first_party.py --stage DIR --parameters FILE --backend tests/data/learning/mlbackend.py
"""
import argparse, concurrent.futures, glob, json, os, resource, subprocess, sys, tempfile, time


def check(options, parameters, path):
    # An external backend starts a program for each training and prediction.
    done = subprocess.run([os.path.join(options.stage, 'bin', 'auspex'), 'plugin', 'check', path, '--level', '5', '--json',
                           '--seconds', '60', '--parameters', parameters],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return [f'exit code {done.returncode}: {done.stderr}'], 0, 0
    faults = [f'{each["component"]} {each["check"]} {each["outcome"]}: {each["message"]}' for each in report['checks']
              if each['outcome'] in ('failed', 'crashed')]
    # What could not be created was not tested.
    faults += [f'{each["component"]}: {each["message"]}' for each in report['checks'] if each['check'] == 'creates' and each['outcome'] != 'passed']
    if done.returncode != 0 and not faults:
        faults = [f'exit code {done.returncode}']
    return faults, len(report['components']), len(report['checks'])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--stage', required=True)
    parser.add_argument('--parameters', required=True)
    parser.add_argument('--backend', required=True)
    options = parser.parse_args()
    paths = sorted(glob.glob(os.path.join(options.stage, 'lib', 'auspex', 'plugins', '*.so')))
    begun, failures, components, checks = time.monotonic(), 0, 0, 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool, tempfile.NamedTemporaryFile('w', suffix='.json') as file:
        json.dump(json.load(open(options.parameters, encoding='utf-8')) |
                  {'process/external': {'command': [sys.executable, os.path.abspath(options.backend), 'well', '{module}']}}, file)
        file.flush()
        for path, (faults, its_components, its_checks) in zip(paths, pool.map(lambda each: check(options, file.name, each), paths)):
            failures, components, checks = failures + len(faults), components + its_components, checks + its_checks
            for fault in faults:
                print(f'{os.path.basename(path)}: {fault}')
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f'{len(paths)} plugins, {components} components, {checks} checks, {failures} faults; '
          f'{time.monotonic() - begun:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of processor time')
    return 1 if failures or not paths else 0


if __name__ == '__main__':
    sys.exit(main())
