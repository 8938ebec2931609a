internal import Glibc

/// The two clocks of the process. Decide nothing with them inside pure code: read here, pass the value in.
public enum ProcessClock {
    /// Nanoseconds since an arbitrary start; never goes back, stands still while the machine sleeps.
    public static var monotonicNow: Int64 {
        let time = read(CLOCK_MONOTONIC)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Microseconds since 1970 UTC; may jump when the machine's clock is set.
    public static var wallNow: Int64 {
        let time = read(CLOCK_REALTIME)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// Processor time used by all threads so far, in microseconds.
    public static var processorTime: Int64 {
        let time = read(CLOCK_PROCESS_CPUTIME_ID)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return time
    }
}
