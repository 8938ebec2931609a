/// Turns counts over time into a share, a rate and the time left. No clock of its own.
struct ProgressMeter {
    /// The rate is that of so many of the latest nanoseconds.
    private static let window: Int64 = 15_000_000_000

    private(set) var total: Int64
    private(set) var done: Int64 = 0
    private let start: Int64
    /// Counts with their times, oldest first, a little longer than the window.
    private var history: [(time: Int64, done: Int64)] = []

    init(total: Int64, now: Int64) {
        self.total = total
        start = now
    }

    mutating func note(_ done: Int64, total: Int64? = nil, now: Int64) {
        self.done = done
        if let total { self.total = total }
        if let last = history.last, now - last.time < 100_000_000 { return }
        history.append((now, done))
        while history.count > 2, now - history[1].time > Self.window { history.removeFirst() }
    }

    /// Per second, of late.
    var rate: Double {
        guard let first = history.first, let last = history.last, last.time > first.time else { return 0 }
        return Double(last.done - first.done) / (Double(last.time - first.time) / 1e9)
    }

    /// Between 0 and 1.
    var share: Double { total > 0 ? min(1, max(0, Double(done) / Double(total))) : 1 }

    /// Seconds until it is done at the rate of late; nil when nothing moves.
    var secondsLeft: Int64? {
        if done >= total { return 0 }
        guard rate > 0 else { return nil }
        return Int64(min(Double(total - done) / rate, 1e9).rounded(.up))
    }

    /// `45.2 %  12,345 of 27,300 jobs  1,234/s  12 s left`
    func line(unit: String, now: Int64) -> String {
        let tenths = Int(share * 1000)
        var text = "\(tenths / 10).\(tenths % 10) %  \(Words.number(done)) of \(Words.number(total)) \(unit)"
        if done < total {
            text += "  \(Words.number(Int64(rate.rounded())))/s"
            text += secondsLeft.map { "  \(Words.span(seconds: $0)) left" } ?? "  waiting"
        } else if now - start >= 1_000_000_000 {
            text += "  in \(Words.span(seconds: (now - start) / 1_000_000_000))"
        }
        return text
    }

    /// The line behind a bar that fills the rest of the width; the line alone where there is no room.
    func bar(unit: String, width: Int, now: Int64) -> String {
        let line = line(unit: unit, now: now)
        let room = min(40, width - line.count - 4)
        guard room >= 8 else { return String(line.prefix(max(0, width))) }
        let filled = Int(share * Double(room))
        return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: room - filled) + "]  " + line
    }
}
