internal import FleetCore
internal import JSON

/// How a Graph answer is taken apart: an error wins over everything, then the body is read as its request expects.
struct GraphAnswer {
    let dialect: GraphDialect
    let request: PlatformRequest
    let response: PlatformResponse
    let collectedAt: Instant

    /// Reads the answer.
    func read() -> PlatformAnswer {
        switch GraphForm(rawValue: request.purpose) {
        case .node?: node()
        case .insights?: insights()
        case .list?: list()
        case .nodes?, .insightsOfNodes?: nodes()
        case .batch?: batch()
        case .other?: page { (_, _, _) throws(JSONError) in }
        case nil: .error(PlatformError(.malformed, reason: "unknown_purpose"))
        }
    }

    /// Reads the body: `read` is called with the reader at a member of the outermost object, and reads the value or leaves
    /// it. The page is kept only when the whole body could be read.
    func page(
        _ body: (inout GraphHarvest, JSONText, inout JSONReader) throws(JSONError) -> Void
    ) -> PlatformAnswer {
        var harvest = GraphHarvest(dialect: dialect, request: request, response: response, collectedAt: collectedAt)
        do throws(JSONError) {
            var reader = JSONReader(response.body)
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if key == "error", try reader.peek() == .object {
                    return .error(try GraphError(&reader).classified(request, response, isRetired: dialect.isRetired))
                }
                try body(&harvest, key, &reader)
            }
            try reader.finish()
        } catch {
            return .error(.unreadable(status: response.status))
        }
        return (200...299).contains(response.status) ? .page(harvest.page) : .error(errorOfStatus)
    }

    /// The error of a body without an error object, by its status alone.
    var errorOfStatus: PlatformError {
        var error = PlatformError(status: response.status)
        if error.kind == .rateLimited { error.retryAfter = GraphUsage(response).regainSeconds ?? response.retryAfter }
        return error
    }

    /// An answer of an insights edge. Its paging shifts the window for ever and is never followed.
    private func insights() -> PlatformAnswer {
        page { (harvest, key, reader) throws(JSONError) in
            if key == "data" { try harvest.readInsights(&reader, of: request.post) }
        }
    }

    /// Numbers from the fields of a node, and what was expanded under it.
    private func node() -> PlatformAnswer {
        let fields = GraphFields(request.queryValue("fields") ?? "")
        return page { (harvest, key, reader) throws(JSONError) in
            try harvest.readMember(key, &reader, of: request.post, fields)
        }
    }

    /// Posts with numbers among their fields, and insights under each where the fields were expanded so.
    private func list() -> PlatformAnswer {
        let fields = GraphFields(request.queryValue("fields") ?? "")
        return page { (harvest, key, reader) throws(JSONError) in
            switch key {
            case "data": try harvest.readPosts(&reader, edge: request.endpoint, fields)
            case "paging": harvest.page.next = try GraphPaging(&reader).next
            default: break
            }
        }
    }

    /// Several objects, keyed by their ids. What was asked for and is not there does not exist.
    private func nodes() -> PlatformAnswer {
        let fields = GraphFields(request.queryValue("fields") ?? "")
        let isInsights = request.purpose == GraphForm.insightsOfNodes.rawValue
        var missing = request.items
        let answer = page { (harvest, key, reader) throws(JSONError) in
            let id = key.string
            guard GraphPath.isID(id), try reader.peek() == .object else { return }
            missing.removeAll { $0 == id }
            let post = request.items.contains(id) ? id : nil
            let range = try reader.rawSlice()
            if isInsights {
                try harvest.readInsights(in: range, of: post, item: id)
            } else {
                try harvest.readNode(in: range, of: post, item: id, fields)
            }
        }
        guard case .page(var page) = answer else { return answer }
        page.itemErrors += missing.map { .init(error: PlatformError(.notFound), item: $0) }
        return .page(page)
    }
}

extension PlatformError {
    /// What a status means when the body of an answer says nothing about it.
    init(status: Int) {
        switch status {
        case 429: self.init(.rateLimited)
        case 401: self.init(.authInvalid)
        case 403: self.init(.permission)
        case 404: self.init(.notFound)
        case 500...: self.init(.transient, reason: "http_\(status)")
        case 400..<500: self.init(.malformed, reason: "invalid_request")
        default: self.init(.unclassified, reason: "http_\(status)")
        }
    }
}
