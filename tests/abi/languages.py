#!/usr/bin/env python3
"""One indicator, built by every compiler there is in C11, C++17 and C++20, and with the old std::string: all load side by side,
keep the contract, and give the same values on a Moodle site.

usage: languages.py --root ROOT --stage DIR --cache DIR --data tests/data/moodle-site-X --as-of SECONDS
"""
import argparse, csv, os, shutil, subprocess, sys, tempfile

model = '''id = "abi/evenings"
target = "core_course/course_dropout"
time_splitting = "core/quarters_accum"
indicators = [{}]

[backend]
id = "dlib/logistic_regression"
'''


def variants(root):
    """Name, command without the output and the id."""
    c, cpp = os.path.join(root, 'examples', 'plugin-c', 'evening.c'), os.path.join(root, 'tests', 'abi', 'evening.cpp')
    abi, sdk = (['-I', os.path.join(root, 'sdk', part)] for part in ('abi', 'cpp'))
    for family, cc, cxx in (('gnu', 'gcc', 'g++'), ('clang', 'clang', 'clang++')):
        if not shutil.which(cc) or not shutil.which(cxx):
            print(f'skipped: {cc} is not installed')
            continue
        yield f'{family}_c11', [cc, '-std=c11', '-Wpedantic', *abi, c]
        yield f'{family}_cpp17', [cxx, '-x', 'c++', '-std=c++17', *abi, c]
        yield f'{family}_cpp20', [cxx, '-std=c++20', *abi, *sdk, cpp]
        yield f'{family}_cpp20_old_strings', [cxx, '-std=c++20', '-D_GLIBCXX_USE_CXX11_ABI=0', *abi, *sdk, cpp]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('root', 'stage', 'cache', 'data', 'as-of'):
        parser.add_argument('--' + name, required=True)
    options = parser.parse_args()
    program = os.path.realpath(os.path.join(options.stage, 'bin', 'auspex'))
    faults = []
    with tempfile.TemporaryDirectory(prefix='auspex-languages-') as folder:
        environment = {**os.environ, 'XDG_CACHE_HOME': os.path.realpath(options.cache)}
        environment.pop('AUSPEX_PLUGIN_PATH', None)

        def auspex(*words):
            done = subprocess.run([program, *words], cwd=folder, env=environment, capture_output=True, text=True)
            if done.returncode != 0:
                faults.append(f'auspex {" ".join(words)}: exit code {done.returncode}: {done.stdout[-1500:]}{done.stderr[-1500:]}')
            return done

        auspex('init', 'ws')
        script = os.path.join(options.root, 'sdk', 'cmake', 'plugin.version')
        names = []
        for name, command in variants(os.path.realpath(options.root)):
            library = os.path.join(folder, 'ws', 'plugins', name + '.so')
            unique = ['-fno-gnu-unique'] if 'gnu_cpp' in name else []
            built = subprocess.run([*command, '-O2', '-Wall', '-Wextra', '-Werror', '-fPIC', '-fvisibility=hidden', *unique, '-shared',
                                    f'-Wl,--version-script={script}', '-Wl,-z,defs', f'-DEVENING_PLUGIN="{name}"', '-o', library],
                                   capture_output=True, text=True)
            if built.returncode != 0:
                faults.append(f'{name}: {built.stderr}')
                continue
            names.append(name)
            auspex('plugin', 'check', library, '--level', '4')
        example = os.path.join(folder, 'example.so')
        subprocess.run(['sh', os.path.join(options.root, 'examples', 'plugin-c', 'build.sh'), os.path.realpath(os.path.join(options.root, 'sdk', 'abi')), example],
                       check=True)
        auspex('plugin', 'check', example, '--level', '5')

        with open(os.path.join(folder, 'evenings.toml'), 'w', encoding='utf-8') as file:
            file.write(model.format(', '.join(f'"{name}/share"' for name in names)))
        auspex('import', 'moodle', '--workspace', 'ws', '--from', os.path.realpath(os.path.join(options.data, 'tables')))
        auspex('model', 'analyse', 'evenings.toml', '--workspace', 'ws', '--for', 'all', '--as-of', options.as_of, '--out', 'values.csv')
        values = {}
        if os.path.exists(os.path.join(folder, 'values.csv')):
            for row in csv.DictReader(open(os.path.join(folder, 'values.csv'), encoding='utf-8')):
                values.setdefault((row['analysable'], row['sample'], row['range']), {})[row['indicator'].split('/')[0]] = row['value']
        for key, of in values.items():
            if len(set(of.values())) != 1 or set(of) != set(names):
                faults.append(f'{key}: {of}')
        numbers = {next(iter(of.values())) for of in values.values()}
        if len(numbers) < 10:
            faults.append(f'only {len(numbers)} different values')
    for fault in faults[:20]:
        print(fault)
    print(f'{len(names)} builds, {len(values)} values each, {len(faults)} faults')
    return 1 if faults or len(names) < 4 else 0


if __name__ == '__main__':
    sys.exit(main())
