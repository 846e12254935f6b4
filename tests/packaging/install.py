#!/usr/bin/env python3
"""Installs the build tree into a folder, runs the program from elsewhere, moves the folder and runs it again.

usage: install.py --cmake PROGRAM --build DIR --cache DIR
"""
import argparse, json, os, subprocess, sys, tempfile

plugins = {'core', 'core_course', 'dlib', 'engagement', 'nanoflann', 'process', 'xgboost'}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('cmake', 'build', 'cache'):
        parser.add_argument('--' + name, required=True)
    options = parser.parse_args()
    faults = []
    with tempfile.TemporaryDirectory(prefix='auspex-install-') as folder:
        folder = os.path.realpath(folder)
        elsewhere = os.path.join(folder, 'elsewhere')
        os.mkdir(elsewhere)
        environment = {name: value for name, value in os.environ.items() if name not in ('LD_LIBRARY_PATH', 'AUSPEX_PLUGIN_PATH')}
        environment |= {'XDG_CACHE_HOME': os.path.realpath(options.cache), 'HOME': folder}
        prefix = os.path.join(folder, 'prefix')
        subprocess.run([options.cmake, '--install', options.build, '--prefix', prefix], check=True, stdout=subprocess.DEVNULL)

        def check(prefix):
            program = os.path.join(prefix, 'bin', 'auspex')
            run = lambda *words: subprocess.run([program, *words], cwd=elsewhere, env=environment, capture_output=True, text=True)
            listed = run('plugin', 'list', '--json')
            if listed.returncode != 0:
                faults.append(f'{program} plugin list: {listed.stderr}')
                return
            listed = json.loads(listed.stdout)
            if missing := plugins - {each['id'] for each in listed['plugins']}:
                faults.append(f'{program} does not find its plugins {sorted(missing)}; refused: {listed["refused"]}')
            if not any(each['file'].startswith(prefix + os.sep) for each in listed['definitions']):
                faults.append(f'{program} does not find its SQL indicators')
            faults.extend(f'{program} uses {each["file"]}' for each in listed['plugins'] if not each['file'].startswith(prefix + os.sep))
            checked = run('model', 'check', 'core/students_at_risk')
            if checked.returncode != 0 or prefix not in checked.stdout:
                faults.append(f'{program} model check: {checked.stdout}{checked.stderr}')
            libraries = subprocess.run(['ldd', program], env=environment, capture_output=True, text=True).stdout
            faults.extend(f'{program}: {line.strip()}' for line in libraries.split('\n')
                          if 'not found' in line or 'libduckdb' in line and prefix not in line)
            if not os.path.isfile(os.path.join(prefix, 'include', 'auspex', 'sdk.hpp')):
                faults.append(f'{prefix} has no SDK headers')

        check(prefix)
        moved = os.path.join(folder, 'moved', 'to here')
        os.makedirs(os.path.dirname(moved))
        os.rename(prefix, moved)
        check(moved)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
