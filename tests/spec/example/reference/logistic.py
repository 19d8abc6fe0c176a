"""The logistic loss of one example in closed form."""

import numpy as np


def logistic(w, x, label):
    score = w @ x
    probability = 1.0 / (1.0 + np.exp(-np.clip(score, -700, 700)))
    return {"loss": np.logaddexp(0.0, score) - label * score, "grad_w": (probability - label) * x}


def logistic_sign(w, x, label):
    right = logistic(w, x, label)
    return {"loss": right["loss"], "grad_w": -right["grad_w"]}
