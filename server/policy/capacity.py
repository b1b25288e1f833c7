"""From which age somebody signs himself, and who may sign for somebody who cannot. Pure; domain.md §6.3."""

from datetime import date, timedelta

from server.policy import relations

ADULT_AGE = relations.ADULT_AGE
OWN_LIVING_AGE = 16
"""民法典 第十八条: who earns his own living from this age on counts as an adult."""
LIMITED_AGE = 8
"""民法典 第十九、二十条: below it no capacity at all, from it on a limited one."""
OWN_DATA_AGE = 14
"""个人信息保护法 第三十一条: below it the guardian consents to the processing of personal information."""


def birthday(born_on: date, age: int) -> date:
    """Return the day on which an age is completed; born on 29 February: 1 March in other years (domain.md §0.4)."""
    try:
        return born_on.replace(year=born_on.year + age)
    except ValueError:
        return date(born_on.year + age, 3, 1)


def last_minor_day(born_on: date) -> date:
    """Return the last day on which a guardian signs: the day before the 18th birthday."""
    return birthday(born_on, ADULT_AGE) - timedelta(days=1)


def age_on(born_on: date, day: date) -> int:
    """Return full years (周岁)."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def is_minor(born_on: date, day: date) -> bool:
    """Whether somebody is not yet 18."""
    return age_on(born_on, day) < ADULT_AGE


def may_declare_own_living(born_on: date, day: date) -> bool:
    """Whether a minor may sign alone when he declares that he lives on his own earnings."""
    return OWN_LIVING_AGE <= age_on(born_on, day) < ADULT_AGE


def needs_guardians_data_consent(born_on: date, day: date) -> bool:
    """Whether processing this person's data needs his guardian's consent, a tick of its own."""
    return age_on(born_on, day) < OWN_DATA_AGE


def guardian_rank(relation: str) -> int:
    """Return the place of a relation in the order of guardians of an adult: 1 comes first.

    Args:
        relation: what the guardian is to the ward, GB/T 4761.
    Source:
        domain.md §6.3: spouse; parents, children; other close relatives; others with approval (民法典 第二十八条).
    """
    if relations.is_spouse(relation):
        return 1
    if relations.is_parent(relation) or relations.is_child(relation):
        return 2
    return 4 if relation in ("98", "99", relations.SELF, relations.HEAD) else 3
