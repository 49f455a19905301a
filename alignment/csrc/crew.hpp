// Threads that wait for work they can share.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace wavelode::nw {

class Crew {
public:
    explicit Crew(int size) {
        for (int k = 1; k < size; ++k) threads_.emplace_back([this] { serve(); });
    }
    ~Crew() {
        {
            const std::lock_guard<std::mutex> lock(guard_);
            leaving_ = true;
        }
        called_.notify_all();
        for (auto& thread : threads_) thread.join();
    }
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    // Calls work() here and in every other thread that comes before it returns here; returns when all that came have
    // returned. Whoever is late, because the cores are busy, is not waited for. It must not throw.
    void together(const std::function<void()>& work) {
        {
            const std::lock_guard<std::mutex> lock(guard_);
            work_ = &work, ++turn_;
        }
        called_.notify_all();
        work();
        std::unique_lock<std::mutex> lock(guard_);
        work_ = nullptr;
        left_.wait(lock, [this] { return inside_ == 0; });
    }

private:
    void serve() {
        std::unique_lock<std::mutex> lock(guard_);
        for (long seen = 0;; seen = turn_) {
            called_.wait(lock, [&] { return leaving_ || (work_ && turn_ != seen); });
            if (leaving_) return;
            const auto& work = *work_;
            ++inside_;
            lock.unlock();
            work();
            lock.lock();
            if (--inside_ == 0) left_.notify_one();
        }
    }

    std::mutex guard_;
    std::condition_variable called_, left_;
    const std::function<void()>* work_ = nullptr;
    long turn_ = 0;
    int inside_ = 0;
    bool leaving_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace wavelode::nw
