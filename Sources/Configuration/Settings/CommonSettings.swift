public import Runtime

/// Settings that several programs share, declared once. A program lists those it uses.
public enum CommonSettings {
    public static let amqp = Setting(
        "amqp.url",
        .url(["amqp", "amqps"]),
        flag: "--amqp",
        help: "Address of the RabbitMQ broker, with user and virtual host."
    )
    public static let amqpCertificates = Setting(
        "amqp.ca-file",
        .path,
        help: "Certificates that may sign the broker's, PEM; the system's when not given."
    ).optional
    public static let management = Setting(
        "management.url",
        .url(["http", "https"]),
        flag: "--management",
        help: "Address of RabbitMQ's management API, for the topology commands and the doctor."
    ).optional
    public static let postgres = Setting(
        "postgres.url",
        .url(["postgresql", "postgres"]),
        flag: "--postgres",
        help: "Address of the Postgres database."
    )
    public static let postgresCertificates = Setting(
        "postgres.ca-file",
        .path,
        help: "Certificates that may sign the database's, PEM; the system's when not given."
    ).optional
    public static let keyringFile = Setting(
        "keyring.file",
        .path,
        help: "Key ring that decrypts credentials; readable by its owner only."
    ).optional
    public static let topologyFile = Setting(
        "topology.file",
        .path,
        default: "queues.yaml",
        flag: "--topology",
        help: "Exchanges, queues, lanes and budgets of the fleet."
    )
    public static let logLevel = Setting(
        "log.level",
        .logLevel,
        default: LogLevel.info,
        help: "Least important messages to log."
    )
    public static let logFormat = Setting(
        "log.format",
        .logFormat,
        help: "Form of log lines; console on a terminal and json elsewhere when not given."
    ).optional
    public static let adminListen = Setting(
        "admin.listen",
        .listenAddress,
        default: ListenAddress(host: "127.0.0.1", port: 0),
        help: "Where /livez, /readyz and /metrics answer; port 0 takes a free one and logs it."
    )
    public static let drainDeadline = Setting(
        "drain.deadline",
        .duration(.zero ... .seconds(600)),
        default: .seconds(25),
        help: "How long work in hand may take after SIGTERM before it is handed back."
    )
    public static let allowPlaintext = Setting(
        "allow.plaintext",
        .toggle,
        default: false,
        help: "Accept unencrypted or unverified connections to other machines."
    )

    /// All of them; whatever is listed here is known to every program's environment and file.
    public static let all: [any DeclaredSetting] = [
        amqp, amqpCertificates, management, postgres, postgresCertificates, keyringFile, topologyFile, logLevel,
        logFormat,
        adminListen, drainDeadline, allowPlaintext,
    ]
    /// What a program that serves and drains needs besides its own settings.
    public static let process: [any DeclaredSetting] = [logLevel, logFormat, adminListen, drainDeadline]
    /// What a program that talks to the broker needs.
    public static let broker: [any DeclaredSetting] = [amqp, amqpCertificates, topologyFile]
    /// What a program that talks to the database needs.
    public static let database: [any DeclaredSetting] = [postgres, postgresCertificates]
}
