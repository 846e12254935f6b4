#!/usr/bin/env python3
"""Runs SQL on a workspace's state: one query, whose rows it prints as A|B|C, or the script on standard input.

usage: sql.py FILE [QUERY]
"""
import sqlite3, sys

with sqlite3.connect(sys.argv[1]) as database:
    if len(sys.argv) > 2:
        for row in database.execute(sys.argv[2]):
            print('|'.join('' if value is None else str(value) for value in row))
    else:
        database.executescript(sys.stdin.read())
