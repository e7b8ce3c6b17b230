"""The page on the team."""

from pathlib import Path
from typing import Any

from pipeline.example.domain.rendering import bullets, heading
from pipeline.example.domain.team import TeamMember

_LABELS = {
    "contribution": "Contribution",
    "people": "People",
    "contract_type": "Contract",
    "contract_justification": "Why this contract",
    "typical_background": "Background",
    "typical_day": "A typical day",
    "equipment_needs": "Equipment",
    "facility_needs": "Rooms",
}


class TeamMarkdownDocumentBuilder:
    """Collects the parts of the page."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def append_plan_prompt(self, plan_prompt: str) -> None:
        """Add the plan as a quotation."""
        self.parts.append("\n".join(f"> {line}" for line in plan_prompt.splitlines()))

    def append_roles(self, team_members: list[TeamMember], title: str = "Roles") -> None:
        """Add a section a role; what is not known of a role is left out."""
        self.parts.append(heading(1, title))
        for number, member in enumerate(team_members, start=1):
            self.parts.append(heading(2, f"{number}. {member['role']}"))
            self.parts.extend(
                f"**{label}:** {member[key]}" for key, label in _LABELS.items() if key in member
            )
            self.parts.append(f"**Skills:**\n\n{bullets(member.get('skills', []))}")

    def append_separator(self) -> None:
        """Add a line across the page."""
        self.parts.append("---")

    def append_review(self, review: dict[str, Any]) -> None:
        """Add what the review says is missing and could be better."""
        for key, title in (("omissions", "Omissions"), ("improvements", "Possible improvements")):
            self.parts.append(heading(1, title))
            for number, remark in enumerate(review[key], start=1):
                self.parts.append(heading(2, f"{number}. {remark['title']}"))
                self.parts.append(remark["explanation"])
                self.parts.append(f"**Recommendation:** {remark['recommendation']}")

    def to_string(self) -> str:
        """Return the page as it stands."""
        return "\n\n".join(self.parts) + "\n"

    def write_to_file(self, output_file_path: str) -> None:
        """Write the page as it stands."""
        with Path(output_file_path).open("w", encoding="utf-8") as f:
            f.write(self.to_string())
