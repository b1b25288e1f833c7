"""Errands about signing: sign, renew, end, another team, one more member (domain.md §6).

A chat cannot take a drawn signature: what needs one ends with the page, its query filled. What a region lets somebody do
without one is done here, after he saw what it is about and where the whole text stands.
"""

from server import chatbot, clock
from server.access import areas, changes, families
from server.access import measurements as cared_for
from server.access import resident as access
from server.actions import reading, signing
from server.chatbot.flows import Choice, Options, State, links
from server.chatbot.flows.definition import line
from server.conversing import persons
from server.conversing.context import Context, Errand, Outcome, day
from server.models import Agreement, AgreementStatus, EndingKind, Resident, Team
from server.models.ending import REASONS
from server.models.transfer import CHANGE_REASONS, ChangeReason
from server.policy import capacity

S = AgreementStatus
MOST_LINES = 6
DEVICE = "chat"
MINE = links.line("我的签约", "/pages/agreement/list")
ADDING = {
    "member": "同一个家庭的家人（户口簿、结婚证等）",
    "minor": "我是未成年孩子的监护人",
    "proxy": "成年家人委托我替他办理",
    "incapacity": "我是不能自理的成年家人的监护人",
}


def _agreement(who: Resident) -> Agreement | None:
    return cared_for.agreement_of(who.id)


def yuan(fen: int) -> str:
    """Return money as people write it: 12元, 12.50元."""
    return f"{fen // 100}元" if fen % 100 == 0 else f"{fen // 100}.{fen % 100:02d}元"


# ---------------------------------------------------------------- sign


def _signable(me: Resident) -> list[families.Signable]:
    return [
        one for one in families.signable(me, clock.today(), head_signs=True) if one.ground or one.resident.id == me.id
    ]


def _signer(context: Context, state: State) -> Options:
    found = persons.chooser(_signable)(context, state)
    if found.chosen is None:
        return found
    row = next(one for one in _signable(context.me) if one.resident.id == found.chosen.value)
    if row.is_signed and signing.predecessor_of(row.resident) is None:
        return Options(refusal=line("signed_already").format(who=found.chosen.label) + "\n" + MINE)
    if row.ground is None:
        return Options(refusal=line("guardian_signs") + "\n" + links.line("我的家庭", "/pages/family/home"))
    return found


def _teams(context: Context, state: State) -> Options:
    who = persons.find(_signable, context, state)
    near = areas.own_teams(who) if context.policy.area.nearest_preferred else []
    rows = access.open_teams(None, near=near).items
    if not rows:
        return Options(refusal=line("no_team_open"))
    return _team_lines(rows, str(state.said.get("doctor") or ""))


def _team_lines(rows: list[Team], doctor: str) -> Options:
    led = [row for row in rows if doctor and row.lead is not None and row.lead.name.startswith(doctor[:1])]
    lines = tuple(Choice(row.id, _team_words(row)) for row in (led or rows)[:MOST_LINES])
    return Options(chosen=lines[0]) if len(lines) == 1 and len(rows) == 1 else Options(lines)


def _team_words(team: Team) -> str:
    lead = f"{team.lead.name}，" if team.lead else ""
    return f"{team.name}（{lead}{team.organisation.name}，还能收{team.places_left}人）"


def _packages(context: Context, state: State) -> Options:
    who = persons.find(_signable, context, state)
    rows = access.packages_for(who, context.rules_for(who).region)
    if not rows:
        return Options(refusal=line("no_package"))
    lines = tuple(Choice(row.id, f"{row.name}（个人承担{yuan(row.self_pay_fen)}）") for row in rows[:MOST_LINES])
    return Options(chosen=lines[0]) if len(lines) == 1 else Options(lines)


def _sign_words(context: Context, state: State) -> dict[str, str]:
    known = state.known
    is_own = known.get("person") == context.me.id
    page = "sign/sign" if is_own else "family/sign"
    if {"team", "package"} <= known.keys():
        return {"sign_page": f"{page}?team={known['team']}&package={known['package']}"}
    return {"sign_page": "teams/list"}


# ---------------------------------------------------------------- renew


def _renewer(context: Context, state: State) -> Options:
    """The person himself; for somebody of his family it ends here, with where it can be done."""
    found = persons.chooser(_signable)(context, state)
    if found.chosen is None or found.chosen.value == context.me.id:
        return found
    return Options(refusal=_renewal_of(context, found.chosen))


def _renewal_of(context: Context, who: Choice) -> str:
    """Say what there is to renew for a relative: a chat cannot take the signature that signing for another needs."""
    row = next(one for one in _signable(context.me) if one.resident.id == who.value)
    found = _agreement(row.resident) or signing.predecessor_of(row.resident)
    words = {"who": who.label, "until": day(found.end_on, context.today) if found and found.end_on else ""}
    if found is None:
        return line("nothing_to_renew_for").format(**words) + "\n" + links.line("签约团队", "/pages/teams/list")
    if found.status == S.AUTO_RENEWED_UNCONFIRMED and row.ground == "guardian":
        page = links.line("替家人确认续约", f"/pages/renew/confirm?id={found.id}&ward=1")
        return line("confirm_renewal_for").format(**words) + "\n" + page
    if found.status == S.AUTO_RENEWED_UNCONFIRMED:
        return line("confirms_himself").format(**words)
    if signing.predecessor_of(row.resident) is None:
        return line("not_yet_renewable_for").format(**words)
    if row.ground is None:
        return line("guardian_signs") + "\n" + links.line("我的家庭", "/pages/family/home")
    page = links.line("替家人续签", f"/pages/family/sign?team={found.team_id}&package={found.package_id}")
    return line("renew_for").format(**words) + "\n" + page


def _renewal(context: Context, state: State) -> Options:
    """What he would agree to, kept as read, where the region renews without a signature; else the page that can."""
    found = _agreement(context.me) or signing.predecessor_of(context.me)
    if found is None:
        return Options(refusal=line("nothing_to_renew") + "\n" + links.line("签约团队", "/pages/teams/list"))
    if found.status == S.AUTO_RENEWED_UNCONFIRMED:
        return Options(
            refusal=line("confirm_renewal") + "\n" + links.line("确认续约", f"/pages/renew/confirm?id={found.id}")
        )
    page = links.line("续签", f"/pages/renew/renew?id={found.id}")
    if not signing.can_renew(found, context.today):
        until = day(found.end_on, context.today) if found.end_on else ""
        return Options(refusal=line("not_yet_renewable").format(until=until) + "\n" + MINE)
    if signing.way_of(found, found.team) != "explicit":
        return Options(refusal=line("renew_by_signature") + "\n" + page)
    policy = context.rules_for(context.me)
    offer = signing.show_renewal(found, signing.Renewal(device=DEVICE), policy=policy, by=context.by)
    ends = f"到{day(offer.period.end_on, context.today)}" if offer.period.end_on else ""
    term = ends or (f"{offer.period.months}个月" if offer.period.months else "期限按本地规定")
    words = f"{offer.team.name}，{offer.package.name}，服务期{term}，个人承担{yuan(offer.package.self_pay_fen)}。"
    return Options(chosen=Choice(f"{found.id}:{offer.text.sha256}", words))


def _renew_words(context: Context, state: State) -> dict[str, str]:
    found = _agreement(context.me)
    named = state.known.get("paper", "").partition(":")[0] or (found.id if found else "")
    return {"agreement": named, "team": found.team.name if found else "团队"}


def _renew(context: Context, state: State) -> Outcome:
    agreement_id, _, sha256 = state.known["paper"].partition(":")
    found = access.agreement(agreement_id, context.me)
    wish = signing.Renewal(text_sha256=sha256, device=DEVICE)
    made, _ = signing.renew(found, wish, policy=context.rules_for(context.me), by=context.by)
    return Outcome({"team": made.team.name})


# ---------------------------------------------------------------- end


def _ending_person(context: Context, state: State) -> Options:
    found = persons.chooser(_wards)(context, state)
    if found.chosen is None:
        return found
    agreement = cared_for.agreement_of(found.chosen.value)
    if agreement is None:
        wish = cared_for.asked_for_by(found.chosen.value)
        told = line("not_yet_in_force" if wish else "nothing_to_end").format(who=found.chosen.label)
        return Options(refusal=told + "\n" + MINE)
    if agreement.status == S.TERMINATION_REQUESTED:
        page = links.line("我的签约", f"/pages/agreement/detail?id={agreement.id}")
        return Options(refusal=line("ending_waits") + "\n" + page)
    return found


def _wards(me: Resident) -> list[families.Signable]:
    """Who asks for somebody else is his certified guardian; a delegation is not enough (as the page has it)."""
    return [one for one in cared_for.people(me) if one.ground != "proxy"]


def _reasons(context: Context, state: State) -> Options:
    """Only reasons that the region accepts within the term: it is said before anybody draws his name."""
    agreement = cared_for.agreement_of(state.known["person"])
    assert agreement is not None
    known = REASONS[EndingKind.TERMINATION]
    allowed = [code for code in known if agreement.status != S.ACTIVE or signing.may_end(agreement, code)]
    phone = signing.rules_of(agreement).wording.complaint_phone
    if not allowed:
        return Options(refusal=line("may_not_end").format(phone=phone))
    note = "" if len(allowed) == len(known) else line("may_end_only").format(phone=phone)
    return Options(tuple(Choice(code, known[code]) for code in allowed), note=note)


def _ending_words(context: Context, state: State) -> dict[str, str]:
    agreement = cared_for.agreement_of(state.known["person"]) if "person" in state.known else None
    if agreement is None:
        return {"agreement": "", "reason_code": "", "ward": "", "days": ""}
    return {
        "agreement": agreement.id,
        "reason_code": state.known.get("reason", ""),
        "ward": "" if agreement.resident_id == context.me.id else "&ward=1",
        "days": str(signing.rules_of(agreement).termination.decide_within_workdays),
    }


# ---------------------------------------------------------------- another team


def _other_teams(context: Context, state: State) -> Options:
    found = _agreement(context.me)
    if found is None:
        return Options(refusal=line("no_team_to_change") + "\n" + links.line("签约团队", "/pages/teams/list"))
    if not signing.can_change(found):
        return Options(refusal=line("cannot_change") + "\n" + MINE)
    rows = changes.other_teams(found)
    if not rows:
        return Options(refusal=line("no_team_open"))
    return _team_lines(rows, str(state.said.get("doctor") or ""))


def _change_reasons(context: Context, state: State) -> Options:
    return Options(tuple(Choice(str(code), words) for code, words in CHANGE_REASONS.items()))


def _change_paper(context: Context, state: State) -> Options:
    found, policy = _agreement(context.me), context.rules_for(context.me)
    assert found is not None
    if signing.signature_needed(policy):
        page = f"/pages/change/change?id={found.id}&team={state.known['team']}"
        return Options(refusal=line("change_by_signature") + "\n" + links.line("换团队", page))
    text = signing.change_text(found, access.open_team(state.known["team"]), policy)
    return Options(chosen=Choice(text.sha256, text.title))


def _change_words(context: Context, state: State) -> dict[str, str]:
    found = _agreement(context.me)
    team = state.known.get("team")
    return {
        "agreement": found.id if found else "",
        "old_team": found.team.name if found else "",
        "team_query": f"&team={team}" if team else "",
    }


def _change(context: Context, state: State) -> Outcome:
    found = _agreement(context.me)
    assert found is not None
    wish, _ = signing.request_change(
        found,
        access.open_team(state.known["team"]),
        reason=ChangeReason(state.known["reason"]),
        note="",
        text_sha256=state.known["paper"],
        signature=None,
        policy=context.rules_for(context.me),
        by=context.by,
    )
    return Outcome({"old_team": found.team.name, "days": day(wish.answer_by_on, context.today)})


# ---------------------------------------------------------------- one more member


def _adding(context: Context, state: State) -> Options:
    if capacity.is_minor(context.me.birth_on, context.today):
        return Options(refusal=line("adults_add"))
    return Options(tuple(Choice(code, words) for code, words in ADDING.items()))


def _adding_words(context: Context, state: State) -> dict[str, str]:
    how = state.known.get("how", "member")
    if how == "member" and families.household(context.me) is None:
        return {"kind": how, "how": line("household_first")}
    return {"kind": how, "how": state.labels.get("how", "")}


# ---------------------------------------------------------------- somebody else's agreement


def _contract_words(context: Context, state: State) -> dict[str, str]:
    if "person" not in state.known:
        return {}
    who, name = persons.find(cared_for.people, context, state), state.labels["person"]
    reading.note_family_read("agreements_read", [who], me=context.me, by=context.by)
    found = _agreement(who)
    if found is None:
        return {"contract": line("nothing_to_end").format(who=name)}
    until = chatbot.day(found.end_on)
    words = {"who": name, "team": found.team.name, "package": found.package.name, "until": until}
    return {"contract": line("family_contract").format(**words)}


ERRANDS = {
    "my_contract": Errand({"person": persons.chooser(cared_for.people)}, _contract_words),
    "sign_up": Errand({"person": _signer, "team": _teams, "package": _packages}, _sign_words),
    "renew": Errand({"person": _renewer, "paper": _renewal}, _renew_words, _renew),
    "terminate": Errand({"person": _ending_person, "reason": _reasons}, _ending_words),
    "change_team": Errand(
        {"team": _other_teams, "reason": _change_reasons, "paper": _change_paper}, _change_words, _change
    ),
    "add_member": Errand({"how": _adding}, _adding_words),
}
