"""Tables and the rules one row can keep. Models add to the session; they never commit and never send."""

from server.models.account import AdminLogin, LoginToken, WechatAccount, WechatUser, WorkbenchSession
from server.models.agreement import Agreement, AgreementEvent, AgreementStatus, SignedBy
from server.models.appointment import Appointment, AppointmentEvent, AppointmentStatus, Channel
from server.models.area import Area, AreaLevel, TeamArea
from server.models.audit import AuditEvent
from server.models.authority import Authority, AuthorityKind, AuthorityState
from server.models.block import BlockEvent, BlockStatus, BookingBlock, MarkKind, NoShowMark
from server.models.community import (
    Campaign,
    CampaignPhase,
    CampaignTarget,
    Community,
    CommunityMember,
    FrameAgreement,
    FrameAgreementEvent,
    FrameStatus,
)
from server.models.consent import PrivacyConsent, PushConsent
from server.models.content_check import ContentCheck, Verdict
from server.models.conversation import Conversation, ConversationEvent, ConversationStatus, Message, Sender
from server.models.credential import Credential, Licence, Origin, TeamSupport
from server.models.desk import (
    Absence,
    CannedReply,
    ConversationNote,
    ConversationRating,
    ConversationShift,
    TeamHours,
)
from server.models.desk_login import DeskLogin, DeskSession
from server.models.doctor import CapUnit, Membership, Organisation, Role, Staff, Team
from server.models.ending import Ending, EndingKind, EndingOutcome, EndingReason
from server.models.enrolment import Enrolment, Programme
from server.models.entitlement import Entitlement, ServiceAnswer
from server.models.evidence import (
    AgreementConsent,
    AgreementFile,
    AgreementReceipt,
    Evidence,
    EvidenceEntry,
    Imprint,
)
from server.models.fee import Charge, FeeLine, ServedPopulation
from server.models.followup import FollowUp, FollowUpEvent, FollowUpStatus, NotVisited
from server.models.followup_alarm import FollowUpAlarm
from server.models.health_card import CardEntry, CardHolder, HealthCard
from server.models.hospital import Department, Hospital, Specialist
from server.models.household import Household, HouseholdMember, MemberState, Proof
from server.models.importing import (
    ImportBatch,
    ImportEvent,
    ImportFilePart,
    ImportPiece,
    ImportRow,
    ImportStatus,
    RowOutcome,
)
from server.models.inbox import WechatCallback
from server.models.job_run import JobRun, JobState, Lease
from server.models.learning import ChatbotLesson, ChatbotQuestion, ChatbotTraining, WhyAsked
from server.models.measurement import Measurement, MeasurementReview
from server.models.medium import MediumStatus, MessageMedium
from server.models.notice_setting import NoticeSetting
from server.models.notification import Attempt, Notification, NotificationStatus, PhoneTask
from server.models.package import ItemKind, PackageItem, ServicePackage
from server.models.payment import Payment, PaymentKind
from server.models.phone_check import PhoneCheck, PhoneCheckEvent, PhoneCheckStatus, PhoneResult
from server.models.place import PanelPlace
from server.models.policy_profile import PolicyProfile
from server.models.population import PopulationList, PopulationTag, PopulationTagEvent, TagSource, TagStatus
from server.models.prescription import (
    MedicineDelivery,
    Prescription,
    PrescriptionEvent,
    PrescriptionStatus,
)
from server.models.promise import AnswerPromise, PromiseStep
from server.models.referral import Direction, Discharge, Referral, ReferralDesk, ReferralEvent, ReferralStatus
from server.models.referral_check import CheckResult, ReferralCheck
from server.models.refusal import (
    EntryStatus,
    InformedNotice,
    UnsignedEntry,
    UnsignedEntryEvent,
    UnsignedReason,
    WorklistRun,
)
from server.models.reminder_state import ReminderState
from server.models.renewal import RenewalAct, RenewalStep
from server.models.resident import RealNameState, Resident
from server.models.service_record import ServiceRecord
from server.models.signing_photo import SigningPhoto
from server.models.slot import FreedOutcome, FreedPlace, Pool, Shift, Slot, SlotKind, SlotStatus
from server.models.supplement import Supplement, SupplementEvent, SupplementKind, SupplementStatus
from server.models.supply import MachineAnswer, MachineKey, MachineNonce, ReleaseDigest, ShiftException, ShiftPattern
from server.models.team_exit import MemberRemoval, RemovalReason, Training
from server.models.transfer import (
    ChangeReason,
    ChangeState,
    EntryState,
    MassTransfer,
    TeamChange,
    TransferEntry,
    TransferReason,
    TransferTarget,
)
from server.models.use_notice import UseNotice
from server.models.visit import HomeVisit, StaffPhoto, Window
from server.models.waiting import (
    OfferOutcome,
    Priority,
    WaitingEntry,
    WaitingEvent,
    WaitingOffer,
    WaitingSkip,
    WaitingStatus,
)
from server.models.wechat_token import WechatToken

__all__ = [
    "Absence", "AdminLogin", "Agreement", "AgreementConsent", "AgreementEvent", "AgreementFile", "AgreementReceipt",
    "AgreementStatus", "AnswerPromise", "Appointment", "AppointmentEvent", "AppointmentStatus", "Area", "AreaLevel",
    "Attempt", "AuditEvent", "Authority", "AuthorityKind", "AuthorityState", "BlockEvent", "BlockStatus",
    "BookingBlock", "Campaign", "CampaignPhase", "CampaignTarget", "CannedReply", "CapUnit", "CardEntry",
    "CardHolder", "ChangeReason", "ChangeState", "Channel", "Charge", "CheckResult", "Community", "CommunityMember",
    "ContentCheck", "Conversation", "ConversationEvent", "ConversationNote", "ConversationRating",
    "ConversationShift", "ConversationStatus", "Credential", "Department", "DeskLogin", "DeskSession", "Direction",
    "Discharge", "Ending", "EndingKind", "EndingOutcome", "EndingReason", "Enrolment", "Entitlement", "EntryState", "EntryStatus",
    "Evidence", "EvidenceEntry", "FeeLine", "FollowUp", "FollowUpAlarm", "FollowUpEvent", "FollowUpStatus", "FrameAgreement",
    "FrameAgreementEvent", "FrameStatus", "FreedOutcome", "FreedPlace", "HealthCard", "HomeVisit", "Hospital",
    "Household", "HouseholdMember", "ImportBatch", "ImportEvent", "ImportFilePart", "ImportPiece", "ImportRow",
    "ImportStatus", "Imprint", "InformedNotice", "ItemKind", "JobRun", "JobState", "Lease", "Licence", "LoginToken",
    "MachineAnswer", "MachineKey", "MachineNonce", "MarkKind", "MassTransfer", "Measurement", "MeasurementReview",
    "MedicineDelivery", "MediumStatus", "MemberRemoval", "MemberState", "Membership", "Message", "MessageMedium",
    "NoShowMark", "NotVisited", "NoticeSetting", "Notification", "NotificationStatus", "OfferOutcome", "Organisation",
    "Origin", "PackageItem", "PanelPlace", "Payment", "PaymentKind", "PhoneCheck", "PhoneCheckEvent",
    "PhoneCheckStatus", "PhoneResult", "PhoneTask", "PolicyProfile", "Pool", "PopulationList", "PopulationTag",
    "PopulationTagEvent", "Prescription", "PrescriptionEvent", "PrescriptionStatus", "Priority", "PrivacyConsent",
    "Programme", "PromiseStep", "Proof", "PushConsent", "RealNameState", "Referral", "ReferralCheck", "ReferralDesk",
    "ReferralEvent", "ReferralStatus", "ReleaseDigest", "ReminderState", "RemovalReason", "RenewalAct", "RenewalStep",
    "Resident", "Role", "RowOutcome", "Sender", "ServedPopulation", "ServiceAnswer", "ServicePackage",
    "ServiceRecord", "Shift", "ShiftException", "ShiftPattern", "SignedBy", "SigningPhoto", "Slot", "SlotKind",
    "SlotStatus", "Specialist", "Staff", "StaffPhoto", "Supplement", "SupplementEvent", "SupplementKind",
    "SupplementStatus", "TagSource", "TagStatus", "Team", "TeamArea", "TeamChange", "TeamHours", "TeamSupport",
    "Training", "TransferEntry", "TransferReason", "TransferTarget", "UnsignedEntry", "UnsignedEntryEvent",
    "UnsignedReason", "UseNotice", "Verdict", "WaitingEntry", "WaitingEvent", "WaitingOffer", "WaitingSkip",
    "WaitingStatus", "WechatAccount", "WechatCallback", "WechatToken", "WechatUser", "Window", "WorkbenchSession",
    "WorklistRun",
    "ChatbotLesson", "ChatbotQuestion", "ChatbotTraining", "WhyAsked",
]  # fmt: skip
