import Configuration
import Runtime

/// Tells how far long work has come: a bar that is drawn again on a terminal, a line every ten seconds elsewhere.
struct ProgressReporter {
    private let output: CommandOutput
    private let unit: String
    private let isLive: Bool
    private var meter: ProgressMeter
    private var lastShown: Int64?
    private var drawn = 0

    /// - Parameter isLive: whether a bar can be drawn; by default when standard output is a terminal.
    init(_ output: CommandOutput, unit: String, total: Int64, isLive: Bool = Terminal.outputIsTerminal) {
        self.output = output
        self.unit = unit
        self.isLive = isLive && output.format == .table && !output.isQuiet
        meter = ProgressMeter(total: total, now: ProcessClock.monotonicNow)
    }

    /// Notes that so much is done, and shows it when it is time to.
    mutating func report(_ done: Int64, total: Int64? = nil, force: Bool = false) {
        let now = ProcessClock.monotonicNow
        meter.note(done, total: total, now: now)
        let interval: Int64 = isLive ? 200_000_000 : 10_000_000_000
        guard force || lastShown.map({ now - $0 >= interval }) ?? isLive else {
            // Short work elsewhere says nothing: the first line comes after the first interval.
            if lastShown == nil { lastShown = now }
            return
        }
        lastShown = now
        show(now)
    }

    /// Takes the bar away, or leaves the last state standing.
    mutating func end(keeping: Bool = false) {
        guard isLive, drawn > 0 else { return }
        if keeping { output.write("\n") } else { output.write("\r" + String(repeating: " ", count: drawn) + "\r") }
        drawn = 0
    }

    private mutating func show(_ now: Int64) {
        guard isLive else { return output.note(meter.line(unit: unit, now: now)) }
        let line = meter.bar(unit: unit, width: Terminal.width - 1, now: now)
        // What the last drawing had beyond this one is covered.
        output.write("\r" + line + String(repeating: " ", count: max(0, drawn - line.count)))
        drawn = line.count
    }
}
