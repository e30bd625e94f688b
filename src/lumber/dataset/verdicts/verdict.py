"""Verdict: a level, a sentence that says what it means, its thresholds, and a fix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lumber.dataset.verdicts.thresholds import THRESHOLDS, TITLES, VerdictLevel, VerdictTopic

# From bad to good. A dataset is as good as its worst finding.
_WORST_FIRST = (VerdictLevel.RED, VerdictLevel.AMBER, VerdictLevel.GREEN, VerdictLevel.GREY)
_MOST_SENTENCES = 2


class VerdictFix(BaseModel):
    """What to do. `changes` are config fields for a new export; null if another export doesn't help."""

    model_config = ConfigDict(frozen=True)

    text: str = Field(description="What to do, as a button says it.")
    changes: dict[str, Any] | None = Field(
        default=None,
        description="Fields of the config, each in full, to replace in a new export. null: a new export "
        "doesn't help by itself.",
    )


class ThresholdText(BaseModel):
    """A threshold in words."""

    model_config = ConfigDict(frozen=True)

    meaning: str = Field(description="What is measured.")
    amber: str = Field(description="Values that give amber, such as `above 5%`, or `never`.")
    red: str = Field(description="Values that give red.")


class Verdict(BaseModel):
    """What the dataset is like in one respect."""

    model_config = ConfigDict(frozen=True)

    topic: VerdictTopic = Field(
        description="balance, splits, leakage, classes, privacy, rejects or reproducible."
    )
    title: str = Field(description="The topic in words.")
    level: VerdictLevel = Field(description="green, amber, red, or grey: not known or not asked for.")
    text: str = Field(description="What the level means for this dataset, in one or two sentences.")
    fix: VerdictFix | None = Field(default=None, description="What to do about it, if there is something.")
    thresholds: list[ThresholdText] = Field(description="The limits of the levels.")


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation about a topic."""

    level: VerdictLevel
    text: str
    fix: VerdictFix | None = None


def problem(level: VerdictLevel, text: str, fix: VerdictFix | None = None) -> Iterator[Finding]:
    """Yield a finding unless its level is green: then its text isn't true."""
    if level is not VerdictLevel.GREEN:
        yield Finding(level, text, fix)


def verdict(topic: VerdictTopic, findings: Iterable[Finding]) -> Verdict:
    """Return the verdict of at least one finding: the worst level, with its first sentences and first fix."""
    found = list(findings)
    level = next(each for each in _WORST_FIRST if any(finding.level is each for finding in found))
    worst = [finding for finding in found if finding.level is level]
    texts = list(dict.fromkeys(finding.text for finding in worst))
    return Verdict(
        topic=topic,
        title=TITLES[topic],
        level=level,
        text=" ".join(texts[:_MOST_SENTENCES]),
        fix=next((finding.fix for finding in worst if finding.fix is not None), None),
        thresholds=[
            ThresholdText(
                meaning=each.meaning, amber=each.limit_text(each.amber), red=each.limit_text(each.red)
            )
            for each in THRESHOLDS
            if each.topic is topic
        ],
    )


def unknown(reason: str) -> list[Verdict]:
    """Return a grey verdict on each topic, with the reason why none can be told."""
    return [verdict(topic, [Finding(VerdictLevel.GREY, reason)]) for topic in VerdictTopic]


def percent(share: float) -> str:
    """Write a share such as `1.5%`; never 0% for more than nothing, nor 100% for less than all."""
    text = f"{share * 100:.1f}".removesuffix(".0")
    if text == "0" and share > 0:
        return "<0.1%"
    return ">99.9%" if text == "100" and share < 1 else f"{text}%"
