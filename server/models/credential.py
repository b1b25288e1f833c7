"""With what licence somebody works, and who let him in when he belongs to another institution (domain.md SG-01…07)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Id, Model, UtcDateTime, primary_key, table
from server.models.doctor import Staff


class Licence(StrEnum):
    """The class of a licence."""

    CLINICAL = "clinical"
    TCM = "tcm"
    VILLAGE = "village"
    NURSE = "nurse"
    PUBLIC_HEALTH = "public_health"
    OTHER = "other"


LICENCE_LABELS = {
    Licence.CLINICAL: "临床类别执业（助理）医师",
    Licence.TCM: "中医类别执业（助理）医师",
    Licence.VILLAGE: "乡村医生",
    Licence.NURSE: "注册护士",
    Licence.PUBLIC_HEALTH: "公共卫生类别执业（助理）医师",
    Licence.OTHER: "其他",
}


class Origin(StrEnum):
    """Where somebody comes from."""

    OWN = "own"  # staff of the institution
    HOSPITAL = "hospital"  # of a level-2 or level-3 hospital
    PRIVATE = "private"  # of a private clinic or another institution
    RETIRED = "retired"


ORIGIN_LABELS = {
    Origin.OWN: "本机构",
    Origin.HOSPITAL: "二级以上医院",
    Origin.PRIVATE: "其他医疗机构（含个体诊所）",
    Origin.RETIRED: "退休医务人员",
}


class Credential(Model):
    """The licence of one member of staff.

    Somebody from outside serves after two approvals, noted by two administrators: the health authority's, and the
    agreement with the responsible institution (SG-06).
    """

    __tablename__ = "credential"
    __table_args__ = table(
        CheckConstraint(
            "authority_by IS NULL OR contract_by IS NULL OR authority_by <> contract_by", name="two_persons"
        ),
        CheckConstraint("(authority_by IS NULL) = (authority_at IS NULL)", name="authority"),
        CheckConstraint("(contract_by IS NULL) = (contract_at IS NULL)", name="contract"),
        CheckConstraint("hospital_level IS NULL OR hospital_level IN (2, 3)", name="hospital_level"),
        Index(None, "valid_to"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    staff_id: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"), unique=True)
    licence: Mapped[Licence] = mapped_column(String(16))
    licence_number: Mapped[str] = mapped_column(String(32), default="")
    scope: Mapped[str] = mapped_column(String(64), default="")
    """The licensed field of practice (执业范围), e.g. 全科医学专业."""
    is_gp: Mapped[bool] = mapped_column(Boolean, default=False)
    """Registered or trained as a general practitioner."""
    gives_tcm: Mapped[bool] = mapped_column(Boolean, default=False)
    """Able to give traditional Chinese medicine service (TM-02)."""
    valid_to: Mapped[date | None] = mapped_column(Date)
    origin: Mapped[Origin] = mapped_column(String(12), default=Origin.OWN)
    employer: Mapped[str] = mapped_column(String(128), default="")
    hospital_level: Mapped[int | None] = mapped_column(Integer)
    authority_document: Mapped[str] = mapped_column(String(64), default="")
    authority_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    authority_by: Mapped[str | None] = mapped_column(Code)
    contract_document: Mapped[str] = mapped_column(String(64), default="")
    contract_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    contract_by: Mapped[str | None] = mapped_column(Code)

    staff: Mapped[Staff] = relationship(lazy="joined")

    @property
    def may_serve(self) -> bool:
        """Whether nothing is missing: own staff, or both approvals noted."""
        return self.origin == Origin.OWN or (self.authority_by is not None and self.contract_by is not None)


class TeamSupport(Model):
    """Who stands behind a team: the technical-support institution, the hospital's office and specialist (SG-24, TM-16)."""

    __tablename__ = "team_support"
    __table_args__ = table(CheckConstraint("level IN (1, 2, 3)", name="level"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"), index=True)
    institution: Mapped[str] = mapped_column(String(128))
    level: Mapped[int] = mapped_column(Integer)
    """2 or 3: a hospital of this level; 1: any other institution (X)."""
    office: Mapped[str] = mapped_column(String(64), default="")
    """The department or office that talks with teams (TM-16)."""
    specialist: Mapped[str] = mapped_column(String(64), default="")
    """The doctor who is named in the agreement."""
    phone: Mapped[str] = mapped_column(String(32), default="")
