"""A family of six, and signing for them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from server import clock, policy
from server.actions import signing
from server.actions.signing import Part, Wish
from server.models import Agreement, Household, Resident, ServicePackage, Team
from server.models.actor import Actor, ActorKind
from server.policy.schema import Policy
from tests import make

PNG = "data:image/png;base64,iVBORw0KGgo="
BY = Actor(ActorKind.RESIDENT, "u1", "10.0.0.1")
STAFF = Actor(ActorKind.ADMIN, "a1", "10.0.0.2")
ERQI = policy.load("erqi")
MIANYANG = policy.load("mianyang")
ALL = ("service_content", "health_data", "share_with_hospitals", "minor_data")


@dataclass
class Family:
    """Zhang, his wife, his parents, a son of six and a daughter of ten."""

    home: Household
    head: Resident
    wife: Resident
    father: Resident
    mother: Resident
    son: Resident
    daughter: Resident

    @property
    def everybody(self) -> list[Resident]:
        return [self.head, self.wife, self.father, self.mother, self.son, self.daughter]


def family(*, guardian: bool = True) -> Family:
    today = clock.today()
    head = make.resident(name="张大山", birth_on=date(1980, 5, 1))
    others = {
        "wife": ("12", make.resident(name="李小红", birth_on=date(1982, 5, 1), sex=2)),
        "father": ("51", make.resident(name="张老山", birth_on=date(1950, 5, 1))),
        "mother": ("52", make.resident(name="王秀兰", birth_on=date(1952, 5, 1), sex=2)),
        "son": ("20", make.resident(name="张小宝", birth_on=today.replace(year=today.year - 6, day=1))),
        "daughter": ("30", make.resident(name="张小花", birth_on=today.replace(year=today.year - 10, day=1), sex=2)),
    }
    home = make.household(head)
    for relation, who in others.values():
        make.member(home, who, relation)
    if guardian:
        for child in ("son", "daughter"):
            make.authority(head, others[child][1], make.AuthorityKind.MINOR)
    return Family(home, head, **{name: who for name, (_, who) in others.items()})


def part(
    who: Resident, signer: Resident, team: Team, package: ServicePackage, rules: Policy = ERQI, **changes: Any
) -> Part:
    """One person of a joint request, with the text he would be shown."""
    wish = Wish(team=team, package=package, text_sha256="", consents=ALL, signature=PNG, signer=signer)
    try:
        ground = signing.check_signer(who, wish, policy=rules, today=clock.today())
        shown = signing.representative(ground, wish, rules)
    except (signing.GuardianNeeded, signing.SignerNotAllowed):
        shown = None
    text = signing.document(who, team, package, rules, representative=shown)
    values = {"text_sha256": text.sha256, **changes}
    return Part(
        who, Wish(team=team, package=package, consents=values.pop("consents", ALL), signature=PNG, **values), rules
    )


def sign(people: list[Resident], signer: Resident, team: Team, rules: Policy = ERQI) -> tuple[list[Agreement], bool]:
    package = make.package()
    return signing.request_jointly(signer, [part(who, signer, team, package, rules) for who in people], by=BY)
