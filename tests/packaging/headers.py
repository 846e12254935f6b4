#!/usr/bin/env python3
"""Each header of the SDK compiles by itself without a warning: the C contract as C11, C++17 and C++20, the C++ layer as C++20.

usage: headers.py --root ROOT [--c-compiler PROGRAM] [--cxx-compiler PROGRAM]     clang is tried too where it is installed
"""
import argparse, os, shutil, subprocess, sys

warnings = ['-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only']


def headers(folder):
    for root, _, names in os.walk(folder):
        for name in sorted(names):
            yield os.path.relpath(os.path.join(root, name), folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--root', required=True)
    parser.add_argument('--c-compiler', default='cc')
    parser.add_argument('--cxx-compiler', default='c++')
    options = parser.parse_args()
    abi, cpp = (os.path.join(options.root, 'sdk', part) for part in ('abi', 'cpp'))
    c = [options.c_compiler] + [shutil.which('clang')] * bool(shutil.which('clang'))
    cxx = [options.cxx_compiler] + [shutil.which('clang++')] * bool(shutil.which('clang++'))
    runs = [(compiler, 'c', 'c11', abi) for compiler in c]
    runs += [(compiler, 'c++', standard, folder) for compiler in cxx for standard, folder in (('c++17', abi), ('c++20', abi), ('c++20', cpp))]
    count = failures = 0
    for compiler, language, standard, folder in runs:
        for header in headers(folder):
            # Only what it may see: the contract must not need the C++ layer.
            search = ['-I', abi] + (['-I', cpp] if folder == cpp else [])
            done = subprocess.run([compiler, '-x', language, '-std=' + standard, *warnings, *search, '-'], text=True, capture_output=True,
                                  input=f'#include <{header}>\n#include <{header}>\n')
            count += 1
            if done.returncode != 0:
                failures += 1
                print(f'{compiler} -std={standard} {header}:\n{done.stderr}')
    print(f'{count} compilations, {failures} failed')
    return 1 if failures or count < 20 else 0


if __name__ == '__main__':
    sys.exit(main())
