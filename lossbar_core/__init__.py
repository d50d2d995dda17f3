"""Lossbar: exact barcodes of minima, and five papers on loss surfaces made executable."""
