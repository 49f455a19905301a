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
    job_.score = offsets.score, job_.shift = static_cast<u8>(offsets.shift);
    for (int p = 0; p < 2; ++p)
        job_.open[p] = static_cast<u8>(offsets.open[p]), job_.rest[p] = static_cast<u8>(offsets.rest[p]);
}

BandFunction Band::function(bool traced) const {
    const auto& f = problem_.functions;
    const int symbols = static_cast<int>(problem_.planes.kind), pieces = problem_.offsets.pieces;
    return traced ? f.traced[pieces][symbols] : f.swept[pieces][symbols];
}

void Band::sweep(u8* trace) {
    job_.trace = trace;
    job_.last_step = band_steps(job_.width, job_.lanes_used, problem_.functions.stride);
    function(trace != nullptr)(job_);
}

void Band::keep_cuts(Cuts<u8>& cuts, i64 every, i64 first_row) {
    cuts_ = &cuts, first_row_ = first_row;
    job_.cut_every = every;
    job_.cut_owner = this;
    job_.cut = [](void* owner, i64 c, int array) {
        const Band& band = *static_cast<Band*>(owner);
        const Edge<u8> edge = band.cuts_->open(c).from(band.first_row_);
        return array == 0 ? edge.step : edge.save[array - 1];
    };
}

// A band goes on from cut to cut without running empty in between.
void Band::sweep_to_cut(i64 c) {
    const i64 stride = problem_.functions.stride;
    job_.first_step = job_.last_step;
    job_.last_step = c * job_.cut_every < job_.width ? c * job_.cut_every / stride + job_.lanes_used - 1
                                                     : band_steps(job_.width, job_.lanes_used, stride);
    function(false)(job_);
}

void Band::finish() {
    lanes_.gather(job_.u, column_.step);
    for (int p = 0; p < problem_.offsets.pieces; ++p) lanes_.gather(job_.y[p], column_.save[p]);
}

void Band::lay_out(const Rect& rect) {
    const Planes& planes = problem_.planes;
    const bool by_table = planes.kind == Symbols::kTable;
    if (by_table) {
        profile_.lay_out(problem_.table, planes, rect, lanes_, problem_.functions.lay_out_profile);
        profile_.hand_to(job_, problem_.functions.stride);
    }
    for (int s = 0; s < planes_of(planes.kind); ++s) {
        job_.column_symbols[s] = planes.b[s].data() + rect.left;
        if (by_table) continue;
        lanes_.spread(planes.a[s].data() + rect.top, kNoRow, symbols_[s].data());
        job_.row_symbols[s] = symbols_[s].data();
    }
    job_.u = u_.data();
    lanes_.spread(column_.step, 0, job_.u);
    for (int p = 0; p < problem_.offsets.pieces; ++p) {
        job_.y[p] = y_[p].data();
        lanes_.spread(column_.save[p], 0, job_.y[p]);
    }
}

}  // namespace wavelode::nw
