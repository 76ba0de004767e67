#!/usr/bin/env python3
"""Writes dbscan.json: small matrices clustered by scikit-learn's kd-tree, for tests/it/dbscan.rs.

    python generate_dbscan.py        # made with numpy 2.x and scikit-learn 1.9.1

Coordinates have few decimals: many rows are equal, and many pairs lie at `eps` to the last bit.
"""
import json
import os

import numpy as np
import sklearn
from sklearn.cluster import DBSCAN


def blobs(rng, n, d, decimals):
    centers = rng.uniform(-4, 4, (4, d))
    x = centers[rng.integers(0, 4, n)] + rng.normal(0, 0.7, (n, d))
    x[: n // 8] = rng.uniform(-6, 6, (n // 8, d))
    return np.round(x, decimals)


def case(name, x, eps, min_samples, sample_weight=None):
    model = DBSCAN(eps=eps, min_samples=min_samples, algorithm="kd_tree").fit(x, sample_weight=sample_weight)
    labels = [None if label < 0 else int(label) for label in model.labels_]
    return {
        "name": name,
        "n_features": x.shape[1],
        "x": x.ravel().tolist(),
        "eps": eps,
        "min_samples": min_samples,
        "sample_weight": None if sample_weight is None else sample_weight.tolist(),
        "labels": labels,
        "core_sample_indices": model.core_sample_indices_.tolist(),
    }


def main():
    rng = np.random.default_rng(20)
    cases = []
    for d, eps in ((1, 0.05), (2, 0.5), (3, 0.9), (5, 1.3), (8, 2.0)):
        for decimals, min_samples in ((3, 5), (1, 4), (0, 6)):
            x = blobs(rng, 160, d, decimals)
            radius = max(eps, 1.0) if decimals == 0 else eps
            cases.append(case(f"blobs d={d} decimals={decimals}", x, radius, min_samples))
        weights = rng.integers(0, 9, 120) / 4
        cases.append(case(f"weights d={d}", blobs(rng, 120, d, 2), eps, 4, weights))
    lattice = np.stack(np.meshgrid(np.arange(9.0), np.arange(9.0)), -1).reshape(-1, 2) / 10
    for min_samples in (3, 4, 5):
        cases.append(case(f"lattice min_samples={min_samples}", lattice, 0.1, min_samples))
    chain = np.arange(30.0)[:, None] * 0.3
    cases.append(case("chain of steps near eps", chain, 0.3, 2))
    one = np.vstack([np.zeros((60, 3)), rng.normal(0, 1, (40, 3)).round(2)])
    cases.append(case("sixty equal rows", one, 0.8, 10))
    out = {"scikit-learn": sklearn.__version__, "numpy": np.__version__, "cases": cases}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dbscan.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(out, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
