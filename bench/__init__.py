"""Benchmarks of the running program, every figure beside a baseline measured in the same run.

``make bench`` runs them all; ``docs/benchmarks.md`` says how to read them. Inputs are generated
here with fixed seeds. Nothing of the program imports this package.
"""
