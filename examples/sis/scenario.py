#!/usr/bin/env python3
"""The same student records in three ways, and that they agree.

usage: scenario.py --auspex PROGRAM --out DIR

Makes two workspaces of Moodle site A in DIR: `workspace` with all records, `without_late/workspace` without the rows that
were recorded after every range had ended. Writes DIR/sql.csv, DIR/plugin.csv and DIR/oneroster.csv, and the same in
DIR/without_late. Ends with 1 where the ways disagree, or where a late row changes a value.
"""
import argparse, csv, os, shutil, subprocess, sys

here = os.path.dirname(os.path.abspath(__file__))
moodle = os.path.join(here, 'moodle')
as_of = '2026-11-22T01:30:00Z'
ways = {'sql': 'uni/at_risk_with_sql', 'plugin': 'uni/at_risk_with_plugin', 'oneroster': 'uni/at_risk_with_oneroster'}
indicators = ('sis/prior_average', 'sis/credits', 'sis/entered_by_access')


def step(*words):
    """Runs a command and shows what it prints."""
    words = [str(word) for word in words]
    print('\n==', ' '.join([os.path.basename(words[0]), *words[1:]]), flush=True)
    subprocess.run(words, check=True)


def make_plugin(folder):
    step('cmake', '-S', os.path.join(here, 'plugin'), '-B', folder, '-DCMAKE_BUILD_TYPE=Release')
    step('cmake', '--build', folder)
    return os.path.join(folder, 'student_records.so')


def make_workspace(auspex, workspace, drop, plugin):
    step(auspex, 'init', workspace)
    shutil.copy(os.path.join(here, 'sis.toml'), os.path.join(workspace, 'sources'))
    for kind in ('indicators', 'models'):
        shutil.copytree(os.path.join(here, kind), os.path.join(workspace, kind), dirs_exist_ok=True)
    shutil.copy(plugin, os.path.join(workspace, 'plugins'))
    step(auspex, 'import', 'moodle', '--workspace', workspace, '--from', moodle)
    step(auspex, 'import', 'sis', '--workspace', workspace, '--from', os.path.join(drop, 'sis'))
    step(auspex, 'import', 'oneroster', '--workspace', workspace, '--from', os.path.join(drop, 'oneroster'),
         '--set', 'received=2026-11-20')


def analyse(auspex, workspace, folder):
    for way, model in ways.items():
        step(auspex, 'model', 'analyse', model, '--workspace', workspace, '--as-of', as_of, '--for', 'all',
             '--out', os.path.join(folder, way + '.csv'))


def values(path):
    """By indicator, by sample and range: the value, as it is written."""
    found = {indicator: {} for indicator in indicators}
    with open(path, encoding='utf-8', newline='') as file:
        for row in csv.DictReader(file):
            if row['indicator'] in found:
                found[row['indicator']][row['sample'], row['range'], row['end']] = row['value']
    return found


def compare(folder):
    """Prints how the ways agree; how many values do not."""
    given = {way: values(os.path.join(folder, way + '.csv')) for way in ways}
    faults = 0
    print('\n== the three ways, value by value')
    for indicator in indicators:
        sql, plugin, oneroster = (given[way][indicator] for way in ('sql', 'plugin', 'oneroster'))
        none = sum(value == '' for value in sql.values())
        # users.csv dates a row once: what it does not say to be known by then is none, never another value.
        unsaid = sum(oneroster[key] == '' != value for key, value in sql.items())
        by_plugin = sum(plugin[key] != value for key, value in sql.items())
        by_drop = sum(oneroster[key] not in ('', value) for key, value in sql.items())
        if indicator == 'sis/prior_average':
            by_drop += unsaid
        faults += by_plugin + by_drop + (sql.keys() != plugin.keys()) + (sql.keys() != oneroster.keys()) + (len(sql) == none)
        print(f'{indicator}: {len(sql)} values, {none} of them none; other by the plugin: {by_plugin}, '
              f'by OneRoster: {by_drop}; not known by then in OneRoster: {unsaid}')
    return faults


def late_changes(folder, other):
    """How many of the files differ that are made with and without the late rows."""
    faults = 0
    print('\n== with and without the late rows')
    for way in ways:
        same = values(os.path.join(folder, way + '.csv')) == values(os.path.join(other, way + '.csv'))
        print(f'{way}: {"the same values" if same else "other values"}')
        faults += not same
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('auspex', 'out'):
        parser.add_argument('--' + name, required=True, type=os.path.abspath)
    options = parser.parse_args()
    out, other = options.out, os.path.join(options.out, 'without_late')
    for folder in (out, other):
        os.makedirs(folder, exist_ok=True)
        shutil.rmtree(os.path.join(folder, 'workspace'), ignore_errors=True)
    plugin = make_plugin(os.path.join(out, 'plugin'))
    for folder, more in ((out, []), (other, ['--without-late'])):
        step(sys.executable, os.path.join(here, 'make_records.py'), '--moodle', moodle, '--out', folder, *more)
        make_workspace(options.auspex, os.path.join(folder, 'workspace'), folder, plugin)
        analyse(options.auspex, os.path.join(folder, 'workspace'), folder)
    faults = compare(out) + late_changes(out, other)
    print('the three ways agree' if faults == 0 else f'{faults} faults')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
