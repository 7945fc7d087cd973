"""A configuration folder that points the notifier at the sample town, and the demo's three subscribers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from notifier.resources import resource
from notifier.sampletown import templates
from notifier.sampletown.town import town_on

SITE_URL = "https://opgaver.noerrevang.example"  # where the demo pretends to publish
SOURCES = ("ted", "udbud", "planlagt", "aftaler")


@dataclass(frozen=True, slots=True)
class SampleSubscriber:
    """An invented enterprise that wants the digest. The address ends in .example, where no mail arrives."""

    name: str
    address: str
    language: str  # da or en
    cadence: str  # a value of profiles.Cadence
    trades: tuple[str, ...]


SUBSCRIBERS = (
    SampleSubscriber(
        name="Grøn Hverdag (opdigtet)",
        address="opgaver@groen-hverdag.example",
        language="da",
        cadence="daily",
        trades=("grounds", "property_service"),
    ),
    SampleSubscriber(
        name="Køkkenet ved Åen (opdigtet)",
        address="post@koekkenet-ved-aaen.example",
        language="da",
        cadence="daily",
        trades=("catering", "cleaning"),
    ),
    SampleSubscriber(
        name="Second Round Works (invented)",
        address="tenders@second-round.example",
        language="en",
        cadence="instant",
        trades=(
            "reuse_recycling",
            "furniture_wood",
            "laundry_textile",
            "packing_logistics",
            "print_scan",
            "it_data",
            "care_social",
        ),
    ),
)


def write_config(folder: Path, base_url: str, *, site_url: str = SITE_URL) -> None:
    """Write notifier.toml, suitability.toml and sources/*.toml into `folder`, for the town that answers at `base_url`.

    `site_url` is where the notifier's own pages are said to be published.
    The paths of database, outbox and site lead beside the folder. Raises OSError where it cannot be written.
    """
    about = town_on(1).about
    (folder / "sources").mkdir(parents=True, exist_ok=True)
    for name in ("notifier", *(f"sources/{source}" for source in SOURCES)):
        content = templates.render(f"config/{name}.toml.j2", about=about, url=base_url.rstrip("/"), site_url=site_url)
        (folder / f"{name}.toml").write_bytes(content)
    for shipped in ("suitability.toml", "sources/opslag.toml"):
        (folder / shipped).write_bytes(resource(f"config/{shipped}").read_bytes())
