"""CANARY_REFERENCE of the suite."""


def twice(x):
    return {"value": 2.0 * x}
