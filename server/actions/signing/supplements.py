"""Supplements (补充协议): the team or the institution writes and signs one, the resident signs it, then it holds."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.signing import wording
from server.actions.signing.entitling import open_ledger
from server.actions.signing.fitting import check_package
from server.actions.signing.refusals import TextChanged
from server.actions.signing.rules import rules_of
from server.actions.signing.steps import check_signature, tell_lead, tell_resident
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.models import (
    AdminLogin,
    Agreement,
    Entitlement,
    Resident,
    ServicePackage,
    Staff,
    Supplement,
    SupplementKind,
    SupplementStatus,
    audit,
    evidence,
    states,
)
from server.models.actor import Actor
from server.models.agreement import IN_FORCE
from server.models.evidence import EntryKind
from server.models.population import groups_of
from server.policy import texts

S = SupplementStatus


class NotInForce(Conflict):
    """Only an agreement that is in force can be supplemented."""

    code, default_message = "agreement_not_in_force", "协议不在履行中，不能签订补充协议"


class SupplementWaiting(Conflict):
    """Another one still waits for the resident."""

    code, default_message = "supplement_waiting", "已有一份补充协议等待居民签字，请先等居民答复或撤回它"


class PackageCostsMore(Conflict):
    """The resident would have to pay, which a supplement does not collect."""

    code, default_message = "package_costs_more", "新服务包需要居民另外付费，不能用补充协议变更，请到期后改签"


class NothingChanges(Invalid):
    """The supplement would say nothing new."""

    code, default_message = "supplement_empty", "请填写要变更的内容"


@dataclass(frozen=True)
class Change:
    """What a supplement is to change; only what belongs to its kind is used."""

    kind: SupplementKind
    phone: str = ""
    address: str = ""
    package: ServicePackage | None = None
    note: str = ""


def propose(agreement: Agreement, change: Change, *, signer: Staff | AdminLogin, by: Actor) -> Supplement:
    """Write a supplement and sign it for the provider; the resident is told.

    Raises:
        NotInForce, SupplementWaiting, NothingChanges, PackageNotOffered, PackageNotForYou, PackagePriceWrong,
        PackageCostsMore.
    """
    if change.package is not None:
        _check_package(agreement, change.package)
    try:
        return _propose(agreement, change, signer=signer, by=by)
    except IntegrityError:
        raise SupplementWaiting() from None


@retried
def _propose(agreement: Agreement, change: Change, *, signer: Staff | AdminLogin, by: Actor) -> Supplement:
    at = clock.now()
    with transaction() as session:
        package = evidence.package_for(agreement, at=at)
        if agreement.status not in IN_FORCE:
            raise NotInForce()
        if session.scalar(select(Supplement.id).where(Supplement.open_key == agreement.id)) is not None:
            raise SupplementWaiting()
        last = session.scalar(select(func.max(Supplement.number)).where(Supplement.agreement_id == agreement.id)) or 0
        text, becomes = _text(agreement, change, last + 1)
        row = Supplement(
            agreement=agreement,
            number=last + 1,
            kind=change.kind,
            status=S.PROPOSED,
            open_key=agreement.id,
            text_body=text.body,
            text_sha256=text.sha256,
            change=json.dumps(becomes, ensure_ascii=False),
            proposed_at=at,
            proposed_by=by.id,
            provider=_provider(agreement, signer),
        )
        session.add(row)
        session.flush()
        states.born(row, by=by, at=at)
        _witness(package, row, by=by, at=at)
        audit.record("supplement_proposed", agreement, by=by, at=at)
        tell_resident(agreement, "supplement_offered", f"supplement_offered:{row.id}", at)
    return row


def _check_package(agreement: Agreement, package: ServicePackage) -> None:
    today = clock.today()
    groups = groups_of([agreement.resident_id], today)[agreement.resident_id]
    check_package(agreement.resident, package, rules_of(agreement), groups, on=today)
    if package.self_pay_fen > agreement.package.self_pay_fen:
        raise PackageCostsMore()


def _text(agreement: Agreement, change: Change, number: int) -> tuple[texts.Document, dict[str, str]]:
    facts = {"number": str(number), "agreement": agreement.number}
    if change.kind == SupplementKind.PACKAGE:
        if change.package is None or change.package.id == agreement.package_id:
            raise NothingChanges()
        new = change.package
        facts |= {"old_package": agreement.package.name, "package": new.name}
        facts |= {"items": wording.items_label(new), "price": wording.price_label(new)}
        return texts.supplement(["package"], facts), {"package_id": new.id}
    if change.kind == SupplementKind.CONTACT:
        becomes = {name: value for name, value in (("phone", change.phone), ("address", change.address)) if value}
        if not becomes:
            raise NothingChanges()
        return texts.supplement(becomes, facts | becomes), becomes
    if not change.note.strip():
        raise NothingChanges()
    return texts.supplement(["other"], facts | {"note": change.note.strip()}), {}


def _provider(agreement: Agreement, signer: Staff | AdminLogin) -> dict[str, Any]:
    provider = evidence.provider_of(signer.id, agreement.team.organisation)
    return provider | {"name": signer.name}


def sign_supplement(row: Supplement, *, text_sha256: str, signature: str, by: Actor) -> Supplement:
    """Sign a supplement as the resident: what it changes is changed in the same transaction; twice is once.

    Raises:
        SignatureInvalid, TextChanged, NotInForce, states.IllegalMove, states.StaleState.
    """
    check_signature(signature)
    return _sign(row, text_sha256=text_sha256, signature=signature, by=by)


@retried
def _sign(row: Supplement, *, text_sha256: str, signature: str, by: Actor) -> Supplement:
    at = clock.now()
    with transaction():
        agreement = row.agreement
        package = evidence.package_for(agreement, at=at)
        if row.status == S.SIGNED:
            return row
        if row.text_sha256 != text_sha256:
            raise TextChanged()
        if agreement.status not in IN_FORCE:
            raise NotInForce()
        states.move(row, S.SIGNED, by=by, at=at, open_key=None, settled_at=at, signature=signature)
        _apply(agreement, json.loads(row.change))
        _witness(package, row, by=by, at=at)
        audit.record("supplement_signed", agreement, by=by, at=at)
        tell_lead(agreement, "supplement_answered", at)
    return row


def _apply(agreement: Agreement, becomes: dict[str, str]) -> None:
    """Make what both sides signed true."""
    contact = {name: becomes[name] for name in ("phone", "address") if name in becomes}
    if contact:
        db.session.execute(
            update(Resident)
            .where(Resident.id == agreement.resident_id)
            .values(**contact)
            .execution_options(synchronize_session=False)
        )
    if "package_id" in becomes:
        _check_package(agreement, db.session.get_one(ServicePackage, becomes["package_id"]))
        agreement.package_id = becomes["package_id"]
        db.session.flush()
        db.session.refresh(agreement, ["package"])
        _promise_anew(agreement, clock.today())


def _promise_anew(agreement: Agreement, today: date) -> None:
    """The old package's promises end yesterday, the new one's begin; what was used stays written."""
    old = (Entitlement.agreement_id == agreement.id) & (Entitlement.until_on >= today)
    unused = old & (Entitlement.used == 0) & (Entitlement.from_on >= today)
    quietly = {"synchronize_session": False}
    db.session.execute(delete(Entitlement).where(unused).execution_options(**quietly))
    for row in db.session.scalars(select(Entitlement).where(old)):
        row.until_on = max(row.from_on, today - timedelta(days=1))
    db.session.flush()
    open_ledger(agreement)
    db.session.execute(
        delete(Entitlement)
        .where(Entitlement.agreement_id == agreement.id, Entitlement.used == 0, Entitlement.until_on < today)
        .where(Entitlement.item_id.in_([item.id for item in agreement.package.items]))
        .execution_options(**quietly)
    )


@retried
def decline_supplement(row: Supplement, *, by: Actor) -> Supplement:
    """Say no to a supplement as the resident; nothing changes. Twice is once. Raises states.IllegalMove, StaleState."""
    return _settle(row, S.DECLINED, "supplement_declined", by=by, tells_lead=True)


@retried
def take_back_supplement(row: Supplement, *, by: Actor) -> Supplement:
    """Take a proposed supplement back, for the provider. Twice is once. Raises states.IllegalMove, StaleState."""
    return _settle(row, S.TAKEN_BACK, "supplement_taken_back", by=by)


def _settle(row: Supplement, to: SupplementStatus, action: str, *, by: Actor, tells_lead: bool = False) -> Supplement:
    at = clock.now()
    with transaction():
        package = evidence.package_for(row.agreement, at=at)
        if row.status == to:
            return row
        states.move(row, to, by=by, at=at, open_key=None, settled_at=at)
        _witness(package, row, by=by, at=at)
        audit.record(action, row.agreement, by=by, at=at)
        if tells_lead:
            tell_lead(row.agreement, "supplement_answered", at)
    return row


def overtake_supplements(agreement: Agreement, *, by: Actor, at: datetime) -> None:
    """Close what still waits for an answer of an agreement that has just ended, in the caller's transaction."""
    row = db.session.scalar(select(Supplement).where(Supplement.open_key == agreement.id))
    if row is not None:
        states.move(row, S.OVERTAKEN, by=by, at=at, open_key=None, settled_at=at)
        _witness(evidence.package_for(agreement, at=at), row, by=by, at=at)


def _witness(package: evidence.Evidence, row: Supplement, *, by: Actor, at: datetime) -> None:
    facts = {
        "number": row.number,
        "to": row.status,
        "text_sha256": row.text_sha256,
        "provider": row.provider,
        "signature_sha256": evidence.sha256(row.signature),
        "actor": {"kind": by.kind, "id": by.id},
        "client_address": by.source,
    }
    evidence.append(package, EntryKind.SUPPLEMENT, facts, at=at)
