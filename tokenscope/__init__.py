"""tokenscope: where did my Claude Code usage go, and what can I change?"""

__version__ = "0.1.0"
