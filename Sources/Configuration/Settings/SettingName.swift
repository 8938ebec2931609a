/// The rules from a key to its other names.
enum SettingName {
    /// Programs of the fleet that have settings of their own.
    static let sections = ["dispatcher", "worker", "aggregator", "gateway", "operator", "simulator"]

    static func environment(of key: String) -> String {
        "FLOTILLA_" + key.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
    }

    static func flag(of key: String) -> String {
        let parts = key.split(separator: ".")
        let own = sections.contains(String(parts[0])) ? parts.dropFirst() : parts[...]
        return "--" + own.joined(separator: "-")
    }

    /// The program a key belongs to, or nil when it is common to the fleet.
    static func section(of key: String) -> String? {
        let first = String(key.prefix { $0 != "." })
        return sections.contains(first) ? first : nil
    }
}
