internal import Glibc

/// Nanoseconds of a clock that only goes forward.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// What `poll` wants: rounded up, -1 for no end.
func milliseconds(until deadline: UInt64?) -> CInt {
    guard let deadline else { return -1 }
    let now = monotonicNanoseconds()
    guard deadline > now else { return 0 }
    return CInt(clamping: (deadline - now + 999_999) / 1_000_000)
}

extension Duration {
    /// Zero for negative durations.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max / 4 : min(product, .max / 4) + UInt64(attoseconds / 1_000_000_000)
    }
}
