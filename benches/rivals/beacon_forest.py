#!/usr/bin/env python3
"""Trains scikit-learn's random forest and MLPClassifier on the features of `bro-ml beacons evaluate --export FILE`.

Usage: beacon_forest.py FILE
Prints the area under the precision-recall curve on the shifted test, without and with decoys of the same timers, of
both and of RITA v5's formula on the same pairs; compare them with `bro-ml beacons evaluate` of the same parameters.
Needs scikit-learn and pandas (written for 1.9 and 3.0).
"""

import sys

import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import average_precision_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def main():
    pairs = pd.read_csv(sys.argv[1])
    features = list(pairs.columns[pairs.columns.get_loc("rita") + 1:])
    train, test = pairs[pairs["set"] == "train"], pairs[pairs["set"] == "test"]
    models = {
        "random forest": RandomForestClassifier(500, n_jobs=-1, random_state=1),
        "MLPClassifier": make_pipeline(StandardScaler(), MLPClassifier((32, 16), alpha=1e-3, random_state=1)),
    }
    scores = {"RITA v5": test["rita"]}
    for name, model in models.items():
        scores[name] = model.fit(train[features], train["is_beacon"]).predict_proba(test[features])[:, 1]
    without = (test["is_decoy"] == 0).to_numpy()
    for name, score in scores.items():
        truth = test["is_beacon"].to_numpy()
        shifted = average_precision_score(truth[without], score[without])
        print(f"{name:15} shifted {shifted:.3f}, matched decoys {average_precision_score(truth, score):.3f}")


main()
