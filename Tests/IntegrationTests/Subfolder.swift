import Glibc
import Testing

/// Folders for tests.
enum Subfolder {
    static func make(_ path: String) throws { try #require(mkdir(path, 0o700) == 0) }

    static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    static func contents(_ path: String) -> [String] {
        names(path).map { name in
            let descriptor = open("\(path)/\(name)", O_RDONLY)
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            let count = max(0, read(descriptor, &bytes, bytes.count))
            return String(decoding: bytes[..<count], as: UTF8.self)
        }
    }

    static func remove(_ path: String) {
        for name in names(path) { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}
