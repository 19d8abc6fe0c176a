"""What the four functions give."""


def double(x):
    return {"y": 2 * x}


def triple(x):
    return {"y": 3 * x}


def negate(x):
    return {"y": -x}


def square(x):
    return {"y": x * x}
