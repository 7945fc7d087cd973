"""Learning from staff's tags: a linear model beside the rules, measured before it may judge.

    examples.py    lots with a verdict that a person gave, and which of them belong together
    features.py    a lot as numbers: hashed n-grams, and what the rules found
    model.py       the model in use: numpy alone, some thousands of lots a second
    packing.py     a model as bytes: arrays, and a card in JSON; read back only whole and unaltered
    training.py    tags in, model out: the one place that imports scikit-learn
    scores.py      confusion, precision, recall, F1 with Wilson intervals; the paired bootstrap
    evaluating.py  the rules, with or without the model, against people's verdicts and against two baselines
    promoting.py   what may judge: shown and confirmed, or measured and not worse
    sampling.py    whom to ask about next, and what the answers say of recall

All of it is pure: the same values and the same seed give the same answer. docs/learning.md tells it in words.
"""
