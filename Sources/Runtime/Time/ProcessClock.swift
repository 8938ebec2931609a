internal import Glibc

/// The two clocks of the process. Decide nothing with them inside pure code: read here, pass the value in.
public enum ProcessClock {
    /// Nanoseconds since an arbitrary start; never goes back, stands still while the machine sleeps.
    public static var monotonicNow: Int64 {
        let time = read(CLOCK_MONOTONIC)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Microseconds since 1970 UTC; may jump when the machine's clock is set. In a simulated world it is that world's time.
    public static var wallNow: Int64 {
        guard let clock = SimulatedClock.shared else { return realNow }
        return clock.reading(at: realNow).now
    }

    /// Whether the wall clock is a simulated world's.
    public static var isSimulated: Bool { SimulatedClock.shared != nil }

    /// How fast wall-clock time passes, in thousandths: 1000 in the real world.
    public static var rate: Int64 { SimulatedClock.shared?.reading(at: realNow).rate ?? 1000 }

    /// How long to wait for a stretch of wall-clock time to pass: shorter where a simulated clock runs fast.
    public static func waiting(_ duration: Duration) -> Duration {
        guard let clock = SimulatedClock.shared else { return duration }
        let rate = clock.reading(at: realNow).rate
        return rate > 1000 ? duration * 1000 / Int(rate) : duration
    }

    /// How much wall-clock time passes while so much real time does: more where a simulated clock runs fast.
    public static func stretching(_ duration: Duration) -> Duration {
        guard let clock = SimulatedClock.shared else { return duration }
        let rate = clock.reading(at: realNow).rate
        return rate > 1000 ? duration * Int(rate) / 1000 : duration
    }

    /// Microseconds since 1970 UTC, whatever a simulated world's clock says.
    public static var realNow: Int64 {
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
