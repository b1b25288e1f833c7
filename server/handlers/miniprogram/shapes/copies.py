"""Copies, consents and supplements of an agreement."""

from typing import Self

from pydantic import Field

from server.access import papers
from server.access.evidence import Chain
from server.handlers.miniprogram.shapes.edges import In, Out, instant
from server.models.agreement import Agreement
from server.models.evidence import AgreementConsent, AgreementFile, AgreementReceipt
from server.models.supplement import Supplement, SupplementKind, SupplementStatus
from server.policy import texts

PARTIES = {"resident": "居民", "team": "签约团队", "institution": "签约机构"}
EVENTS = {"delivered": "取得副本", "read": "已阅读"}


class FileOut(Out):
    """One file that was handed out."""

    edition: int
    sha256: str
    size: int
    issued_at: str


class CopyOut(Out):
    """Whether there is a copy, what was handed out, and where anybody may check it."""

    number: str
    has_copy: bool
    status_label: str
    template_label: str
    verify_url: str | None
    signed_at: str
    accepted_at: str | None
    provider: str | None
    files: list[FileOut]
    receipts: list[dict[str, str]]

    @classmethod
    def of(
        cls,
        agreement: Agreement,
        chain: Chain | None,
        files: list[AgreementFile],
        receipts: list[AgreementReceipt],
        address: str,
        has_copy: bool,
    ) -> Self:
        """Show the state of the copies."""
        accepted = chain.accepted if chain else None
        template = f"{chain.package.template} {chain.package.template_version}".strip() if chain else ""
        return cls(
            number=agreement.number,
            has_copy=has_copy,
            status_label=agreement.status_label,
            template_label=template,
            verify_url=papers.verify_url(address, chain) if chain else None,
            signed_at=instant(agreement.requested_at),
            accepted_at=instant(agreement.decided_at) if has_copy and agreement.decided_at else None,
            provider=accepted.facts["provider"]["name"] if accepted else None,
            files=[
                FileOut(edition=one.edition, sha256=one.sha256, size=one.size, issued_at=instant(one.issued_at))
                for one in files
            ],
            receipts=[
                {"party": PARTIES[one.party], "event": EVENTS[one.event], "at": instant(one.at)} for one in receipts
            ],
        )


class ConsentOut(Out):
    """One consent: its words, whether it stands, and what taking it back means."""

    key: str
    label: str
    effect: str
    is_withdrawable: bool
    stands: bool
    given_at: str
    withdrawn_at: str | None

    @classmethod
    def all_of(cls, agreement: Agreement, rows: list[AgreementConsent]) -> list[Self]:
        """Show the consents of an agreement, each by its newest row; those from before as they were ticked."""
        newest = {row.key: row for row in rows}
        return [cls._one(agreement, key, newest.get(key)) for key in agreement.consents]

    @classmethod
    def _one(cls, agreement: Agreement, key: str, row: AgreementConsent | None) -> Self:
        said = texts.consent(key)
        return cls(
            key=key,
            label=row.wording if row else said.label,
            effect=said.effect,
            is_withdrawable=row.is_withdrawable if row else said.is_withdrawable,
            stands=row.live_key is not None if row else True,
            given_at=instant(row.given_at if row else agreement.requested_at),
            withdrawn_at=instant(row.withdrawn_at) if row and row.withdrawn_at else None,
        )


class SupplementOut(Out):
    """One supplement with its frozen text."""

    id: str
    number: int
    kind: str
    kind_label: str
    status: str
    status_label: str
    waits: bool
    title: str
    paragraphs: list[str]
    text_sha256: str
    provider: str
    proposed_at: str
    settled_at: str | None

    @classmethod
    def of(cls, row: Supplement) -> Self:
        """Show a supplement."""
        text = texts.Document.from_body(row.text_body)
        return cls(
            id=row.id,
            number=row.number,
            kind=row.kind,
            kind_label=row.kind_label,
            status=row.status,
            status_label=row.status_label,
            waits=row.status == SupplementStatus.PROPOSED,
            title=text.title,
            paragraphs=list(text.paragraphs),
            text_sha256=row.text_sha256,
            provider=row.provider["name"],
            proposed_at=instant(row.proposed_at),
            settled_at=instant(row.settled_at) if row.settled_at else None,
        )


class SignSupplementIn(In):
    """The resident's signature under a supplement, and the text that was shown."""

    text_sha256: str = Field(min_length=64, max_length=64)
    signature: str = Field(max_length=400_000)


class ConsentIn(In):
    """Which consent, and whether it is to stand."""

    key: str = Field(max_length=64)
    stands: bool


class ProposeIn(In):
    """What is to change; only the fields of the kind are used."""

    kind: SupplementKind
    phone: str = Field(default="", pattern=r"^$|^1[3-9]\d{9}$")
    address: str = Field(default="", max_length=200)
    package_id: str = Field(default="", max_length=26)
    note: str = Field(default="", max_length=500)


class ImprintIn(In):
    """A drawn signature."""

    signature: str = Field(max_length=400_000)


class ImprintOut(Out):
    """The signature that is used from now on; none: typed name, number and time."""

    signature: str | None
    kept_at: str | None
