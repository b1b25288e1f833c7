"""What people do: sign, renew, leave, move, die, change their minds, and forget."""

import base64
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import func, select

from server import clock
from server.access import rules
from server.actions import signing
from server.database import db
from server.errors import AppError, Conflict
from server.jobs.work import Work
from server.models import (
    Agreement,
    AgreementStatus,
    ChangeReason,
    ChangeState,
    EndingReason,
    Resident,
    ServicePackage,
    Staff,
    Team,
    TeamChange,
    TransferEntry,
    TransferReason,
)
from server.models.actor import Actor, ActorKind
from server.models.agreement import IN_FORCE
from server.policy.schema import Policy
from tests import make

if TYPE_CHECKING:
    from tests.simulation.county import Diary

S = AgreementStatus
T = TypeVar("T")
DRAWN = "data:image/png;base64," + base64.b64encode(signing.PNG_HEAD + b"drawn").decode()
PER_TEAM = 400

# Chances per agreement and year, or per event.
DIES, MOVES_AWAY, ASKS_TO_END, MISTAKEN, CHANGES = 0.012, 0.02, 0.02, 0.004, 0.03
RENEWS, RENEWS_LATE, ELSEWHERE = 0.75, 0.05, 0.05
REJECTED, FORGOTTEN = 0.03, 0.02
BORN_SHARE = 0.05


class People:
    """Everybody, and what they have in mind."""

    def __init__(self, work: Work, chance: random.Random, diary: "Diary", number: int) -> None:
        self.work, self.policy, self.chance, self.diary, self.number = work, work.policy, chance, diary, number
        self.happened: Counter[str] = Counter()
        self.surprises: list[str] = []
        self.teams: list[str] = []
        self.guardians: dict[str, str] = {}

    # ------------------------------------------------------------ beginnings

    def settle(self, first: date, days: int, before: int) -> None:
        """Found teams, and write down when each person signs.

        Args:
            before: days of the lead-in, in which a stock of agreements grows whose terms end in the years that count.
        """
        self.teams = [self._found() for _ in range(max(3, -(-self.number // PER_TEAM)))]
        self.package = make.package().id
        for _ in range(self.number):
            is_born_later = self.chance.random() < BORN_SHARE
            span = days - 30 if is_born_later or self.chance.random() < 0.2 else min(90 + before, days)
            self.diary.on(first + timedelta(days=self.chance.randrange(span)), lambda b=is_born_later: self._arrive(b))

    def _found(self) -> str:
        """A team with everybody whom the region's households want in it."""
        team = make.team(panel_cap=2000)
        if any(place.hospital_level for place in self.policy.teams.positions):
            make.hospital_doctor(team)
        return team.id

    def _arrive(self, is_newborn: bool) -> None:
        age = timedelta(days=self.chance.randrange(1, 60) if is_newborn else self.chance.randrange(20 * 365, 90 * 365))
        person = make.resident(
            identity_number=f"5107{self.chance.randrange(10**14):014d}",
            birth_on=clock.today() - age,
            real_name_state="staff_seen",
        )
        self.happened["born" if is_newborn else "arrived"] += 1
        if is_newborn:
            parent = make.resident(
                identity_number=f"5107{self.chance.randrange(10**14):014d}",
                birth_on=clock.today() - timedelta(days=10_000),
            )
            guardianship = make.AuthorityKind.MINOR
            make.authority(parent, person, guardianship, valid_to=person.birth_on + timedelta(days=18 * 365))
            self.guardians[person.id] = parent.id
        self._sign(person.id)

    # ------------------------------------------------------------ signing

    def _sign(self, resident_id: str, but_not: str = "", with_team: str = "") -> None:
        person = db.session.get_one(Resident, resident_id)
        team_id = with_team or self.chance.choice([team for team in self.teams if team != but_not])
        team, package = db.session.get_one(Team, team_id), db.session.get_one(ServicePackage, self.package)
        policy = rules.policy_for(person, self.policy)
        wish = self._try("read", lambda: self._wish(person, team, package, policy))
        if wish is None:
            return
        made = self._try("sign", lambda: signing.request(person, wish, policy=policy, by=_as_resident(person)))
        if made is not None:
            self.diary.on(self._in(0, 3), lambda identifier=made[0].id: self._answer(identifier))

    def _wish(self, person: Resident, team: Team, package: ServicePackage, policy: Policy) -> signing.Wish:
        """What he, or his guardian, asks for: the usual term, or one of those the region allows."""
        guardian = self.guardians.get(person.id)
        signer = db.session.get_one(Resident, guardian) if guardian else None
        months = self.chance.choice([None, policy.signing.term_months_min, policy.signing.term_months_max])
        consents = (*policy.signing.consents, "minor_data")
        wish = signing.Wish(team, package, "", consents, DRAWN, term_months=months, signer=signer)
        ground = signing.check_signer(person, wish, policy=policy, today=clock.today())
        text = signing.document(
            person,
            team,
            package,
            policy,
            predecessor=signing.predecessor_of(person),
            term_months=months,
            representative=signing.representative(ground, wish, policy),
        )
        return replace(wish, text_sha256=text.sha256)

    def _answer(self, agreement_id: str) -> None:
        luck = self.chance.random()
        agreement = db.session.get_one(Agreement, agreement_id)
        if agreement.status != S.PENDING_TEAM or luck < FORGOTTEN:
            return
        lead = agreement.team.lead
        assert lead is not None
        if luck < FORGOTTEN + REJECTED:
            reason = signing.RejectReason.OTHER
            self._try("reject", lambda: signing.reject(agreement, reason=reason, note="", by=_as(lead), staff=lead))
            return
        policy = rules.policy_for(agreement.resident, self.policy)
        accept = lambda: signing.accept(agreement, policy=policy, by=_as(lead), staff=lead)  # noqa: E731
        accepted = self._try("accept", accept, but=(signing.TeamClosed,))
        if accepted is not None:
            self._foresee(accepted)
        elif agreement.team.closes_on is not None:  # that morning; the day's own job has not been here yet
            self._later(agreement, clock.today() + timedelta(days=1), self._was_passed_on)

    def _was_passed_on(self, agreement_id: str) -> None:
        """What was asked of a team that closed is with another one, or over."""
        agreement = db.session.get_one(Agreement, agreement_id)
        if agreement.status == S.PENDING_TEAM and agreement.team.closes_on is not None:
            self.surprises.append(f"forgotten: a request to a team closed before {clock.today()}")

    # ------------------------------------------------------------ what comes of it

    def _foresee(self, agreement: Agreement) -> None:
        """Write down what will happen to this agreement."""
        assert agreement.start_on and agreement.end_on
        self._perhaps(agreement, DIES, self._die)
        self._perhaps(agreement, MOVES_AWAY, self._move_away)
        self._perhaps(agreement, ASKS_TO_END, self._ask_to_end)
        self._perhaps(agreement, MISTAKEN, self._declare_void)
        self._perhaps(agreement, CHANGES, self._ask_for_another_team)
        if signing.rules_of(agreement).renewal.mode == "auto_reconfirm":
            self._later(agreement, agreement.end_on + timedelta(days=self.chance.randrange(1, 100)), self._confirm)
            self._later(agreement, agreement.end_on + timedelta(days=self.chance.randrange(1, 60)), self._team_confirms)
        opens = self.policy.renewal.open_before_days
        luck = self.chance.random()
        if luck < RENEWS:
            self._later(agreement, agreement.end_on - timedelta(days=self.chance.randrange(opens)), self._renew)
        elif luck < RENEWS + RENEWS_LATE:
            self._later(agreement, agreement.end_on + timedelta(days=self.chance.randrange(1, 40)), self._renew)
        elif luck < RENEWS + RENEWS_LATE + ELSEWHERE:
            after = agreement.end_on + timedelta(days=self.chance.randrange(1, 60))
            self._later(agreement, after, self._sign_elsewhere)

    def _perhaps(self, agreement: Agreement, a_year: float, what: Callable[[str], None]) -> None:
        assert agreement.start_on and agreement.end_on
        days = (agreement.end_on - agreement.start_on).days
        if self.chance.random() < a_year * days / 365:
            self._later(agreement, agreement.start_on + timedelta(days=self.chance.randrange(days + 1)), what)

    def _later(self, agreement: Agreement, day: date, what: Callable[[str], None]) -> None:
        self.diary.on(max(day, clock.today()), lambda identifier=agreement.id: what(identifier))

    def _renew(self, agreement_id: str) -> None:
        agreement = db.session.get_one(Agreement, agreement_id)
        person = agreement.resident
        policy = rules.policy_for(person, self.policy)
        if not signing.can_renew(agreement, clock.today()):
            self.happened["renewal impossible"] += 1
            return
        if person.id in self.guardians:  # who cannot sign does not renew: his guardian signs anew with the same team
            self._sign(person.id, with_team=agreement.team_id)
            return
        by = _as_resident(person)
        made = self._try(
            "renew", lambda: signing.renew(agreement, signing.Renewal(signature=DRAWN), policy=policy, by=by)
        )
        if made is not None:
            self.diary.on(self._in(0, 5), lambda identifier=made[0].id: self._answer(identifier))

    def _sign_elsewhere(self, agreement_id: str) -> None:
        agreement = db.session.get_one(Agreement, agreement_id)
        if agreement.resident.died_on is None:
            self._sign(agreement.resident_id, but_not=agreement.team_id)

    def _confirm(self, agreement_id: str) -> None:
        """He confirms what went on silently, sometimes too late; or says no."""
        agreement = db.session.get_one(Agreement, agreement_id)
        if agreement.status == S.AUTO_RENEWED_UNCONFIRMED:
            guardian_id = self.guardians.get(agreement.resident_id)
            guardian = db.session.get_one(Resident, guardian_id) if guardian_id else None
            by = _as_resident(guardian or agreement.resident)
            if self.chance.random() < 0.1:
                decline = lambda: signing.decline(agreement, by=by, guardian=guardian)  # noqa: E731
                self._try("decline silent renewal", decline)
            else:
                confirm = lambda: signing.confirm(agreement, by=by, guardian=guardian)  # noqa: E731
                self._confirmed(self._try("confirm silent renewal", confirm))

    def _team_confirms(self, agreement_id: str) -> None:
        agreement = db.session.get_one(Agreement, agreement_id)
        if agreement.status == S.AUTO_RENEWED_UNCONFIRMED:
            by = _as(agreement.team.lead)
            self._confirmed(self._try("team confirms", lambda: signing.confirm(agreement, by=by)))

    def _confirmed(self, agreement: Agreement | None) -> None:
        if agreement is not None and agreement.status == S.ACTIVE:
            self.happened["silently renewed and confirmed"] += 1
            self._foresee(agreement)

    # ------------------------------------------------------------ other teams

    def _ask_for_another_team(self, agreement_id: str) -> None:
        agreement = db.session.get_one(Agreement, agreement_id)
        if not signing.can_change(agreement) or signing.needs_guardian(agreement.resident, clock.today()):
            return
        to = db.session.get_one(Team, self.chance.choice([team for team in self.teams if team != agreement.team_id]))
        policy, by = rules.policy_for(agreement.resident, self.policy), _as_resident(agreement.resident)
        text = signing.change_text(agreement, to, policy)
        made = self._try(
            "ask for another team",
            lambda: signing.request_change(
                agreement,
                to,
                reason=ChangeReason.OTHER,
                note="",
                text_sha256=text.sha256,
                signature=DRAWN,
                policy=policy,
                by=by,
            ),
        )
        if made is not None:
            for_old, for_new = made[0].id, made[0].id
            self.diary.on(self._in(0, 3), lambda: self._agree(for_old, is_old=True))
            self.diary.on(self._in(0, 3), lambda: self._agree(for_new, is_old=False))

    def _agree(self, change_id: str, *, is_old: bool) -> None:
        change = db.session.get_one(TeamChange, change_id)
        team = change.from_team if is_old else change.to_team
        lead = team.lead
        assert lead is not None
        if change.state != ChangeState.WAITING:
            return
        policy = rules.policy_for(change.agreement.resident, self.policy)
        done = self._try(
            "agree to a change", lambda: signing.agree_change(change, team, policy=policy, by=_as(lead), staff=lead)
        )
        if done is not None and done.state == ChangeState.DONE:
            self.happened["changed team"] += 1
            self._foresee(db.session.get_one(Agreement, done.successor_id))

    def dissolve(self, day: date) -> None:
        """Write down that the first team closes one day, and hands its residents to all others."""
        self.diary.on(day, self._dissolve)

    def _dissolve(self) -> None:
        closing = db.session.get_one(Team, self.teams.pop(0))
        targets = [signing.Target(team, team.places_left) for team in map(self._team, self.teams)]
        on = signing.earliest_move(self.policy, clock.today())
        plan = lambda: signing.plan_transfer(  # noqa: E731
            closing, targets, reason=TransferReason.DISSOLVED, move_on=on, policy=self.policy, by=_admin("1")
        )
        made = self._try("team dissolved", plan)
        if made is not None:
            closing_id = made.id
            self.diary.on(on + timedelta(days=1), lambda: self._taken_over(closing_id))

    def _team(self, team_id: str) -> Team:
        return db.session.get_one(Team, team_id)

    def _taken_over(self, transfer_id: str) -> None:
        entries = select(TransferEntry).where(
            TransferEntry.transfer_id == transfer_id, TransferEntry.successor_id.is_not(None)
        )
        for entry in list(db.session.scalars(entries)):
            self.happened["handed over"] += 1
            self._foresee(db.session.get_one(Agreement, entry.successor_id))

    # ------------------------------------------------------------ endings

    def _die(self, agreement_id: str) -> None:
        self._close(agreement_id, signing.Event.DEATH)

    def _move_away(self, agreement_id: str) -> None:
        self._close(agreement_id, signing.Event.MOVED)

    def _close(self, agreement_id: str, event: signing.Event) -> None:
        agreement = db.session.get_one(Agreement, agreement_id)
        if agreement.status in IN_FORCE:
            on = clock.today() - timedelta(days=self.chance.randrange(4))
            on = max(on, agreement.resident.birth_on)
            self._try(str(event), lambda: signing.close(agreement, event, on, by=_as(agreement.team.lead)))

    def _ask_to_end(self, agreement_id: str) -> None:
        agreement = db.session.get_one(Agreement, agreement_id)
        if agreement.status != S.ACTIVE:
            return
        reason = self.chance.choice([EndingReason.MOVED, EndingReason.DISSATISFIED])
        if not signing.may_end(agreement, reason):
            self.happened["ending not allowed"] += 1
            return
        by = _as_resident(agreement.resident)
        ask = lambda: signing.request_termination(agreement, reason=reason, note="", signature=DRAWN, by=by)  # noqa: E731
        made = self._try("ask to end", ask)
        if made is not None:
            wish_id = made[0].id
            luck = self.chance.random()
            if luck < 0.2:
                self.diary.on(self._in(1, 3), lambda: self._take_back(agreement_id))
            elif luck < 0.95:
                self.diary.on(self._in(1, 6), lambda: self._decide(wish_id))

    def _take_back(self, agreement_id: str) -> None:
        agreement = db.session.get_one(Agreement, agreement_id)
        if agreement.status == S.TERMINATION_REQUESTED:
            by = _as_resident(agreement.resident)
            self._try("take back", lambda: signing.take_back_termination(agreement, by=by))

    def _decide(self, wish_id: str) -> None:
        from server.models import Ending

        wish = db.session.get_one(Ending, wish_id)
        if wish.outcome is None:
            self._try("end", lambda: signing.decide_termination(wish, approve=True, note="", by=_admin("1")))

    def _declare_void(self, agreement_id: str) -> None:
        agreement = db.session.get_one(Agreement, agreement_id)
        if agreement.status == S.VOID:
            return
        duplicate = EndingReason.DUPLICATE
        propose = lambda: signing.propose_void(agreement, reason=duplicate, note="重复", by=_admin("1"))  # noqa: E731
        wish = self._try("propose void", propose)
        if wish is not None:
            self._try("void", lambda: signing.confirm_void(wish, by=_admin("2")))

    # ------------------------------------------------------------ ways

    def _in(self, least: int, most: int) -> date:
        return clock.today() + timedelta(days=self.chance.randint(least, most))

    def _try(self, what: str, act: Callable[[], T], but: tuple[type[AppError], ...] = ()) -> T | None:
        """Do something that is allowed now. A refusal that the region's rules foresee is counted, others are faults.

        Args:
            but: refusals that are foreseen here, besides.
        """
        foreseen = (signing.AgreementOverlap, signing.NotRenewable, signing.CapExceeded, signing.FixedEndPassed, *but)
        try:
            done = act()
        except foreseen as refusal:
            db.session.rollback()
            self.happened[f"{what}: {refusal.code}"] += 1
            return None
        except (AppError, Conflict) as refusal:
            db.session.rollback()
            self.surprises.append(f"refused: {what} on {clock.today()}: {refusal.code}")
            return None
        self.happened[what] += 1
        return done

    def statuses(self) -> Counter[str]:
        """How many agreements are in which state now."""
        db.session.rollback()
        counted = select(Agreement.status, func.count(Agreement.id)).group_by(Agreement.status)
        return Counter({str(status): number for status, number in db.session.execute(counted)})


def _as_resident(person: Resident) -> Actor:
    return Actor(ActorKind.RESIDENT, person.id, "127.0.0.1")


def _as(staff: Staff | None) -> Actor:
    assert staff is not None
    return Actor(ActorKind.STAFF, staff.id, "127.0.0.1")


def _admin(name: str) -> Actor:
    return Actor(ActorKind.ADMIN, f"admin-{name}", "127.0.0.1")
