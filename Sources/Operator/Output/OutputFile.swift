import Configuration
import Glibc
import Runtime

/// Where a command writes bytes: a file that takes its name only when it is whole, or standard output.
struct OutputFile: ~Copyable {
    private let path: String
    private let temporary: String
    /// Nil for standard output.
    private var descriptor: CInt?

    /// - Parameter path: `-` is standard output.
    init(_ path: String) throws(CommandFailure) {
        self.path = path
        temporary = "\(path).part"
        guard path != "-" else { return }
        let opened = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw Self.failure(path) }
        descriptor = opened
    }

    deinit {
        guard let descriptor else { return }
        close(descriptor)
        unlink(temporary)
    }

    mutating func write(_ bytes: [UInt8]) throws(CommandFailure) {
        guard let descriptor else { return Terminal.write(bytes) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw Self.failure(path)
            }
            written += count
        }
    }

    /// Puts the file in place.
    mutating func finish() throws(CommandFailure) {
        guard let descriptor else { return }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw Self.failure(path) }
        close(descriptor)
        self.descriptor = nil
    }

    private static func failure(_ path: String) -> CommandFailure {
        let code = errno
        return CommandFailure(.failed, "\(path) cannot be written: \(String(cString: strerror(code)))")
    }
}
