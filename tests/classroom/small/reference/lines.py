"""Multiples."""


def double(x):
    return {"y": 2 * x}


def triple(x):
    return {"y": 3 * x}
