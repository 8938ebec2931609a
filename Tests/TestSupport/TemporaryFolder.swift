internal import Glibc

/// A folder of its own for one test, gone afterwards.
public struct TemporaryFolder {
    /// Where it is.
    public let path: String

    /// Makes a folder, lends it, and removes it with everything in it.
    public static func with<Value>(_ body: (TemporaryFolder) throws -> Value) throws -> Value {
        var template = Array("/tmp/flotilla-test.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { fatalError("no temporary folder can be made") }
        let folder = TemporaryFolder(path: String(cString: made))
        defer { folder.remove(folder.path) }
        return try body(folder)
    }

    /// Writes a file, with the folders above it.
    public func write(_ name: String, _ bytes: [UInt8]) {
        let parts = name.split(separator: "/")
        for count in 1..<max(parts.count, 1) { mkdir("\(path)/\(parts.prefix(count).joined(separator: "/"))", 0o700) }
        guard let file = fopen("\(path)/\(name)", "wb") else { fatalError("\(name) cannot be written") }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { fatalError("\(name) cannot be written") }
    }

    private func remove(_ path: String) {
        for name in Fixtures.names(inFolder: path) { remove("\(path)/\(name)") }
        Glibc.remove(path)
    }
}
