"""Households and authorities at the workbench: staff compares the originals, and lets people join or sign for others."""

import base64
from collections.abc import Callable

from flask import Response, request, url_for

from server.access import families as access
from server.actions import authorities, conditions, households
from server.errors import AppError, NotFound
from server.handlers.context import admin, as_admin, policy_for
from server.handlers.workbench import site
from server.models import Authority, Household
from server.models.authority import AUTHORITY_LABELS, STATE_LABELS
from server.models.household import PROOF_LABELS
from server.policy import capacity, relations

RANKS = {1: "第一顺序：配偶", 2: "第二顺序：父母、子女", 3: "第三顺序：其他近亲属", 4: "第四顺序：其他人或组织"}


def list_families() -> Response:
    """Ask for a code, and list what waits for a look at its proof."""
    return _list()


def open_family() -> Response:
    """Open what a resident told the code of."""
    try:
        found = households.open_by_code(request.form.get("code", ""), admin(), by=as_admin())
    except AppError as error:
        return _list(error)
    return site.done(_address(found), "已打开，这次查看已记入操作记录")


def show_household(household_id: str) -> Response:
    """Show a household with the proofs of who waits."""
    return _household(access.opened_household(household_id, by=admin()))


def vouch(household_id: str) -> Response:
    """Let those join whose proof was seen."""
    home = access.opened_household(household_id, by=admin())
    try:
        joined = households.vouch(home, request.form.getlist("member_ids"), by=as_admin())
    except AppError as error:
        return _household(home, error)
    return site.done(_address(home), f"已核对 {len(joined)} 位家庭成员")


def turn_down(member_id: str) -> Response:
    """Say that the proof does not show it."""
    member = access.opened_member(member_id, by=admin())
    households.turn_down(member, by=as_admin())
    return site.done(url_for("workbench.show_household", household_id=member.household_id), "已标记为未通过")


def write_condition(member_id: str) -> Response:
    """Keep what a member told about his health, for the form that has a column for it."""
    member = access.opened_member(member_id, by=admin())
    try:
        conditions.write(member, request.form.get("text", ""), me=None, by=as_admin())
    except AppError as error:
        return _household(member.household, error)
    return site.done(_address(member.household), "身体状况已登记")


def show_authority(authority_id: str) -> Response:
    """Show what is asked for and its proof."""
    row = access.opened_authority(authority_id, by=admin())
    households.opened(row, by=as_admin())
    return _authority(row)


def member_photo(member_id: str) -> Response:
    """Show the proof of a waiting member."""
    return _photo(access.opened_member(member_id, by=admin()).proof)


def authority_photo(authority_id: str) -> Response:
    """Show the proof of an authority."""
    return _photo(access.opened_authority(authority_id, by=admin()).proof)


def _photo(proof: str | None) -> Response:
    head, _, body = (proof or "").partition(",")
    if not body:
        raise NotFound()
    kind = head.removeprefix("data:").removesuffix(";base64")
    return Response(base64.b64decode(body), mimetype=kind, headers={"Cache-Control": "no-store"})


def certify(authority_id: str) -> Response:
    """Say that the proof was seen."""
    return _decide(authority_id, lambda row: authorities.certify(row, by=as_admin()), "已核对，从现在起可以代签")


def refuse_authority(authority_id: str) -> Response:
    """Say that the proof does not show it, with a reason to read."""
    note = request.form.get("note", "")[:200]
    return _decide(authority_id, lambda row: authorities.refuse(row, note, by=as_admin()), "已标记为未通过")


def revoke_authority(authority_id: str) -> Response:
    """End it: the person can decide again, or the proof turned out to be wrong."""
    return _decide(authority_id, lambda row: authorities.revoke(row, by=as_admin()), "已撤销，此后不能再代签")


def _decide(authority_id: str, step: Callable[[Authority], object], text: str) -> Response:
    row = access.opened_authority(authority_id, by=admin())
    households.opened(row, by=as_admin())
    try:
        step(row)
    except AppError as error:
        return _authority(row, error)
    return site.done(_address(row), text)


def _address(found: Household | Authority) -> str:
    if isinstance(found, Household):
        return url_for("workbench.show_household", household_id=found.id)
    return url_for("workbench.show_authority", authority_id=found.id)


def _list(error: AppError | None = None) -> Response:
    rows = access.waiting_authorities(site.cursor(), by=admin())
    return site.page("families.html", here="families", rows=rows, kinds=AUTHORITY_LABELS, error=error)


def _household(home: Household, error: AppError | None = None) -> Response:
    return site.page(
        "household.html",
        here="families",
        home=home,
        waiting=access.under_review(home),
        condition_wanted=_condition_wanted(home),
        relations=relations.LABELS,
        proofs=PROOF_LABELS,
        error=error,
    )


def _condition_wanted(home: Household) -> bool:
    """Whether the form of this household has a column for its members' physical condition (SG-12)."""
    people = [member.resident for member in home.joined if member.resident is not None]
    return any(not policy_for(person).signing.package_per_member for person in people[:1])


def _authority(row: Authority, error: AppError | None = None) -> Response:
    rank = RANKS[capacity.guardian_rank(row.relation)] if row.kind == "incapacity" else ""
    return site.page(
        "authority.html",
        here="families",
        row=row,
        rank=rank,
        relations=relations.LABELS,
        kinds=AUTHORITY_LABELS,
        states=STATE_LABELS,
        proofs=PROOF_LABELS,
        error=error,
    )
