"""The same tools for a network of one's own: three functions by name, a study, its export."""

from lossbar_core.study.config import Study
from lossbar_core.study.estimate import Estimate, estimate
from lossbar_core.study.export import export_study, load_study
from lossbar_core.study.methods import METHODS, make_method
from lossbar_core.study.named import resolve
from lossbar_core.study.problem import Problem, load_problem
from lossbar_core.study.result import StudyResult
from lossbar_core.study.run import run_study

__all__ = [
    "METHODS",
    "Estimate",
    "Problem",
    "Study",
    "StudyResult",
    "estimate",
    "export_study",
    "load_problem",
    "load_study",
    "make_method",
    "resolve",
    "run_study",
]
