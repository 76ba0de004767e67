"""Writes kmeans.json: small fits by scikit-learn from given starts.

Made with Python 3.11, numpy 2.4 and scikit-learn 1.9.1; the file names the versions that were used.

    python generate_kmeans.py > kmeans.json
"""
import json
import platform

import numpy as np
import sklearn
from sklearn.cluster import KMeans, MiniBatchKMeans

rng = np.random.default_rng(4)


def blobs(n, d, k, spread):
    centers = rng.uniform(-10, 10, (k, d))
    return np.round(centers[rng.integers(k, size=n)] + spread * rng.standard_normal((n, d)), 6)


def case(name, x, init, weights=None, max_iter=300, tol=1e-4):
    model = KMeans(len(init), init=init, n_init=1, max_iter=max_iter, tol=tol, algorithm="lloyd")
    model.fit(x, sample_weight=weights)
    return dict(name=name, x=x.tolist(), init=init.tolist(), weights=None if weights is None else weights.tolist(),
                max_iter=max_iter, tol=tol, labels=model.labels_.tolist(), n_iter=model.n_iter_,
                cluster_centers=model.cluster_centers_.tolist(), inertia=model.inertia_)


def cases():
    x = blobs(90, 3, 5, 1.0)
    yield case("separated groups", x, x[:5])
    x = np.round(rng.uniform(-1, 1, (120, 2)), 6)
    yield case("uniform, three iterations", x, x[:7], max_iter=3, tol=0.0)
    yield case("uniform, to the end", x, x[:7], tol=0.0)
    yield case("uniform, stopped by tol", x, x[:7], tol=1e-2)
    yield case("weighted", x, x[:4], weights=np.round(rng.uniform(0, 3, 120), 3))
    yield case("far from the origin", x + 1e6, x[:6] + 1e6)
    yield case("one column", x[:, :1].copy(), x[:5, :1].copy())
    far = np.array([[100.0, 100.0], [-0.2, 0.3], [0.4, -0.1], [200.0, 200.0]])
    yield case("two empty clusters", x, far, max_iter=20)
    repeated = np.repeat(x[:12], 5, axis=0)
    yield case("repeated rows", repeated, x[:6])
    x = blobs(150, 20, 9, 3.0)
    yield case("twenty columns", x, x[:12])


def mini_batches():
    """The centres after each of some batches, none put elsewhere."""
    x = blobs(300, 4, 5, 2.0)
    for name, weights in [("equal rows", np.ones(300)), ("weighted rows", np.round(rng.uniform(0, 3, 300), 3))]:
        model = MiniBatchKMeans(6, init=x[:6], n_init=1, reassignment_ratio=0.0)
        batches = [rng.integers(300, size=40) for _ in range(12)]
        steps = []
        for rows in batches:
            model.partial_fit(x[rows], sample_weight=weights[rows])
            steps.append(model.cluster_centers_.tolist())
        yield dict(name=name, x=x.tolist(), init=x[:6].tolist(), weights=weights.tolist(),
                   batches=[rows.tolist() for rows in batches], cluster_centers=steps)


print(json.dumps(dict(python=platform.python_version(), numpy=np.__version__, sklearn=sklearn.__version__,
                      cases=list(cases()), mini_batches=list(mini_batches()))))
