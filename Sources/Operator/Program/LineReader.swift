import Configuration
import Glibc

/// Reads a file, or standard input, line by line in constant memory.
struct LineReader: ~Copyable {
    /// The longest line in bytes.
    static let longestLine = 1 << 20

    private let descriptor: CInt
    private let name: String
    private var buffer: [UInt8] = []
    private var position = 0
    private var isAtEnd = false
    private(set) var lineNumber = 0

    /// - Parameter path: `-` is standard input.
    init(_ path: String) throws(CommandFailure) {
        name = path == "-" ? "standard input" : path
        descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            throw CommandFailure(.usage, "\(path) cannot be opened: \(String(cString: strerror(code)))")
        }
    }

    deinit { close(descriptor) }

    /// The next line without its end; nil after the last one.
    mutating func next() throws(CommandFailure) -> ArraySlice<UInt8>? {
        while true {
            if let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { position = end + 1 }
                lineNumber += 1
                return trimmed(buffer[position..<end])
            }
            guard buffer.count - position <= Self.longestLine else {
                throw CommandFailure(.usage, "\(name):\(lineNumber + 1): the line is longer than 1 MiB")
            }
            if isAtEnd {
                guard position < buffer.count else { return nil }
                defer { position = buffer.count }
                lineNumber += 1
                return trimmed(buffer[position...])
            }
            try fill()
        }
    }

    private func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }

    private mutating func fill() throws(CommandFailure) {
        buffer.removeSubrange(..<position)
        position = 0
        let room = 64 << 10
        let filled = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: room))
        var count = -1
        repeat {
            count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + filled, room) }
        } while count < 0 && errno == EINTR
        let code = errno
        buffer.removeLast(room - max(0, count))
        guard count >= 0 else {
            throw CommandFailure(.failed, "\(name) cannot be read: \(String(cString: strerror(code)))")
        }
        isAtEnd = count == 0
    }
}
