"""Tests of the board: what is followed, what it says, and what keys do."""
