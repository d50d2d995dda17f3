"""A recurrent language model."""

from __future__ import annotations

from torch import Tensor, nn

from lossbar_core.checks import as_count
from lossbar_core.networks.parameters import as_flag


class LanguageModel(nn.Module):
    r"""LSTM language model: logits of :math:`w_{t+1}` from :math:`w_1, \dots, w_t`, the state 0 at the start of a row.

    The FB paper's network for Penn Treebank: two layers of 200 units, rows of 20 words. Its code carries the state from
    one row to the next; a loss that is a function of parameters and rows alone cannot, so every row starts afresh.

    Parameters
    ----------
    vocabulary : int
        Number V of different words.
    width : int
        Of the embedding and of each layer. 200, as in the FB paper's code.
    layers : int
        2, as there.
    tied : bool
        Whether the output layer takes the embedding's weights. False, as there.

    Raises
    ------
    TypeError
        If a number is no integer, or tied no truth value.
    ValueError
        If a number is not positive.

    Examples
    --------
    >>> import torch
    >>> model = LanguageModel(50, width=8, layers=1)
    >>> model(torch.zeros(3, 20, dtype=torch.int64)).shape
    torch.Size([3, 50, 20])
    """

    def __init__(self, vocabulary: int, width: int = 200, layers: int = 2, *, tied: bool = False) -> None:
        super().__init__()
        as_count(vocabulary, "vocabulary", low=2), as_count(width, "width"), as_count(layers, "layers")
        self.embedding = nn.Embedding(vocabulary, width)
        self.recurrent = nn.LSTM(width, width, layers, batch_first=True)
        self.output = nn.Linear(width, vocabulary)
        if as_flag(tied, "tied"):
            self.output.weight = self.embedding.weight

    def forward(self, words: Tensor) -> Tensor:
        """Logits (n, V, T) of word numbers (n, T), the classes in axis 1 as cross-entropy wants them.

        Raises
        ------
        ValueError
            If the words are not (n, T).
        """
        if words.ndim != 2:
            raise ValueError(
                f"expected word numbers of shape (n, T), got {tuple(words.shape)}; write one row as words[None]"
            )
        states, _ = self.recurrent(self.embedding(words))
        return self.output(states).transpose(1, 2)
