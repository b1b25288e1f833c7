"""Follow-up programmes (随访) as tables: fields, classes, rules, dates. Pure; domain.md §2.

``load`` gives the version valid on a day; ``check`` says what is wrong with a form; ``judge`` what follows from a visit;
``measured`` what follows from a value taken at home; ``plan`` what is due in a programme with windows. A new rule is a
line in ``tables/``; docs/followups.md shows them all.
"""

from server.policy.programmes.checking import check
from server.policy.programmes.contacts import yearly_left
from server.policy.programmes.days import joint_next
from server.policy.programmes.judging import INCOMPLETE, SELF_MEASURED, judge, measured
from server.policy.programmes.kinds import Due, History, Judgement, Person, Previous, Problem, ProblemCode
from server.policy.programmes.loading import TableError, forget, load, names, versions
from server.policy.programmes.planning import deadline, plan
from server.policy.programmes.rows import FieldRow
from server.policy.programmes.table import Programme
from server.policy.programmes.values import convert, read, read_facts

__all__ = [
    "INCOMPLETE",
    "SELF_MEASURED",
    "Due",
    "FieldRow",
    "History",
    "Judgement",
    "Person",
    "Previous",
    "Problem",
    "ProblemCode",
    "Programme",
    "TableError",
    "check",
    "convert",
    "deadline",
    "forget",
    "joint_next",
    "judge",
    "load",
    "measured",
    "names",
    "plan",
    "read",
    "read_facts",
    "versions",
    "yearly_left",
]
