// A few threads that do one short piece of work each, again and again, together.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace wavelode::nw {

class Crew {
public:
    explicit Crew(int size) {
        for (int k = 1; k < size; ++k) threads_.emplace_back([this, k] { serve(k); });
    }
    ~Crew() {
        {
            const std::lock_guard<std::mutex> lock(guard_);
            leaving_ = true;
            turn_.fetch_add(1);
        }
        called_.notify_all();
        for (auto& thread : threads_) thread.join();
    }
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    // Calls work(0) here and work(1), work(2), ... in the other threads; returns when all are done. It must not throw.
    void together(const std::function<void(int)>& work) {
        if (threads_.empty()) return work(0);
        {
            const std::lock_guard<std::mutex> lock(guard_);
            work_ = &work;
            busy_.store(static_cast<int>(threads_.size()));
            turn_.fetch_add(1);
        }
        called_.notify_all();
        work(0);
        if (spin([this] { return busy_.load() == 0; })) return;
        std::unique_lock<std::mutex> lock(guard_);
        done_.wait(lock, [this] { return busy_.load() == 0; });
    }

private:
    // Pieces of work are shorter than it takes to fall asleep and wake, so first one looks for a while.
    template <class Ready>
    static bool spin(const Ready& ready) {
        for (int k = 0; k < 2000; ++k) {
            if (ready()) return true;
            if (k % 64 == 63) std::this_thread::yield();
        }
        return false;
    }

    void serve(int k) {
        for (int seen = 0;; ++seen) {
            if (!spin([&] { return turn_.load() > seen; })) {
                std::unique_lock<std::mutex> lock(guard_);
                called_.wait(lock, [&] { return turn_.load() > seen; });
            }
            if (leaving_.load()) return;
            (*work_)(k);
            if (busy_.fetch_sub(1) == 1) {
                const std::lock_guard<std::mutex> lock(guard_);
                done_.notify_one();
            }
        }
    }

    std::mutex guard_;
    std::condition_variable called_, done_;
    std::atomic<int> turn_{0}, busy_{0};
    std::atomic<bool> leaving_{false};
    const std::function<void(int)>* work_ = nullptr;
    std::vector<std::thread> threads_;
};

}  // namespace wavelode::nw
