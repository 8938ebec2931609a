/// Holds each message text to a number of lines per minute, and counts what it held back.
///
/// Pure: moments are passed in as nanoseconds of the monotonic clock.
struct LogRateLimit {
    /// What was held back of one message in one window.
    struct Suppressed {
        let message: StaticString
        let level: LogLevel
        let count: Int
    }

    private struct Window {
        let message: StaticString
        let level: LogLevel
        let ends: Int64
        var admitted = 0
        var suppressed = 0
    }

    static let window: Int64 = 60_000_000_000
    let perWindow: Int
    private var windows: [UInt: Window] = [:]
    /// The earliest moment at which a window with something held back ends.
    private var nextEnd = Int64.max

    init(perWindow: Int = 10) { self.perWindow = perWindow }

    /// Whether a line may be written now. Critical lines always may.
    mutating func admit(_ message: StaticString, level: LogLevel, now: Int64) -> Bool {
        guard level != .critical, level != .debug else { return true }
        // A fixed text has one address in the program.
        let key = unsafe UInt(bitPattern: message.utf8Start)
        var window = windows[key] ?? Window(message: message, level: level, ends: now + Self.window)
        if now >= window.ends, window.suppressed == 0 {
            window = Window(message: message, level: level, ends: now + Self.window)
        }
        defer { windows[key] = window }
        if window.admitted < perWindow {
            window.admitted += 1
            return true
        }
        window.suppressed += 1
        nextEnd = min(nextEnd, window.ends)
        return false
    }

    /// Takes out what was held back in windows that ended, or in all of them.
    mutating func takeSuppressed(now: Int64, all: Bool = false) -> [Suppressed] {
        guard all || now >= nextEnd else { return [] }
        var taken: [Suppressed] = []
        nextEnd = .max
        for (key, window) in windows where all || now >= window.ends {
            if window.suppressed > 0 {
                taken.append(Suppressed(message: window.message, level: window.level, count: window.suppressed))
            }
            windows[key] = nil
        }
        for window in windows.values where window.suppressed > 0 { nextEnd = min(nextEnd, window.ends) }
        return taken
    }
}
