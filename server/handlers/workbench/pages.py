"""Every page of the workbench in one table."""

from apiflask import APIBlueprint

from server.handlers import bodies
from server.handlers.workbench import (
    agreements,
    attention,
    campaigns,
    communities,
    endings,
    families,
    home,
    imports,
    local_rules,
    numbers,
    outbox,
    phones,
    site,
    teams,
    unsigned,
    watch,
)
from server.handlers.workbench.filters import FILTERS

blueprint = APIBlueprint("workbench", __name__, url_prefix="/workbench", enable_openapi=False)
blueprint.before_request(site.check_form)

for name, show in FILTERS.items():
    blueprint.add_app_template_filter(show, name)

PAGES = (
    ("GET", "/", home.show, "home"),
    ("POST", "/logout", home.sign_out, "sign_out"),
    ("GET", "/teams", teams.list_teams, "list_teams"),
    ("POST", "/teams", teams.create_team, "create_team"),
    ("GET", "/teams/new", teams.new_team, "new_team"),
    ("GET", "/teams/<team_id>", teams.show_team, "show_team"),
    ("POST", "/teams/<team_id>", teams.save_team, "save_team"),
    ("GET", "/teams/<team_id>/edit", teams.edit_team, "edit_team"),
    ("POST", "/teams/<team_id>/members", teams.add_member, "add_member"),
    ("POST", "/teams/<team_id>/members/<membership_id>/lead", teams.set_leader, "set_leader"),
    ("POST", "/teams/<team_id>/members/<membership_id>/remove", teams.remove_member, "remove_member"),
    ("GET", "/staff", teams.list_staff, "list_staff"),
    ("POST", "/staff", teams.create_staff, "create_staff"),
    ("POST", "/staff/<staff_id>/bind-code", teams.issue_bind_code, "issue_bind_code"),
    ("GET", "/numbers", numbers.list_slots, "list_slots"),
    ("GET", "/numbers/shifts/new", numbers.new_shift, "new_shift"),
    ("POST", "/numbers/shifts", numbers.create_shift, "create_shift"),
    ("GET", "/hospitals", numbers.list_hospitals, "list_hospitals"),
    ("POST", "/hospitals", numbers.create_hospital, "create_hospital"),
    ("POST", "/specialists", numbers.create_specialist, "create_specialist"),
    ("GET", "/agreements", agreements.list_agreements, "list_agreements"),
    ("GET", "/agreements/<agreement_id>", agreements.show_agreement, "show_agreement"),
    ("POST", "/agreements/<agreement_id>/reveal", agreements.reveal_name, "reveal_name"),
    ("POST", "/agreements/<agreement_id>/close", endings.close, "close_agreement"),
    ("POST", "/agreements/<agreement_id>/void", endings.propose_void, "propose_void"),
    ("GET", "/endings", endings.list_endings, "list_endings"),
    ("POST", "/endings/<ending_id>/approve", endings.approve, "approve_termination"),
    ("POST", "/endings/<ending_id>/refuse", endings.refuse, "refuse_termination"),
    ("POST", "/endings/<ending_id>/confirm", endings.confirm_void, "confirm_void"),
    ("POST", "/endings/<ending_id>/drop", endings.drop_void, "drop_void"),
    ("GET", "/imports", imports.list_imports, "list_imports"),
    ("POST", "/imports", imports.upload_import, "upload_import"),
    ("GET", "/imports/template", imports.template, "import_template"),
    ("GET", "/imports/<batch_id>", imports.show_import, "show_import"),
    ("GET", "/imports/<batch_id>/report", imports.report, "import_report"),
    ("POST", "/imports/<batch_id>/columns", imports.choose_columns, "choose_columns"),
    ("POST", "/imports/<batch_id>/approve", imports.approve_import, "approve_import"),
    ("POST", "/imports/<batch_id>/cancel", imports.cancel_import, "cancel_import"),
    ("GET", "/unsigned", unsigned.list_unsigned, "list_unsigned"),
    ("GET", "/unsigned/notices", unsigned.list_notices, "list_informed_notices"),
    ("GET", "/unsigned/notices/<notice_id>", unsigned.show_notice, "show_informed_notice"),
    ("GET", "/coverage", unsigned.show_coverage, "show_coverage"),
    ("GET", "/campaigns", campaigns.list_campaigns, "list_campaigns"),
    ("POST", "/campaigns", campaigns.create_campaign, "create_campaign"),
    ("GET", "/campaigns/<campaign_id>", campaigns.show_campaign, "show_campaign"),
    ("GET", "/communities", communities.list_communities, "list_communities"),
    ("POST", "/communities", communities.register_community, "register_community"),
    ("GET", "/communities/<community_id>", communities.show_community, "show_community"),
    ("GET", "/communities/<community_id>/summary", communities.show_summary, "show_summary"),
    ("POST", "/communities/<community_id>/frame", communities.sign_frame, "sign_frame"),
    ("GET", "/communities/<community_id>/frames/<frame_id>", communities.show_frame, "show_frame"),
    ("POST", "/communities/<community_id>/frames/<frame_id>/end", communities.end_frame, "end_frame"),
    ("POST", "/communities/<community_id>/roster", communities.import_roster, "import_roster"),
    ("GET", "/effective", unsigned.show_effective, "show_effective"),
    ("GET", "/phones", phones.list_phone_checks, "list_phone_checks"),
    ("POST", "/phones", phones.sample_phones, "sample_phones"),
    ("GET", "/phones/<check_id>", phones.show_phone_check, "show_phone_check"),
    ("POST", "/phones/<check_id>/reveal", phones.reveal_phone, "reveal_phone"),
    ("POST", "/phones/<check_id>/result", phones.record_phone_check, "record_phone_check"),
    ("POST", "/phones/<check_id>/number", phones.enter_phone, "enter_phone"),
    ("GET", "/families", families.list_families, "list_families"),
    ("POST", "/families/open", families.open_family, "open_family"),
    ("GET", "/families/households/<household_id>", families.show_household, "show_household"),
    ("GET", "/families/members/<member_id>/photo", families.member_photo, "member_photo"),
    ("GET", "/families/authorities/<authority_id>/photo", families.authority_photo, "authority_photo"),
    ("POST", "/families/households/<household_id>/vouch", families.vouch, "vouch"),
    ("POST", "/families/members/<member_id>/refuse", families.turn_down, "turn_down"),
    ("GET", "/families/authorities/<authority_id>", families.show_authority, "show_authority"),
    ("POST", "/families/authorities/<authority_id>/certify", families.certify, "certify_authority"),
    ("POST", "/families/authorities/<authority_id>/refuse", families.refuse_authority, "refuse_authority"),
    ("POST", "/families/authorities/<authority_id>/revoke", families.revoke_authority, "revoke_authority"),
    ("GET", "/outbox", outbox.list_notifications, "list_notifications"),
    ("POST", "/outbox/<notification_id>/settle", outbox.settle, "settle"),
    ("GET", "/conversations", attention.list_conversations, "list_conversations"),
    ("GET", "/tasks", attention.list_tasks, "list_tasks"),
    ("GET", "/jobs", watch.list_jobs, "list_jobs"),
    ("GET", "/audit", watch.list_audit, "list_audit"),
    ("GET", "/local-rules", local_rules.list_rules, "list_rules"),
)

bodies.LARGER["workbench.upload_import"] = imports.most_bytes
for endpoint in ("workbench.import_roster", "workbench.sign_frame"):
    bodies.LARGER[endpoint] = communities.most_bytes

for method, path, view, endpoint in PAGES:
    blueprint.add_url_rule(path, endpoint, view, methods=[method])
