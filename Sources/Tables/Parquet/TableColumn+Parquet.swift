// How our kinds of column are called in Parquet: a physical type, and what it means.

/// The physical types in use, by their numbers in the format.
enum ParquetType: Int32 {
    case boolean = 0
    case int32 = 1
    case int64 = 2
    case byteArray = 6
    case fixedLengthByteArray = 7
}

extension TableColumn.Kind {
    var physical: ParquetType {
        switch self {
        case .integer, .moment: .int64
        case .date: .int32
        case .text: .byteArray
        case .decimal: .fixedLengthByteArray
        case .flag: .boolean
        }
    }
}

extension TableColumn {
    /// Writes the schema's element: the old mark and the new one, so that old and new readers understand.
    func describe(to element: inout ThriftWriter) {
        element.int32(1, kind.physical.rawValue)
        if case .decimal = kind { element.int32(2, 16) }
        element.int32(3, isOptional ? 1 : 0)
        element.text(4, name)
        switch kind {
        case .integer, .flag: break
        case .text:
            element.int32(6, 0)
            element.structure(10) { $0.structure(1) { _ in } }
        case .decimal(let scale):
            element.int32(6, 5)
            element.int32(7, Int32(scale))
            element.int32(8, 38)
            element.structure(10) { type in
                type.structure(5) { decimal in
                    decimal.int32(1, Int32(scale))
                    decimal.int32(2, 38)
                }
            }
        case .date:
            element.int32(6, 6)
            element.structure(10) { $0.structure(6) { _ in } }
        case .moment:
            element.int32(6, 10)
            element.structure(10) { type in
                type.structure(8) { timestamp in
                    timestamp.flag(1, true)  // UTC
                    timestamp.structure(2) { $0.structure(2) { _ in } }  // microseconds
                }
            }
        }
    }
}
