"""Pages to play with, each one file that computes by rows of the engine, printed as JavaScript.

    python -m demos.playgrounds pages
    python -m demos.playgrounds pages taylor steps --expression "exp(x) / (1 + x**2)"

    neuron      one neuron, every number of its two passes, and gradient descent
    slowdown    a sigmoid neuron that is far off: quadratic cost against cross-entropy
    absolute    |x| from two ReLUs
    moons       a 2-4-4-1 network that learns two moons, with its decision surface
    taylor      Taylor polynomials of an expression
    steps       the error of a difference against its step

They load nothing: a page may run its own script and use its own style, and nothing else.
"""
