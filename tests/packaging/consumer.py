#!/usr/bin/env python3
"""What the author of a plugin does, with nothing but an installation: makes a repository of each kind, builds, tests and uses it.

usage: consumer.py --cmake PROGRAM --build DIR --cache DIR --data tests/data/moodle-site-a [--deb]
  --deb   from the Debian packages, made by cpack and unpacked, instead of `cmake --install`

The indicator is made as sdk/docs/getting-started.md says, command by command; all code of the guides is compiled. Each kind is built
with g++ or clang++ (where it is installed), warnings are errors. The indicator is used by a model that extends core/students_at_risk on
the data of a Moodle site: an indicator in SQL that says the same must give the same values.
"""
import argparse, csv, json, os, re, shutil, subprocess, sys, tempfile

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'logic'))
import run as text_cases

as_of = '1795311000'
kinds = [  # kind, name, compiler, command in a workspace with the site's data, text of its result
    ('indicator', 'late_submissions', 'g++', ['model', 'check', '{model}'], 'is fine'),
    ('target', 'silent_at_the_end', 'clang++', ['model', 'plan', '{model}'], 'for training: '),
    ('time_splitter', 'every_fortnight', 'g++', ['model', 'plan', '{model}'], 'for training: '),
    ('analyser', 'taking_part', 'clang++', ['model', 'predict', '{model}'], 'predictions as of'),
    ('ml_backend', 'naive_bayes', 'g++', ['model', 'train', '{model}'], 'trained acme/'),
]
same_in_sql = '''id = "uni/late_in_sql"
name = "Late submissions"
description = "1 - 2 late / n."
select = """
SELECT sample, range, 1 - 2 * count(*) FILTER (WHERE handed_in > close + 3600) / count(*) AS value
FROM (
  SELECT e.sample, e.range, e.activity_id, min(e.time) AS handed_in, min(a.close) AS close
  FROM events AS e
  JOIN activities AS a ON a.sample = e.sample AND a.range = e.range AND a.activity_id = e.activity_id
  WHERE e.name IN ('assessable_submitted', 'attempt_submitted') AND a.close IS NOT NULL
  GROUP BY e.sample, e.range, e.activity_id
)
GROUP BY sample, range"""
'''
libraries_of_any_system = {'libstdc++.so.6', 'libm.so.6', 'libgcc_s.so.1', 'libc.so.6', 'ld-linux-x86-64.so.2', 'ld-linux-aarch64.so.1'}


class Failed(Exception):
    pass


class Author:
    """Someone with a prefix and an empty folder."""

    def __init__(self, folder, prefix, options):
        self.folder, self.prefix, self.options = folder, prefix, options
        self.work = os.path.join(folder, 'work')
        os.mkdir(self.work)
        kept = {name: value for name, value in os.environ.items()
                if name not in ('LD_LIBRARY_PATH', 'AUSPEX_PLUGIN_PATH', 'CMAKE_PREFIX_PATH', 'DESTDIR')}
        self.environment = kept | {'PATH': os.path.join(prefix, 'bin') + ':' + os.environ['PATH'], 'HOME': folder, 'TZ': 'UTC',
                                   'XDG_CACHE_HOME': os.path.realpath(options.cache), 'LC_ALL': 'C.UTF-8', 'CMAKE_PREFIX_PATH': prefix,
                                   'CCACHE_BASEDIR': folder, 'CCACHE_NOHASHDIR': '1',
                                   'CXXFLAGS': '-O0 -Werror -Wpedantic',
                                   'CCACHE_DIR': os.environ.get('CCACHE_DIR', os.path.join(os.environ.get('HOME', '/'), '.cache', 'ccache'))}

        for name, program in (('CMAKE_GENERATOR', 'ninja'), ('CMAKE_CXX_COMPILER_LAUNCHER', 'ccache')):
            if shutil.which(program):
                self.environment[name] = 'Ninja' if program == 'ninja' else program

    def run(self, *words, code=0, where=None):
        done = subprocess.run(words, cwd=where or self.work, env=self.environment, text=True, capture_output=True)
        if done.returncode != code:
            raise Failed(f'{" ".join(words)}: exit code {done.returncode}\n{done.stdout}{done.stderr}')
        return done.stdout

    def auspex(self, *words, **more):
        return self.run('auspex', *words, **more)

    def knows_check(self):
        return 'plugin check' in self.auspex('--help')


def without_templates(author):
    """Of the runtime's package alone nothing can be made, and it says so."""
    templates = os.path.join(author.prefix, 'share', 'auspex', 'template')
    os.rename(templates, templates + '.away')
    author.auspex('plugin', 'new', 'indicator', 'acme/late_submissions', code=3)
    os.rename(templates + '.away', templates)


def guides(author):
    folder = os.path.join(author.prefix, 'share', 'doc', 'auspex', 'sdk')
    return {name: open(os.path.join(folder, name), encoding='utf-8').read() for name in sorted(os.listdir(folder))}


def blocks(guide, language):
    return re.findall(rf'^```{language}\n(.*?)^```$', guide, re.MULTILINE | re.DOTALL)


def follow(author, guide):
    """Runs the commands of a guide; each prints what the guide says."""
    script = os.path.join(author.folder, 'guide.test')
    open(script, 'w').write('\n'.join(blocks(guide, 'console')))
    for step in text_cases.read(script):
        done = subprocess.run(['bash', '-c', step.command], cwd=author.work, env=author.environment, text=True, capture_output=True)
        # The guide's author works at home with what is installed for all.
        printed = done.stdout.replace(author.work, '/home/me').replace(author.prefix, '/usr')
        if report := text_cases.differences(step.out, printed, 'stdout'):
            raise Failed('\n'.join([f'$ {step.command}', *report, done.stderr]))


def compile_guides(author, all_guides):
    """The code of all guides as one plugin, and their tests."""
    code = ''.join(block for guide in all_guides.values() for block in blocks(guide, 'cpp'))
    components = re.findall(r'^struct (\w+) : auspex::', code, re.MULTILINE)
    tests = re.findall(r'^inline void (\w+)\(\)', code, re.MULTILINE)
    source = os.path.join(author.folder, 'guides.cpp')
    open(source, 'w').write(f'#include <auspex/testing.hpp>\nnamespace {{\n{code}}}\nAUSPEX_PLUGIN("acme", "1.0.0", {", ".join(components)})\n'
                            'int main() {\n' + ''.join(f'  {test}();\n' for test in tests) +
                            '  for (const auto* each : auspex::detail::components_of<' + ', '.join(components) + '>) {\n'
                            '    auspex::testing::instance(auspex_plugin, auspex::view(each->id));\n  }\n}\n')
    program = os.path.join(author.folder, 'guides')
    author.run(shutil.which('g++') or 'c++', '-std=c++20', '-O0', '-Wall', '-Wextra', '-Werror', '-I', os.path.join(author.prefix, 'include'),
               source, '-o', program)
    author.run(program)
    if len(components) < 8 or not tests:
        raise Failed(f'the guides have the components {components} and the tests {tests}')
    return f'{len(components)} components of the guides'


def make(author, kind, name, compiler):
    source = os.path.join(author.work, name)
    build = os.path.join(source, 'build')
    if kind == 'indicator':
        follow(author, guides(author)['getting-started.md'])
    else:
        author.auspex('plugin', 'new', kind, f'acme/{name}')
        other = [f'-DCMAKE_CXX_COMPILER={compiler}'] if shutil.which(compiler) else []
        author.run(author.options.cmake, '-S', source, '-B', build, *other)
        author.run(author.options.cmake, '--build', build)
    ctest = os.path.join(os.path.dirname(author.options.cmake), 'ctest')
    without = [] if author.knows_check() else ['--label-exclude', 'auspex-check']
    author.run(ctest, '--test-dir', build, '--output-on-failure', '--no-tests=error', *without)
    return build


def check_library(author, build, name):
    file = os.path.join(build, 'acme.so')
    for part in ('LICENSE', 'README.md', '.gitignore', '.github/workflows/ci.yml'):
        if not os.path.isfile(os.path.join(author.work, name, part)):
            raise Failed(f'the repository of {name} has no {part}')
    for line in author.run('objdump', '-p', file).splitlines():
        if line.strip().startswith('NEEDED') and line.split()[1] not in libraries_of_any_system:
            raise Failed(f'{file} needs {line.split()[1]}')
    symbols = author.run('nm', '-D', '--defined-only', file).split('\n')
    exported = [line.split()[-1] for line in symbols if line]
    if exported != ['auspex_plugin']:
        raise Failed(f'{file} exports {exported}')
    listed = json.loads(author.auspex('plugin', 'list', '--json', '--plugin-dir', build))
    if f'acme/{name}' not in json.dumps(listed['plugins']) or listed['refused']:
        raise Failed(f'{file} is not loaded: {json.dumps(listed["refused"])}')


def build_in_c(author, sources):
    """A plugin in C, in a project without C++."""
    folder = os.path.join(author.work, 'in_c')
    os.mkdir(folder)
    for name in ('good.c', 'part.h'):
        shutil.copy(os.path.join(sources, name), folder)
    open(os.path.join(folder, 'CMakeLists.txt'), 'w').write(
        'cmake_minimum_required(VERSION 3.22)\nproject(in_c LANGUAGES C)\nset(CMAKE_C_STANDARD 11)\nset(CMAKE_C_EXTENSIONS OFF)\n'
        'find_package(AuspexSDK 1.0 REQUIRED)\nauspex_add_plugin(in_c SOURCES good.c LIBRARIES AuspexSDK::abi OUTPUT_NAME good)\n')
    build = os.path.join(folder, 'build')
    author.run(author.options.cmake, '-S', folder, '-B', build)
    author.run(author.options.cmake, '--build', build)
    if not author.auspex('plugin', 'info', 'good', '--plugin-dir', build):
        raise Failed('nothing is said of the plugin in C')
    return 'a plugin in C: built, loaded'


def compare_with_sql(author, build, workspace):
    """The plugin's indicator beside its like in SQL, over all ranges for training."""
    open(os.path.join(workspace, 'indicators', 'late.toml'), 'w').write(same_in_sql)
    model = os.path.join(author.work, 'both.toml')
    open(model, 'w').write(open(os.path.join(author.work, 'late_submissions', 'model.toml')).read().replace(
        'add_indicators = [', 'add_indicators = ["uni/late_in_sql", '))
    out = os.path.join(author.work, 'values.csv')
    author.auspex('model', 'analyse', model, '--for', 'training', '--out', out, '--plugin-dir', build, '--workspace', workspace,
                  '--as-of', as_of)
    values = {'acme/late_submissions': {}, 'uni/late_in_sql': {}}
    indicators = set()
    for row in csv.DictReader(open(out, newline='')):
        indicators.add(row['indicator'])
        if row['indicator'] in values:
            values[row['indicator']][row['analysable'], row['sample'], row['range']] = row['value']
    ours, theirs = values.values()
    if 'core/read_actions' not in indicators or ours.keys() != theirs.keys():
        raise Failed(f'the model has the indicators {sorted(indicators)}')
    number = lambda text: None if text == '' else float(text)
    differ = [(at, ours[at], theirs[at]) for at in ours if (number(ours[at]) is None) != (number(theirs[at]) is None)
              or number(ours[at]) is not None and abs(number(ours[at]) - number(theirs[at])) > 1e-9]
    if differ:
        raise Failed(f'{len(differ)} of {len(ours)} values differ from SQL: {differ[:5]}')
    given = {number(value) for value in ours.values()} - {None}
    if len(given) < 2:
        raise Failed(f'all {len(ours)} values are {given}: nothing is compared')
    return f'{len(ours)} values as in SQL, {len(given)} different ones'


def install(folder, options):
    if not options.deb:
        prefix = os.path.join(folder, 'prefix')
        subprocess.run([options.cmake, '--install', options.build, '--prefix', prefix], check=True, stdout=subprocess.DEVNULL)
        return prefix
    packages = os.path.join(folder, 'packages')
    cpack = os.path.join(os.path.dirname(options.cmake), 'cpack')
    subprocess.run([cpack, '--config', os.path.join(options.build, 'CPackConfig.cmake'), '-B', packages], check=True, cwd=folder,
                   stdout=subprocess.DEVNULL)
    files = {re.match('([a-z-]+)_', name)[1]: os.path.join(packages, name) for name in os.listdir(packages) if name.endswith('.deb')}
    if set(files) != {'auspex', 'auspex-dev'}:
        raise Failed(f'cpack made {files}')
    field = lambda package, name: subprocess.run(['dpkg-deb', '-f', files[package], name], check=True, text=True, capture_output=True).stdout
    needs = field('auspex', 'Depends')
    for library in ('libc6', 'libstdc++6', 'libssl3', 'tzdata'):
        if library not in needs:
            raise Failed(f'the package auspex does not depend on {library}: {needs}')
    if 'auspex (>=' not in field('auspex-dev', 'Depends') or field('auspex-dev', 'Architecture').strip() != 'all':
        raise Failed(f'the package auspex-dev depends on {field("auspex-dev", "Depends")}')
    for package, file in files.items():
        inside = subprocess.run(['dpkg-deb', '-c', file], check=True, text=True, capture_output=True).stdout
        belongs = './usr/include/auspex/abi.h' if package == 'auspex-dev' else './usr/bin/auspex'
        foreign = './usr/bin/auspex' if package == 'auspex-dev' else './usr/include/auspex/abi.h'
        if belongs not in inside or foreign in inside:
            raise Failed(f'{package} has not what it should:\n{inside}')
        subprocess.run(['dpkg-deb', '-x', file, os.path.join(folder, 'root')], check=True)
    return os.path.join(folder, 'root', 'usr')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('cmake', 'build', 'cache', 'data'):
        parser.add_argument('--' + name, required=True)
    parser.add_argument('--deb', action='store_true')
    options = parser.parse_args()
    options.build = os.path.realpath(options.build)
    os.makedirs(options.cache, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix='auspex-consumer-') as folder:
        folder = os.path.realpath(folder)
        try:
            author = Author(folder, install(folder, options), options)
            without_templates(author)
            if not options.deb:
                print(compile_guides(author, guides(author)))
                print(build_in_c(author, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'plugins')))
            workspace = os.path.join(author.work, 'site')
            author.auspex('init', workspace)
            author.auspex('import', 'moodle', '--from', os.path.join(os.path.realpath(options.data), 'tables'), '--workspace', workspace)
            # One kind is enough to see that the packages are whole.
            for kind, name, compiler, command, text in kinds[:1] if options.deb else kinds:
                build = make(author, kind, name, compiler)
                check_library(author, build, name)
                words = [word.format(model=os.path.join(author.work, name, 'model.toml')) for word in command]
                printed = author.auspex(*words, '--plugin-dir', build, '--workspace', workspace, '--as-of', as_of)
                if text not in printed:
                    raise Failed(f'auspex {" ".join(words)} says {printed}')
                print(f'{kind} acme/{name}: built by {compiler}, tested, used')
                if kind == 'indicator':
                    print(compare_with_sql(author, build, workspace))
        except Failed as why:
            print(why)
            return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
