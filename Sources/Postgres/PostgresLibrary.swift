internal import CPQ

/// The C library behind this module.
public enum PostgresLibrary {
    /// Its version, as it is loaded now.
    public static var version: String { "\(PQlibVersion() / 10_000).\(PQlibVersion() % 10_000)" }
}
