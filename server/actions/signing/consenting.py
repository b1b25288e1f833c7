"""Taking a separate consent back, and giving it again (domain.md §8)."""

from sqlalchemy import select, update

from server import clock
from server.actions.signing.evidence import keep_consent, witness_consent
from server.actions.signing.steps import tell_lead
from server.database import db, retried, transaction
from server.errors import Conflict, NotFound
from server.models import Agreement, AgreementConsent, audit, evidence
from server.models.actor import Actor


class NotWithdrawable(Conflict):
    """It is part of the agreement itself."""

    code, default_message = "consent_not_withdrawable", "这一项是签约本身的确认，不能单独撤回；不想继续签约时请申请解约"


@retried
def withdraw_consent(agreement: Agreement, key: str, *, by: Actor) -> None:
    """Take a consent back; from now on it no longer stands. Taking it back twice is taking it back once.

    Raises:
        NotFound: it was never given. NotWithdrawable.
    """
    at = clock.now()
    with transaction():
        package = evidence.package_for(agreement, at=at)
        rows = _rows(agreement, key, by=by)
        if not rows[-1].is_withdrawable:
            raise NotWithdrawable()
        standing = next((row for row in rows if row.live_key), None)
        if standing is None:
            return
        db.session.execute(
            update(AgreementConsent)
            .where(AgreementConsent.id == standing.id)
            .values(live_key=None, withdrawn_at=at, withdrawn_by=by.id)
            .execution_options(synchronize_session=False)
        )
        witness_consent(package, standing, is_given=False, by=by, at=at)
        audit.record("consent_withdrawn", agreement, by=by, at=at)
        tell_lead(agreement, "consent_withdrawn", at)


@retried
def give_consent(agreement: Agreement, key: str, *, by: Actor) -> None:
    """Give a consent again that was taken back; giving it twice is giving it once.

    Raises:
        NotFound: the agreement has no such consent.
    """
    at = clock.now()
    with transaction():
        package = evidence.package_for(agreement, at=at)
        rows = _rows(agreement, key, by=by)
        if any(row.live_key for row in rows):
            return
        row = keep_consent(agreement.id, key, by=by, at=at)
        db.session.flush()
        witness_consent(package, row, is_given=True, by=by, at=at)
        audit.record("consent_given", agreement, by=by, at=at)


def _rows(agreement: Agreement, key: str, *, by: Actor) -> list[AgreementConsent]:
    """Return all rows of a consent, oldest first; agreements from before have them made from what was ticked."""
    if key not in agreement.consents:
        raise NotFound("这份协议没有这一项同意")
    of_key = (AgreementConsent.agreement_id == agreement.id) & (AgreementConsent.key == key)
    rows = list(db.session.scalars(select(AgreementConsent).where(of_key).order_by(AgreementConsent.id)))
    if rows:
        return rows
    made = keep_consent(agreement.id, key, by=by, at=agreement.requested_at)
    db.session.flush()
    return [made]
