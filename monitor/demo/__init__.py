"""The demonstration: sample news of our own, a loopback server that publishes it, and the show.

The feeds are invented; everything that polls, matches and tells is the real daemon. Nothing else
imports from here but the command line.
"""
