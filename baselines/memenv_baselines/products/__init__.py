"""Memory products of others, each seen through one adapter: `memenv_baselines.products.base`."""
