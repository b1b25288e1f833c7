"""What a signing leaves behind: text, data, services, consents, signature, who, how and from where (domain.md §6.4)."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select

from server.actions.signing import wording
from server.database import db
from server.models import Agreement, AgreementConsent, Evidence, evidence, renewal
from server.models.actor import Actor
from server.models.evidence import EntryKind
from server.policy import texts
from server.policy.schema import Policy


def seal(
    agreement: Agreement, *, policy: Policy, by: Actor, at: datetime, carries: Agreement | None = None
) -> Evidence:
    """Keep what the resident has just signed, in the same transaction; the agreement's row is there.

    Args:
        carries: the agreement whose consents go on without being ticked again; what was withdrawn there stays so.
    """
    template = policy.records.template
    package = evidence.package_of(agreement.id) or evidence.open_package(
        agreement.id, at=at, algorithm=policy.records.evidence_hash
    )
    package.template, package.template_version = template, texts.template(template)["version"]
    consents = _keep_consents(agreement, carries, by=by, at=at)
    evidence.append(
        package,
        EntryKind.SIGNED,
        {
            "number": agreement.number,
            "text": {
                "template": template,
                "version": package.template_version,
                "sha256": agreement.text_sha256,
                "blocks": texts.template(template)["blocks"],
            },
            "snapshot": _snapshot(agreement, policy),
            "services": _services(agreement),
            "price": {
                "label": wording.price_label(agreement.package),
                "total_fen": agreement.package.price_fen,
                "own_fen": agreement.package.self_pay_fen,
            },
            "term": {"months": agreement.term_months, "is_extended": agreement.is_extended},
            "renewal": _renewal(agreement),
            "consents": consents,
            "signature": {"sha256": evidence.sha256(agreement.signature), "at": at.isoformat()},
            "signer": {
                "ground": agreement.signed_by,
                "id": agreement.signer_id,
                "name": agreement.signer.name if agreement.signer else agreement.resident.name,
                "authority": agreement.authority_id,
                "witnesses": [agreement.witness_id, agreement.second_witness_id],
            },
            "channel": agreement.channel,
            "device": agreement.device,
            "client_address": agreement.client_address,
            "operator": {"kind": by.kind, "id": by.id},
            "identity_check": agreement.resident.real_name_state,
            "policy": {"region": agreement.region, "version": agreement.policy_version, "id": agreement.policy_id},
        },
        at=at,
    )
    return package


def _renewal(agreement: Agreement) -> dict[str, str | None] | None:
    """How it came to follow another one, and when the text was opened: the first of two taps."""
    if agreement.renewal_mode is None:
        return None
    shown_at = renewal.shown_at(agreement)
    return {
        "mode": agreement.renewal_mode,
        "predecessor": agreement.predecessor_id,
        "shown_at": shown_at.isoformat() if shown_at else None,
    }


def keep_consent(agreement_id: str, key: str, *, by: Actor, at: datetime) -> AgreementConsent:
    """Add one consent with the wording shown, in the caller's transaction."""
    said = texts.consent(key)
    row = AgreementConsent(
        agreement_id=agreement_id,
        key=key,
        wording=said.label,
        version=said.version,
        is_withdrawable=said.is_withdrawable,
        given_at=at,
        given_by=by.id,
        live_key=evidence.consent_key(agreement_id, key),
    )
    db.session.add(row)
    return row


def _keep_consents(agreement: Agreement, carries: Agreement | None, *, by: Actor, at: datetime) -> list[dict[str, Any]]:
    if carries is not None:
        agreement.consents = [key for key in agreement.consents if evidence.stands(carries.id, key)]
    rows = [keep_consent(agreement.id, key, by=by, at=at) for key in agreement.consents]
    if carries is not None:
        _date_back(rows, carries.id)
    db.session.flush()
    return [
        {"key": row.key, "wording": row.wording, "version": row.version, "given_at": row.given_at.isoformat()}
        for row in rows
    ]


def _date_back(rows: list[AgreementConsent], carried_id: str) -> None:
    """A consent that goes on was given when it was ticked."""
    live = select(AgreementConsent).where(AgreementConsent.agreement_id == carried_id)
    before = {row.key: row for row in db.session.scalars(live) if row.live_key}
    for row in rows:
        if row.key in before:
            old = before[row.key]
            row.given_at, row.given_by, row.wording, row.version = old.given_at, old.given_by, old.wording, old.version


def _snapshot(agreement: Agreement, policy: Policy) -> dict[str, Any]:
    resident, team, package = agreement.resident, agreement.team, agreement.package
    support = wording.support_of(team, policy)
    return {
        "resident": {
            "id": resident.id,
            "name": resident.name,
            "document_type": resident.document_type,
            "identity_number": resident.identity_number,
            "birth_on": resident.birth_on.isoformat(),
            "sex": resident.sex,
            "phone": resident.phone,
            "address": wording.address_of(resident),
        },
        "team": {
            "id": team.id,
            "name": team.name,
            "phone": team.phone,
            "lead": team.lead.name if team.lead else "",
            "organisation": team.organisation.name,
        },
        "support": asdict(support) if support else None,
        "package": {"id": package.id, "code": package.code, "version": package.version, "name": package.name},
    }


def _services(agreement: Agreement) -> list[dict[str, str]]:
    items = agreement.package.items
    return [{"name": item.name, "frequency": item.frequency_label} for item in items]


def witness_consent(package: Evidence, row: AgreementConsent, *, is_given: bool, by: Actor, at: datetime) -> None:
    """Add to the chain that a consent was given or taken back."""
    evidence.append(
        package,
        EntryKind.CONSENT,
        {
            "key": row.key,
            "wording": row.wording,
            "version": row.version,
            "is_given": is_given,
            "actor": {"kind": by.kind, "id": by.id},
            "client_address": by.source,
        },
        at=at,
    )


def add_consents(agreement: Agreement, keys: list[str], *, by: Actor, at: datetime) -> None:
    """Keep consents that somebody gave himself after another person had signed for him, in the caller's transaction."""
    package = evidence.package_for(agreement, at=at)
    for key in keys:
        row = keep_consent(agreement.id, key, by=by, at=at)
        db.session.flush()
        witness_consent(package, row, is_given=True, by=by, at=at)
