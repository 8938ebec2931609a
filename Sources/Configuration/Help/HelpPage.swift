extension Program {
    /// What `--help` prints: the example first, then every setting.
    public var helpPage: String {
        """
        \(name): \(purpose)

        Example:
          \(example)

        Usage:
          \(name) [settings]
          \(name) config show | config check

        \(settingsHelp)
        """
    }

    /// Every setting with its form, default and names.
    var settingsHelp: String {
        var text = "Settings (flags win over environment, environment over file, file over defaults):\n"
        text += item(
            "--config <path>",
            "The configuration file. Default: $XDG_CONFIG_HOME/flotilla/config.yaml, if it is there.",
            "environment \(Self.fileVariable)"
        )
        for row in rows {
            let flag =
                row.flag.map { $0 + (row.form.takesValue ? " <\(row.form.shape)>" : "") }
                ?? "\(row.key) <\(row.form.shape)>"
            let origins = row.flag == nil ? "environment only: " : "environment "
            text += item(flag, "\(row.help) \(row.defaultPhrase)", "\(origins)\(row.environment), file key \(row.key)")
        }
        text += item("-h, --help", "This page.", nil)
        text += "\nEach variable has a twin with _FILE appended that names a file holding the value.\n"
        return text
    }

    private func item(_ head: String, _ body: String, _ names: String?) -> String {
        "  \(head)\n      \(body)\n" + (names.map { "      \($0)\n" } ?? "")
    }
}

extension SettingRow {
    fileprivate var defaultPhrase: String {
        guard let fallback = form.fallback else { return "Required." }
        return form.sensitivity == .secret ? "Unset by default." : "Default: \(fallback.shown)."
    }
}

extension ResolvedSettings {
    /// `config show`: key, value and origin in columns.
    public var table: String {
        let rows = [("SETTING", "VALUE", "FROM")] + listing.map { ($0.key, $0.value, $0.origin.description) }
        let first = rows.map(\.0.count).max() ?? 0
        let second = rows.map(\.1.count).max() ?? 0
        return rows.map { key, value, origin in
            "\(key.padded(to: first))  \(value.padded(to: second))  \(origin)\n"
        }.joined()
    }
}

extension String {
    /// The text with spaces after it, at least so many characters in all.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
}
