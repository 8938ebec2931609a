import Adapters
import Configuration
import Crypto
import FleetCore
import Glibc
import JSON
import Runtime

extension CredentialsCommands {
    private static let add = Option(
        "add",
        ValueKind<String>.text(longest: 63),
        help: "Put a new key of this id into the key ring file and make it the primary one."
    ).optional
    private static let remove = Option(
        "remove",
        ValueKind<String>.text(longest: 63),
        help: "Take the key of this id out of the key ring file; refused while anything is sealed under it."
    ).optional
    private static let batch = Option(
        "batch",
        .integer(1...10_000, unit: "values"),
        default: 500,
        help: "Values sealed anew in one transaction."
    )

    static let rotate = Configuration.Command(
        "credentials rotate",
        help: "Seal every credential under the primary key, in batches beside the working fleet. Run again, it goes on "
            + "where it stopped.",
        example: "flotilla credentials rotate --add key-2026-12",
        options: [add, remove, batch],
        exitCodes: [.refused, .partial]
    ) { call in
        let path = try call.settings.required(CommonSettings.keyringFile)
        if let id = call[add] {
            try KeyringFile(path).add(id)
            call.output.note(
                "the key ring has \(id) as its primary key; copy the file to every worker before old keys go"
            )
        }
        let (done, unreadable, keys) = try await call.withCredentials { store in
            var whole = CredentialStore.Rewrap()
            var done = 0
            let primary = try call.keyring().primaryID
            let total = try await store.valuesByKey().filter { $0.key != primary }.reduce(0) { $0 + $1.values }
            var progress = ProgressReporter(call.output, unit: "values", total: total)
            repeat {
                whole = try await store.rewrap(call[batch], passingOver: whole.unreadable)
                done += whole.done
                progress.report(Int64(done))
            } while whole.done > 0 && !Task.isCancelled
            progress.end()
            if Task.isCancelled { throw CancellationError() }
            return (done, whole.unreadable.sorted(), try await store.valuesByKey())
        }
        if let id = call[remove] { try take(id, outOf: path, keys, call) }
        report(done, unreadable, keys, call)
        return unreadable.isEmpty ? .ok : .partial
    }

    private static func take(
        _ id: String,
        outOf path: String,
        _ keys: [(key: String, values: Int64)],
        _ call: CommandCall
    ) throws(CommandFailure) {
        if let needed = keys.first(where: { $0.key == id }), needed.values > 0 {
            throw CommandFailure(.refused, "\(Words.count(needed.values, "value")) still need key \(id); it stays")
        }
        try KeyringFile(path).remove(id)
        call.output.note("key \(id) is no longer in the key ring; delete it from every worker's file and from backups")
    }

    private static func report(
        _ done: Int,
        _ unreadable: [String],
        _ keys: [(key: String, values: Int64)],
        _ call: CommandCall
    ) {
        let document: JSONValue = [
            "sealed_anew": .int(done), "unreadable": .array(unreadable.map { .string($0) }),
            "keys": .array(keys.map { ["key": .string($0.key), "values": .int($0.values)] }),
        ]
        call.output.show(document) {
            call.output.print("\(Words.count(Int64(done), "value")) sealed anew")
            for key in keys { call.output.print("\(key.key)  \(Words.number(key.values))") }
            for row in unreadable { call.output.error("no key opens \(row)") }
        }
    }
}

/// The key ring's file, changed as a whole: written beside it and put in its place, so that a reader sees one or the other.
struct KeyringFile {
    private let path: String
    private let lines: [String]

    init(_ path: String) throws(CommandFailure) {
        self.path = path
        do throws(FileError) {
            let text = String(decoding: try readFile(path, limit: 64 << 10, isSecret: true), as: UTF8.self)
            lines = text.split(separator: "\n").map(String.init)
        } catch {
            throw CommandFailure(.usage, "\(path) \(error)")
        }
    }

    private func id(of line: String) -> Substring {
        line.prefix { $0 != ":" }.drop { $0 == " " || $0 == "\t" }
    }

    private func isPrimaryLine(_ line: String) -> Bool { id(of: line) == "primary" }

    /// Adds a new random key and makes it the primary one.
    func add(_ key: String) throws(CommandFailure) {
        guard !lines.contains(where: { id(of: $0) == key }) else {
            throw CommandFailure(.refused, "the key ring has a key \(key) already")
        }
        let line: String
        do throws(CryptoError) { line = try Keyring.makeKeyLine(id: key) } catch {
            throw CommandFailure(.usage, "\(error)")
        }
        try write(lines.filter { !isPrimaryLine($0) } + [String(line.dropLast()), "primary: \(key)"])
    }

    /// Takes a key out that is not the primary one.
    func remove(_ key: String) throws(CommandFailure) {
        guard lines.contains(where: { id(of: $0) == key }) else {
            throw CommandFailure(.refused, "the key ring has no key \(key)")
        }
        guard !lines.contains(where: { isPrimaryLine($0) && $0.hasSuffix(" \(key)") }),
            lines.count(where: { !isPrimaryLine($0) && !$0.hasPrefix("#") }) > 1
        else { throw CommandFailure(.refused, "\(key) is the primary key; make another one primary first") }
        try write(lines.filter { id(of: $0) != key })
    }

    private func write(_ lines: [String]) throws(CommandFailure) {
        let temporary = "\(path).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CommandFailure(.failed, "\(temporary) cannot be written") }
        let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
        let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        let isWhole = written == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWhole, (try? Keyring(contentsOf: temporary)) != nil, rename(temporary, path) == 0 else {
            unlink(temporary)
            throw CommandFailure(.failed, "\(path) cannot be replaced")
        }
    }
}
