"""Proofs: what is hard to get right, shown by breaking it on purpose. `python -m tests.prove --help` lists them."""
