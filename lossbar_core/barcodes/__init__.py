"""Exact barcodes of minima: graphs, grids, samples, and the algebra behind them."""
