"""What people call the columns of the canonical tables: the one list by which a mapping is proposed."""

from __future__ import annotations

from collections.abc import Mapping

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "programmes.id": ("project number", "gmpp id number", "gmpp id", "project id", "program id", "iati identifier", "activity id", "identifier", "reference", "ref"),
    "programmes.name": ("project name", "programme name", "program name", "activity title", "programme title", "scheme name", "project", "programme", "program", "title"),
    "programmes.also_known_as": ("popular name", "former name", "other name", "alias", "acronym"),
    "programmes.description": ("description", "aims", "objective", "purpose"),
    "programmes.category": ("report category", "categories", "sector", "sector name", "fund", "theme"),
    "programmes.lead": ("department", "lead department", "agency", "reporting org", "lead organisation", "ministry", "sponsor"),
    "programmes.from": ("start date", "start"),
    "programmes.until": ("end date", "finish date", "completion date", "end"),
    "programmes.areas": ("country", "recipient country", "region", "location", "place"),
    "programmes.beneficiaries": ("beneficiary", "target group", "applicant types", "who it is for"),
    "programmes.web": ("url", "website", "web page", "link"),
    "participations.organisation": ("partner", "delivery partner", "supplier", "implementing org", "contractor", "grantee", "delivered by"),
    "statuses.assessed_on": ("as at", "assessment date", "reporting date"),
    "statuses.rating": ("rag rating", "delivery confidence assessment", "colour rating", "ipa rating", "dca", "rag", "status rating"),
    "statuses.planned_start": ("start date",),
    "statuses.planned_end": ("end date",),
    "statuses.whole_life_cost": ("whole life cost", "wlc", "wlc baseline", "total cost"),
    "statuses.year_budget": ("budget", "yearly budget", "total baseline"),
    "statuses.year_forecast": ("forecast", "yearly forecast"),
    "organisations.name": ("organisation name", "organisation", "organization", "body", "title"),
    "organisations.id": ("slug", "organisation id", "code"),
    "organisations.abbreviation": ("acronym", "short name", "initials"),
    "organisations.kind": ("organisation type", "type", "format"),
    "organisations.parent": ("parent organisation", "parent organisations", "sponsor department", "part of"),
    "organisations.until": ("closed on", "closed at", "end date"),
    "organisations.replaced_by": ("successor", "superseded by"),
    "organisations.web": ("url", "website", "web url", "link"),
    "barriers.name": ("barrier", "blocker", "issue", "obstacle"),
    "findings.summary": ("finding", "observation", "what was said"),
    "findings.stance": ("position",),
    "findings.severity": ("impact", "seriousness"),
    "interviews.held_on": ("date", "interview date", "day"),
    "interviews.role": ("job", "job title"),
    "areas.name": ("area", "region", "local authority", "country"),
    "actions.owner": ("action owner", "responsible"),
    "actions.due": ("deadline", "due date", "by when"),
}  # fmt: skip
"""By table and column; capitals, signs and a plural s do not count."""
