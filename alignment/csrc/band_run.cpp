#include "band_run.hpp"

#include <algorithm>
#include <cstring>

namespace wavelode::nw {
namespace {

using i64 = std::int64_t;
using u8 = std::uint8_t;

static_assert(kColumnVectors * 64 <= kMostBandRows, "the columns between two cuts fit where rows do");

}  // namespace

void Band::start(const Rect& rect, Edge<u8> row, Edge<u8> column, bool bottom) {
    const Offsets& offsets = problem_.offsets;
    lanes_ = Lanes(rect.height(), problem_.functions.lanes);
    column_ = column;
    job_ = BandJob{};
    job_.width = rect.width(), job_.rows = lanes_.rows, job_.depth = lanes_.depth, job_.lanes_used = lanes_.used;
    lay_out(rect);
    job_.v = row.step, job_.x[0] = row.save[0], job_.x[1] = row.save[1];
    job_.columns = columns_.data();
    if (bottom && !lanes_.full()) {
        lanes_.mask(mask_.data());
        job_.row_mask = mask_.data();
    }
    job_.score = offsets.score;
    job_.shift = offsets.shift, job_.drift = offsets.drift, job_.lift = offsets.lift;
    for (int p = 0; p < 2; ++p) job_.open[p] = offsets.open[p], job_.enter[p] = offsets.enter[p];
    enter_rows();
}

void Band::sweep(u8* trace) {
    const BandKernel& kernel = problem_.kernel(trace != nullptr);
    job_.trace = trace;
    job_.last_step = band_steps(job_.width, job_.lanes_used, kernel.stride);
    kernel.run(job_);
}

// A band goes on from leg to leg without running empty in between.
void Band::sweep_to(i64 column, Edge<u8> cut) {
    const BandKernel& kernel = problem_.kernel(false);
    const i64 stride = kernel.stride;
    job_.first_step = job_.last_step;
    job_.last_step = column < job_.width ? column / stride + job_.lanes_used - 1 : band_steps(job_.width, job_.lanes_used, stride);
    job_.cut_step = column / stride - 1;
    const Edge<u8> edge = cut.step ? cut.from(first_row_) : Edge<u8>{};
    job_.cut[0] = edge.step, job_.cut[1] = edge.save[0], job_.cut[2] = edge.save[1];
    kernel.run(job_);
}

void Band::finish() {
    leave_rows();
    lanes_.gather(job_.u, column_.step);
    for (int p = 0; p < problem_.offsets.pieces; ++p) lanes_.gather(job_.f[p], column_.save[p]);
}

// From border to rows, and back: see band.hpp.
void Band::enter_rows() {
    const i64 size = lanes_.depth * lanes_.lanes;
    for (int p = 0; p < problem_.offsets.pieces; ++p)
        for (i64 k = 0; k < size; ++k) job_.f[p][k] = static_cast<u8>(job_.f[p][k] + job_.u[k] + job_.enter[p]);
    for (i64 k = 0; k < size; ++k) job_.u[k] = static_cast<u8>(job_.u[k] - job_.lift);
}

void Band::leave_rows() {
    const i64 size = lanes_.depth * lanes_.lanes;
    for (i64 k = 0; k < size; ++k) job_.u[k] = static_cast<u8>(job_.u[k] + job_.lift);
    for (int p = 0; p < problem_.offsets.pieces; ++p)
        for (i64 k = 0; k < size; ++k) job_.f[p][k] = static_cast<u8>(job_.f[p][k] - job_.u[k] - job_.enter[p]);
}

void Band::lay_out(const Rect& rect) {
    const Planes& planes = problem_.planes;
    const bool by_table = planes.kind == Symbols::kTable;
    if (by_table) {
        profile_.lay_out(problem_.table, planes, rect, lanes_, problem_.functions.lay_out_profile);
        profile_.hand_to(job_);
    }
    for (int s = 0; s < planes_of(planes.kind); ++s) {
        job_.column_symbols[s] = planes.b[s].data() + rect.left;
        if (by_table) continue;
        lanes_.spread(planes.a[s].data() + rect.top, kNoRow, symbols_[s].data());
        job_.row_symbols[s] = symbols_[s].data();
    }
    if (planes.left_to_lanes) {
        numbers_.number(planes.row_numbers.data() + rect.top, lanes_, planes.left_to_lanes, symbols_[0].data());
        numbers_.hand_to(job_, planes.column_numbers.data() + rect.left, lanes_);
    }
    job_.u = u_.data();
    lanes_.spread(column_.step, 0, job_.u);
    for (int p = 0; p < problem_.offsets.pieces; ++p) {
        job_.f[p] = f_[p].data();
        lanes_.spread(column_.save[p], 0, job_.f[p]);
    }
}

}  // namespace wavelode::nw
