"""A made-up history of any size whose totals are known: for tests of the whole program and for benchmarks.

The shape is that of real histories: sizes of rows and files, shares of bytes by type, layouts of subagent
files, copies, gateways and damage. The truth is written down as the figures are decided, never by reading
files back. The same folder size and seed give the same bytes, whatever the number of processes.

    python -m tests.synthetic FOLDER --mb 100      # FOLDER/projects and FOLDER/truth.json
"""

from tests.synthetic.plans import MEGABYTE, make_plans
from tests.synthetic.sessions import generate
from tests.synthetic.truth import FIGURES, Figures, Truth, load

__all__ = ["FIGURES", "MEGABYTE", "Figures", "Truth", "generate", "load", "make_plans"]
