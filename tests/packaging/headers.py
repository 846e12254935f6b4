#!/usr/bin/env python3
"""Each header of the SDK compiles by itself without a warning: the C contract as C11, C++17 and C++20, the C++ layer and the test kit as
C++20. And they need nothing else: all that they include is theirs or comes with the compiler.

usage: headers.py --root ROOT [--c-compiler PROGRAM] [--cxx-compiler PROGRAM]     clang is tried too where it is installed
"""
import argparse, os, re, shutil, subprocess, sys

warnings = ['-Wall', '-Wextra', '-Wconversion', '-Wpedantic', '-Werror', '-fsyntax-only']
# The standard libraries of C and C++ (GCC's includes TBB where it is installed), the compiler's own headers and the kernel's.
of_the_compiler = re.compile(r'/usr/include/(c\+\+/|[a-z0-9_]+-linux-gnu/|bits/|sys/|gnu/|tbb/|oneapi/|asm|linux/|[a-z0-9_-]+\.h$)'
                             r'|/usr/lib/(gcc|llvm)|.*/lib/clang/')


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
    abi, cpp, testing = (os.path.join(options.root, 'sdk', part) for part in ('abi', 'cpp', 'testing'))
    # Only what each may see: the contract must not need the C++ layer, and that not the test kit.
    sees = {abi: [abi], cpp: [abi, cpp], testing: [abi, cpp, testing]}
    c = [options.c_compiler] + [shutil.which('clang')] * bool(shutil.which('clang'))
    cxx = [options.cxx_compiler] + [shutil.which('clang++')] * bool(shutil.which('clang++'))
    runs = [(compiler, 'c', 'c11', abi) for compiler in c]
    runs += [(compiler, 'c++', standard, folder) for compiler in cxx for standard, folder in (('c++17', abi), ('c++20', abi), ('c++20', cpp), ('c++20', testing))]
    count = failures = 0
    for compiler, language, standard, folder in runs:
        for header in headers(folder):
            search = [option for each in sees[folder] for option in ('-I', each)]
            done = subprocess.run([compiler, '-x', language, '-std=' + standard, *warnings, *search, '-'], text=True, capture_output=True,
                                  input=f'#include <{header}>\n#include <{header}>\n')
            count += 1
            if done.returncode != 0:
                failures += 1
                print(f'{compiler} -std={standard} {header}:\n{done.stderr}')
        # What all of them include, in the end.
        done = subprocess.run([compiler, '-x', language, '-std=' + standard, '-M', *search, '-'], text=True, capture_output=True,
                              input=''.join(f'#include <{header}>\n' for header in headers(folder)))
        included = [os.path.normpath(path) for path in done.stdout.replace('\\\n', ' ').split()[1:] if path != '-']
        for path in included:
            if not path.startswith(os.path.join(options.root, 'sdk', '')) and not of_the_compiler.match(path):
                failures += 1
                print(f'{compiler} -std={standard}: the headers of {folder} need {path}')
        if done.returncode != 0 or len(included) < 5:
            failures += 1
            print(f'{compiler} -std={standard}: cannot list what the headers of {folder} include: {done.stderr}')
    print(f'{count} compilations, {failures} failed')
    return 1 if failures or count < 20 else 0


if __name__ == '__main__':
    sys.exit(main())
