#!/usr/bin/env python3
"""Writes mlp.json: loss curves and probabilities of scikit-learn's MLPClassifier, and what it started from.

    python generate_mlp.py        # scikit-learn 1.9.1, numpy 2.x

Weights are given to scikit-learn rather than drawn by it, and batches follow the order of the rows, so that another
implementation can take exactly the same steps.
"""
import json
import os
import warnings

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

SAMPLES, FEATURES, EPOCHS = 120, 4, 25


class FromWeights(MLPClassifier):
    """Takes its first weights from a list of (coefs, intercepts)."""

    def _init_coef(self, fan_in, fan_out, dtype):
        coefs, intercepts = self.start.pop(0)
        assert coefs.shape == (fan_in, fan_out)
        return coefs.copy(), intercepts.copy()


def case(rng, x, y, weights, name, hidden, **params):
    outputs = 1 if y.max() == 1 else y.max() + 1
    sizes = [FEATURES, *hidden, outputs]
    start = [(rng.normal(0, 0.5, pair).round(6), rng.normal(0, 0.1, pair[1]).round(6)) for pair in zip(sizes, sizes[1:])]
    params = {"max_iter": EPOCHS, "batch_size": 50, **params}
    model = FromWeights(tuple(hidden), shuffle=False, **params)
    model.start = list(start)
    model.fit(x, y, sample_weight=weights)
    return dict(name=name, hidden_layer_sizes=hidden, **params, y=y.tolist(),
                sample_weight=None if weights is None else weights.tolist(),
                coefs=[c.tolist() for c, _ in start], intercepts=[i.tolist() for _, i in start],
                loss_curve=model.loss_curve_, n_iter=model.n_iter_, best_loss=model.best_loss_,
                predict_proba=model.predict_proba(x[:10]).tolist(), predict=model.predict(x).tolist())


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)
    rng = np.random.default_rng(11)
    x = rng.normal(0, 1, (SAMPLES, FEATURES)).round(6)
    score = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2]
    two = (score > 0).astype(int)
    three = np.digitize(score, [-0.7, 0.7])
    weights = rng.uniform(0, 2, SAMPLES).round(6)
    weights[::7] = 0
    c = lambda *args, **params: case(rng, x, *args, **params)
    cases = [
        c(two, None, "relu adam", [10], activation="relu", learning_rate_init=0.01),
        c(three, None, "tanh adam, two layers, three classes", [9, 7], activation="tanh", learning_rate_init=0.01),
        c(three, None, "relu adam, three layers", [16, 8, 5], activation="relu", alpha=0.1),
        c(two, None, "logistic sgd nesterov invscaling", [8], activation="logistic", solver="sgd",
          learning_rate="invscaling", learning_rate_init=0.5, power_t=0.2),
        c(two, None, "identity sgd adaptive until it stops", [5], activation="identity", solver="sgd",
          learning_rate="adaptive", learning_rate_init=0.1, tol=0.05, n_iter_no_change=1, nesterovs_momentum=False,
          max_iter=60),
        c(three, None, "relu sgd without momentum", [11], activation="relu", solver="sgd", learning_rate_init=0.1,
          momentum=0.0),
        c(two, weights, "relu adam weighted", [10], activation="relu", learning_rate_init=0.01),
        c(three, weights, "tanh sgd weighted, three classes", [6], activation="tanh", solver="sgd",
          learning_rate_init=0.05),
        c(two, None, "stops early without improvement", [4], activation="relu", learning_rate_init=0.05, tol=0.02,
          n_iter_no_change=3, max_iter=200),
        c(two, None, "confident and wrong, no hidden layer", [], activation="identity", solver="sgd",
          learning_rate_init=10.0, momentum=0.0, alpha=0.0, max_iter=6),
    ]
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "mlp.json"), "w", encoding="utf-8") as file:
        json.dump(dict(made_with=f"scikit-learn {sklearn.__version__}", x=x.tolist(), cases=cases), file)
        file.write("\n")


if __name__ == "__main__":
    main()
