#!/usr/bin/env python3
"""Holds `auspex explore` against pandas and scikit-learn on seeded tables of learners.

usage: compare.py --stage DIR --cache DIR [TABLE.csv...]

Equal: statistics, fences, counts, rules; flags of the local outlier factor row by row. The inertia of k-means is at most 0.1 %
above the best of scikit-learn's ten starts. A table of one's own is held against them in the same way.
"""
import argparse, json, math, os, subprocess, sys, tempfile, time

import numpy
import pandas
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import StandardScaler

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
import learners

features = ['activity_count', 'time', 'login_count', 'average_activity']


class Faults(list):
    def equal(self, what, ours, theirs, tolerance=1e-9):
        ours = float('nan') if ours is None else ours
        if not (math.isclose(ours, theirs, rel_tol=tolerance, abs_tol=1e-12) or math.isnan(ours) and math.isnan(theirs)):
            self.append(f'{what}: {ours!r}, pandas or scikit-learn say {theirs!r}')


def run(arguments, *words):
    environment = dict(os.environ, XDG_CACHE_HOME=arguments.cache)
    begin = time.monotonic()
    done = subprocess.run([os.path.join(arguments.stage, 'bin/auspex'), 'explore', *words, '--json'], capture_output=True,
                          text=True, env=environment)
    if done.returncode != 0:
        sys.exit(f'auspex explore {" ".join(words)}: exit code {done.returncode}\n{done.stderr}')
    return json.loads(done.stdout), time.monotonic() - begin


def compare(arguments, path, seconds):
    faults = Faults()
    with tempfile.TemporaryDirectory() as folder:
        ours, took = run(arguments, path, '--config', 'engagement', '--report', folder)
        derived = pandas.read_csv(os.path.join(folder, 'derived.csv'))
        if json.load(open(os.path.join(folder, 'explore.json'))) != {**ours, 'report': None}:
            faults.append('explore.json is not what was printed')
    seconds.append((len(derived), took))
    table = pandas.read_csv(path)
    faults.equal('rows', ours['rows'], len(table))
    for name in table.columns:
        column, one = table[name], ours['columns'][name]
        faults.equal(f'{name} missing', one['missing'], int(column.isna().sum()))
        faults.equal(f'{name} distinct', one['distinct'], column.nunique())
        if not pandas.api.types.is_numeric_dtype(column):
            values = column.value_counts()
            for value in one['values']:
                faults.equal(f"{name} {value['value']}", value['rows'], int(values[value['value']]))
            continue
        for key, theirs in (('mean', column.mean()), ('deviation', column.std()), ('minimum', column.min()),
                            ('maximum', column.max()), ('skew', column.skew())):
            faults.equal(f'{name} {key}', one[key], float(theirs))
        low, middle, high = column.quantile([0.25, 0.5, 0.75])
        for which, theirs in enumerate((low, middle, high)):
            faults.equal(f'{name} quartile {which + 1}', one['quartiles'][which], theirs)
        fences = low - 1.5 * (high - low), high + 1.5 * (high - low)
        out = (column < fences[0]) | (column > fences[1])
        faults.equal(f'{name} low', ours['outliers'][name]['low'], fences[0])
        faults.equal(f'{name} high', ours['outliers'][name]['high'], fences[1])
        faults.equal(f'{name} outliers', ours['outliers'][name]['count'], int(out.sum()))
        faults.equal(f'{name} above p95', ours['above_p95'][name]['count'], int((column > column.quantile(0.95)).sum()))
        if name in features and list(derived[f'outlier_{name}'] == 1) != list(out):
            faults.append(f'{name}: other rows are outliers')
    names = ours['correlation']['columns']
    theirs = table[names].corr().to_numpy()
    for a, row in enumerate(ours['correlation']['values']):
        for b, value in enumerate(row):
            faults.equal(f'correlation {names[a]} {names[b]}', value, theirs[a][b], 1e-7)

    rule = (table.average_activity < table.average_activity.median()) & (table.login_count > table.login_count.median())
    faults.equal('at_risk true', ours['rules']['at_risk']['true'], int(rule.sum()))
    faults.equal('at_risk false', ours['rules']['at_risk']['false'], int((~rule).sum()))
    if list(derived['at_risk'] == 1) != list(rule):
        faults.append('at_risk holds for other rows')

    whole = table[features].dropna()
    points = StandardScaler().fit_transform(whole)
    detector = LocalOutlierFactor(n_neighbors=20)
    flags = detector.fit_predict(points) == -1
    own = derived.loc[whole.index]
    if list(own['anomaly'] == 1) != list(flags):
        scores = zip(whole.index, own['anomaly_score'], -detector.negative_outlier_factor_)
        differ = [(row, one, other) for row, one, other in scores if (one > 1.5) != (other > 1.5)]
        faults.append(f'anomalies: {len(differ)} of {len(whole)} flags differ, as row, ours, theirs {differ[:3]}')
    if derived.drop(whole.index)['anomaly'].notna().any():
        faults.append('a row with a missing value is flagged')
    faults.equal('anomalies', ours['anomalies']['count'], int(flags.sum()))

    clusters = ours['clusters']
    means = KMeans(n_clusters=3, n_init=10, random_state=0).fit(points)
    if not clusters['inertia'] <= means.inertia_ * 1.001:
        faults.append(f"inertia {clusters['inertia']}, scikit-learn's {means.inertia_}")
    centres = numpy.array([[centroid[name] for name in features] for centroid in clusters['centroids']])
    scaled = (centres - whole.mean().to_numpy()) / whole.std(ddof=0).to_numpy()
    assigned = own['cluster'].to_numpy(dtype=int)
    faults.equal('inertia of the assignments', clusters['inertia'], float(((points - scaled[assigned]) ** 2).sum()), 1e-6)
    for k, size in enumerate(clusters['sizes']):
        faults.equal(f'size of group {k}', size, int((assigned == k).sum()))
    if len(whole) <= 2000:
        faults.equal('silhouette', clusters['silhouette'], silhouette_score(points, assigned), 1e-7)
    components = PCA(2).fit(points)
    for i, one in enumerate(ours['components']):
        faults.equal(f'variance of component {i}', one['variance'], components.explained_variance_ratio_[i], 1e-6)
        for c, name in enumerate(features):
            faults.equal(f'loading {i} {name}', abs(one['loadings'][name]), abs(components.components_[i][c]), 1e-5)

    print(f"{os.path.basename(path)}: {len(table)} rows, {len(table) - len(whole)} with missing values, inertia "
          f"{clusters['inertia']:.6g} against {means.inertia_:.6g}, {int(flags.sum())} anomalies, {'equal' if not faults else 'faults:'}")
    for fault in faults[:20]:
        print('  ' + fault)
    return faults


def told(arguments, path, *options):
    ours, _ = run(arguments, path, *options)
    return {(each['id'], each['column']) for each in ours['warnings']}, ours


def warnings(arguments, folder):
    """Each trap of the table is named, and a clean table gives no warning."""
    faults = []
    path = os.path.join(folder, 'real.csv')
    with open(path, 'w', newline='') as out:
        learners.write(out, 1049, 5)
    found, ours = told(arguments, path, '--config', 'engagement')
    for wanted in (('inverted_label', 'performance_bracket'), ('determined_label', 'performance_bracket'),
                   ('determined_label', 'at_risk'), ('not_learners', 'user_id'), ('heavy_tail', 'activity_count')):
        if wanted not in found:
            faults.append(f'no warning {wanted}')
    by_column = {each['column']: each for each in ours['warnings'] if each['id'] == 'determined_label'}
    if by_column.get('performance_bracket', {}).get('columns') != ['activity_count']:
        faults.append(f"performance_bracket is determined by {by_column.get('performance_bracket')}")
    # Without a file the same is seen of what the table itself holds.
    found, _ = told(arguments, path)
    for wanted in (('inverted_label', 'performance_bracket'), ('determined_label', 'performance_bracket'),
                   ('not_learners', 'user_id')):
        if wanted not in found:
            faults.append(f'no warning {wanted} without a configuration')
    for seed, rows in ((1, 1000), (2, 1049), (3, 5000)):
        path = os.path.join(folder, f'clean{seed}.csv')
        with open(path, 'w', newline='') as out:
            learners.write(out, rows, seed, clean=True)
        found, _ = told(arguments, path)
        faults += [f'a clean table of {rows} rows: {each}' for each in sorted(found)]
    print(f"warnings: {'as they should be' if not faults else 'faults:'}")
    for fault in faults:
        print('  ' + fault)
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--stage', required=True)
    parser.add_argument('--cache', required=True)
    parser.add_argument('tables', nargs='*')
    arguments = parser.parse_args()
    faults, seconds = [], []
    if arguments.tables:
        for path in arguments.tables:
            faults += compare(arguments, path, seconds)
        return 1 if faults else 0
    with tempfile.TemporaryDirectory() as folder:
        for rows, seed, missing in ((1000, 1, 0), (1049, 2, 0), (1049, 3, 0.05), (10000, 4, 0), (100000, 5, 0.01)):
            path = os.path.join(folder, f'learners{rows}_{seed}.csv')
            with open(path, 'w', newline='') as out:
                learners.write(out, rows, seed, missing=missing)
            faults += compare(arguments, path, seconds)
        faults += warnings(arguments, folder)
    begin = time.monotonic()
    subprocess.run([sys.executable, '-c', 'import pandas, sklearn.cluster, sklearn.ensemble, sklearn.neighbors'], check=True)
    imports = time.monotonic() - begin
    print('; '.join(f'{rows} rows with everything: {took:.2f} s' for rows, took in seconds) +
          f'; Python imports pandas and scikit-learn in {imports:.2f} s')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
