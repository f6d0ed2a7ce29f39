"""Neural networks made of the operations of `autograd`: neurons of Values, layers of Tensors."""

from typing import TYPE_CHECKING

import autograd as _ag
from autograd.names import Missing as _Missing
from nn import activations, init, schedules
from nn.activations import (
    ELU,
    GELU,
    Identity,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Step,
    Tanh,
)
from nn.checkpoint import load, save
from nn.clipping import clip_gradient_values, clip_gradients
from nn.data import Batches, batches, one_hot
from nn.history import History
from nn.layers import (
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dropout,
    Embedding,
    Flatten,
    LayerNorm,
    Linear,
    MaxPool2d,
    Sequential,
)
from nn.lbfgs import LBFGS
from nn.losses import bce, cross_entropy, hinge, huber, kl, mae, mse, nll, rss
from nn.metrics import (
    accuracy,
    confusion_matrix,
    f1,
    precision,
    r2,
    recall,
    roc_auc,
    roc_curve,
    sensitivity,
    specificity,
    top_k_accuracy,
)
from nn.module import Module
from nn.neurons import MLP, Layer, Neuron
from nn.optim import SGD, AdaGrad, Adam, AdamW, Optimizer, RMSProp
from nn.training import fit

__all__ = [
    "ELU",
    "GELU",
    "LBFGS",
    "MLP",
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamW",
    "AvgPool2d",
    "BatchNorm",
    "Batches",
    "Conv2d",
    "Dropout",
    "Embedding",
    "Flatten",
    "History",
    "Identity",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MaxPool2d",
    "Module",
    "Neuron",
    "Optimizer",
    "RMSProp",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Step",
    "Tanh",
    "accuracy",
    "activations",
    "batches",
    "bce",
    "clip_gradient_values",
    "clip_gradients",
    "confusion_matrix",
    "cross_entropy",
    "f1",
    "fit",
    "hinge",
    "huber",
    "init",
    "kl",
    "load",
    "mae",
    "mse",
    "nll",
    "one_hot",
    "precision",
    "r2",
    "recall",
    "roc_auc",
    "roc_curve",
    "rss",
    "save",
    "schedules",
    "sensitivity",
    "specificity",
    "top_k_accuracy",
]

if not TYPE_CHECKING:
    __getattr__ = _Missing(__name__, lambda name: f"ag.{name}" if name in _ag.__all__ else None)
