#!/usr/bin/env python3
"""The layout of the plugin ABI is frozen: sizes, offsets and values are those of layout-1.txt, in every language and compiler.

usage: layout.py --root ROOT TABLE        --print prints the layout that the headers have now

Lines of the table may be added when the ABI grows; none may change. A struct may be longer than it says, a field may not move.
"""
import argparse, os, re, shutil, subprocess, sys, tempfile

headers = ('types.h', 'kinds.h', 'plugin.h')
# Structs in arrays that a plugin indexes: they never grow within a major version.
fixed = {'auspex_str', 'auspex_column', 'auspex_rows', 'auspex_argument'}


def read_headers(folder):
    """Structs with their fields, and enumerators and number macros, by the headers' text."""
    structs, names = {}, []
    for header in headers:
        text = re.sub(r'/\*.*?\*/', '', open(os.path.join(folder, header), encoding='utf-8').read(), flags=re.S)
        for struct, body in re.findall(r'typedef struct (auspex_\w+) \{(.*?)\n\} \1;', text, re.S):
            body = re.sub(r'struct \{.*?\} (\w+\[\w+\]);', r'int \1;', body, flags=re.S)
            fields = []
            for line in body.split(';'):
                function = re.search(r'\(\*(\w+)\)\s*\(', line)
                if function:
                    fields.append(function[1])
                elif line.strip():
                    fields += [re.search(r'(\w+)(\[\w+\])?\s*$', part)[1] for part in line.split(',')]
            structs[struct] = fields
        for body in re.findall(r'enum \{(.*?)\}', text, re.S):
            names += re.findall(r'\b(AUSPEX_\w+)\s*=', body)
        names += re.findall(r'#define (AUSPEX_(?:ABI_MAJOR|ABI_MINOR|MAGIC|NO_TIME))\b', text)
    return structs, names


def program(structs, names):
    lines = ['#include <auspex/abi.h>', '#include <stdio.h>', 'int main(void) {']
    for struct, fields in structs.items():
        lines.append(f'  printf("{struct} %zu\\n", sizeof({struct}));')
        for field in fields:
            lines.append(f'  printf("{struct}.{field} %zu %zu\\n", offsetof({struct}, {field}), sizeof((({struct} *)0)->{field}));')
    for name in names:
        lines.append(f'  printf("{name} %lld\\n", (long long){name});')
    return '\n'.join(lines + ['  return 0;', '}', ''])


def layout(source, root, compiler, language, standard):
    with tempfile.TemporaryDirectory() as folder:
        binary = os.path.join(folder, 'layout')
        subprocess.run([compiler, '-x', language, '-std=' + standard, '-I', os.path.join(root, 'sdk', 'abi'), '-', '-o', binary], input=source,
                       text=True, check=True)
        return subprocess.run([binary], capture_output=True, text=True, check=True).stdout.splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--root', required=True)
    parser.add_argument('--print', action='store_true')
    parser.add_argument('table')
    options = parser.parse_args()
    structs, names = read_headers(os.path.join(options.root, 'sdk', 'abi', 'auspex', 'abi'))
    source = program(structs, names)
    if options.print:
        print('\n'.join(layout(source, options.root, 'cc', 'c', 'c11')))
        return 0
    frozen = [line.split() for line in open(options.table, encoding='utf-8') if line.strip() and not line.startswith('#')]
    faults = 0
    compilers = [(cc, 'c', 'c11') for cc in ('cc', 'clang') if shutil.which(cc)] + [(cc, 'c++', 'c++17') for cc in ('c++', 'clang++') if shutil.which(cc)]
    for compiler, language, standard in compilers:
        now = dict((line.split()[0], line.split()[1:]) for line in layout(source, options.root, compiler, language, standard))
        for name, *numbers in frozen:
            found = now.get(name)
            grown = found and '.' not in name and name[0] == 'a' and name not in fixed and int(found[0]) > int(numbers[0])
            if name == 'AUSPEX_ABI_MINOR':
                grown = int(found[0]) >= int(numbers[0])
            if found != numbers and not grown:
                faults += 1
                print(f'{compiler} -std={standard}: {name} is {found}, frozen at {numbers}')
        for name in sorted(set(now) - {row[0] for row in frozen}):
            faults += 1
            print(f'{compiler} -std={standard}: {name} is not in the table: freeze it with the version that brings it')
    print(f'{len(frozen)} lines, {len(compilers)} compilers, {faults} faults')
    return 1 if faults or len(frozen) < 200 else 0


if __name__ == '__main__':
    sys.exit(main())
