def double(x):
    return None


def triple(x):
    return None
