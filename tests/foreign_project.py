"""Networks that the library has never seen, as the text of a module of a user's own project."""

FOREIGN = '''
"""A user's project: networks, losses and data of many kinds."""

import functools

import torch
from torch import nn
from torch.nn import functional as F

WORDS, LENGTH = 11, 6


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 2, batch_first=True)
        self.dense = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        y = self.first(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        return x + self.dense(self.second(x))


class Transformer(nn.Module):
    """Guesses which word comes after the last; input and output embeddings are tied."""

    def __init__(self, width=8):
        super().__init__()
        self.words = nn.Embedding(WORDS, width)
        self.places = nn.Parameter(0.1 * torch.randn(LENGTH, width))
        self.block = Block(width)
        self.output = nn.Linear(width, WORDS, bias=False)
        self.output.weight = self.words.weight

    def forward(self, words):
        return self.output(self.block(self.words(words) + self.places)[:, -1])


def transformer():
    return Transformer()


narrow = functools.partial(Transformer, width=4)


def sequences():
    words = torch.randint(0, WORDS, (48, LENGTH), generator=torch.Generator().manual_seed(3))
    return words, (words[:, -1] + words[:, 0]) % WORDS


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU())
        self.deep = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU())
        self.up = nn.ConvTranspose2d(4, 3, 2, stride=2)
        self.out = nn.Conv2d(6, 1, 1)

    def forward(self, x):
        kept = self.down(x)
        return self.out(torch.cat([kept, self.up(self.deep(kept))], dim=1))


def unet():
    return UNet()


def images():
    noise = torch.Generator().manual_seed(4)
    clean = torch.zeros(12, 1, 8, 8)
    clean[:, :, 2:6, 2:6] = torch.rand(12, 1, 1, 1, generator=noise) + 0.5
    return clean + 0.2 * torch.randn(clean.shape, generator=noise), clean


def huber(outputs, targets):
    return F.huber_loss(outputs, targets)


class Small(nn.Module):
    """Two inputs by name, one parameter that is never used."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.idle = nn.Linear(2, 3), nn.Linear(1, 3), nn.Linear(5, 5)

    def forward(self, left, right):
        return torch.tanh(self.a(left) + self.b(right)).sum(dim=1, keepdim=True)


def small():
    return Small()


def named_inputs():
    noise = torch.Generator().manual_seed(5)
    inputs = {"left": torch.randn(20, 2, generator=noise), "right": torch.randn(20, 1, generator=noise)}
    return inputs, torch.randn(20, 1, generator=noise)


def dense():
    return nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2))


def points():
    noise = torch.Generator().manual_seed(6)
    places = torch.randn(40, 2, generator=noise)
    return places, (places[:, 0] * places[:, 1] > 0).long()


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = nn.LSTM(2, 3, batch_first=True)
        self.out = nn.Linear(3, 2)

    def forward(self, x):
        return self.out(self.cells(x)[0][:, -1])


def recurrent():
    return Recurrent()


def series():
    noise = torch.Generator().manual_seed(7)
    values = torch.randn(12, 4, 2, generator=noise)
    return values, (values.sum(dim=(1, 2)) > 0).long()


def forgetful():
    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 2))


# What goes wrong.
def same_weights():
    torch.manual_seed(0)
    return dense()


def other_sizes():
    width = int(torch.randint(3, 9, ()))
    return nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, 2))


def a_tensor():
    return torch.zeros(3)


def a_class():
    return Small


def broken_points():
    places, classes = points()
    places[3, 1] = float("nan")
    return places, classes


def a_loader():
    from torch.utils.data import DataLoader, TensorDataset

    return DataLoader(TensorDataset(*points()))


def three_parts():
    return (*points(), 1)


def float_classes():
    places, classes = points()
    return places, classes.float()


def short_targets():
    places, classes = points()
    return places, classes[:5]


def vector_loss(outputs, targets):
    return F.cross_entropy(outputs, targets, reduction="none")


def sum_loss(outputs, targets):
    return F.cross_entropy(outputs, targets, reduction="sum")
'''
