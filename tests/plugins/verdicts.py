#!/usr/bin/env python3
"""Checks every plugin of tests/plugins, and what `auspex plugin list` says of them all together.

usage: verdicts.py --stage DIR --plugins DIR --cache DIR TABLE     TABLE: verdicts.txt, one plugin a line
"""
import argparse, concurrent.futures, glob, json, os, subprocess, sys

# Tested elsewhere: they answer to a test's own calls alone.
elsewhere = {'good', 'given', 'gone'}
least_bad = 30


def read(path):
    rows = []
    for line in open(path, encoding='utf-8'):
        if line.strip() and not line.startswith('#'):
            words = line.split(None, 4)
            name, code, check, outcome, message = words + [''] * (5 - len(words))
            rows.append((name, int(code), check, outcome, message.strip()))
    return rows


def run(options, *words, seconds=300):
    environment = {**os.environ, 'XDG_CACHE_HOME': os.path.realpath(options.cache)}
    environment.pop('AUSPEX_PLUGIN_PATH', None)
    return subprocess.run([os.path.join(options.stage, 'bin', 'auspex'), *words], env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors='replace', timeout=seconds)


def faults_of(options, row):
    name, code, check, outcome, message = row
    path = os.path.join(options.plugins, name, name + '.so')
    done = run(options, 'plugin', 'check', path, '--level', '4', '--seconds', '4', '--json')
    faults = []
    if done.returncode != code:
        faults.append(f'exit code {done.returncode}, expected {code}: {done.stderr}')
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return faults + [f'no report: {done.stdout[:300]} {done.stderr[:300]}']
    bad = [each for each in report['checks'] if each['outcome'] in ('failed', 'crashed')]
    if code == 0:
        return faults + [f'{each["check"]} {each["outcome"]}: {each["message"]}' for each in bad]
    found = [each for each in report['checks'] if each['check'] == check and each['outcome'] == outcome and message in each['message']]
    if not found:
        faults.append(f'no {check} {outcome} with "{message}" in ' + '; '.join(f'{each["check"]} {each["outcome"]} "{each["message"]}"' for each in bad))
    if not all(each['rule'] for each in bad):
        faults.append('a failure names no rule')
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('stage', 'plugins', 'cache'):
        parser.add_argument('--' + name, required=True)
    parser.add_argument('table')
    options = parser.parse_args()
    rows = read(options.table)
    failures = 0

    def fail(name, faults):
        nonlocal failures
        failures += len(faults)
        for fault in faults:
            print(f'{name}: {fault}')

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for row, faults in zip(rows, pool.map(lambda row: faults_of(options, row), rows)):
            fail(row[0], faults)

    built = {os.path.basename(os.path.dirname(path)) for path in glob.glob(os.path.join(options.plugins, '*', '*.so'))}
    fail('table', [f'{name} is not in it' for name in sorted(built - elsewhere - {row[0] for row in rows})])
    bad = [row for row in rows if row[1] != 0]
    if len(bad) < least_bad:
        fail('table', [f'{len(bad)} bad plugins, fewer than {least_bad}'])

    # Those that load badly are refused one by one, and end nothing; so are many with one id.
    words = [word for row in rows for word in ('--plugin-dir', os.path.join(options.plugins, row[0]))]
    done = run(options, 'plugin', 'list', *words)
    if done.returncode != 0:
        fail('plugin list', [f'exit code {done.returncode}: {done.stderr[-500:]}'])
    for name, code, *_ in rows:
        if code == 4 and f'refused {os.path.realpath(options.plugins)}/{name}/{name}.so: ' not in done.stdout:
            fail('plugin list', [f'{name} is not refused'])
    if 'core/student_enrolments' not in done.stdout:
        fail('plugin list', ['the others are not listed'])
    print(f'{len(rows)} plugins, {len(bad)} of them bad, {failures} faults')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
