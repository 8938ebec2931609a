public import FleetCore
public import Postgres

/// Arrays of different lengths laid end to end, with the bounds of each, since Postgres has no array of ragged arrays:
/// a statement takes the one flat array and cuts `flat[low:high]` for each row. Bounds count from one; an empty part has
/// its high bound below its low one.
struct PackedColumns {
    private(set) var low: [Int32] = []
    private(set) var high: [Int32] = []
    private var length: Int32 = 0

    /// Notes that the next row's part has so many elements.
    mutating func append(count: Int) {
        low.append(length + 1)
        length += Int32(count)
        high.append(length)
    }
}

extension FleetCore.UUID {
    /// The id as the database takes it.
    public var parameter: UUIDValue { UUIDValue(high: high, low: low) }

    /// The id as the database gives it.
    public init(_ value: UUIDValue) { self.init(high: value.high, low: value.low) }
}
