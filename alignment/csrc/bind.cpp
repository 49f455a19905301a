// The thin layer to Python: arrays in, arrays out, nothing decided here. wavelode.alignment.align is the interface.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

#include "dispatch.hpp"
#include "nw.hpp"

namespace nb = nanobind;
namespace nw = wavelode::nw;

namespace {

using i32 = std::int32_t;
using Ints = nb::ndarray<const i32, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Square = nb::ndarray<const i32, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Result = std::tuple<std::int64_t, nb::object, nb::object>;

nw::Sequence sequence(const Ints& symbols, const std::optional<Ints>& weights) {
    if (weights && weights->size() != symbols.size())
        throw std::invalid_argument("there must be one weight per symbol");
    return {symbols.data(), weights ? weights->data() : nullptr, static_cast<std::int64_t>(symbols.size())};
}

template <class T>
nb::object to_numpy(std::vector<T>* values) {
    nb::capsule owner(values, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
    return nb::cast(nb::ndarray<nb::numpy, T, nb::ndim<1>>(values->data(), {values->size()}, owner));
}

Result to_python(const nw::Alignment& alignment) {
    auto* ops = new std::vector<std::uint8_t>;
    auto* lengths = new std::vector<std::int64_t>;
    for (const nw::Run& run : alignment.runs) ops->push_back(run.op), lengths->push_back(run.length);
    return {alignment.score, to_numpy(ops), to_numpy(lengths)};
}

void set_gap(nw::Scores* s, const std::vector<i32>& gap) {
    s->gap.pieces = static_cast<int>(gap.size() / 2);
    for (int p = 0; p < s->gap.pieces; ++p) s->gap.open[p] = gap[2 * p], s->gap.extend[p] = gap[2 * p + 1];
}

void set_classes(nw::Scores* s, const Ints& symbols, const Ints& classes) {
    for (std::size_t k = 0; k < symbols.size(); ++k) s->class_of.emplace(symbols.data()[k], classes.data()[k]);
}

void set_table(nw::Scores* s, const Square& table) {
    if (table.shape(0) != table.shape(1))
        throw std::invalid_argument("the table of scores must be square, one row and one column per class");
    s->kind = nw::Substitution::kTable;
    s->class_count = static_cast<i32>(table.shape(0));
    s->table.assign(table.data(), table.data() + table.size());
}

}  // namespace

NB_MODULE(_nw, m) {
    nb::set_leak_warnings(false);  // values that a program holds until it ends are no leak
    nb::class_<nw::Scores>(m, "Scores")
        .def("__init__",
             [](nw::Scores* self, i32 match, i32 mismatch, const std::vector<i32>& gap, std::tuple<bool, bool, bool, bool> ends,
                std::optional<i32> same_class, const std::optional<std::pair<Ints, Ints>>& classes,
                const std::optional<Square>& table) {
                 new (self) nw::Scores;
                 self->match = match, self->mismatch = mismatch;
                 set_gap(self, gap);
                 std::tie(self->ends.a_start, self->ends.a_end, self->ends.b_start, self->ends.b_end) = ends;
                 if (same_class) self->kind = nw::Substitution::kClasses, self->same_class = *same_class;
                 if (classes) set_classes(self, classes->first, classes->second);
                 if (table) set_table(self, *table);
                 self->check();
             },
             nb::arg("match"), nb::arg("mismatch"), nb::arg("gap"), nb::arg("ends"), nb::arg("same_class").none(),
             nb::arg("classes").none(), nb::arg("table").none());

    m.def("align",
          [](const Ints& a, const Ints& b, const nw::Scores& scores, const std::optional<Ints>& weights_a,
             const std::optional<Ints>& weights_b, std::tuple<std::int64_t, std::int64_t, std::int64_t, int> tuning, int threads) {
              const nw::Sequence sa = sequence(a, weights_a), sb = sequence(b, weights_b);
              const auto [rows, columns, leaf, pruning] = tuning;
              nw::Alignment result;
              {
                  nb::gil_scoped_release unlocked;
                  result = nw::align(sa, sb, scores, {rows, columns, leaf, threads, static_cast<nw::Choice>(pruning)});
              }
              return to_python(result);
          },
          nb::arg("a"), nb::arg("b"), nb::arg("scores"), nb::arg("weights_a").none(), nb::arg("weights_b").none(),
          nb::arg("tuning") = std::make_tuple(0, 0, 0, 0), nb::arg("threads") = 1);

    m.def("instruction_sets", &nw::instruction_sets);

    m.def("spin",
          [](std::int64_t turns) {
              const nw::BandFunctions* bands = nw::chosen_bands();
              if (bands) bands->spin(turns);
              return bands ? static_cast<std::int64_t>(bands->lanes) * nw::kSpinOps * turns : 0;
          },
          nb::arg("turns"));

    m.def("score_only",
          [](const Ints& a, const Ints& b, const nw::Scores& scores, const std::optional<Ints>& weights_a,
             const std::optional<Ints>& weights_b) {
              const nw::Sequence sa = sequence(a, weights_a), sb = sequence(b, weights_b);
              nb::gil_scoped_release unlocked;
              return nw::score_only(sa, sb, scores);
          },
          nb::arg("a"), nb::arg("b"), nb::arg("scores"), nb::arg("weights_a").none(), nb::arg("weights_b").none());

    m.def("align_batch",
          [](const std::vector<std::pair<Ints, Ints>>& pairs, const nw::Scores& scores, int threads) {
              std::vector<std::pair<nw::Sequence, nw::Sequence>> sequences;
              for (const auto& [a, b] : pairs) sequences.emplace_back(sequence(a, {}), sequence(b, {}));
              std::vector<nw::Alignment> results;
              {
                  nb::gil_scoped_release unlocked;
                  results = nw::align_batch(sequences, scores, threads);
              }
              std::vector<Result> objects;
              for (const auto& result : results) objects.push_back(to_python(result));
              return objects;
          },
          nb::arg("pairs"), nb::arg("scores"), nb::arg("threads"));
}
