"""Writes what other programs' metrics say of 200 random rankings, one a line: python make_metric_goldens.py FILE

Needs scikit-learn 1.9.1, ranx 0.3.21 and pytrec_eval-terrier 0.5.11. Stops when two of them differ. A ranking has ids
of which some are judged, graded 0 to 3; its judgements may name ids that it lacks.
"""

import json
import math
import random
import sys

import numpy
import pytrec_eval
from ranx import Qrels, Run, evaluate
from sklearn.metrics import average_precision_score, ndcg_score

CUTOFFS = (1, 5, 10)


def make_case(rng):
    ids = [f"i{number}" for number in rng.sample(range(40), rng.randint(2, 24))]
    ranking = ids[: rng.randint(1, len(ids))]
    judged = {item: rng.choice((0, 0, 1, 1, 2, 3)) for item in rng.sample(ids, rng.randint(1, len(ids)))}
    judged[rng.choice(ids)] = rng.randint(1, 3)
    return ranking, judged


def by_trec(ranking, judged):
    names = [f"{name}.{k}" for name in ("recall", "P", "ndcg_cut") for k in CUTOFFS] + ["recip_rank", "map"]
    scores = {item: float(len(ranking) - place) for place, item in enumerate(ranking)}
    found = pytrec_eval.RelevanceEvaluator({"q": judged}, set(names)).evaluate({"q": scores})["q"]
    ours = {"recall": "recall", "P": "precision", "ndcg_cut": "ndcg"}
    values = {f"{ours[name]}@{k}": found[f"{name}_{k}"] for name in ours for k in CUTOFFS}
    return {**values, "mrr": found["recip_rank"], "map": found["map"]}


def by_ranx(ranking, judged):
    names = [f"{name}@{k}" for name in ("recall", "precision", "ndcg") for k in CUTOFFS] + ["mrr", "map"]
    scores = {item: float(len(ranking) - place) for place, item in enumerate(ranking)}
    found = evaluate(Qrels({"q": judged}), Run({"q": scores}), names, make_comparable=True)
    return {name: float(value) for name, value in found.items()}


def by_scikit(ranking, judged):
    """Wants every item ranked, so what the ranking lacks comes last, where no cutoff sees it."""
    missing = [item for item in judged if item not in ranking]
    padding = [f"p{number}" for number in range(max(CUTOFFS))]
    order = ranking + padding + missing
    grades = numpy.array([[judged.get(item, 0) for item in order]])
    scores = numpy.array([[len(order) - place for place in range(len(order))]])
    values = {f"ndcg@{k}": float(ndcg_score(grades, scores, k=k)) for k in CUTOFFS}
    if not any(judged[item] > 0 for item in missing):
        values["map"] = float(average_precision_score(grades[0] > 0, scores[0]))
    return values


def main(path):
    rng = random.Random(20)
    cases = []
    for _ in range(200):
        ranking, judged = make_case(rng)
        values = by_trec(ranking, judged)
        for other in (by_ranx(ranking, judged), by_scikit(ranking, judged)):
            for name, value in other.items():
                assert math.isclose(value, values[name], abs_tol=1e-9), (name, value, values[name], ranking, judged)
        cases.append({"ranking": ranking, "judged": judged, "values": {k: round(v, 12) for k, v in values.items()}})
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(case, separators=(",", ":")) + "\n" for case in cases)


main(sys.argv[1])
