"""Writes pca.json: principal components, scalers and correlations by scikit-learn and numpy.

Made with Python 3.11, numpy 2.4 and scikit-learn 1.9.1; the file names the versions that were used.

    python generate_pca.py > pca.json
"""
import json
import platform

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(8)


def mixed(n, d, offset=0.0):
    spread = 2.0 ** -np.arange(d)
    return np.round((rng.standard_normal((n, d)) * spread) @ rng.uniform(-1, 1, (d, d)), 6) + offset


def case(name, x, n_components=None, whiten=False, solver="full"):
    pca = PCA(n_components, whiten=whiten, svd_solver=solver).fit(x)
    scaler = StandardScaler().fit(x)
    return dict(name=name, x=x.tolist(), n_components=n_components, whiten=whiten, components=pca.components_.tolist(),
                explained_variance=pca.explained_variance_.tolist(),
                explained_variance_ratio=pca.explained_variance_ratio_.tolist(),
                singular_values=pca.singular_values_.tolist(), mean=pca.mean_.tolist(),
                noise_variance=float(pca.noise_variance_), transformed=pca.transform(x).tolist(),
                scaler=dict(mean=scaler.mean_.tolist(), var=scaler.var_.tolist(), scale=scaler.scale_.tolist(),
                            transformed=scaler.transform(x).tolist()),
                correlation=np.corrcoef(x, rowvar=False).tolist())


def cases():
    yield case("all components", mixed(40, 4))
    yield case("two of six, by the covariance", mixed(60, 6), 2, solver="covariance_eigh")
    yield case("three of six, whitened", mixed(60, 6), 3, whiten=True)
    yield case("nine tenths of the variance", mixed(50, 5), 0.9)
    yield case("a large mean", mixed(50, 3, offset=1000.0))
    yield case("fewer rows than columns", mixed(5, 8), 3)


print(json.dumps(dict(python=platform.python_version(), numpy=np.__version__, sklearn=sklearn.__version__,
                      cases=list(cases()))))
