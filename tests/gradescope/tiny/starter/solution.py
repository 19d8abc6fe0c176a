def double(x):
    raise NotImplementedError


def triple(x):
    raise NotImplementedError


def negate(x):
    raise NotImplementedError


def square(x):
    raise NotImplementedError
