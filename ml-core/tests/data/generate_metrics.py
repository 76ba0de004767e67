#!/usr/bin/env python3
"""Writes metrics.json: inputs and the values that scikit-learn's metrics give them.

    python generate_metrics.py        # scikit-learn 1.9.1, numpy 2.x
"""
import json
import os

import numpy as np
import sklearn
from sklearn import metrics


def ranking(rng, n, share, decimals):
    truth = rng.random(n) < share
    score = (truth + rng.normal(0, 1, n)).round(decimals)
    return dict(y_true=truth.tolist(), score=score.tolist(), roc_auc=metrics.roc_auc_score(truth, score),
                average_precision=metrics.average_precision_score(truth, score))


def labels(rng, n, k):
    truth = rng.integers(0, k, n)
    guess = np.where(rng.random(n) < 0.6, truth, rng.integers(0, k + 1, n))
    scores = metrics.precision_recall_fscore_support(truth, guess, zero_division=0)
    average = lambda kind: metrics.precision_recall_fscore_support(truth, guess, average=kind, zero_division=0)[:3]
    return dict(y_true=truth.tolist(), y_pred=guess.tolist(), accuracy=metrics.accuracy_score(truth, guess),
                confusion_matrix=metrics.confusion_matrix(truth, guess).tolist(),
                scores=np.stack(scores, 1).tolist(), macro=average("macro"), weighted=average("weighted"),
                adjusted_rand=metrics.adjusted_rand_score(truth, guess))


def probabilities(rng, n, k):
    truth = rng.integers(0, k, n)
    p = rng.dirichlet(np.ones(k) * 0.4, n)
    p[0], p[1] = np.eye(k)[(truth[0] + 1) % k], np.eye(k)[truth[1]]  # certain: wrong, right
    return dict(y_true=truth.tolist(), proba=p.tolist(), log_loss=metrics.log_loss(truth, p, labels=range(k)))


def calibration(rng, n, bins):
    p = rng.random(n).round(3)
    p[:3] = 0, 1, 0.5
    truth = rng.random(n) < p**1.5
    edges = np.linspace(0, 1, bins + 1)  # the bins of sklearn.calibration.calibration_curve
    bin_of = np.searchsorted(edges[1:-1], p)
    error = sum(abs((p - truth)[bin_of == b].sum()) for b in range(bins)) / n
    return dict(y_true=truth.tolist(), probability=p.tolist(), n_bins=bins, calibration_error=error)


def clusters(rng, n, d, k, spread):
    centers = rng.uniform(-5, 5, (k, d))
    of = rng.integers(0, k, n)
    of[0] = k  # a cluster of one sample
    x = (np.vstack([centers, centers[:1] + 20])[of] + rng.normal(0, spread, (n, d))).round(6)
    return dict(x=x.tolist(), labels=of.tolist(), silhouette=metrics.silhouette_score(x, of),
                davies_bouldin=metrics.davies_bouldin_score(x, of),
                calinski_harabasz=metrics.calinski_harabasz_score(x, of))


def main():
    rng = np.random.default_rng(4)
    data = dict(made_with=f"scikit-learn {sklearn.__version__}",
                ranking=[ranking(rng, *a) for a in ((200, 0.5, 6), (300, 0.05, 1), (50, 0.9, 0), (9, 0.3, 2))],
                labels=[labels(rng, *a) for a in ((100, 2), (200, 5), (30, 9))],
                probabilities=[probabilities(rng, *a) for a in ((60, 2), (80, 5))],
                calibration=[calibration(rng, *a) for a in ((150, 10), (70, 4), (20, 1))],
                clusters=[clusters(rng, *a) for a in ((90, 2, 3, 0.5), (120, 6, 7, 3.0), (200, 3, 2, 0.01))])
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "metrics.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(data, file)
        file.write("\n")


if __name__ == "__main__":
    main()
