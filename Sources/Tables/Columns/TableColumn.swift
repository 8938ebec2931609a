/// One column of a table that is written to a file.
public struct TableColumn: Sendable, Hashable {
    /// What stands in its cells.
    public enum Kind: Sendable, Hashable {
        /// A whole number of 64 bits.
        case integer
        /// A decimal number, exact, with this many digits behind the point and 38 in all.
        case decimal(scale: Int)
        case text
        /// An instant, to the microsecond.
        case moment
        /// A day.
        case date
        case flag
    }

    public var name: String
    public var kind: Kind
    /// Whether cells may be empty.
    public var isOptional: Bool

    public init(_ name: String, _ kind: Kind, optional: Bool = false) {
        (self.name, self.kind, isOptional) = (name, kind, optional)
    }
}

/// What stands in one cell.
public enum TableValue: Sendable, Hashable {
    case null
    case integer(Int64)
    /// The number times ten to the minus `scale`, which is at most that of the column.
    case decimal(Int64, scale: Int)
    case text(String)
    /// Microseconds since 1970, UTC.
    case moment(Int64)
    /// Days since 1970-01-01.
    case date(Int32)
    case flag(Bool)

    /// The text, or nothing.
    public init(_ text: String?) { self = text.map { .text($0) } ?? .null }
}

/// Turns rows into the bytes of a file, piece by piece, in constant memory.
public protocol TableWriter {
    /// Takes in one row: a value per column, of the column's kind.
    mutating func append(_ row: [TableValue])
    /// The bytes that are ready, which the writer then forgets.
    mutating func take() -> [UInt8]
    /// Writes what ends the file. Nothing may be appended afterwards.
    mutating func finish()
}
