// Independent work over threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace wavelode::nw {

// Calls work(k) for every k < count, each once, from up to `threads` threads. The exception of the smallest k that
// threw one is thrown again at the end.
template <class Work>
void for_each_index(std::size_t count, int threads, const Work& work) {
    std::atomic<std::size_t> next{0};
    std::mutex guard;
    std::size_t failed = count;
    std::exception_ptr error;
    const auto run = [&] {
        for (std::size_t k; (k = next.fetch_add(1)) < count;) {
            try {
                work(k);
            } catch (...) {
                const std::lock_guard<std::mutex> lock(guard);
                if (k < failed) failed = k, error = std::current_exception();
            }
        }
    };
    std::vector<std::thread> pool;
    const std::size_t extra = std::min(count, static_cast<std::size_t>(std::max(threads, 1)));
    for (std::size_t t = 1; t < extra; ++t) pool.emplace_back(run);
    run();
    for (auto& thread : pool) thread.join();
    if (error) std::rethrow_exception(error);
}

}  // namespace wavelode::nw
