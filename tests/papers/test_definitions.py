"""The statements of BSL section 2 hold, and the items that try them notice when they do not."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.barcodes.oracle import algorithm1
from lossbar_core.papers import load_items
from lossbar_core.papers.bsl import boundary, canonical, cartoon, definitions, random_graphs
from lossbar_core.register import Register
from lossbar_core.verdicts import verdict

ITEMS = (
    "BSL-Fig1",
    "BSL-Def1",
    "BSL-Prop2.1",
    "BSL-Prop2.2",
    "BSL-Thm2.3",
    "BSL-Prop2.4",
    "BSL-Betti",
    "BSL-Remark-boundary",
)


def smoke(item_id, **changes):
    entry = load_items()[item_id]
    return entry.function(replace(entry.profiles["smoke"], **changes))


@pytest.mark.parametrize("item_id", ITEMS)
def test_checks_hold_for_other_seeds_and_are_the_same_twice(item_id):
    entry = Register.load()[item_id]
    first, again = smoke(item_id, seed=11), smoke(item_id, seed=11)
    assert first.values == again.values
    assert all(np.array_equal(first.arrays[k], again.arrays[k]) for k in first.arrays)
    judged = verdict(entry, first.values, "smoke")
    assert all(outcome.passed for outcome in judged.outcomes if outcome.role == "check"), str(judged)


@pytest.mark.parametrize("item_id", ITEMS)
def test_quick_profile_is_large_enough_to_count_as_reproduced(item_id):
    """The settings that the register asks for are met by the configuration itself."""
    config = load_items()[item_id].profiles["quick"]
    for check in Register.load()[item_id].setting:
        given = {
            "trials": lambda: config.trials,
            "graphs": lambda: config.trials,
            "largest_graph": lambda: config.largest,
            "complexes": lambda: config.complexes,
            "levels": lambda: config.trials * config.levels,
        }[check.value]()
        assert given >= check.bound


def wrong_barcode(values, graph):
    """Pairs of a careless elder rule: two deaths change places."""
    bars = graph_barcode(values, graph)
    finite = np.flatnonzero(~bars.essential)
    if len(finite) > 1:
        swap = finite[[0, -1]]
        bars.death[swap], bars.saddle[swap] = bars.death[swap[::-1]], bars.saddle[swap[::-1]]
    return bars


def lossy_barcode(values, graph):
    """What the printed test leaves: components with equal minima merge without a bar."""
    bars = graph_barcode(values, graph)
    lower = values[np.maximum(bars.swallower, 0)] < bars.birth
    return bars[bars.essential | lower]


@pytest.mark.parametrize(
    ("module", "item_id", "value", "broken"),
    [
        (definitions, "BSL-Def1", "count_mismatches", lossy_barcode),
        (definitions, "BSL-Prop2.2", "mismatches", lossy_barcode),
        (definitions, "BSL-Prop2.2", "mismatches", wrong_barcode),
        (definitions, "BSL-Prop2.1", "mismatches", wrong_barcode),
        (canonical, "BSL-Prop2.4", "mismatches", wrong_barcode),
        (canonical, "BSL-Prop2.4", "mismatches", lossy_barcode),
        (canonical, "BSL-Betti", "mismatches", lossy_barcode),
    ],
)
def test_items_notice_a_wrong_barcode(monkeypatch, module, item_id, value, broken):
    monkeypatch.setattr(module, "graph_barcode", broken)
    changes = {"trials": 18} if item_id != "BSL-Prop2.1" else {}
    result = smoke(item_id, **changes)
    assert result.values[value] > 0
    assert verdict(Register.load()[item_id], result.values, "smoke").word == "not reproduced"


def test_def1_notices_a_saddle_used_too_often(monkeypatch):
    def greedy(values, graph):
        bars = graph_barcode(values, graph)
        bars.saddle[~bars.essential] = bars.saddle[~bars.essential].max(initial=0)
        return bars

    monkeypatch.setattr(definitions, "graph_barcode", greedy)
    assert smoke("BSL-Def1").values["overused_saddles"] > 0


def test_thm23_notices_a_wrong_form_another_field_and_another_order(monkeypatch):
    real = canonical.canonical_form

    def careless(complex_, field=2, transformation=False):
        form = real(complex_, field, transformation)
        if field == 3 and len(form.creators) > 1:
            form.creators[:2] = form.creators[1::-1]
        return form

    with monkeypatch.context() as patch:
        patch.setattr(canonical, "canonical_form", careless)
        values = smoke("BSL-Thm2.3").values
        assert values["not_canonical"] > 0
        assert values["field_mismatches"] > 0

    def doubled(complex_, rng):
        return replace(complex_, value=complex_.value * 2)

    monkeypatch.setattr(canonical, "reorder", doubled)
    monkeypatch.setattr(canonical, "change_basis", doubled)
    values = smoke("BSL-Thm2.3").values
    assert values["order_mismatches"] > 0
    assert values["basis_mismatches"] > 0


def test_changed_basis_is_another_complex_with_the_same_bars():
    plane = canonical.projective_plane()
    changed = canonical.change_basis(plane, np.random.default_rng(0))
    here = plane.boundary.toarray()[np.ix_(plane.order, plane.order)]
    assert not np.array_equal(changed.boundary.toarray(), here)
    assert abs(changed.boundary.toarray()).max() > 1
    for field in canonical.FIELDS:
        expected, found = (canonical.canonical_form(c, field) for c in (plane, changed))
        assert all(np.array_equal(found.barcode(d), expected.barcode(d)) for d in range(3))
    assert smoke("BSL-Thm2.3").values["basis_mismatches"] == 0


def test_projective_plane_is_a_closed_one_sided_surface():
    plane = canonical.projective_plane()
    assert plane.euler_characteristic() == 1
    assert (abs(plane.boundary_matrix(2)).sum(axis=1) == 2).all()
    values = smoke("BSL-Thm2.3").values
    assert (values["projective_loops_gf2"], values["projective_loops_q"]) == (1, 0)


def test_differing_pairs_counts_both_ways():
    graph = NeighborGraph.from_edges(5, [(0, 1), (1, 2), (2, 3), (3, 4)])
    bars = graph_barcode([0.0, 3.0, 1.0, 2.0, 0.5], graph)
    assert definitions.differing_pairs(bars, bars) == 0
    assert definitions.differing_pairs(bars[:1], bars) == definitions.differing_pairs(bars, bars[:1]) == 2


class TestRandomGraphs:
    def test_all_families_and_kinds_come(self):
        cases = list(random_graphs.random_cases(0, 18, 30))
        assert {(c.family, c.kind) for c in cases} == {
            (family, kind) for family in random_graphs.FAMILIES for kind in random_graphs.VALUES
        }
        assert all(len(c.values) == c.graph.n_vertices <= 30 for c in cases)
        assert any(c.graph.n_components() > 3 for c in cases)

    def test_a_case_depends_on_seed_and_place_alone(self):
        few, many = list(random_graphs.random_cases(3, 2, 30)), list(random_graphs.random_cases(3, 7, 30))
        assert np.array_equal(few[1].values, many[1].values)
        assert np.array_equal(few[1].graph.edges(), many[1].graph.edges())
        assert not np.array_equal(few[0].values, next(random_graphs.random_cases(4, 1, 30)).values)

    def test_too_small(self):
        with pytest.raises(ValueError, match="at least 12 vertices, got 5"):
            next(random_graphs.random_cases(0, 1, 5))

    def test_local_minima_by_definition(self):
        for case in random_graphs.random_cases(5, 18, 40):
            expected = [
                all((case.values[v], v) < (case.values[u], u) for u in case.graph.neighbors(v))
                for v in range(case.graph.n_vertices)
            ]
            assert random_graphs.local_minima(case.values, case.graph).tolist() == expected

    def test_component_labels_of_a_broken_line(self):
        line = NeighborGraph.from_edges(5, [(0, 1), (1, 2), (2, 3), (3, 4)])
        kept = np.array([True, True, False, True, True])
        count, labels = random_graphs.component_labels(line, kept)
        assert count == 2
        assert labels[0] == labels[1] != labels[3] == labels[4]
        assert labels[2] == -1


class TestFig1:
    def test_pairs_agree_with_the_printed_algorithm(self):
        result = smoke("BSL-Fig1")
        f = result.arrays["f"]
        at = dict(zip(cartoon.PLACES, result.arrays["at"].tolist(), strict=True))
        bars = algorithm1(f, [(i, i + 1) for i in range(len(f) - 1)])
        assert dict(zip(bars.minimum.tolist(), bars.saddle.tolist(), strict=True)) == {
            at["p1"]: -1,
            at["p2"]: at["q2"],
            at["p3"]: at["q3"],
            at["p4"]: at["q4"],
        }

    def test_components_shrink_from_four_to_one(self):
        components = smoke("BSL-Fig1").arrays["components"]
        assert [len(set(row.tolist()) - {-1}) for row in components] == [4, 3, 3, 2, 2, 1]

    def test_another_order_of_the_saddles_fails(self, monkeypatch):
        monkeypatch.setattr(cartoon, "HEIGHTS", (7.0, 0.0, 5.4, 2.2, 3.8, 1.6, 3.0, 0.9, 6.4))
        assert smoke("BSL-Fig1").values["pairs_as_stated"] is False


class TestBoundary:
    def test_walk_goes_round_once(self):
        s = np.array([0.0, 5.0, 20.0, 45.0, 60.0, 79.0, 80.0])
        expected = [(-10, -10), (-5, -10), (10, -10), (5, 10), (-10, 10), (-10, -9), (-10, -10)]
        assert boundary._walk(s).tolist() == [list(map(float, p)) for p in expected]

    @pytest.mark.parametrize(
        ("slope", "inwards"), [((1.0, 0.0), True), ((-1.0, 0.0), False), ((1.0, 1.0), True)]
    )
    def test_points_inwards(self, slope, inwards):
        def plane(points):
            return points @ np.array(slope)

        assert boundary.points_inwards(plane, np.array([-1.0, 0.0]), -1.0, 1.0) is inwards
        assert boundary.points_inwards(plane, np.array([0.0, 0.0]), -1.0, 1.0) is False

    def test_a_corner_needs_both_directions(self):
        def plane(points):
            return points @ np.array([1.0, -1.0])

        assert boundary.points_inwards(plane, np.array([-1.0, -1.0]), -1.0, 1.0) is False
        assert boundary.points_inwards(plane, np.array([-1.0, 1.0]), -1.0, 1.0) is True

    def test_restricted_minima_of_a_tilted_bowl(self):
        def bowl(points):
            return (points**2).sum(axis=1) + points[:, 0]

        found = boundary.restricted_minima(bowl)
        expected = [(-0.5, -10.0), (10.0, 0.0), (-0.5, 10.0), (-10.0, 0.0)]
        assert np.allclose(found, expected, atol=1e-6)

    def test_distance_counts_what_is_missing_and_what_is_too_much(self):
        assert boundary.distance([1.0, 2.0], [1.1, 2.0]) == pytest.approx(0.1)
        assert boundary.distance([1.0, 5.0], [1.0]) == boundary.distance([1.0], [1.0, 5.0]) == 4.0
        assert boundary.distance([], [1.0]) == float("inf")

    def test_outward_minima_of_the_restriction_give_no_bar(self):
        values = smoke("BSL-Remark-boundary").values
        assert values["holder_boundary_minima"] == values["holder_inward_minima"] == 14
        assert values["holder_restricted_minima"] > values["holder_inward_minima"]

    def test_a_function_without_boundary_minima_fails(self, monkeypatch):
        bowl = SimpleNamespace(get=lambda name: lambda points: (points**2).sum(axis=1))
        monkeypatch.setattr(boundary, "functions", bowl)
        values = smoke("BSL-Remark-boundary").values
        assert values["schwefel_boundary_minima"] == 0
        assert values["gradient_points_inwards"] is False
        assert verdict(Register.load()["BSL-Remark-boundary"], values, "smoke").word == "not reproduced"
