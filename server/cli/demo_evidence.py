"""The demo's seal and doctor's signature, and the evidence of agreements that were made a term ago."""

import base64
import io
import math

from PIL import Image, ImageDraw

from server.actions import signing
from server.actions.signing import evidence as sealing
from server.database import db
from server.models import Agreement, AgreementEvent, Organisation, Staff, evidence
from server.models.actor import CLOCK, Actor, ActorKind
from server.policy.schema import Policy

SIDE = 400
RED, INK = (200, 30, 30, 255), (20, 30, 30, 255)
STROKES = (((30, 60), (110, 50), (60, 130)), ((150, 30), (140, 150)), ((120, 80), (220, 70), (190, 140), (270, 120)))


def seed(centre: Organisation, lead: Staff) -> None:
    """Give the centre a seal and its doctor a signature."""
    signing.keep_seal(centre, _png(_seal()), by=CLOCK)
    signing.keep_signature(lead, drawn(), by=CLOCK)


def drawn() -> str:
    """Return a signature as a telephone sends it: PNG as a data URL."""
    return "data:image/png;base64," + base64.b64encode(_png(_signature())).decode()


def witnessed(agreement: Agreement, lead: Staff, policy: Policy) -> None:
    """Keep what both sides' signatures would have left behind, in the caller's transaction."""
    assert agreement.decided_at is not None
    resident = Actor(ActorKind.RESIDENT, agreement.resident_id)
    sealing.seal(agreement, policy=policy, by=resident, at=agreement.requested_at)
    event = AgreementEvent(
        subject_id=agreement.id,
        old="pending_team",
        new=agreement.status,
        actor_kind=ActorKind.STAFF,
        actor_id=lead.id,
        at=agreement.decided_at,
    )
    db.session.add(event)
    db.session.flush()
    evidence.witness(agreement, event)


def _seal() -> Image.Image:
    image = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    pen, middle = ImageDraw.Draw(image), SIDE / 2
    pen.ellipse((8, 8, SIDE - 8, SIDE - 8), outline=RED, width=14)
    corners = [
        (middle + radius * math.sin(n * math.pi / 5), middle - radius * math.cos(n * math.pi / 5))
        for n, radius in enumerate([90, 36] * 5)
    ]
    pen.polygon(corners, fill=RED)
    return image


def _signature() -> Image.Image:
    image = Image.new("RGBA", (300, 180), (0, 0, 0, 0))
    for stroke in STROKES:
        ImageDraw.Draw(image).line(stroke, fill=INK, width=7, joint="curve")
    return image


def _png(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()
