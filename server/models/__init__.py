"""Tables and the rules one row can keep. Models add to the session; they never commit and never send."""

from server.models.account import AdminLogin, LoginToken, WechatAccount, WechatUser, WorkbenchSession
from server.models.agreement import Agreement, AgreementEvent, AgreementStatus
from server.models.appointment import Appointment, AppointmentEvent, AppointmentStatus
from server.models.area import Area, AreaLevel, TeamArea
from server.models.audit import AuditEvent
from server.models.consent import PrivacyConsent, PushConsent
from server.models.conversation import Conversation, ConversationEvent, ConversationStatus, Message, Sender
from server.models.credential import Credential, Licence, Origin, TeamSupport
from server.models.doctor import Membership, Organisation, Role, Staff, Team
from server.models.ending import Ending, EndingKind, EndingOutcome, EndingReason
from server.models.followup import Enrolment, FollowUp, FollowUpEvent, FollowUpStatus, Programme
from server.models.inbox import WechatCallback
from server.models.job_run import JobRun, JobState, Lease
from server.models.notification import Attempt, Notification, NotificationStatus, PhoneTask
from server.models.package import PackageItem, ServicePackage
from server.models.population import PopulationList, PopulationTag, PopulationTagEvent, TagSource, TagStatus
from server.models.resident import RealNameState, Resident
from server.models.service_record import ServiceRecord
from server.models.slot import Hospital, Pool, Shift, Slot, SlotStatus, Specialist
from server.models.wechat_token import WechatToken

__all__ = [
    "AdminLogin", "Agreement", "AgreementEvent", "AgreementStatus", "Appointment", "AppointmentEvent",
    "AppointmentStatus", "Area", "AreaLevel", "Attempt", "AuditEvent", "Conversation", "ConversationEvent", "ConversationStatus",
    "Credential", "Licence", "Origin", "PopulationList", "PopulationTag", "PopulationTagEvent", "TagSource",
    "TagStatus", "TeamArea", "TeamSupport",
    "Ending", "EndingKind", "EndingOutcome", "EndingReason",
    "Enrolment", "FollowUp", "FollowUpEvent", "FollowUpStatus", "Hospital", "JobRun", "JobState", "Lease",
    "LoginToken", "Membership", "Message", "Notification", "NotificationStatus", "Organisation", "PackageItem",
    "PhoneTask", "Pool", "PrivacyConsent", "Programme", "PushConsent", "RealNameState", "Resident", "Role", "Sender",
    "ServicePackage", "ServiceRecord", "Shift", "Slot", "SlotStatus", "Specialist", "Staff", "Team", "WechatAccount",
    "WechatCallback", "WechatToken", "WechatUser", "WorkbenchSession",
]  # fmt: skip
