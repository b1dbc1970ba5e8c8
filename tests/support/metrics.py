"""What a gateway's metrics say, read by the official parser."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx2
from prometheus_client.parser import text_string_to_metric_families

METRICS = "http://127.0.0.1:{}/metrics"


@dataclass(frozen=True, slots=True)
class Scraped:
    text: str
    samples: Mapping[tuple[str, frozenset[tuple[str, str]]], float]

    def value(self, name: str, **labels: str) -> float:
        """The sum of all series that have these labels, whatever others they have."""
        asked = labels.items()
        return sum(
            value
            for (one, has), value in self.samples.items()
            if one == name and asked <= dict(has).items()
        )

    def values_of(self, label: str, name: str) -> set[str]:
        return {dict(has)[label] for one, has in self.samples if one == name}


def scrape(port: int) -> Scraped:
    answer = httpx2.get(METRICS.format(port), trust_env=False)
    answer.raise_for_status()
    return read(answer.text)


def read(text: str) -> Scraped:
    samples = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    return Scraped(text, samples)
