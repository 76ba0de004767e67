"""Writes estimators.json: imputers, encoders, transforms and scalers by scikit-learn.

Made with Python 3.11, numpy 2.4 and scikit-learn 1.9.1; the file names the versions that were used.

    python generate_estimators.py > estimators.json
"""
import json
import platform
import warnings

import numpy as np
import sklearn
from sklearn.feature_extraction import FeatureHasher
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (MaxAbsScaler, MinMaxScaler, OneHotEncoder, OrdinalEncoder, PowerTransformer,
                                   QuantileTransformer, RobustScaler, StandardScaler)

warnings.simplefilter("ignore")
rng = np.random.default_rng(5)
N = 60


def cells(x):
    return [[None if isinstance(v, float) and np.isnan(v) else v for v in row] for row in np.asarray(x).tolist()]


# Columns as a log has them: long tails, many zeros, a constant one, negative ones, few distinct values.
x = np.round(np.column_stack([
    rng.lognormal(3, 2, N), rng.poisson(0.7, N), np.full(N, 4.25), rng.standard_normal(N) * 3 - 1,
    rng.choice([0.0, 1.0, 80.0, 443.0], N)]), 6)
gapped = x.copy()
gapped[rng.random(x.shape) < 0.15] = np.nan
gapped[:, 2] = x[:, 2]
later = np.round(np.vstack([x[:5] * 1.7 - 2.0, [[1e6] * 5, [-1e6] * 5]]), 6)

numeric = {
    "StandardScaler": StandardScaler(),
    "MinMaxScaler": MinMaxScaler(),
    "MinMaxScaler -1 to 3, clipped": MinMaxScaler(feature_range=(-1, 3), clip=True),
    "MaxAbsScaler": MaxAbsScaler(),
    "RobustScaler": RobustScaler(),
    "RobustScaler 5 to 95": RobustScaler(quantile_range=(5, 95)),
    "QuantileTransformer uniform": QuantileTransformer(n_quantiles=1000),
    "QuantileTransformer normal, 11": QuantileTransformer(n_quantiles=11, output_distribution="normal"),
    "PowerTransformer": PowerTransformer(),
    "PowerTransformer as it is": PowerTransformer(standardize=False),
}
cases = [dict(name=name, transformed=cells(model.fit(gapped).transform(gapped)), later=cells(model.transform(later)),
              inverse=cells(model.inverse_transform(model.transform(gapped))))
         for name, model in numeric.items()]
lambdas = PowerTransformer().fit(gapped).lambdas_.tolist()
imputers = [dict(strategy=strategy, statistics=model.statistics_.tolist(), transformed=cells(model.transform(gapped)))
            for strategy in ["mean", "median", "most_frequent", "constant"]
            for model in [SimpleImputer(strategy=strategy, fill_value=-7.0 if strategy == "constant" else None,
                                        add_indicator=True).fit(gapped)]]

text = np.array([[s, p] for s, p in zip(
    rng.choice(["dns", "http", "ssl", "irc", None], N, p=[.4, .3, .2, .05, .05]),
    rng.choice(["tcp", "udp", "icmp"], N, p=[.6, .35, .05]))], dtype=object)
unseen = np.array([["dns", "sctp"], ["gopher", "tcp"], [None, "udp"]], dtype=object)


def one_hot(**how):
    model = OneHotEncoder(sparse_output=False, **how).fit(text)
    return dict(how=how, transformed=model.transform(text).astype(int).tolist(),
                unseen=model.transform(unseen).astype(int).tolist())


# Only NaN is missing to this encoder; None would be a category.
missing = lambda values: np.where(np.equal(values, None), np.nan, values)
ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(missing(text))
hashed = FeatureHasher(16, input_type="string").transform(
    [[f"{name}={value}" for name, value in zip(["service", "proto"], row) if value is not None] for row in text])
print(json.dumps(dict(
    python=platform.python_version(), numpy=np.__version__, sklearn=sklearn.__version__,
    x=cells(gapped), later=cells(later), cases=cases, lambdas=lambdas, imputers=imputers,
    text=text.tolist(), unseen=unseen.tolist(),
    one_hot=[one_hot(handle_unknown="ignore"),
             one_hot(handle_unknown="infrequent_if_exist", min_frequency=7),
             one_hot(handle_unknown="infrequent_if_exist", max_categories=3)],
    ordinal=dict(transformed=cells(ordinal.transform(missing(text))), unseen=cells(ordinal.transform(missing(unseen)))),
    hashed=hashed.toarray().astype(int).tolist())))
