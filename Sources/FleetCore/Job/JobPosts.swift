internal import JSON

/// The posts of a job message: numbers of the store, and since version 2 objects with the platform's ids.
struct JobPosts {
    private(set) var numbers: [Int64] = []
    private(set) var named: [ExternalPost] = []
    private var seenNumbers: Set<Int64> = []
    private var seenNames: Set<String> = []
    /// Where the first object stands.
    private var firstObject: Int?

    private var count: Int { numbers.count + named.count }

    mutating func take(from reader: inout JSONReader) throws {
        try reader.beginArray()
        while try reader.nextElement() {
            let path = "/posts/\(count)"
            guard count < JobContract.maximumPosts else {
                throw Death(.badPosts, "more than \(JobContract.maximumPosts) posts", at: "/posts")
            }
            if try reader.peek() == .object {
                firstObject = firstObject ?? count
                try takeObject(from: &reader, path)
            } else {
                try takeNumber(try reader.int64(), path)
            }
        }
    }

    private mutating func takeNumber(_ post: Int64, _ path: String) throws(Death) {
        guard post > 0 else { throw Death(.badPosts, "a post's number is positive, not \(post)", at: path) }
        guard seenNumbers.insert(post).inserted else { throw Death(.badPosts, "post \(post) is named twice", at: path) }
        numbers.append(post)
    }

    private mutating func takeObject(from reader: inout JSONReader, _ path: String) throws {
        var id: String?
        var kind = PostKind.post
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "external_id":
                let place = path + "/external_id"
                id = try JobFields.text(try reader.text(), 1...JobContract.maximumPostID, place)
            case "kind":
                if try reader.takeNull() { break }
                kind = try JobFields.word(try reader.text(), .badPosts, path + "/kind")
            default: break
            }
        }
        guard let id else { throw Death(.missingField, "is missing", at: path + "/external_id") }
        guard seenNames.insert(id).inserted else { throw Death(.badPosts, "is named twice", at: path) }
        named.append(ExternalPost(id: id, kind: kind))
    }

    /// Whether the collection is about posts by name exactly when there are some, and the version can name them so.
    func check(_ collect: CollectionKind, version: Int64) throws(Death) {
        if let firstObject, version < 2 {
            throw Death(.wrongType, "version 1 names posts by numbers; use version 2", at: "/posts/\(firstObject)")
        }
        guard collect == .postMetrics || count == 0 else {
            throw Death(.badPosts, "is for post_metrics only", at: "/posts")
        }
        guard collect != .postMetrics || count > 0 else { throw Death(.missingField, "is missing", at: "/posts") }
    }
}
