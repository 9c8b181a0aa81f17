"""Autoencoder whose encoder is the convolutional part of a CNN."""

import torch
from torch import nn
from torch.nn import functional

from adrepro.models.deep.layers import PadMaxPool3d


class Autoencoder(nn.Module):
    """Autoencoder of the convolutional part of Conv5_FC3 or Conv4_FC3, (B, 1, X, Y, Z) to the same shape.

    The decoder mirrors the encoder: each block has max-unpooling (to the place of each maximum), transposed
    convolution, batch normalization and ReLU; the last block is a transposed convolution alone.

    Parameters
    ----------
    encoder : Sequential
        Convolutional part, see `architectures.encoder`.
    """

    def __init__(self, encoder: nn.Sequential) -> None:
        super().__init__()
        self.encoder = encoder
        convolutions = [module for module in encoder.modules() if isinstance(module, nn.Conv3d)]
        self.decoder = nn.ModuleList()
        for c in reversed(convolutions):
            assert not isinstance(c.padding, str)  # cubic filters, padded alike on each axis
            transposed = nn.ConvTranspose3d(c.out_channels, c.in_channels, c.kernel_size[0], padding=c.padding[0])
            last = c is convolutions[0]
            block = [transposed] if last else [transposed, nn.BatchNorm3d(c.in_channels), nn.ReLU(inplace=True)]
            self.decoder.append(nn.Sequential(*block))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the reconstruction of input regions (B, 1, *size), with the same shape."""
        pooled = []
        for layer in self.encoder:
            if isinstance(layer, PadMaxPool3d):
                size = x.shape[2:]
                padding = [n % 2 for n in size]
                x, indices = functional.max_pool3d(x, 2, padding=padding, return_indices=True)
                pooled.append((indices, size))
            else:
                x = layer(x)
        for block, (indices, size) in zip(self.decoder, reversed(pooled), strict=True):
            x = block(functional.max_unpool3d(x, indices, [2, 2, 2], output_size=size))
        return x
