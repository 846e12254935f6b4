#!/usr/bin/env python3
"""Runs text cases: commands and what they must print.

usage: run.py --stage DIR --bad DIR --cache DIR FILE.test...

All commands of a file run one after the other with bash in one fresh folder, `auspex` on PATH. In a file:
  # text          a comment
  $ command       a command; lines that follow and begin with "> " belong to it (a here-document)
  !N              its exit code (default 0)
  2> text         a line of standard error (default: nothing)
  text            a line of standard output
  ...             (alone, also as "2> ...") any number of lines, none too
  <REGEX>         (the whole line) a line that the expression matches
Blank lines before the next command or comment are not part of what is expected. The variables $DATA (tests/data), $EXAMPLES, $BAD
(folder of the bad plugins) and $STAGE are set; in output, these folders and the current one read as $DATA, ..., $PWD.
"""
import argparse, difflib, os, re, shutil, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))
seconds_a_command = 300


class Step:
    def __init__(self, line):
        self.line, self.command, self.code, self.out, self.err = line, '', 0, [], []


def read(path):
    steps, expecting = [], False
    for number, line in enumerate(open(path, encoding='utf-8').read().split('\n'), 1):
        if line.startswith('$ '):
            steps.append(Step(number))
            steps[-1].command, expecting = line[2:], False
        elif line.startswith('#') or not steps:
            if line and not line.startswith('#'):
                sys.exit(f'{path}:{number}: output before the first command')
        elif line.startswith('> ') and not expecting or line == '>':
            steps[-1].command += '\n' + line[2:]
        elif re.fullmatch(r'!\d+', line):
            steps[-1].code, expecting = int(line[1:]), True
        elif line.startswith('2>'):
            steps[-1].err.append(line[3:])
            expecting = True
        else:
            steps[-1].out.append(line)
            expecting = expecting or line != ''
    if not steps:
        sys.exit(f'{path}: no command in it')
    for step in steps:
        while step.out and step.out[-1] == '':
            step.out.pop()
    return steps


def expression(lines):
    parts = []
    for line in lines:
        if line == '...':
            parts.append(r'(?:[^\n]*\n)*?')
        elif len(line) > 2 and line.startswith('<') and line.endswith('>'):
            parts.append(f'(?:{line[1:-1]})\n')
        else:
            parts.append(re.escape(line) + '\n')
    return ''.join(parts)


def differences(expected, text, stream):
    """Lines of a diff, or nothing where the text is as expected."""
    text = text.rstrip('\n') + '\n' if text.strip('\n') else ''
    if re.fullmatch(expression(expected), text):
        return []
    got = text.split('\n')[:-1]
    # What a pattern matches is no difference.
    shown = [next((g for g in got if re.fullmatch(line[1:-1], g)), line) if re.fullmatch('<.+>', line) else line for line in expected]
    return list(difflib.unified_diff(shown, got, f'{stream} expected', f'{stream} printed', lineterm='', n=3))


def run(path, options):
    folder = os.path.realpath(tempfile.mkdtemp(prefix='auspex-logic-'))
    names = {'DATA': os.path.join(os.path.dirname(here), 'data'), 'EXAMPLES': os.path.join(here, '..', '..', 'examples'),
             'BAD': options.bad, 'STAGE': options.stage}
    names = {name: os.path.realpath(value) for name, value in names.items()}
    environment = {**os.environ, **names, 'TZ': 'UTC', 'LC_ALL': 'C.UTF-8', 'HOME': folder, 'TMPDIR': folder,
                   'XDG_CACHE_HOME': os.path.realpath(options.cache), 'PATH': f'{names["STAGE"]}/bin:{os.environ["PATH"]}'}
    environment.pop('AUSPEX_PLUGIN_PATH', None)
    hidden = sorted({**names, 'PWD': folder}.items(), key=lambda each: -len(each[1]))
    failures = 0
    try:
        for step in read(path):
            done = subprocess.run(['bash', '-o', 'pipefail', '-c', step.command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=seconds_a_command)
            texts = [stream.decode('utf-8', 'replace') for stream in (done.stdout, done.stderr)]
            for name, value in hidden:
                texts = [text.replace(value, '$' + name) for text in texts]
            report = differences(step.out, texts[0], 'stdout') + differences(step.err, texts[1], 'stderr')
            if done.returncode != step.code:
                report.append(f'exit code {done.returncode}, expected {step.code}')
            if report:
                failures += 1
                print(f'{path}:{step.line}: $ {step.command}\n  ' + '\n  '.join(report))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('stage', 'bad', 'cache'):
        parser.add_argument('--' + name, required=True)
    parser.add_argument('files', nargs='+')
    options = parser.parse_args()
    os.makedirs(options.cache, exist_ok=True)
    failures = sum(run(path, options) for path in options.files)
    if failures:
        print(f'{failures} commands did not do what is expected')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
