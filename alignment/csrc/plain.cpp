// The general kernel: one cell at a time, int32, any substitution. It is the fallback for what the byte kernels can't
// express and the yardstick they are tested against.
#include <algorithm>
#include <utility>

#include "checks.hpp"
#include "kernel.hpp"

namespace wavelode::nw {
namespace {

using i32 = std::int32_t;
using i64 = std::int64_t;

struct Equality {
    const i32 *a, *b;
    i32 match, mismatch;
    i32 operator()(i64 i, i64 j) const { return a[i] == b[j] ? match : mismatch; }
};

struct Classes {
    const i32 *a, *b, *class_a, *class_b;
    i32 match, same_class, mismatch;
    i32 operator()(i64 i, i64 j) const {
        if (a[i] == b[j]) return match;
        return class_a[i] == class_b[j] ? same_class : mismatch;
    }
};

struct Table {
    const i32 *class_a, *class_b, *table;
    i64 stride;
    i32 operator()(i64 i, i64 j) const { return table[class_a[i] * stride + class_b[j]]; }
};

template <class Inner>
struct Weighted {
    Inner inner;
    const i32 *a, *b;  // either may be null: all ones
    i32 operator()(i64 i, i64 j) const { return inner(i, j) * (a ? a[i] : 1) * (b ? b[j] : 1); }
};

// What the cell to the left hands to the next cell of its row.
template <int kPieces>
struct Carry {
    i32 diagonal, left;
    i32 save[kPieces];
};

template <class Substitute, int kPieces>
class PlainKernel final : public Kernel<i32> {
public:
    PlainKernel(Substitute substitute, const Gap& gap) : substitute_(substitute), gap_(gap) { pieces = kPieces; }

    void sweep(const Rect& r, Edge<i32> row, Edge<i32> column, bool) override {
        run<false>(r, row, column, nullptr);
    }

    Trace sweep_traced(const Rect& r, Edge<i32> row, Edge<i32> column, bool) override {
        Trace trace(r, {});
        for (i64 i = 0; i < r.height(); ++i) trace.add_band(1, static_cast<std::size_t>(r.width()));
        trace.allocate();
        run<true>(r, row, column, &trace);
        return trace;
    }

private:
    // Scores are relative to the rectangle's corner, so they stay small.
    template <bool kTraced>
    void run(const Rect& r, Edge<i32> row, Edge<i32> column, Trace* trace) {
        const i64 width = r.width(), height = r.height();
        scores_.resize(width);
        i32 h = 0;
        for (i64 j = 0; j < width; ++j) scores_[j] = h += row.step[j];
        i32 corner = 0, right_above = width > 0 ? scores_[width - 1] : 0;
        for (i64 i = 0; i < height; ++i) {
            std::uint8_t* traced = kTraced ? trace->band(i) : nullptr;
            Carry<kPieces> carry{corner, corner + column.step[i], {}};
            corner = carry.left;
            for (int p = 0; p < kPieces; ++p) carry.save[p] = column.save[p][i];
            for (i64 j = 0; j < width; ++j) {
                const std::uint8_t bits = cell<kTraced>(r.top + i, r.left + j, j, row, carry);
                if (kTraced) traced[j] = bits;
            }
            column.step[i] = carry.left - right_above;
            right_above = carry.left;
            for (int p = 0; p < kPieces; ++p) column.save[p][i] = carry.save[p];
        }
        for (i64 j = width - 1; j > 0; --j) row.step[j] = scores_[j] - scores_[j - 1];
        if (width > 0) row.step[0] = scores_[0] - corner;
    }

    template <bool kTraced>
    std::uint8_t cell(i64 i, i64 j, i64 k, Edge<i32> row, Carry<kPieces>& carry) {
        const i32 up = scores_[k], pair = carry.diagonal + substitute_(i, j);
        i32 e[kPieces], f[kPieces], h = pair;
        for (int p = 0; p < kPieces; ++p) {
            const i32 fresh = gap_.open[p] + gap_.extend[p];
            e[p] = up + row.save[p][k] - fresh;
            f[p] = carry.left + carry.save[p] - fresh;
            h = std::max(h, std::max(e[p], f[p]));
        }
        std::uint8_t bits = 0;
        if (kTraced) bits = sources(h, pair, e, f);
        for (int p = 0; p < kPieces; ++p) {
            row.save[p][k] = std::max(0, e[p] - h + gap_.open[p]);
            carry.save[p] = std::max(0, f[p] - h + gap_.open[p]);
            if (kTraced && row.save[p][k] == 0) bits |= kEndE1 << p;
            if (kTraced && carry.save[p] == 0) bits |= kEndF1 << p;
        }
        carry.diagonal = up;
        carry.left = scores_[k] = h;
        return bits;
    }

    static std::uint8_t sources(i32 h, i32 pair, const i32* e, const i32* f) {
        std::uint8_t bits = h == pair ? kFromPair : 0;
        for (int p = 0; p < kPieces; ++p) bits |= h == e[p] ? kFromE1 << p : 0;
        return bits | (h == f[0] ? kFromF1 : 0);
    }

    Substitute substitute_;
    Gap gap_;
    std::vector<i32> scores_;  // H of the row above, from the current column on; of this row, before it
};

template <class Substitute>
std::unique_ptr<Kernel<i32>> with_pieces(Substitute s, const Gap& gap) {
    if (gap.pieces == 1) return std::make_unique<PlainKernel<Substitute, 1>>(s, gap);
    return std::make_unique<PlainKernel<Substitute, 2>>(s, gap);
}

template <class Substitute>
std::unique_ptr<Kernel<i32>> with_weights(Substitute s, const Sequence& a, const Sequence& b, const Gap& gap) {
    if (!a.weights && !b.weights) return with_pieces(s, gap);
    return with_pieces(Weighted<Substitute>{s, a.weights, b.weights}, gap);
}

// Keeps what the kernel it wraps borrows.
class Owning final : public Kernel<i32> {
public:
    Owning(std::vector<i32> a, std::vector<i32> b) : class_a(std::move(a)), class_b(std::move(b)) {}
    void adopt(std::unique_ptr<Kernel<i32>> inner) {
        inner_ = std::move(inner);
        pieces = inner_->pieces;
    }
    void sweep(const Rect& r, Edge<i32> row, Edge<i32> column, bool bottom) override {
        inner_->sweep(r, row, column, bottom);
    }
    Trace sweep_traced(const Rect& r, Edge<i32> row, Edge<i32> column, bool bottom) override {
        return inner_->sweep_traced(r, row, column, bottom);
    }
    const std::vector<i32> class_a, class_b;

private:
    std::unique_ptr<Kernel<i32>> inner_;
};

}  // namespace

std::unique_ptr<Kernel<i32>> make_plain_kernel(const Sequence& a, const Sequence& b, const Scores& scores) {
    if (scores.kind == Substitution::kEquality)
        return with_weights(Equality{a.symbols, b.symbols, scores.match, scores.mismatch}, a, b, scores.gap);
    auto kernel = std::make_unique<Owning>(classes_of(a, "a", scores), classes_of(b, "b", scores));
    const i32 *class_a = kernel->class_a.data(), *class_b = kernel->class_b.data();
    if (scores.kind == Substitution::kTable)
        kernel->adopt(
            with_weights(Table{class_a, class_b, scores.table.data(), scores.class_count}, a, b, scores.gap));
    else
        kernel->adopt(with_weights(
            Classes{a.symbols, b.symbols, class_a, class_b, scores.match, scores.same_class, scores.mismatch}, a, b,
            scores.gap));
    return kernel;
}

}  // namespace wavelode::nw
