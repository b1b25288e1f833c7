"""What an agreement's page shows of its evidence."""

from server.access import evidence as reading
from server.access import papers
from server.access import resident as catalogue
from server.actions import signing
from server.handlers.papers import our_address
from server.models.agreement import IN_FORCE, Agreement, AgreementStatus
from server.models.evidence import KIND_LABELS
from server.models.supplement import KIND_LABELS as SUPPLEMENT_KINDS

PROBLEMS = {
    "unreadable": "有内容无法解密",
    "chain": "存证链断裂",
    "text": "协议原文被改动",
    "signature": "居民签名被改动",
    "status": "协议状态与存证不符",
    "dates": "起止日期与存证不符",
    "consents": "单独同意与存证不符",
    "supplements": "补充协议被改动",
    "imprints": "签名或印章图片被改动",
    "no_package": "尚未存证（早期协议）",
}
UNSIGNED = (AgreementStatus.DRAFT, AgreementStatus.PENDING_RESIDENT)
"""Nobody has signed: there is nothing that could be missing."""
PARTIES = {"resident": "居民", "team": "团队", "institution": "机构"}


def card_of(agreement: Agreement) -> dict[str, object]:
    """Return what the card of an agreement's page shows."""
    chain = reading.chain_of(agreement)
    is_unsigned = chain is None and agreement.status in UNSIGNED
    return {
        "chain": chain,
        "is_unsigned": is_unsigned,
        "entry_labels": KIND_LABELS,
        "problems": [] if is_unsigned else [PROBLEMS.get(code, code) for code in reading.problems(agreement.id)],
        "consent_rows": reading.consents(agreement),
        "files": reading.files(agreement.id),
        "receipts": reading.receipts(agreement.id),
        "parties": PARTIES,
        "supplements": reading.supplements(agreement.id),
        "supplement_kinds": SUPPLEMENT_KINDS.items(),
        "packages": [(row.id, row.name) for row in catalogue.offered_packages()],
        "has_copy": signing.has_copy(agreement),
        "may_supplement": agreement.status in IN_FORCE,
        "verify_url": papers.verify_url(our_address(), chain) if chain else "",
    }
