/// One thing that can be configured, declared once: from it come its flag, its variable, its place in the file, its
/// line of help, its checks, and the typed way to read it.
///
///     static let concurrency = Setting(
///         "worker.concurrency", .integer(1...1000, unit: "jobs"), default: 16, help: "Jobs in flight at once.")
public struct Setting<Value: Sendable>: Sendable {
    /// Its dotted name and its place in the file: `worker.concurrency`. Settings of one program begin with the
    /// program's name; all others may appear anywhere in the fleet.
    public let key: String
    /// The variable, `FLOTILLA_WORKER_CONCURRENCY`. With `_FILE` appended, it names a file that holds the value.
    public let environment: String
    /// `--concurrency`; nil for secrets, which do not belong on a command line that every user can read.
    public let flag: String?
    /// One sentence.
    public let help: String
    let kind: ValueKind<Value>
    let fallback: Fallback

    enum Fallback: Sendable {
        case required
        case value(Value)
    }

    /// A setting with a default.
    /// - Parameters:
    ///   - environment: The variable, when not the one that follows from the key.
    ///   - flag: The flag, when not the one that follows from the key (without the program's name, dots as dashes).
    public init(
        _ key: String,
        _ kind: ValueKind<Value>,
        default value: Value,
        environment: String? = nil,
        flag: String? = nil,
        help: String
    ) {
        self.init(key, kind, fallback: .value(value), environment: environment, flag: flag, help: help)
    }

    /// A setting without which the program does not start.
    public init(
        _ key: String,
        _ kind: ValueKind<Value>,
        environment: String? = nil,
        flag: String? = nil,
        help: String
    ) {
        self.init(key, kind, fallback: .required, environment: environment, flag: flag, help: help)
    }

    init(
        _ key: String,
        _ kind: ValueKind<Value>,
        fallback: Fallback,
        environment: String?,
        flag: String?,
        help: String
    ) {
        self.key = key
        self.kind = kind
        self.fallback = fallback
        self.help = help
        self.environment = environment ?? SettingName.environment(of: key)
        self.flag = kind.sensitivity == .secret ? nil : flag ?? SettingName.flag(of: key)
    }

    /// The same setting where a program can do without it; reads as nil when it is set nowhere.
    public var optional: Setting<Value?> {
        Setting<Value?>(
            key,
            kind.optional,
            fallback: .value(nil),
            environment: environment,
            flag: flag,
            help: help
        )
    }
}

/// A setting of any type, for tables.
public protocol DeclaredSetting: Sendable {
    var row: SettingRow { get }
}

extension Setting: DeclaredSetting {
    public var row: SettingRow {
        let form: ValueForm =
            switch fallback {
            case .required: ValueForm(kind, fallback: nil)
            case .value(let value): ValueForm(kind, fallback: ResolvedValue(value, shown: kind.render(value)))
            }
        return SettingRow(key: key, environment: environment, flag: flag, help: help, form: form)
    }
}

/// A declared setting without its type.
public struct SettingRow: Sendable {
    public let key: String
    public let environment: String
    public let flag: String?
    public let help: String
    let form: ValueForm
}
