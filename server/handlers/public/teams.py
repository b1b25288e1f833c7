"""The teams for everybody (TM-10), and each team's contact card to print and hang up (TM-11)."""

import io

import segno
from apiflask import APIBlueprint
from flask import Response, make_response, render_template, request, url_for

from server.access import areas, composition, public
from server.access.resident import offered_packages
from server.errors import AppError
from server.handlers.context import wiring
from server.models import Team
from server.models.doctor import MODE_LABELS, ROLE_LABELS, ServiceMode

blueprint = APIBlueprint("public_teams", __name__, url_prefix="/public/teams", enable_openapi=False)
POLICY = (
    "default-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
SHOWN_SECONDS = 300


@blueprint.errorhandler(AppError)
def _problem(error: AppError) -> Response:
    return _answer("problem.html", error.http_status, title=error.message)


@blueprint.get("")
def list_teams() -> Response:
    """All teams by name; with ``q`` those of a place, an institution or a name."""
    text = request.args.get("q", "").strip()[:64]
    rows = public.teams(text, request.args.get("cursor") or None)
    return _answer("teams.html", rows=rows, text=text)


@blueprint.get("/<team_id>")
def show_team(team_id: str) -> Response:
    """One team: who, what, where, when. WeChat opens the mini-program at this address when it is scanned."""
    return _team("team.html", team_id)


@blueprint.get("/<team_id>/card")
def show_card(team_id: str) -> Response:
    """The contact card of a team, one page of paper."""
    return _team("card.html", team_id)


@blueprint.get("/<team_id>/qr.svg")
def show_code(team_id: str) -> Response:
    """The QR code of a team's address."""
    found = public.team(team_id)
    drawn = io.BytesIO()
    segno.make(_address(found), error="m").save(drawn, kind="svg", scale=6, border=2)
    response = make_response(drawn.getvalue())
    response.content_type = "image/svg+xml"
    return _kept(response)


def _team(template: str, team_id: str) -> Response:
    found, policy = public.team(team_id), wiring().policy
    return _answer(
        template,
        team=found,
        roles=ROLE_LABELS,
        modes=_modes(found),
        packages=offered_packages(),
        areas=areas.areas_of(found),
        supports=composition.supports(found.id),
        address=_address(found),
        supervision_phone=policy.wording.complaint_phone if policy.complaints.supervision_phone_on_card else None,
    )


def _modes(team: Team) -> list[str]:
    """Words for the ways a team serves; visits at home are named only where the region lets them be advertised."""
    hidden = set() if wiring().policy.wording.may_advertise_home_service else {str(ServiceMode.HOME)}
    return [MODE_LABELS[ServiceMode(mode)] for mode in team.modes.split() if mode not in hidden]


def _address(team: Team) -> str:
    """The plain https link of a team; the console's rule for links makes WeChat open the mini-program with it."""
    return wiring().settings.app.public_base_url.rstrip("/") + url_for("public_teams.show_team", team_id=team.id)


def _answer(template: str, status: int = 200, **values: object) -> Response:
    return _kept(make_response(render_template(f"public/{template}", **values), status))


def _kept(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    if response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={SHOWN_SECONDS}"
    return response
