"""Neural networks made of the operations of `autograd`: neurons of Values, layers of Tensors."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING, Any

import autograd as _ag
from autograd.names import Missing as _Missing

if TYPE_CHECKING:
    from nn import activations as activations
    from nn import init as init
    from nn import schedules as schedules
    from nn.activations import ELU as ELU
    from nn.activations import GELU as GELU
    from nn.activations import Identity as Identity
    from nn.activations import LeakyReLU as LeakyReLU
    from nn.activations import LogSoftmax as LogSoftmax
    from nn.activations import ReLU as ReLU
    from nn.activations import Sigmoid as Sigmoid
    from nn.activations import SiLU as SiLU
    from nn.activations import Softmax as Softmax
    from nn.activations import Softplus as Softplus
    from nn.activations import Step as Step
    from nn.activations import Tanh as Tanh
    from nn.checkpoint import load as load
    from nn.checkpoint import save as save
    from nn.clipping import clip_gradient_values as clip_gradient_values
    from nn.clipping import clip_gradients as clip_gradients
    from nn.data import Batches as Batches
    from nn.data import batches as batches
    from nn.data import one_hot as one_hot
    from nn.history import History as History
    from nn.layers import AvgPool2d as AvgPool2d
    from nn.layers import BatchNorm as BatchNorm
    from nn.layers import Conv2d as Conv2d
    from nn.layers import Dropout as Dropout
    from nn.layers import Embedding as Embedding
    from nn.layers import Flatten as Flatten
    from nn.layers import LayerNorm as LayerNorm
    from nn.layers import Linear as Linear
    from nn.layers import MaxPool2d as MaxPool2d
    from nn.lbfgs import LBFGS as LBFGS
    from nn.losses import bce as bce
    from nn.losses import cross_entropy as cross_entropy
    from nn.losses import hinge as hinge
    from nn.losses import huber as huber
    from nn.losses import kl as kl
    from nn.losses import mae as mae
    from nn.losses import mse as mse
    from nn.losses import nll as nll
    from nn.losses import rss as rss
    from nn.metrics import accuracy as accuracy
    from nn.metrics import confusion_matrix as confusion_matrix
    from nn.metrics import f1 as f1
    from nn.metrics import precision as precision
    from nn.metrics import r2 as r2
    from nn.metrics import recall as recall
    from nn.metrics import roc_auc as roc_auc
    from nn.metrics import roc_curve as roc_curve
    from nn.metrics import sensitivity as sensitivity
    from nn.metrics import specificity as specificity
    from nn.metrics import top_k_accuracy as top_k_accuracy
    from nn.module import Module as Module
    from nn.neurons import MLP as MLP
    from nn.neurons import Layer as Layer
    from nn.neurons import Neuron as Neuron
    from nn.optim import SGD as SGD
    from nn.optim import AdaGrad as AdaGrad
    from nn.optim import Adam as Adam
    from nn.optim import AdamW as AdamW
    from nn.optim import Optimizer as Optimizer
    from nn.optim import RMSProp as RMSProp
    from nn.sequential import Sequential as Sequential
    from nn.training import fit as fit

_ROOMS = {
    "activations": """
        ELU GELU Identity LeakyReLU LogSoftmax ReLU Sigmoid SiLU Softmax Softplus Step Tanh
    """,
    "checkpoint": "load save",
    "clipping": "clip_gradient_values clip_gradients",
    "data": "Batches batches one_hot",
    "history": "History",
    "layers": """
        AvgPool2d BatchNorm Conv2d Dropout Embedding Flatten LayerNorm Linear MaxPool2d
    """,
    "lbfgs": "LBFGS",
    "losses": "bce cross_entropy hinge huber kl mae mse nll rss",
    "metrics": """
        accuracy confusion_matrix f1 precision r2 recall roc_auc roc_curve sensitivity
        specificity top_k_accuracy
    """,
    "module": "Module",
    "neurons": "MLP Layer Neuron",
    "optim": "SGD AdaGrad Adam AdamW Optimizer RMSProp",
    "sequential": "Sequential",
    "training": "fit",
}
"""Public names by their modules, which are imported when one of them is asked for."""
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names.split()}
_MODULES = ("activations", "init", "schedules")

__all__ = [*_MODULES, *_ROOM_OF]

if not TYPE_CHECKING:
    _missing = _Missing(__name__, lambda name: f"ag.{name}" if name in _ag.__all__ else None)

    def __getattr__(name: str) -> Any:
        """Return a name of a module that is imported now; raise, with a hint, for others."""
        if name in _ROOM_OF:
            globals()[name] = found = getattr(_import_module(f"nn.{_ROOM_OF[name]}"), name)
            return found
        if name in _MODULES or name in _ROOMS:
            return _import_module(f"nn.{name}")
        return _missing(name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
