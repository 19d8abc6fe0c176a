"""Fill in the function below."""


def logistic_loss(w, x, label):
    """Return the loss and its gradient (d,) for weights w (d,), features x (d,) and a label 0 or 1."""
    raise NotImplementedError
