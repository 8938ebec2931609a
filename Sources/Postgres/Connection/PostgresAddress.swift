internal import CPQ

/// Where the server is, who we are there, and the limits of a connection to it.
///
/// Takes what libpq takes: a URL `postgresql://user@host:5432/database?sslmode=verify-full&sslrootcert=…` or keywords
/// `host=… dbname=…`. Several hosts are tried in turn.
public struct PostgresAddress: Sendable, CustomStringConvertible {
    /// libpq's connection keywords.
    public var keywords: [String: String]
    /// Longest time for one host to give a usable connection. Default 10 seconds.
    public var connectTimeout: Duration = .seconds(10)
    /// Longest time without one byte from the server while an answer is awaited; then the connection is dropped. Must be
    /// above the statement timeouts. Nil waits for ever. Default 2 minutes.
    public var silenceLimit: Duration? = .seconds(120)
    /// Server settings for the session, for instance `["lock_timeout": "5s"]`. Leave empty behind pgBouncer.
    public var settings: [String: String] = [:]
    /// Whether statements are prepared once per connection and re-used. Turn off behind pgBouncer in transaction mode.
    public var preparesStatements = true

    /// Reads a URL or a list of keywords. Throws `.badAddress`.
    ///
    /// - Parameter password: given apart, for instance from a file; wins over one in the address.
    public init(url: String, password: String? = nil) throws(PostgresError) {
        guard let parsed = Self.parse(url) else {
            throw PostgresError(.badAddress, "the address of Postgres is neither a URL nor a list of keywords")
        }
        keywords = parsed
        if let password { keywords["password"] = password }
    }

    /// From libpq's connection keywords.
    public init(keywords: [String: String]) { self.keywords = keywords }

    /// The address without its password.
    public var description: String {
        ["host", "hostaddr", "port", "dbname", "user", "sslmode"]
            .compactMap { key in keywords[key].map { "\(key)=\($0)" } }
            .joined(separator: " ")
    }

    /// The same address with another database.
    public func with(database: String) -> PostgresAddress {
        var copy = self
        copy.keywords["dbname"] = database
        return copy
    }

    /// One set of keywords per host, completed by our defaults.
    func attempts(applicationName: String) -> [[String: String]] {
        var base: [String: String] = [
            "application_name": applicationName,
            "client_encoding": "UTF8",
            "keepalives_idle": "30",
            "keepalives_interval": "10",
            "keepalives_count": "3",
            "tcp_user_timeout": "30000",
            "gssencmode": "disable",  // Kerberos would be loaded for every connection
        ]
        base.merge(keywords) { _, given in given }
        if !settings.isEmpty {
            let options = settings.sorted { $0.key < $1.key }.map { "-c \($0.key)=\(Self.escaped($0.value))" }
            base["options"] = ([base["options"] ?? ""] + options).joined(separator: " ")
        }
        let hosts = Self.list(base["host"])
        let addresses = Self.list(base["hostaddr"])
        let ports = Self.list(base["port"])
        let count = max(hosts.count, addresses.count)
        guard count > 1 else { return [base] }
        return (0..<count).map { index in
            var one = base
            one["host"] = index < hosts.count ? hosts[index] : nil
            one["hostaddr"] = index < addresses.count ? addresses[index] : nil
            one["port"] = ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : nil
            return one
        }
    }

    /// Whether those keywords lead to this machine only, so that an unencrypted cancel request is harmless.
    static func isLocal(_ keywords: [String: String]) -> Bool {
        let host = keywords["hostaddr"] ?? keywords["host"] ?? ""
        return host.isEmpty || host.hasPrefix("/") || host.hasPrefix("127.") || host == "::1" || host == "localhost"
    }

    /// The text with the password, if it occurs, made unreadable.
    func masked(_ text: String) -> String {
        guard let password = keywords["password"], !password.isEmpty else { return text }
        return text.split(separator: password, omittingEmptySubsequences: false).joined(separator: "***")
    }

    private static func list(_ text: String?) -> [String] {
        text.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
    }

    /// Spaces and backslashes must be escaped in `options`.
    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            if character == " " || character == "\\" { text.append("\\") }
            text.append(character)
        }
    }

    /// libpq's own reader. Its error text may quote the password and is therefore not passed on.
    private static func parse(_ text: String) -> [String: String]? {
        var problem: UnsafeMutablePointer<CChar>?
        guard let list = unsafe PQconninfoParse(text, &problem) else {
            unsafe PQfreemem(problem)
            return nil
        }
        defer { unsafe PQconninfoFree(list) }
        var keywords: [String: String] = [:]
        var entry = unsafe list
        while let keyword = unsafe entry.pointee.keyword {
            if let value = unsafe entry.pointee.val {
                unsafe keywords[String(cString: keyword)] = String(cString: value)
            }
            unsafe entry += 1
        }
        return keywords
    }
}
