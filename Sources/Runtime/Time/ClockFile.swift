internal import Glibc

/// The file through which the processes of a simulated world share their clock. One process writes it, all read it.
public enum ClockFile {
    /// Names the clock file of a simulated world. No setting: it must hold before anything reads the time.
    public static let variable = "FLOTILLA_CLOCK_FILE"

    /// Makes this process follow a file that exists. To be called before anything asks for the time.
    public static func follow(_ path: String) {
        _ = unsafe setenv(variable, path, 1)
    }

    /// The file that this process follows, or nil when time is real.
    public static var followed: String? { ProcessEnvironment[variable] }

    /// Whether there is such a file already.
    public static func exists(_ path: String) -> Bool { SimulatedClock(path: path) != nil }

    /// Moves every process that follows the file: the time from this moment on in microseconds since 1970, and how fast it
    /// passes in thousandths. Makes the file if there is none. False when it cannot be written.
    public static func write(_ path: String, now: Int64, rate: Int64) -> Bool {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let parts = [ProcessClock.realNow, now, rate].map(\.littleEndian)
        let written = unsafe parts.withUnsafeBytes { bytes in
            unsafe pwrite(descriptor, bytes.baseAddress, SimulatedClock.size, 0)
        }
        return written == SimulatedClock.size
    }
}
