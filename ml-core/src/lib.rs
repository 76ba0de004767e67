//! k-means, DBSCAN, PCA and a multi-layer perceptron on ndarray and rayon.
