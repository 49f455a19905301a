// Bands that follow each other across a strip, from cut to cut, swept by any number of threads: whoever is free takes the
// lowest band that can go on, so a thread that loses its core holds up no more than the band it is at.
//
// Band k may go on to cut c when band k - 1 has passed c + 1: c because that is its top border, one more because its first
// lane is ahead of its last. They share the row in place. No band runs far ahead of the last, which may be refused.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "band_run.hpp"

namespace wavelode::nw {

class Relay {
public:
    // The first `used` bands, started; they keep cuts 1, 2, ... last - 1 and end at `last`.
    Relay(const std::vector<std::unique_ptr<Band>>& bands, int used, std::int64_t last, Cuts<std::uint8_t>& cuts)
        : bands_(bands), last_(last), cuts_(cuts), legs_(used) {}

    // Takes part until the last band has passed the end, or the cut that it was refused to go on from.
    void work() {
        std::unique_lock<std::mutex> lock(guard_);
        while (!over_) {
            const int k = ready();
            if (k < 0) {
                changed_.wait(lock);
                continue;
            }
            Leg& leg = legs_[k];
            const std::int64_t c = leg.passed + 1;
            const Edge<std::uint8_t> cut = c < last_ ? cuts_.open(c) : Edge<std::uint8_t>{};
            leg.taken = true;
            lock.unlock();
            bands_[k]->sweep_to_cut(c, cut);
            lock.lock();
            leg = {c, false};
            if (&leg == &legs_.back()) over_ = c == last_ || !cuts_.close(c);
            changed_.notify_all();
        }
    }

    std::int64_t passed() const { return legs_.back().passed; }

private:
    struct Leg {
        std::int64_t passed = 0;  // cuts
        bool taken = false;
    };

    // -1 where none is.
    int ready() const {
        const int count = static_cast<int>(legs_.size());
        const std::int64_t farthest = legs_.back().passed + 2 * count;
        for (int k = count - 1; k >= 0; --k) {
            const Leg& leg = legs_[k];
            if (leg.taken || leg.passed == last_ || leg.passed >= farthest) continue;
            if (k == 0 || legs_[k - 1].passed == last_ || legs_[k - 1].passed >= leg.passed + 2) return k;
        }
        return -1;
    }

    const std::vector<std::unique_ptr<Band>>& bands_;
    const std::int64_t last_;
    Cuts<std::uint8_t>& cuts_;
    std::mutex guard_;
    std::condition_variable changed_;
    std::vector<Leg> legs_;
    bool over_ = false;
};

}  // namespace wavelode::nw
