public import Configuration

/// Settings of the processes besides the common ones of module Configuration.
public enum FleetSettings {
    public static let postgresRole = Setting(
        "postgres.role",
        .text(longest: 63),
        default: "auto",
        help: "Role to act as in the database: auto takes this program's own, none keeps the login's."
    )
    public static let postgresPrepare = Setting(
        "postgres.prepare",
        .choice(["on", "off"]),
        default: "on",
        help: "Prepared statements; off behind pgBouncer in transaction mode."
    )

    public static let fernetKeysFile = Setting(
        "keyring.fernet-file",
        .path,
        help: "Keys of Fernet tokens that older software wrote, one per line; readable by its owner only."
    ).optional

    /// What every program of the fleet that reaches broker and database reads.
    public static let all: [any DeclaredSetting] = withoutBroker + CommonSettings.broker

    /// What a program reads that reaches the database alone.
    public static let withoutBroker: [any DeclaredSetting] =
        CommonSettings.process + CommonSettings.database + [postgresRole, postgresPrepare]
}
