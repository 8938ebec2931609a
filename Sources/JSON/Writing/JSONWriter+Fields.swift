// A key and its value in one call. The optional forms leave the member out when there is no value.

extension JSONWriter {
    /// Writes a member holding a string.
    public mutating func field(_ key: StaticString, _ value: String) {
        self.key(key)
        string(value)
    }

    /// Writes a member holding an integer.
    public mutating func field(_ key: StaticString, _ value: Int64) {
        self.key(key)
        int(value)
    }

    /// Writes a member holding an integer.
    public mutating func field(_ key: StaticString, _ value: Int) { field(key, Int64(value)) }

    /// Writes a member holding a boolean.
    public mutating func field(_ key: StaticString, _ value: Bool) {
        self.key(key)
        bool(value)
    }

    /// Writes a member holding a double.
    public mutating func field(_ key: StaticString, _ value: Double) {
        self.key(key)
        double(value)
    }

    /// Writes a member holding a number without loss.
    public mutating func field(_ key: StaticString, _ value: JSONNumber) {
        self.key(key)
        number(value)
    }

    /// Writes a member holding an array of strings.
    public mutating func field(_ key: StaticString, _ values: [String]) {
        self.key(key)
        beginArray()
        for value in values { string(value) }
        endArray()
    }

    /// Writes a member holding an array of integers.
    public mutating func field(_ key: StaticString, _ values: [Int64]) {
        self.key(key)
        beginArray()
        for value in values { int(value) }
        endArray()
    }

    /// Writes the member only when there is a string.
    public mutating func field(_ key: StaticString, ifPresent value: String?) {
        if let value { field(key, value) }
    }

    /// Writes the member only when there is an integer.
    public mutating func field(_ key: StaticString, ifPresent value: Int64?) {
        if let value { field(key, value) }
    }

    /// Writes a member holding an object, whose members `body` writes.
    public mutating func object<Failure: Error>(
        _ key: StaticString,
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        self.key(key)
        beginObject()
        try body(&self)
        endObject()
    }

    /// Writes a member holding an array, whose elements `body` writes.
    public mutating func array<Failure: Error>(
        _ key: StaticString,
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        self.key(key)
        beginArray()
        try body(&self)
        endArray()
    }
}
