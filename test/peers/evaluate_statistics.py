"""Statistics by SciPy, statsmodels and NumPy. Standard input: a JSON list of [name, arguments …]; standard output: a list of lists of numbers."""

import json
import sys
from types import SimpleNamespace

import numpy as np
from scipy import optimize, special, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import normal_sample_size_one_tail
from statsmodels.stats.proportion import proportion_confint


def wilson(k, n, level):
    return list(proportion_confint(k, n, alpha=1 - level, method="wilson"))


def exact_mcnemar(b, c):
    return [mcnemar([[0, b], [c, 0]], exact=True).pvalue]


def holm(p):
    return multipletests(p, method="holm")[1].tolist()


def normal(x, p):
    return [stats.norm.cdf(x), stats.norm.ppf(p)]


def binomial(k, n, p, q):
    return [stats.binom.pmf(k, n, p), stats.binom.cdf(k, n, p), float(stats.binom.ppf(q, n, p))]


def beta(x, a, b):
    return [special.betainc(a, b, x)]


def student(p, freedom):
    return [stats.t.ppf(p, freedom)]


def bootstrap(first, second, draws, level):
    difference = np.array(first) - np.array(second)
    drawn = np.array([difference[items].mean() for items in draws])
    # The statistics of the very resamples that we drew: their intervals have to agree in all digits.
    known = SimpleNamespace(bootstrap_distribution=drawn)
    options = {"n_resamples": 0, "bootstrap_result": known, "confidence_level": level}
    found = []
    for method in ["percentile", "BCa"]:
        interval = stats.bootstrap((difference,), np.mean, method=method, **options).confidence_interval
        found += [float(interval.low), float(interval.high)]
    return [difference.mean(), drawn.std(ddof=1), *found]


def metrics(labels, rows, predicted, bins):
    labels, rows, predicted = np.array(labels), np.array(rows), np.array(predicted)
    right = rows[np.arange(len(labels)), labels]
    brier = ((rows - np.eye(rows.shape[1])[labels]) ** 2).sum(1).mean()
    f1 = []
    for k in range(rows.shape[1]):
        members = (labels == k).sum() + (predicted == k).sum()
        if members:
            f1.append(2 * ((labels == k) & (predicted == k)).sum() / members)
    confidence, correct = rows.max(1), rows.argmax(1) == labels
    inside = np.clip(np.ceil(confidence * bins) - 1, 0, bins - 1)
    gaps = [abs(confidence[inside == b].sum() - correct[inside == b].sum()) for b in range(bins)]
    return [-np.log(right).mean(), brier, np.mean(f1), sum(gaps) / len(labels)]


def power(items, discordance, difference, alpha):
    total = 0.0
    share = (discordance + difference) / 2
    for b in range(items + 1):
        c = np.arange(items - b + 1)
        p = np.minimum(1, 2 * stats.binom.cdf(np.minimum(b, c), b + c, 0.5))
        tables = np.stack([np.full_like(c, b), c, items - b - c], axis=1)
        chances = stats.multinomial.pmf(tables, items, [share, discordance - share, 1 - discordance])
        total += chances[p <= alpha * (1 + 1e-12)].sum()
    return [total]


def size(difference, discordance, alpha, chance):
    deviations = {"std_null": discordance**0.5, "std_alternative": (discordance - difference**2) ** 0.5}
    return [normal_sample_size_one_tail(difference, chance, alpha / 2, **deviations)]


def logistic(rows, labels, l2):
    """Binary, as scikit-learn's: log-loss + l2 / 2 · |w|², the bias free."""
    rows, signs = np.array(rows, float), 2 * np.array(labels) - 1

    def loss(point):
        z = signs * (rows @ point[:-1] + point[-1])
        slope = -signs * special.expit(-z)
        gradient = np.append(rows.T @ slope + l2 * point[:-1], slope.sum())
        return np.logaddexp(0, -z).sum() + l2 / 2 * (point[:-1] ** 2).sum(), gradient

    best = optimize.minimize(loss, np.zeros(rows.shape[1] + 1), jac=True, method="BFGS", options={"gtol": 1e-9})
    return special.expit(rows @ best.x[:-1] + best.x[-1]).tolist()


def posterior(seeds, between, left_over, scale, share):
    """P(σ ≤ share · scale) of the half-t prior with three degrees of freedom times the likelihood of the seeds' variance, by quadrature."""
    from scipy.integrate import quad

    def density(sigma):
        tau = sigma**2 + left_over
        return (1 + (sigma / scale) ** 2 / 3) ** -2 * np.exp(-(seeds - 1) / 2 * (np.log(tau / between) + between / tau))

    end = share * scale
    below = quad(density, 0, end, limit=200)[0]
    return [below / (below + quad(density, end, np.inf, limit=200)[0])]


functions = [wilson, exact_mcnemar, holm, normal, binomial, beta, student, bootstrap, metrics, power, size, logistic, posterior]
named = {function.__name__: function for function in functions}
print(json.dumps([[float(x) for x in named[name](*arguments)] for name, *arguments in json.load(sys.stdin)]))
