internal import Crypto
internal import FleetCore
internal import Glibc
internal import JSON
internal import Runtime

/// A folder on this machine where a new pair lies, sealed, from the moment it arrives until the database has it. A platform
/// that kills the old token with the answer leaves no other copy.
struct SpillFolder: Sendable {
    let path: String

    /// Writes a pair so that it survives this process and, once this returns, the machine.
    func write(_ pair: RenewedPair) throws(SpillError) {
        let name = file(pair.account, pair.seen)
        let temporary = "\(name).\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SpillError("cannot be written") }
        let bytes = pair.encoded()
        let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        let isSafe = written == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isSafe, rename(temporary, name) == 0 else {
            unlink(temporary)
            throw SpillError("cannot be written")
        }
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    /// Removes a pair that the database has.
    func remove(_ pair: RenewedPair) { unlink(file(pair.account, pair.seen)) }

    /// Every pair that still lies here.
    func pairs() -> [RenewedPair] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var found: [RenewedPair] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(".pair"), let bytes = try? readFile("\(path)/\(name)", limit: 256 << 10) else {
                continue
            }
            if let pair = RenewedPair(decoding: bytes) { found.append(pair) }
        }
        return found
    }

    private func file(_ account: Int64, _ seen: Int64) -> String { "\(path)/\(account)-\(seen).pair" }
}

extension TokenRefresher {
    /// Whether an earlier process left renewed credentials in a folder.
    public static func hasLeftovers(in folder: String) -> Bool { !SpillFolder(path: folder).pairs().isEmpty }
}

/// Why a pair could not be put aside.
struct SpillError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension RenewedPair {
    fileprivate func encoded() -> [UInt8] {
        func time(_ instant: Instant?) -> JSONValue { instant.map { .int($0.microseconds) } ?? .null }
        let document: JSONValue = [
            "version": 1, "account": .int(account), "seen": .int(seen), "sealed": .string(Base64.encode(sealed)),
            "sealed_refresh": sealedRefresh.map { .string(Base64.encode($0)) } ?? .null,
            "token_type": .string(tokenType),
            "scopes": scopes.map { .array($0.map { .string($0) }) } ?? .null, "issued_at": time(issuedAt),
            "expires_at": time(expiresAt), "refresh_expires_at": time(refreshExpiresAt),
            "refresh_at": time(refreshAt),
        ]
        return document.rendered()
    }

    fileprivate init?(decoding bytes: [UInt8]) {
        guard let document = try? JSONValue(parsing: bytes), document["version"]?.int64 == 1,
            let account = document["account"]?.int64, let seen = document["seen"]?.int64,
            let sealed = document["sealed"]?.string.flatMap({ Base64.decode($0) }),
            let issued = document["issued_at"]?.int64
        else { return nil }
        func time(_ name: String) -> Instant? { document[name]?.int64.map { Instant(microseconds: $0) } }
        self.init(
            account: account,
            seen: seen,
            sealed: sealed,
            sealedRefresh: document["sealed_refresh"]?.string.flatMap { Base64.decode($0) },
            tokenType: document["token_type"]?.string ?? "bearer",
            scopes: document["scopes"]?.array?.compactMap(\.string),
            issuedAt: Instant(microseconds: issued),
            expiresAt: time("expires_at"),
            refreshExpiresAt: time("refresh_expires_at"),
            refreshAt: time("refresh_at")
        )
    }
}
