internal import Glibc

/// The zone files of the machine, read as bytes; what they mean is decided elsewhere.
public enum ZoneFiles {
    /// Where zone files lie unless told otherwise.
    public static let standardFolder = "/usr/share/zoneinfo"

    /// Why a zone file could not be read.
    public enum LoadError: Error, Hashable, Sendable, CustomStringConvertible {
        /// The name is not of the form `Area/Place`.
        case invalidName(String)
        /// The machine has no such file, or it cannot be read; the code is the system's.
        case unreadable(name: String, code: Int32)
        /// The file is larger than any zone file.
        case tooLarge(name: String)

        /// One line for an operator.
        public var description: String {
            switch self {
            case .invalidName(let name): "\(name) is not the name of a time zone, such as Europe/Berlin"
            case .unreadable(let name, let code): "the time zone \(name) cannot be read (system error \(code))"
            case .tooLarge(let name): "the file of the time zone \(name) is larger than 256 KiB"
            }
        }
    }

    /// The bytes of a zone's file.
    ///
    /// The name comes from users, so it is held to a strict grammar: at most four parts joined by `/`, each of letters,
    /// digits, `_`, `+` and `-` and beginning with a letter, 64 bytes in all. No such name leaves the folder.
    ///
    /// - Throws: ``LoadError``.
    public static func load(_ name: String, folder: String = standardFolder) throws(LoadError) -> [UInt8] {
        guard isZoneName(name) else { throw .invalidName(name) }
        let descriptor = unsafe open(folder + "/" + name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(name: name, code: errno) }
        defer { close(descriptor) }
        let limit = 256 << 10
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var filled = 0
        while filled < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe read(descriptor, buffer.baseAddress! + filled, buffer.count - filled)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(name: name, code: errno) }
            if count == 0 { break }
            filled += count
        }
        guard filled <= limit else { throw .tooLarge(name: name) }
        return Array(bytes[..<filled])
    }

    /// Whether a name has the form of a zone's name; the file need not exist.
    public static func isZoneName(_ name: String) -> Bool {
        guard name.utf8.count <= 64 else { return false }
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.count <= 4
            && parts.allSatisfy { part in
                guard let first = part.first, isLetter(first) else { return false }
                return part.allSatisfy { byte in
                    isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                        || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                }
            }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
