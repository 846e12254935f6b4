#!/usr/bin/env python3
"""Times every backend beside its counterpart in scikit-learn, on the same matrices, both with the same number of threads.

usage: backends.py --stage DIR --work DIR [--size ROWSxCOLUMNS]... [--repeats N] [--threads N] [--only ID]...
DIR of --stage: the build's, with bin/bench-backends and the plugins. Pairs run one after the other, in turn, --repeats times; the
least time of each counts. Each run is a process of its own. Prediction is of a quarter as many further rows. Needs python3-sklearn.
"""
import argparse, json, os, subprocess, sys, time

import numpy

pairs = {  # backend: (its parameters, its counterpart, aim: at most so many times as long in training; None = no aim)
    'dlib/logistic_regression': ({}, 'LogisticRegression', 2),
    'dlib/neural_network': ({}, 'MLPClassifier', 3),
    'xgboost/gradient_boosting': ({}, 'HistGradientBoosting', 1),
    'xgboost/random_forest': ({}, 'RandomForest', 1),
    'dlib/ridge_regression': ({}, 'Ridge', None),
}
most_auc_lost = 0.005


def generate(rows, columns, work):
    """Classes in clusters, a third of the columns informative, a sixth made of those; 5 % of the labels wrong, 30 % positive.
    The values to regress on are the margin of a fixed mixture of linear and squared columns."""
    from sklearn.datasets import make_classification
    x, y = make_classification(n_samples=rows + rows // 4, n_features=columns, n_informative=columns // 3,
                               n_redundant=columns // 6, n_clusters_per_class=4, class_sep=0.7, flip_y=0.05, weights=[0.7],
                               random_state=7)
    x = x.astype(numpy.float32)
    random = numpy.random.default_rng(7)
    value = x @ random.normal(size=columns) + 0.1 * (x[:, :5] ** 2).sum(axis=1) + random.normal(size=len(x))
    files = {}
    for name, data in (('x', x), ('class', y.astype(numpy.float64)), ('value', value.astype(numpy.float64))):
        files[name] = os.path.join(work, f'backends-{rows}x{columns}-{name}.bin')
        data.tofile(files[name])
    return files


def read(files, rows, columns, linear):
    x = numpy.fromfile(files['x'], dtype=numpy.float32).reshape(-1, columns)
    y = numpy.fromfile(files['value' if linear else 'class'])
    return x[:rows], y[:rows], x[rows:], y[rows:]


def quality(labels, predictions, linear):
    """R2, or the area under the ROC curve."""
    from sklearn.metrics import r2_score, roc_auc_score
    return float(r2_score(labels, predictions) if linear else roc_auc_score(labels, predictions))


def run_counterpart(name, files, rows, columns, threads):
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.neural_network import MLPClassifier
    width = max(8, columns // 3)
    made = {'LogisticRegression': lambda: LogisticRegression(max_iter=1000),
            # The layers, epochs and batches of Moodle's backend, which dlib/neural_network takes.
            'MLPClassifier': lambda: MLPClassifier((width, width), batch_size=-(-rows // min(10, -(-rows // 1000))),
                                                   max_iter=80 + 1000000 // (rows + 1000), random_state=1),
            'HistGradientBoosting': lambda: HistGradientBoostingClassifier(random_state=1),
            'RandomForest': lambda: RandomForestClassifier(n_jobs=threads, random_state=1),
            'Ridge': lambda: Ridge()}[name]()
    linear = name == 'Ridge'
    x, y, test_x, test_y = read(files, rows, columns, linear)
    start = time.perf_counter()
    made.fit(x, y)
    trained = time.perf_counter() - start
    times = []
    for _ in range(2):
        start = time.perf_counter()
        predicted = made.predict(test_x) if linear else made.predict_proba(test_x)[:, 1]
        times.append(time.perf_counter() - start)
    return {'train': trained, 'predict': min(times), 'quality': quality(test_y, predicted, linear)}


def run_backend(options, id, files, rows, columns):
    linear = id == 'dlib/ridge_regression'
    out = os.path.join(options.work, 'backends-predicted.bin')
    words = [os.path.join(options.stage, 'bin', 'bench-backends'), os.path.join(options.stage, 'lib', 'auspex', 'plugins'), id,
             json.dumps(pairs[id][0]), files['x'], files['value' if linear else 'class'], str(rows), str(columns),
             '0' if linear else '2', str(options.threads), out]
    result = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)
    predicted = numpy.fromfile(out)
    _, _, _, test_y = read(files, rows, columns, linear)
    result['quality'] = quality(test_y, predicted if linear else predicted[1::2], linear)
    return result


def measure(options, rows, columns):
    files = generate(rows, columns, options.work)
    ids = options.only or list(pairs)
    best = {}
    for _ in range(options.repeats):
        for id in ids:
            counterpart = pairs[id][1]
            words = [sys.executable, '-W', 'ignore', os.path.abspath(__file__), '--counterpart', counterpart, '--files', json.dumps(files),
                     '--size', f'{rows}x{columns}', '--threads', str(options.threads), '--stage', options.stage, '--work', options.work]
            theirs = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)
            for name, result in ((id, run_backend(options, id, files, rows, columns)), (counterpart, theirs)):
                kept = best.setdefault(name, result)
                for key in ('train', 'predict'):
                    kept[key] = min(kept[key], result[key])
    for file in files.values():
        os.remove(file)
    print(f'{rows} x {columns}, {options.threads} threads, least of {options.repeats}; seconds')
    print(f'{"":28}{"train":>10}{"predict":>10}{"AUC or R2":>11}')
    missed = 0
    for id in ids:
        _, counterpart, aim = pairs[id]
        ours, theirs = best[id], best[counterpart]
        for name, each in ((id, ours), ('  ' + counterpart, theirs)):
            print(f'{name:28}{each["train"]:10.3f}{each["predict"]:10.4f}{each["quality"]:11.4f}')
        faults = []
        if aim and ours['train'] > aim * theirs['train']:
            faults.append(f'training takes {ours["train"] / theirs["train"]:.2f} times as long, the aim is {aim}')
        if ours['predict'] > theirs['predict']:
            faults.append(f'prediction takes {ours["predict"] / theirs["predict"]:.2f} times as long')
        if ours['quality'] < theirs['quality'] - most_auc_lost:
            faults.append(f'{theirs["quality"] - ours["quality"]:.4f} less good')
        missed += len(faults)
        print('    ' + ('; '.join(faults) or f'{ours["train"] / theirs["train"]:.2f} of the time to train, '
                        f'{ours["predict"] / theirs["predict"]:.2f} to predict'), flush=True)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--stage', required=True)
    parser.add_argument('--work', required=True)
    parser.add_argument('--size', action='append')
    parser.add_argument('--repeats', type=int, default=3)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--only', action='append', choices=list(pairs))
    parser.add_argument('--counterpart', help=argparse.SUPPRESS)
    parser.add_argument('--files', help=argparse.SUPPRESS)
    options = parser.parse_args()
    for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS'):
        os.environ[name] = str(options.threads)
    os.makedirs(options.work, exist_ok=True)
    sizes = [tuple(int(part) for part in size.split('x')) for size in options.size or ['50000x50', '200000x100']]
    if options.counterpart:
        print(json.dumps(run_counterpart(options.counterpart, json.loads(options.files), *sizes[0], options.threads)))
        return 0
    missed = sum(measure(options, rows, columns) for rows, columns in sizes)
    print(f'{missed} aims missed')
    return 0


if __name__ == '__main__':
    sys.exit(main())
