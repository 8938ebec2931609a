internal import JSON

extension PlatformResponse {
    /// Walks over the members of the outermost object. `visit` reads the value it is called at, or leaves it.
    ///
    /// Throws when the body is not one whole JSON object, so nothing read before may be kept.
    func forEachMember(
        _ visit: (JSONText, inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        var reader = JSONReader(body)
        try reader.beginObject()
        while let key = try reader.nextKey() { try visit(key, &reader) }
        try reader.finish()
    }

    /// Whether there is a body at all. Without one only the status speaks.
    var isEmpty: Bool { body.isEmpty }

    /// Whether the status says that the request succeeded.
    var isSuccess: Bool { (200...299).contains(status) }
}
