#!/usr/bin/env python3
"""Holds the rule of who may include whom: rooms of the framework, the SDK, the plugins, and each library in its one room.

usage: rooms.py ROOT
"""
import os, re, sys

rooms = {  # a room: the rooms that it may include, beside itself
    'base': set(),
    'spec': {'base'},
    'campus': {'base', 'spec'},
    'plugin': {'base', 'abi'},
    'conformance': {'base', 'plugin', 'abi'},
    'analysis': {'base', 'spec', 'campus', 'plugin', 'abi'},  # frames are handed to plugins in the contract's own types
    'learning': {'base', 'spec', 'campus', 'plugin', 'analysis', 'report'},
    'report': {'base'},
    'explore': {'base', 'spec', 'campus', 'plugin', 'analysis', 'learning', 'report'},
    'insight': {'base', 'spec', 'campus', 'plugin', 'analysis', 'learning'},
    'store': {'base', 'spec'},
    'runtime': {'base', 'spec', 'campus', 'plugin', 'conformance', 'analysis', 'learning', 'report', 'explore', 'insight', 'store'},
    'cli': {'base', 'runtime'},
    'abi': set(),
    'cpp': {'abi'},
    'testing': {'abi', 'cpp'},
}
libraries = {  # the beginning of an included name: the rooms, or folders of plugins, that may include it
    'duckdb': {'campus'},
    'boost/dll': {'plugin'},
    'boost/program_options': {'cli'},
    'boost': {'plugin', 'cli'},
    'toml': {'spec'},
    'soci': {'store'},
    'sqlite3': {'store'},
    'dlib': {'plugins/dlib', 'learning'},
    'xgboost': {'plugins/xgboost'},
    'nanoflann': {'plugins/nanoflann'},
    'date': {'base'},
    'openssl': {'base', 'campus'},
    'zip': {'base'},
    'zlib': {'campus'},
    'fmt': set(rooms) - {'abi', 'cpp', 'testing'},
    'spdlog': set(rooms) - {'abi', 'cpp', 'testing'},
    'nlohmann': set(rooms) - {'abi', 'cpp', 'testing'} | {'plugins/process', 'plugins/xgboost'},
}
of_the_system = {'sys', 'bits', 'unistd', 'fcntl', 'spawn', 'poll', 'link', 'elf', 'dlfcn', 'signal', 'stdint', 'stddef',
                 'malloc', 'pthread', 'pwd', 'grp'}


def sources(folder):
    for root, _, names in os.walk(folder):
        for name in sorted(names):
            if name.endswith(('.h', '.hpp', '.c', '.cpp')):
                yield os.path.join(root, name)


def includes(path):
    for number, line in enumerate(open(path, encoding='utf-8'), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if found:
            yield number, found[1], found[2]


def room_of(included, quote):
    """The room that an included file belongs to; '' for a library or the standard."""
    if included.startswith('auspex/abi'):
        return 'abi'
    if re.match(r'auspex/testing[/.]', included):
        return 'testing'
    if included.startswith('auspex/'):
        return 'cpp'
    return included.split('/')[0] if quote == '"' and '/' in included else ''


def is_library(included, name):
    return re.match(re.escape(name) + r'($|[/.+_-])', included) is not None


def faults_of(path, here, may, own):
    """`here`: the room or plugin folder; `may`: rooms it may include; `own`: what a quoted name without a folder is found in."""
    for number, quote, included in includes(path):
        where = f'{path}:{number}: {included}'
        room = room_of(included, quote)
        if room:
            if room != here and room not in may:
                yield f'{where}: {here} may not include {room}'
        elif quote == '"':
            if not os.path.exists(os.path.join(own, included)):
                yield f'{where}: not in the folder of {here}; a room is named in front'
        else:
            known = [name for name in libraries if is_library(included, name)]
            allowed = libraries[max(known, key=len)] if known else None
            if known and here not in allowed:
                yield f'{where}: only {", ".join(sorted(allowed))} may include this'
            elif not known and not re.fullmatch(r'[a-z_]+', included) and re.split(r'[/.]', included)[0] not in of_the_system:
                yield f'{where}: no room is known for this library'


def circles():
    """Rooms that may, in the end, include themselves."""
    for room in rooms:
        seen, rest = set(), set(rooms[room])
        while rest:
            each = rest.pop()
            if each not in seen:
                seen.add(each)
                rest |= rooms[each]
        if room in seen:
            yield f'{room} may include itself in a circle'


def main(root):
    faults, count = list(circles()), 0
    for folder, here_of in (('framework', lambda part: part), ('sdk', lambda part: part), ('plugins', lambda part: 'plugins/' + part)):
        for part in sorted(os.listdir(os.path.join(root, folder))):
            base = os.path.join(root, folder, part)
            here = here_of(part)
            if base == os.path.join(root, 'sdk', 'template'):
                continue  # others' repositories in the making: consumer.py builds them with what is installed
            if folder == 'framework' and os.path.isdir(base) and part not in rooms:
                faults.append(f'{base}: a room that the rules do not name')
                continue
            may = {'abi', 'cpp'} if folder == 'plugins' else rooms.get(here, {'abi', 'cpp'})
            for path in sources(base) if os.path.isdir(base) else ():
                count += 1
                faults += faults_of(path, here, may, os.path.dirname(path))
    for fault in faults:
        print(fault)
    print(f'{count} files, {len(faults)} faults')
    return 1 if faults or count < 50 else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else print(__doc__) or 2)
