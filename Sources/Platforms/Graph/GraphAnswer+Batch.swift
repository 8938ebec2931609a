internal import FleetCore
internal import JSON

// The answer to a batch: each part is read as the answer to its own request, and fails for itself.
extension GraphAnswer {
    /// One part of the answer.
    private struct Part {
        var status = 200
        var headers: [Field] = []
        var body: [UInt8] = []
    }

    func batch() -> PlatformAnswer {
        let parts = GraphBatch.parts(of: request, dialect) { !request.items.contains($0) }
        var page = SamplePage()
        do throws(JSONError) {
            var reader = JSONReader(response.body)
            guard try reader.peek() == .array else { return errorOfBatch() }
            try reader.beginArray()
            var index = 0
            while try reader.nextElement() {
                if index < parts.count { add(try readPart(&reader), of: parts[index], to: &page) }
                index += 1
            }
            try reader.finish()
            for part in parts.dropFirst(index) { add(nil, of: part, to: &page) }
        } catch {
            return .error(.unreadable(status: response.status))
        }
        return (200...299).contains(response.status) ? .page(page) : .error(errorOfStatus)
    }

    /// An object in the array's place holds the error of the whole call.
    private func errorOfBatch() -> PlatformAnswer {
        let answer = page { (_, _, _) throws(JSONError) in }
        guard case .page = answer else { return answer }
        return .error(.unreadable(status: response.status))
    }

    /// A part, or nil for one that timed out.
    private func readPart(_ reader: inout JSONReader) throws(JSONError) -> Part? {
        guard try reader.enterObject() else { return nil }
        var part = Part()
        while let key = try reader.nextKey() {
            switch key {
            case "code": part.status = try reader.smallInteger() ?? 0
            case "headers": part.headers = try readHeaders(&reader)
            case "body":
                switch try reader.peek() {
                case .string: part.body = Array(try reader.stringBytes())
                case .object: part.body = Array(response.body[try reader.rawSlice()])
                default: break
                }
            default: break
            }
        }
        return part
    }

    private func readHeaders(_ reader: inout JSONReader) throws(JSONError) -> [Field] {
        guard try reader.enterArray() else { return [] }
        var headers: [Field] = []
        while try reader.nextElement() {
            guard try reader.enterObject() else { continue }
            var (name, value): (String?, String?)
            while let key = try reader.nextKey() {
                switch key {
                case "name": name = try reader.textIfString()?.string
                case "value": value = try reader.textIfString()?.string
                default: break
                }
            }
            if let name, let value { headers.append(Field(name, value)) }
        }
        return headers
    }

    private func add(_ part: Part?, of request: PlatformRequest, to page: inout SamplePage) {
        let answer =
            part.map { part in
                GraphAnswer(
                    dialect: dialect,
                    request: request,
                    response: PlatformResponse(status: part.status, headers: part.headers, body: part.body),
                    collectedAt: collectedAt
                ).read()
            } ?? .error(PlatformError(.transient, reason: "part_timed_out"))
        switch answer {
        case .page(let part): page.add(part)
        case .error(let error):
            let path = GraphPath(request.path, edges: dialect.edges)
            let item = request.post ?? request.items.first ?? path?.object ?? request.path
            page.itemErrors.append(.init(error: error, item: item))
        }
    }
}

extension SamplePage {
    /// Adds another page's content; its way on is not taken over.
    mutating func add(_ other: SamplePage) {
        samples += other.samples
        skipped += other.skipped
        itemErrors += other.itemErrors
        posts += other.posts
    }
}
