#!/usr/bin/env python3
"""The page of an evaluation: the same bytes from any number of threads, and everything in it is drawn.

usage: evaluation.py --stage DIR --cache DIR --example examples/early-warning
"""
import argparse, os, subprocess, sys, tempfile

import pages


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('stage', 'cache', 'example'):
        parser.add_argument('--' + name, required=True)
    options = parser.parse_args()
    environment = dict(os.environ, XDG_CACHE_HOME=os.path.abspath(options.cache))
    with tempfile.TemporaryDirectory() as folder:
        def auspex(*words):
            subprocess.run([os.path.join(options.stage, 'bin/auspex'), *map(str, words)], env=environment, check=True,
                           stdout=subprocess.DEVNULL)

        ws = os.path.join(folder, 'ws')
        auspex('init', ws)
        auspex('import', 'oulad', '--workspace', ws, '--from', os.path.join(options.example, 'data'))
        for threads in (1, 2):
            auspex('model', 'evaluate', os.path.join(options.example, 'model.toml'), '--workspace', ws, '--as-of', '2015-07-01',
                   '--threads', threads, '--report', os.path.join(folder, str(threads)))
        one, two = (open(os.path.join(folder, each, 'evaluation.html'), encoding='utf-8').read() for each in '12')
        if one != two:
            sys.exit('one and two threads give other pages')
        return 0 if pages.check(os.path.join(folder, '1', 'evaluation.html'), None) else 1


if __name__ == '__main__':
    sys.exit(main())
