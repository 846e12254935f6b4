#!/usr/bin/env python3
"""Writes a seeded table of learners as CSV: user_id, activity_count, country, gender, time, login_count, average_activity,
performance_bracket.

usage: learners.py --rows N --seed N [--clean] [--missing SHARE] [--out FILE]

As such tables come: the brackets are named from the top down but cut from the least up, rows of pseudo-users are among
them, and activity is heavy-tailed. --clean: none of that; the brackets are drawn by chance.
"""
import argparse, csv, math, random, sys

names = ['user_id', 'activity_count', 'country', 'gender', 'time', 'login_count', 'average_activity', 'performance_bracket']
brackets = ['Top 1%', 'Top 5%', 'Top 10%', 'Top 25%', 'Others']
cuts = [0.01, 0.05, 0.10, 0.25, 1]


def clean_rows(count, chance):
    for row in range(count):
        logins = max(5, round(chance.gauss(60, 12)))
        average = max(1.0, chance.gauss(20, 4))
        yield {'user_id': row + 1, 'activity_count': max(20, round(chance.gauss(1200, 250))),
               'country': chance.choice(['ES', 'FR', 'DE', 'PT']), 'gender': chance.choice(['f', 'm', 'x']),
               'time': max(600, round(chance.gauss(90000, 15000))), 'login_count': logins, 'average_activity': round(average, 4),
               'performance_bracket': chance.choices(['Top 10%', 'Top 25%', 'Others'], [1, 2, 4])[0]}


def real_rows(count, chance):
    rows = []
    for row in range(count):
        keen = chance.gauss(0, 1)
        logins = 1 + int(math.exp(2.5 + 0.9 * keen + chance.gauss(0, 0.5)))
        activity = max(1, int(logins * math.exp(1.5 + 0.4 * keen + chance.gauss(0, 0.6))))
        rows.append({'user_id': row + 2, 'activity_count': activity,
                     'country': chance.choices(['ES', 'FR', 'DE', 'PT', 'IT', 'PL'], [8, 5, 4, 2, 1, 1])[0],
                     'gender': chance.choice(['f', 'm']), 'time': int(activity * math.exp(chance.gauss(4, 0.8))),
                     'login_count': logins, 'average_activity': activity / logins})
    for pseudo in (0, -1, -20):
        if count > 50:
            chance.choice(rows)['user_id'] = pseudo
    order = sorted(range(count), key=lambda i: (rows[i]['activity_count'], i))
    for place, i in enumerate(order):
        share = (place + 1) / count
        rows[i]['performance_bracket'] = next(name for name, cut in zip(brackets, cuts) if share <= cut)
    return rows


def write(out, count, seed, clean=False, missing=0.0):
    chance = random.Random(seed)
    writer = csv.DictWriter(out, names, lineterminator='\n')
    writer.writeheader()
    for row in (clean_rows if clean else real_rows)(count, chance):
        for name in ('time', 'country', 'average_activity'):
            if missing and chance.random() < missing:
                row[name] = ''
        writer.writerow(row)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--rows', type=int, required=True)
    parser.add_argument('--seed', type=int, required=True)
    parser.add_argument('--clean', action='store_true')
    parser.add_argument('--missing', type=float, default=0)
    parser.add_argument('--out')
    arguments = parser.parse_args()
    out = open(arguments.out, 'w', newline='') if arguments.out else sys.stdout
    write(out, arguments.rows, arguments.seed, arguments.clean, arguments.missing)


if __name__ == '__main__':
    main()
