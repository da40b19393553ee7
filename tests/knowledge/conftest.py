"""Options of the library's tests."""

from __future__ import annotations


def pytest_addoption(parser):
    parser.addoption("--rounds", type=int, default=50, help="how often a sync is killed (default: %(default)s)")
