import Configuration
import Runtime
import Synchronization

/// A screen that is drawn again and again, or printed once where nobody watches.
struct LiveView {
    static let every = Option(
        "every",
        .duration(.milliseconds(500) ... .seconds(60)),
        default: .seconds(2),
        help: "How often the screen is drawn."
    )
    static let once = Option(
        "once",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Print it once and end; so it is too where the output is no terminal, and with --json."
    )

    private final class Lines: Sendable {
        private let text = Mutex("")
        var all: String { text.withLock { $0 } }

        func add(_ channel: CommandOutput.Channel, _ more: String) {
            if channel == .output { text.withLock { $0 += more } }
        }
    }

    /// Shows what `draw` prints until Ctrl-C.
    static func run(_ call: CommandCall, _ draw: (CommandOutput) async throws -> Void) async throws -> ExitCode {
        guard call.output.format == .table, !call[once], Terminal.outputIsTerminal else {
            try await draw(call.output)
            return .ok
        }
        // The other screen, so that what was there before comes back in the end.
        call.output.write("\u{1B}[?1049h\u{1B}[?25l")
        defer { call.output.write("\u{1B}[?25h\u{1B}[?1049l") }
        while !Task.isCancelled {
            let lines = Lines()
            let output = CommandOutput(style: call.output.style) { lines.add($0, $1) }
            do { try await draw(output) } catch is CancellationError { break }
            call.output.write("\u{1B}[H" + framed(lines.all, width: Terminal.width) + "\u{1B}[J")
            do { try await Task.sleep(for: call[every]) } catch { break }
        }
        return .ok
    }

    /// Each line to the end of the screen's, cut where it is wider and plain.
    private static func framed(_ text: String, width: Int) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let isPlain = !line.contains("\u{1B}")
            return (isPlain ? String(line.prefix(width)) : String(line)) + "\u{1B}[K"
        }.joined(separator: "\r\n")
    }
}
