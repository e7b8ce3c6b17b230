"""The page on the strategic decisions, from levers that were found before."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pipeline.example.domain.levers import Lever
from pipeline.example.domain.rendering import bullets, heading


@dataclass(frozen=True)
class StrategicDecisionsMarkdown:
    """The page: the vital levers in full, the others below."""

    markdown: str

    @classmethod
    def create(cls, enriched_levers: list[Lever], vital_levers: list[Lever], summary: str) -> Self:
        """Render; a lever that is vital is not listed again among the others."""
        vital_ids = {lever["lever_id"] for lever in vital_levers}
        secondary = [lever for lever in enriched_levers if lever["lever_id"] not in vital_ids]
        lines = [heading(1, "Strategic decisions"), summary]
        for title, levers in (("Primary decisions", vital_levers), ("Secondary decisions", secondary)):
            lines.append(heading(2, title))
            lines.extend(_describe(number, lever) for number, lever in enumerate(levers, start=1))
        return cls("\n\n".join(lines) + "\n")

    def save_markdown(self, path: str) -> None:
        """Write the page."""
        with Path(path).open("w", encoding="utf-8") as f:
            f.write(self.markdown)


def _describe(number: int, lever: Lever) -> str:
    return "\n\n".join(
        [
            heading(3, f"Decision {number}: {lever['name']}"),
            f"**Lever:** `{lever['lever_id']}`",
            lever.get("description", ""),
            f"**Consequences:** {lever['consequences']}",
            bullets(lever["options"]),
            f"**Weakness:** {lever['weakness']}",
            f"**Strengthens:** {lever.get('synergy', '')}",
            f"**Constrains:** {lever.get('conflict', '')}",
        ]
    )
