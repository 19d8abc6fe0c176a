def sgd(f, x0, step, iterations, postprocessing=None, useSaved=False, PRINT_EVERY=10):
    loss, grad = f(x0)
    return sgd(f, x0 - step * grad, step, iterations)
