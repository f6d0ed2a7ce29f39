"""Neural networks made of the operations of `autograd`: neurons of Values, layers of Tensors."""

from nn import init
from nn.data import batches, one_hot
from nn.layers import Linear, Sequential, Sigmoid
from nn.losses import bce, mse
from nn.metrics import accuracy
from nn.module import Module
from nn.neurons import MLP, Layer, Neuron
from nn.optim import SGD
from nn.training import History, fit

__all__ = [
    "MLP",
    "SGD",
    "History",
    "Layer",
    "Linear",
    "Module",
    "Neuron",
    "Sequential",
    "Sigmoid",
    "accuracy",
    "batches",
    "bce",
    "fit",
    "init",
    "mse",
    "one_hot",
]
