// Bands that follow each other across a strip, leg by leg, swept by any number of threads: whoever is free takes the
// lowest band that can go on, so a thread that loses its core holds up no more than the band it is at.
//
// Band k may run leg c when band k - 1 has run leg c + 1: c because that is its top border, one more because its first
// lane is ahead of its last. They share the row in place. No band runs far ahead of the last, which may be refused.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "band_run.hpp"

namespace wavelode::nw {

// `width` columns in legs of `leg` each; every `legs_per_cut` of them end at a cut, which is kept.
struct Course {
    std::int64_t width, leg, legs_per_cut;

    std::int64_t legs() const { return (width + leg - 1) / leg; }
    // The cut at the end of leg 1, 2, 3, ..., if there is one; 0 where not.
    std::int64_t cut(std::int64_t at) const { return at < legs() && at % legs_per_cut == 0 ? at / legs_per_cut : 0; }
};

class Relay {
public:
    // The first `used` bands, started.
    Relay(const std::vector<std::unique_ptr<Band>>& bands, int used, const Course& course, Cuts<std::uint8_t>& cuts)
        : bands_(bands), course_(course), cuts_(cuts), runners_(used) {}

    // Takes part until the last band has passed the end, or the cut that it was refused to go on from.
    void work() {
        std::unique_lock<std::mutex> lock(guard_);
        while (!over_) {
            const int k = ready();
            if (k < 0)
                wait(lock);
            else
                run(k, lock);
        }
    }

    // Columns that all bands have passed.
    std::int64_t passed() const { return std::min(runners_.back().legs * course_.leg, course_.width); }

private:
    struct Runner {
        std::int64_t legs = 0;  // that it has run
        bool taken = false;
    };

    // -1 where none is.
    int ready() const {
        const int count = static_cast<int>(runners_.size());
        const std::int64_t last = course_.legs(), farthest = runners_.back().legs + count + 1;
        for (int k = count - 1; k >= 0; --k) {
            const Runner& runner = runners_[k];
            if (runner.taken || runner.legs == last || runner.legs >= farthest) continue;
            if (k == 0 || runners_[k - 1].legs == last || runners_[k - 1].legs >= runner.legs + 2) return k;
        }
        return -1;
    }

    // The next leg of a band.
    void run(int k, std::unique_lock<std::mutex>& lock) {
        Runner& runner = runners_[k];
        const std::int64_t leg = runner.legs + 1, c = course_.cut(leg);
        const Edge<std::uint8_t> cut = c ? cuts_.open(c) : Edge<std::uint8_t>{};
        runner.taken = true;
        lock.unlock();
        bands_[k]->sweep_to(leg * course_.leg, cut);
        lock.lock();
        runner = {leg, false};
        if (&runner == &runners_.back()) over_ = leg == course_.legs() || (c && !cuts_.close(c));
        changes_.fetch_add(1, std::memory_order_relaxed);
        if (asleep_) changed_.notify_all();
    }

    // A leg takes some ten microseconds, less than to fall asleep and wake up; so for a while it is only looked whether
    // another has been run.
    void wait(std::unique_lock<std::mutex>& lock) {
        constexpr int kLooks = 500;
        const long seen = changes_.load(std::memory_order_relaxed);
        const auto changed = [&] { return changes_.load(std::memory_order_relaxed) != seen; };
        lock.unlock();
        for (int look = 0; look < kLooks && !changed(); ++look) std::this_thread::yield();
        lock.lock();
        ++asleep_;
        changed_.wait(lock, changed);
        --asleep_;
    }

    const std::vector<std::unique_ptr<Band>>& bands_;
    const Course course_;
    Cuts<std::uint8_t>& cuts_;
    std::mutex guard_;
    std::condition_variable changed_;
    std::atomic<long> changes_{0};
    int asleep_ = 0;
    std::vector<Runner> runners_;
    bool over_ = false;
};

}  // namespace wavelode::nw
