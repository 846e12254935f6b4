#!/usr/bin/python3
"""Writes reference.json: what scikit-learn and numpy say of a few made-up predictions; tests/unit/learning compares.

usage: reference.py > reference.json   (Debian 12: python3-sklearn)
"""
import json

import numpy as np
import sklearn
from sklearn import metrics as m
from sklearn.calibration import _sigmoid_calibration
from sklearn.isotonic import IsotonicRegression

random = np.random.default_rng(7)


def classes(n=40, k=3):
    labels = random.choice(k, n, p=[.2, .5, .3])
    raw = random.gamma(1, 1, (n, k)) + np.eye(k)[labels] * random.uniform(0, 2, (n, 1))
    raw = np.round(raw / raw.sum(axis=1, keepdims=True), 2)
    raw[:, -1] = 1 - raw[:, :-1].sum(axis=1)
    weights = random.integers(0, 4, n)
    decided = raw.argmax(axis=1)

    def values(w):
        one = np.eye(k)[labels]
        return {
            'roc_auc': np.mean([m.roc_auc_score(one[:, c], raw[:, c], sample_weight=w) for c in range(k)]),
            'roc_auc_weighted': m.roc_auc_score(one, raw, average='weighted', sample_weight=w),
            'pr_auc': m.average_precision_score(one, raw, average='macro', sample_weight=w),
            'pr_auc_weighted': m.average_precision_score(one, raw, average='weighted', sample_weight=w),
            'f1_weighted': m.f1_score(labels, decided, average='weighted', sample_weight=w),
            'f1_macro': m.f1_score(labels, decided, average='macro', sample_weight=w),
            'precision_weighted': m.precision_score(labels, decided, average='weighted', sample_weight=w),
            'precision_macro': m.precision_score(labels, decided, average='macro', sample_weight=w),
            'accuracy': m.accuracy_score(labels, decided, sample_weight=w),
            'balanced_accuracy': m.balanced_accuracy_score(labels, decided, sample_weight=w),
            'mcc': m.matthews_corrcoef(labels, decided, sample_weight=w),
            'brier': float(np.average(((raw - one) ** 2).sum(axis=1), weights=w)),
            'log_loss': m.log_loss(labels, np.clip(raw, 1e-15, 1), sample_weight=w, labels=range(k)),
        }

    return {'labels': labels.tolist(), 'probabilities': raw.ravel().tolist(), 'weights': weights.tolist(),
            'confusion': m.confusion_matrix(labels, decided).ravel().tolist(), 'plain': values(np.ones(n)),
            'weighted': values(weights)}


def numbers(n=25):
    labels = np.round(random.uniform(0, 100, n), 1)
    values = np.round(labels * .8 + random.normal(5, 12, n), 1)
    weights = random.integers(0, 3, n)

    def of(w):
        return {'mae': m.mean_absolute_error(labels, values, sample_weight=w),
                'rmse': m.mean_squared_error(labels, values, sample_weight=w) ** .5,
                'r2': m.r2_score(labels, values, sample_weight=w),
                'bias': float(np.average(values - labels, weights=w))}

    return {'labels': labels.tolist(), 'values': values.tolist(), 'weights': weights.tolist(), 'plain': of(np.ones(n)),
            'weighted': of(weights)}


def calibration(n=200):
    truth = random.uniform(0.02, 0.98, n)
    labels = (random.uniform(size=n) < truth).astype(int)
    said = np.round(truth ** 2 / (truth ** 2 + (1 - truth) ** 2), 2)
    said = np.clip(said, 0.01, 0.99)
    logits = np.log(said / (1 - said))
    a, b = _sigmoid_calibration(logits, labels)
    at = [0, .005, .01, .2, .33, .5, .505, .8, .99, 1]
    isotonic = IsotonicRegression(y_min=0, y_max=1, out_of_bounds='clip').fit(said, labels)

    # Ten bins of equal mass by rank from the highest; equal probabilities share the bin of their middle.
    order = np.argsort(-said, kind='stable')
    p, y = said[order], labels[order]
    bins = np.zeros(n, int)
    for value in np.unique(p):
        own = np.flatnonzero(p == value)
        bins[own] = min(9, int(10 * (own[0] + len(own) / 2) / n))
    used = np.unique(bins)
    size = np.array([np.sum(bins == b_) for b_ in used])
    share = np.array([y[bins == b_].mean() for b_ in used])
    mean = np.array([p[bins == b_].mean() for b_ in used])
    ece = float(np.average(np.abs(share - mean), weights=size))
    # As the package of Kumar, Liang and Ma (2019): shares drawn anew from a normal distribution.
    drawn = random.normal(share, np.sqrt(share * (1 - share) / size), (400000, len(used)))
    debiased = 2 * ece - float(np.average(np.abs(drawn - mean), axis=1, weights=size).mean())
    # Labels drawn from the probabilities themselves.
    perfect = []
    for _ in range(20000):
        fresh = (random.uniform(size=n) < p).astype(float)
        of_bins = np.array([fresh[bins == b_].mean() for b_ in used])
        perfect.append(np.average(np.abs(of_bins - mean), weights=size))
    return {'labels': labels.tolist(), 'probabilities': said.tolist(), 'slope': -a, 'intercept': -b, 'at': at,
            'isotonic': isotonic.predict(at).tolist(), 'ece': ece, 'ece_debiased': debiased,
            'ece_if_calibrated': float(np.mean(perfect)), 'ece_if_calibrated_95': float(np.quantile(perfect, .95))}


def two_classes():
    labels = [1, 0, 1, 1, 0, 0, 1, 0, 0, 0]
    decided = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    return {'labels': labels, 'decided': decided, 'f1_macro': m.f1_score(labels, decided, average='macro')}


parts = {'scikit_learn': sklearn.__version__, 'classes': classes(), 'numbers': numbers(), 'calibration': calibration(),
         'two_classes': two_classes()}
print('{' + ',\n'.join(f'"{name}": {json.dumps(part, default=float)}' for name, part in parts.items()) + '}')
