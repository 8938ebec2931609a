internal import FleetCore
internal import JSON

// Posts in a list: each is discovered, and its numbers are read.
extension GraphHarvest {
    mutating func readPosts(_ reader: inout JSONReader, edge: String, _ fields: GraphFields) throws(JSONError) {
        guard try reader.enterArray() else { return }
        while try reader.nextElement() {
            guard try reader.peek() == .object else { continue }
            let range = try reader.rawSlice()
            guard let post = try discovered(in: range, edge: edge) else { continue }
            page.posts.append(post)
            try readNode(in: range, of: post.externalID, item: post.externalID, fields)
        }
    }

    /// The post in a part of the body, whose id need not be its first member; nil when it has none.
    private func discovered(in range: Range<Int>, edge: String) throws(JSONError) -> DiscoveredPost? {
        var reader = JSONReader(response.body, range: range)
        var (id, publishedAt): (String?, Instant?)
        var facts = GraphDialect.PostFacts(edge: edge)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "id": id = try reader.textIfString()?.string
            case "timestamp", "created_time":
                publishedAt = try reader.textIfString().flatMap { Instant(rfc3339: $0.bytes.span) }
            case "media_type": facts.mediaType = try reader.textIfString()?.string
            case "media_product_type": facts.productType = try reader.textIfString()?.string
            case "status_type": facts.statusType = try reader.textIfString()?.string
            default: break
            }
        }
        guard let id, GraphPath.isID(id) else { return nil }
        return DiscoveredPost(externalID: id, publishedAt: publishedAt, kind: dialect.kind(facts))
    }
}
