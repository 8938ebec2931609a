internal import Glibc

/// Standard output and error, written without buffering.
public enum Terminal {
    /// Writes text to standard output as it is.
    public static func write(_ text: String) { write(Array(text.utf8), to: STDOUT_FILENO) }

    /// Writes text to standard error as it is.
    public static func writeError(_ text: String) { write(Array(text.utf8), to: STDERR_FILENO) }

    /// Writes bytes to standard output as they are.
    public static func write(_ bytes: [UInt8]) { write(bytes, to: STDOUT_FILENO) }

    /// Whether standard output is a terminal.
    public static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether standard error is a terminal.
    public static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Columns of the terminal on standard output; 80 where it cannot be known.
    public static var width: Int {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes all bytes in as few calls as the kernel allows: one, unless the reader is slow. A closed reader loses them.
    static func write(_ bytes: [UInt8], to descriptor: CInt) {
        unsafe bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let part = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
                let count = unsafe Glibc.write(descriptor, part.baseAddress, part.count)
                if count > 0 {
                    written += count
                } else if count < 0, errno == EAGAIN {
                    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    unsafe poll(&entry, 1, 1000)
                } else if count == 0 || errno != EINTR {
                    return
                }
            }
        }
    }
}
