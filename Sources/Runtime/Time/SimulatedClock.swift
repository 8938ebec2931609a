internal import Glibc

/// A wall clock that several processes share through a file, for simulated worlds: it can stand still, be moved, and run
/// fast. `FLOTILLA_CLOCK_FILE` names the file; without it time is real.
///
/// The file holds three little-endian 64-bit integers: the real time at which the others hold, in microseconds since 1970;
/// the simulated time at that moment, likewise; and how fast simulated time passes, in thousandths (0 stands still, 1000 is
/// real). It is read again at every question, so whoever replaces the 24 bytes in one write moves every process at once.
struct SimulatedClock: Sendable {
    /// The clock of this process, or nil when time is real.
    static let shared: SimulatedClock? = ClockFile.followed.map { path in
        guard let clock = SimulatedClock(path: path) else {
            preconditionFailure("\(ClockFile.variable) names \(path), which is no clock file of 24 bytes")
        }
        return clock
    }

    static let size = 24
    private let descriptor: Int32

    init?(path: String) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0, parts != nil else { return nil }
    }

    private var parts: [Int64]? {
        var parts: [Int64] = [0, 0, 0]
        let count = unsafe parts.withUnsafeMutableBytes { buffer in
            unsafe pread(descriptor, buffer.baseAddress, SimulatedClock.size, 0)
        }
        return count == SimulatedClock.size ? parts.map(Int64.init(littleEndian:)) : nil
    }

    /// The simulated time in microseconds at a real time, and how fast it passes in thousandths.
    func reading(at real: Int64) -> (now: Int64, rate: Int64) {
        guard let parts else { return (real, 1000) }
        let advance = Int128(real &- parts[0]) * Int128(parts[2]) / 1000
        return (parts[1] &+ Int64(truncatingIfNeeded: advance), parts[2])
    }
}
