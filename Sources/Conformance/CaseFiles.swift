internal import Glibc
internal import JSON
public import Platforms

/// The cases below a folder, or the one that a file belongs to.
public struct CaseFiles: Sendable {
    /// A case, or why a file is none.
    public struct Entry: Sendable {
        /// The path from the folder that was named, without endings.
        public let name: String
        /// The case.
        public let result: Result<ConformanceCase, ConformanceFault>
    }

    private static let recorded = ".json"
    private static let expected = ".expected.json"
    private static let deepest = 8

    private let registry: [Platform]

    /// Reads cases of the platforms in a registry.
    public init(registry: [Platform] = PlatformRegistry.all) {
        self.registry = registry
    }

    /// Every case at a path, by name: those of a folder and of the folders below it, or the one of a file.
    public func entries(at path: String) -> [Entry] {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard let names = FileTree.names(in: path) else {
            guard FileTree.isFile(path) else { return [fault(path, "there is no such file or folder")] }
            guard let stem = Self.stem(path) else { return [fault(path, "the name of a case ends in .json")] }
            return entry(stem, name: String(stem.split(separator: "/").last ?? "")).map { [$0] } ?? []
        }
        return entries(in: path, names, below: "", depth: 0)
    }

    private func entries(in folder: String, _ names: [String], below prefix: String, depth: Int) -> [Entry] {
        var seen: Set<String> = []
        return names.flatMap { name -> [Entry] in
            let path = "\(folder)/\(name)"
            if let inner = FileTree.names(in: path) {
                guard depth < Self.deepest else { return [fault(prefix + name, "the folders are too deep")] }
                return entries(in: path, inner, below: "\(prefix)\(name)/", depth: depth + 1)
            }
            guard let stem = Self.stem(path), seen.insert(stem).inserted else { return [] }
            return entry(stem, name: prefix + stem.dropFirst(folder.utf8.count + 1)).map { [$0] } ?? []
        }
    }

    /// The case of the two files that share a stem; nil for a file that is plainly something else.
    private func entry(_ stem: String, name: String) -> Entry? {
        guard let recorded = FileTree.read(stem + Self.recorded) else {
            return fault(name, "there is no \(name)\(Self.recorded)")
        }
        guard let expected = FileTree.read(stem + Self.expected) else {
            if let value = try? JSONValue(parsing: recorded), value["response"] == nil { return nil }
            return fault(name, "there is no \(name)\(Self.expected)")
        }
        do throws(ConformanceFault) {
            let short = String(name.split(separator: "/").last ?? "")
            let found = try ConformanceCase(name: short, recorded: recorded, expected: expected, registry: registry)
            return Entry(name: name, result: .success(found))
        } catch {
            return Entry(name: name, result: .failure(error))
        }
    }

    private func fault(_ name: String, _ message: String) -> Entry {
        Entry(name: name, result: .failure(ConformanceFault(message)))
    }

    /// The path without the ending of either file; nil for other files.
    private static func stem(_ path: String) -> String? {
        for ending in [expected, recorded] where path.hasSuffix(ending) {
            return String(path.dropLast(ending.count))
        }
        return nil
    }
}

/// Reading folders and files.
enum FileTree {
    /// The names in a folder, sorted, without hidden ones; nil when it is no folder.
    static func names(in path: String) -> [String]? {
        guard let directory = opendir(path) else { return nil }
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

    /// Whether a path can be read as a file.
    static func isFile(_ path: String) -> Bool { access(path, R_OK) == 0 && names(in: path) == nil }

    /// The bytes of a file; nil when it cannot be read.
    static func read(_ path: String) -> [UInt8]? {
        guard isFile(path), let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return ferror(file) == 0 ? bytes : nil }
            bytes += chunk[..<count]
        }
    }
}
