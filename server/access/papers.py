"""The agreement as it is printed: from what was frozen at each signature, never from what rows say today."""

import base64
from datetime import date, datetime
from typing import Any

from server import clock
from server.access.evidence import Chain, signed_supplements
from server.database import db
from server.models import Agreement, EvidenceEntry, Imprint, Supplement
from server.models.resident import REAL_NAME_LABELS, RealNameState
from server.paper import Block, Paper
from server.paper import Supplement as PaperSupplement
from server.policy import texts

CHANNELS = {"miniprogram": "微信小程序", "backfill": "纸质协议补录", "workbench": "管理工作台"}
SHORT_ID = 8
PROVIDER = ("organisation", "doctor")
SUPPORT = {
    "support": "institution",
    "hospital": "institution",
    "support_lead": "specialist",
    "specialist": "specialist",
}


def paper_of(agreement: Agreement, chain: Chain, *, address: str, edition: int) -> Paper:
    """Return what the PDF shows.

    Args:
        address: our public address, for the QR code. edition: how many signed supplements are in it.
    """
    signed, accepted = chain.first, chain.accepted
    text = texts.Document.from_body(agreement.text_body)
    provider = _provider(accepted)
    extra = signed_supplements(agreement.id)[:edition]
    name = signed.get("snapshot", {}).get("resident", {}).get("name") or agreement.resident.name
    at = extra[-1].settled_at if extra else (chain.accepted_at or agreement.requested_at)
    assert at is not None
    return Paper(
        number=agreement.number,
        title=text.title,
        paragraphs=text.paragraphs,
        services=tuple((one["name"], one["frequency"]) for one in signed.get("services", [])),
        price=signed["price"]["label"] if "price" in signed else "",
        consents=tuple(one["wording"] for one in signed.get("consents", []) if "wording" in one),
        blocks=tuple(_block(key, agreement, signed, chain.accepted_at, provider) for key in _keys(signed)),
        supplements=tuple(_supplement(row, name) for row in extra),
        evidence=tuple(_facts(agreement, chain, accepted)),
        verify_url=verify_url(address, chain),
        created_at=at,
    )


def verify_url(address: str, chain: Chain) -> str:
    """Return the page on which anybody who holds a copy can check it."""
    return f"{address.rstrip('/')}/public/verify/{chain.package.verify_code}"


def _keys(signed: dict[str, Any]) -> list[str]:
    keys: list[str] = signed["text"].get("blocks") or ["resident", *PROVIDER]
    return keys


def _provider(accepted: EvidenceEntry | None) -> dict[str, Any]:
    provider: dict[str, Any] = accepted.facts["provider"] if accepted else {}
    return provider


def _block(
    key: str, agreement: Agreement, signed: dict[str, Any], accepted_at: datetime | None, provider: dict[str, Any]
) -> Block:
    label = texts.read("terms")["blocks"][key]
    day = _day(accepted_at) if accepted_at else ""
    if key == "resident":
        return Block(
            label, _resident_side(agreement, signed), moment(agreement.requested_at), _image(agreement.signature)
        )
    if key == "organisation":
        return Block(label, provider.get("organisation", ""), day, _imprint(provider.get("seal")))
    if key == "doctor":
        return Block(
            label, _signer(provider), moment(accepted_at) if accepted_at else "", _imprint(provider.get("signature"))
        )
    named = signed.get("snapshot", {}).get("support") or {}
    return Block(label, named.get(SUPPORT[key], "") or "（未登记）", "")


def _resident_side(agreement: Agreement, signed: dict[str, Any]) -> str:
    name = signed.get("snapshot", {}).get("resident", {}).get("name") or agreement.resident.name
    signer = signed.get("signer", {})
    return f"{signer['name']}（代{name}）" if signer.get("id") else str(name)


def _signer(provider: dict[str, Any]) -> str:
    return f"{provider['name']}（工号 {provider['id'][-SHORT_ID:]}）" if provider.get("name") else ""


def _supplement(row: Supplement, name: str) -> PaperSupplement:
    text, blocks, provider = texts.Document.from_body(row.text_body), texts.read("terms")["blocks"], row.provider
    assert row.settled_at is not None
    return PaperSupplement(
        title=text.title,
        paragraphs=text.paragraphs,
        blocks=(
            Block(blocks["resident"], name, moment(row.settled_at), _image(row.signature)),
            Block(blocks["organisation"], provider["organisation"], _day(row.proposed_at), _imprint(provider["seal"])),
            Block("经办人（签字）", _signer(provider), moment(row.proposed_at), _imprint(provider["signature"])),
        ),
    )


def _facts(agreement: Agreement, chain: Chain, accepted: EvidenceEntry | None) -> list[tuple[str, str]]:
    signed = chain.first
    text = signed["text"]
    state = signed.get("identity_check")
    facts = [
        ("文本模板", f"{text['template']} {text['version']}".strip() or "—"),
        ("政策版本", f"{agreement.region} {agreement.policy_version}"),
        ("原文 SHA-256", text["sha256"]),
        ("签名 SHA-256", signed["signature"]["sha256"] or "无需签名"),
        ("身份核验", REAL_NAME_LABELS[RealNameState(state)] if state else "—"),
        ("签署渠道", CHANNELS.get(agreement.channel, agreement.channel)),
        ("居民签署", moment(agreement.requested_at)),
    ]
    if accepted:
        facts.append(("团队确认", moment(chain.accepted_at or accepted.at)))
        facts.append(("存证链", f"{chain.package.algorithm} {accepted.digest}"))
    agreed = accepted.facts if accepted else signed
    if agreed.get("start_on") and agreed.get("end_on"):
        first, last = (texts.chinese(date.fromisoformat(agreed[name])) for name in ("start_on", "end_on"))
        facts.append(("服务期", f"{first}至{last}"))
    return facts


def _image(url: str | None) -> bytes | None:
    return base64.b64decode(url.partition(",")[2]) if url else None


def _imprint(used: dict[str, str] | None) -> bytes | None:
    found = db.session.get(Imprint, used["id"]) if used else None
    return _image(found.image) if found else None


def _day(at: datetime) -> str:
    return texts.chinese(clock.local(at).date())


def moment(at: datetime) -> str:
    """Return an instant for people: 2026年3月2日 09:30."""
    local = clock.local(at)
    return f"{texts.chinese(local.date())} {local:%H:%M}"
