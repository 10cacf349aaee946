"""Shared helpers of the tests: a controllable world, databases, scripted transports."""
