"""Learning from tags: train, promote, evaluate, queue. docs/learning.md tells what each is for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from notifier import clock
from notifier.catalogue import followed, refresh
from notifier.cli.context import DONE, FAILED, Context, open_store
from notifier.cli.judging import InUse, candidate, in_use
from notifier.cli.labelled import from_file, from_tags
from notifier.cli.tags import said as said_by
from notifier.config import Config
from notifier.errors import UsageError
from notifier.learning import evaluating, promoting
from notifier.learning.examples import Example, count, groups
from notifier.learning.packing import Card
from notifier.learning.sampling import Candidate, Kind, draw, told
from notifier.learning.training import Fitted, Settings, fit
from notifier.lock import one_run
from notifier.lots import LotView
from notifier.shelf import put, shelf_of
from notifier.store.draws import Draw
from notifier.store.promotions import Grounds
from notifier.suitability import load_rules

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _with_labels(command: _Command) -> _Command:
    notices = click.option(
        "--notices", type=click.Path(path_type=Path), help="The folder that the labels' files lie in."
    )
    labels = click.option(
        "--labels", type=click.Path(path_type=Path), help="A file of labels besides, or instead of, tags."
    )
    return labels(notices(command))


def _labelled(labels: Path | None, notices: Path | None) -> tuple[Example, ...]:
    if labels is None:
        return ()
    if notices is None:
        raise UsageError("--labels needs --notices", remedy="name the folder that the labels' files lie in")
    return from_file(labels, notices)


@click.command("train")
@_with_labels
@click.option("--seed", default=1, show_default=True, help="The same tags and the same seed give the same model.")
@click.pass_obj
def train_command(context: Context, labels: Path | None, notices: Path | None, seed: int) -> int:
    """Learn a model from staff's tags. It judges nothing before 'notifier promote'."""
    loaded, now = context.load(), clock.now()
    with one_run(loaded.database, now), open_store(loaded, create=False) as store:
        using = in_use(store, loaded, now)
        tags, extra = from_tags(store, now), _labelled(labels, notices)
        examples = (*tags, *extra)
        settings = Settings(seed=seed)
        rules = InUse(using.rules).judges
        fitted = fit(examples, rules, settings)
        measured = _compare(examples, using, fitted)
        data = count(examples) | {"tags": len(tags), "labels": len(extra), "groups": len(set(groups(examples)))}
        figures = {"f1_in_use": measured[0], "f1_with_model": measured[1]}
        chosen = {"penalty": settings.penalty, "text_scale": settings.text_scale, "seed": float(seed)}
        made = now.isoformat(timespec="seconds")
        card = Card(
            fitted.model.version, made, using.rules.version, data, figures, chosen, held_out=dict(fitted.held_out)
        )
        folder = put(shelf_of(loaded.database), fitted.model, card)
    context.show.line(f"model {fitted.model.version} from {len(tags)} tags and {len(extra)} labels: {folder}")
    context.show.line(f"F1 of fit on lots held out: {measured[1]:.3f}; what is in use has {measured[0]:.3f}")
    context.show.line(
        f"it judges nothing yet: 'notifier promote {fitted.model.version} --who NAME' shows what would change"
    )
    return DONE


def _compare(examples: Sequence[Example], using: InUse, fitted: Fitted) -> tuple[float, float]:
    """F1 of what is in use, and of the rules with the new model; each lot by what has not seen it."""
    new = InUse(using.rules, fitted.model, fitted.held_out)
    before, after = (_outcomes(examples, one) for one in (using, new))
    return evaluating.fit_counts(before).f1 or 0.0, evaluating.fit_counts(after).f1 or 0.0


def _outcomes(examples: Sequence[Example], judging: InUse) -> tuple[evaluating.Outcome, ...]:
    return evaluating.outcomes(examples, judging.judges, judging.held_out)


@click.command("promote")
@click.argument("model", required=False)
@click.option("--without-model", is_flag=True, help="Rules alone are to judge.")
@click.option("--who", required=True, help="Your name or initials.")
@click.option("--yes", is_flag=True, help="You have looked at what would change: do not ask.")
@click.pass_obj
def promote_command(context: Context, model: str | None, without_model: bool, who: str, yes: bool) -> int:
    """Let the rules as they stand in the file judge, and MODEL with them (else the one in use).

    With fewer than 100 tags you are shown every lot whose verdict would change, and asked. With more it is measured on
    lots held out, and what may be worse is refused.
    """
    loaded, now = context.load(), clock.now()
    who = said_by("--who", who)
    with one_run(loaded.database, now), open_store(loaded, create=False) as store:
        using = in_use(store, loaded, now)
        latest = store.promotions.latest()
        wanted = "" if without_model else model or (latest.model_version if latest else "")
        new = candidate(load_rules(loaded.rules), wanted, loaded)
        if new.rules.version == using.rules.version:
            context.show.line(f"these judge already: rules and model {using.rules.version}")
            return DONE
        examples = from_tags(store, now)
        trial = promoting.trial(_outcomes(examples, using), _outcomes(examples, new))
        views = list(store.lots.views(now))
        report = [*promoting.said(trial), *promoting.moved_lines(_moved(views, using, new), len(views))]
        for line in report:
            context.show.line(line)
        if not trial.to_confirm and not trial.not_worse:
            context.show.line("refused: it may be worse than what is in use, which goes on judging")
            return FAILED
        if trial.to_confirm and not yes and not click.confirm("Let these judge from now on?"):
            context.show.line("nothing was changed")
            return FAILED
        grounds = Grounds.CONFIRMED if trial.to_confirm else Grounds.NOT_WORSE
        version, text = load_rules(loaded.rules).version, loaded.rules.read_bytes()
        store.promotions.promote(version, text, wanted, grounds=grounds, who=who, report="\n".join(report), now=now)
    context.show.line(f"{new.rules.version} judges from the next 'notifier assess' or 'run' on")
    return DONE


def _moved(views: Sequence[LotView], using: InUse, new: InUse) -> list[promoting.Moved]:
    """The lots whose machine's verdict would be another. Those with a tag keep staff's, and are not shown."""
    found = []
    for view in views:
        if not view.tagged:
            before, after = (one.judges.assess(view.lot, view.notice).verdict for one in (using, new))
            if before is not after:
                found.append(promoting.Moved(view, before, after))
    return found


@click.command("evaluate")
@_with_labels
@click.pass_obj
def evaluate_command(context: Context, labels: Path | None, notices: Path | None) -> int:
    """Measure what judges against staff's tags, or against a file of labels, and against two plain alerts."""
    loaded, now = context.load(), clock.now()
    if labels is not None:
        examples = _labelled(labels, notices)
        judging = _for_labels(loaded, now)
    else:
        with one_run(loaded.database, now), open_store(loaded, create=False) as store:
            examples, judging = from_tags(store, now), in_use(store, loaded, now)
    kind = "labels" if labels is not None else "staff's tags"
    context.show.line(f"{judging.rules.version} against {kind}, {now.astimezone(clock.COPENHAGEN).date()}")
    if judging.note:
        context.show.line(f"note: {judging.note}")
    for line in evaluating.report(_outcomes(examples, judging)):
        context.show.line(line)
    return DONE


def _for_labels(loaded: Config, now: dt.datetime) -> InUse:
    """What is in use where there is a database, else the rules of the file: labels need no lots."""
    if not loaded.database.exists():
        return InUse(load_rules(loaded.rules))
    with one_run(loaded.database, now), open_store(loaded, create=False) as store:
        return in_use(store, loaded, now)


# -- the queue ---------------------------------------------------------------------------------------------------------


@click.group("queue", invoke_without_command=True)
@click.pass_context
def queue(context: click.Context) -> int | None:
    """What staff are asked to look at: what is uncertain, and some by chance, which alone show what is missed."""
    return _show(context.obj) if context.invoked_subcommand is None else None


@queue.command("draw")
@click.option("--uncertain", default=10, show_default=True, type=click.IntRange(0, 500), help="Lots near the line.")
@click.option("--random", "chance", default=10, show_default=True, type=click.IntRange(3, 500), help="Lots by chance.")
@click.option("--seed", type=int, help="For a draw that can be repeated; else the number of the round.")
@click.pass_obj
def queue_draw(context: Context, uncertain: int, chance: int, seed: int | None) -> int:
    """Draw more questions among the planned and open lots that nobody has tagged.

    Each week's first 'run' with new lots draws a few by chance by itself.
    """
    loaded, now = context.load(), clock.now()
    with one_run(loaded.database, now), open_store(loaded, create=False) as store:
        using = in_use(store, loaded, now)
        views = [view for view in store.lots.views(now, live=True) if not (view.tagged or view.hidden)]
        number = max((one.round for one in store.draws.all()), default=0) + 1
        drawn = draw(
            [_candidate(view, using) for view in views],
            uncertain=uncertain,
            chance=chance,
            seed=number if seed is None else seed,
        )
        if not drawn:
            context.show.line("there is no open lot without a tag to ask about")
            return DONE
        store.draws.keep(drawn, now)
        refresh(store, using.rules.trades, now, followed=followed(loaded))
    return _show(context)


@queue.command("list")
@click.pass_obj
def queue_list(context: Context) -> int:
    """Show the questions that are not answered, and what the answers so far say of recall."""
    return _show(context)


def _show(context: Context) -> int:
    now = clock.now()
    with open_store(context.load(), create=False) as store:
        draws = store.draws.all()
        waiting = _waiting(draws)
        uids = [one.lot_uid for one in waiting]
        views = {view.uid: view for view in store.lots.views(now, live=True, uids=uids) if not view.hidden}
    waiting = [one for one in waiting if one.lot_uid in views]
    for one in waiting:
        view = views[one.lot_uid]
        context.show.line(f"{one.kind:<9}  {one.machine:<10}  {view.slug}")
        context.show.line(f"           {_chance(one)}; {view.lot.title[:90]}")
    if not waiting:
        context.show.line("nothing to answer: 'notifier queue draw' asks anew")
    else:
        context.show.line("answer with 'notifier tag LOT VERDICT --who NAME --why REASON'")
    context.show.line(told(draws))
    return DONE


def _waiting(draws: Sequence[Draw]) -> list[Draw]:
    """The newest chosen ones, and all by chance: those are asked about until they are answered, or are over."""
    last = max((one.round for one in draws if one.kind is Kind.UNCERTAIN), default=0)
    asked = [one for one in draws if one.answer is None and (one.kind is Kind.RANDOM or one.round == last)]
    return list({one.lot_uid: one for one in asked}.values())


def _chance(one: Draw) -> str:
    """How it came to be asked about."""
    if one.probability < 1 or one.kind == "random":
        return f"by chance, {one.probability:.3f}, from {one.frame} {one.stratum}"
    return "chosen: near the line"


def _candidate(view: LotView, using: InUse) -> Candidate:
    """How far the lot lies from a line: by the model's probability where there is one, else by the rules' score."""
    found = replace(using, model=None).judges.assess(view.lot, view.notice)
    machine = using.judges.assess(view.lot, view.notice).verdict
    signs = any(one.trade for one in found.evidence)
    probability = _probability(view, using)
    if probability is not None:
        return Candidate(view.uid, machine, abs(probability - 0.5), signs)
    lines = (using.rules.thresholds.possible_from, using.rules.thresholds.suitable_from)
    return Candidate(view.uid, machine, min(abs(found.score - line) for line in lines), signs)


def _probability(view: LotView, using: InUse) -> float | None:
    from notifier.suitability.reading import read

    if using.model is None:
        return None
    case = read(view.lot, view.notice, using.rules)
    evidence = replace(using, model=None).judges.assess(view.lot, view.notice).evidence
    estimate = using.model.estimate([(one.field, one.text) for one in case.passages], evidence)
    return estimate.probability if estimate else None


COMMANDS = (train_command, promote_command, evaluate_command, queue)
