internal import Glibc

/// Why a file was not read. The description ends a sentence that begins with the file's path.
public enum FileError: Error, Sendable, Equatable, CustomStringConvertible {
    case missing
    case notRegular
    case tooLarge(limit: Int)
    /// The lowest nine bits of its mode.
    case readableByOthers(mode: UInt32)
    /// The system's own reason.
    case system(String)

    public var description: String {
        switch self {
        case .missing: "does not exist"
        case .notRegular: "is not a regular file"
        case .tooLarge(let limit): "is larger than \(limit) bytes"
        case .readableByOthers(let mode):
            "is open to every user of this machine (mode \(String(mode, radix: 8))); run chmod o-rwx on it"
        case .system(let reason): "cannot be read: \(reason)"
        }
    }
}

/// The bytes of a small regular file.
/// - Parameters:
///   - limit: The most bytes it may hold.
///   - isSecret: Refuses a file that everybody on the machine may read or write.
public func readFile(_ path: String, limit: Int, isSecret: Bool = false) throws(FileError) -> [UInt8] {
    // Non-blocking: opening a named pipe would otherwise wait for a writer.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw errno == ENOENT ? .missing : systemError() }
    defer { close(descriptor) }

    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw systemError() }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
    if isSecret, status.st_mode & 0o006 != 0 { throw .readableByOthers(mode: UInt32(status.st_mode & 0o777)) }
    guard status.st_size <= limit else { throw .tooLarge(limit: limit) }

    var bytes = [UInt8](repeating: 0, count: limit + 1)
    var filled = 0
    while filled < bytes.count {
        let room = bytes.count - filled
        let got = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe read(descriptor, buffer.baseAddress.map { unsafe $0 + filled }, room)
        }
        if got < 0 {
            if errno == EINTR { continue }
            throw systemError()
        }
        if got == 0 { break }
        filled += got
    }
    guard filled <= limit else { throw .tooLarge(limit: limit) }
    bytes.removeLast(bytes.count - filled)
    return bytes
}

private func systemError() -> FileError {
    let code = errno
    return .system(unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)")
}
