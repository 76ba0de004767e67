"""Writes stats.json: statistics and correlations by pandas, scipy and scikit-learn.

    python generate.py > stats.json
"""
import json
import platform
import warnings

import numpy as np
import pandas as pd
import scipy
import sklearn
from scipy import stats
from sklearn.metrics import mutual_info_score, roc_auc_score

warnings.simplefilter("ignore")
rng = np.random.default_rng(11)
N = 200


def clean(value):
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(v) for v in value]
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else float(value)
    if isinstance(value, (np.integer, np.bool_)):
        return value.item()
    return value


# Columns as a log has them: long tails, many ties, gaps, negative ones, large means.
frame = pd.DataFrame({
    "tail": np.round(rng.lognormal(5, 2, N), 3),
    "ties": rng.poisson(1.2, N).astype(float),
    "gaps": np.where(rng.random(N) < 0.3, np.nan, np.round(rng.standard_normal(N) * 4 - 2, 4)),
    "large": 1e9 + np.round(rng.standard_normal(N), 3),
})
frame["like"] = np.round(frame["tail"] * 0.3 + rng.lognormal(4, 1, N), 3)
names = list(frame.columns)
category = rng.integers(0, 4, N)
other = np.where(rng.random(N) < 0.6, category % 3, rng.integers(0, 3, N))
is_so = (frame["tail"] + rng.lognormal(5, 1.5, N) > 300).to_numpy()
Q = [0.0, 0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0]


def summary(column):
    c = frame[column]
    return {"n": int(c.count()), "mean": c.mean(), "var": c.var(), "skew": c.skew(), "kurt": c.kurt(),
            "min": c.min(), "max": c.max(), "quantiles": [c.quantile(q) for q in Q]}


def pair(a, b):
    both = frame[[a, b]].dropna()
    return {"a": a, "b": b, "n": len(both), "pearson": frame[a].corr(frame[b]),
            "spearman": stats.spearmanr(both[a], both[b])[0], "kendall": stats.kendalltau(both[a], both[b])[0]}


def cramers_v(table):
    # Bergsma 2013.
    n = table.sum()
    phi2 = stats.chi2_contingency(table, correction=False)[0] / n
    r, k = table.shape
    phi2 = max(0, phi2 - (k - 1) * (r - 1) / (n - 1))
    r, k = r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)
    return np.sqrt(phi2 / min(k - 1, r - 1))


def correlation_ratio(column):
    groups = frame[column].groupby(category)
    mean = frame[column].mean()
    between = sum(g.count() * (g.mean() - mean) ** 2 for _, g in groups)
    return np.sqrt(between / ((frame[column] - mean) ** 2).sum())


table = pd.crosstab(category, other).to_numpy()
grouped = frame["tail"].groupby(category)
print(json.dumps(clean({
    "versions": {"python": platform.python_version(), "numpy": np.__version__, "pandas": pd.__version__,
                 "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
    "columns": {c: frame[c].tolist() for c in names}, "category": category.tolist(), "other": other.tolist(),
    "is_so": is_so.tolist(), "q": Q,
    "summaries": {c: summary(c) for c in names},
    "pairs": [pair(a, b) for i, a in enumerate(names) for b in names[i + 1:]],
    "point_biserial": stats.pointbiserialr(is_so, frame["tail"])[0],
    "auc": roc_auc_score(is_so, frame["tail"]), "auc_ties": roc_auc_score(is_so, frame["ties"]),
    "table": table.tolist(), "cramers_v": cramers_v(table), "mutual_information": mutual_info_score(category, other),
    "correlation_ratio": correlation_ratio("tail"),
    "groups": [{"n": int(g.count()), "mean": g.mean(), "var": g.var()} for _, g in grouped],
    "histogram": np.histogram(frame["gaps"].dropna(), bins=7, range=(-10, 8))[0].tolist(),
})))
