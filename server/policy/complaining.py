"""Where somebody goes who is not content (row 33 of the regions' comparison). Pure."""

from server.policy.schema import Policy

PLACES = {
    "institution": "签约机构",
    "district": "区县卫生健康部门",
    "town_centre": "镇社区卫生服务中心",
    "normal_channels": "正常的投诉渠道",
    "open_channel": "公开的投诉举报渠道",
}


def route(policy: Policy) -> str:
    """Return the way to complain in one sentence: the places in their order, whether the first mediates, the phone.

    Source:
        policy keys complaints.route, complaints.mediated, wording.complaint_phone (SU-12, SU-13).
    """
    first, *others = [PLACES[place] for place in policy.complaints.route] or [PLACES["institution"]]
    said = f"向{first}反映" + ("，也可以请它协调解决" if policy.complaints.mediated else "")
    said += "".join(f"；还不满意，向{place}反映" for place in others)
    return f"{said}。电话 {policy.wording.complaint_phone}"
