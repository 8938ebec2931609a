internal import Glibc

/// The files under `Tests/Fixtures`.
public enum Fixtures {
    /// Where they lie, found from this file's own place.
    public static let root: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(2).joined(separator: "/") + "/Fixtures"
    }()

    /// The bytes of a file named from the fixture folder. Traps when it cannot be read: a test without its data is wrong.
    public static func bytes(_ path: String) -> [UInt8] {
        guard let bytes = read(root + "/" + path) else { fatalError("fixture \(path) cannot be read") }
        return bytes
    }

    /// The text of a file named from the fixture folder.
    public static func text(_ path: String) -> String { String(decoding: bytes(path), as: UTF8.self) }

    /// The lines of a file of tab-separated values.
    public static func table(_ path: String) -> [[Substring]] {
        text(path).split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
    }

    /// The names of the files in a fixture folder, sorted.
    public static func names(in folder: String) -> [String] { names(inFolder: root + "/" + folder) }

    /// The names of the files in any folder, sorted; empty when there is no such folder.
    public static func names(inFolder path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// The bytes of any file, or nil when it cannot be read.
    public static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }
}
