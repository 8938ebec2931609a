/// Reads one document. Written `YAML.parse(bytes, file: "queues.yaml")`.
///
/// Refused, each with line and column: more than 256 KiB, nesting beyond 64, anchors, aliases, tags, keys that repeat
/// or are not single values, and a second document. An empty file is a null scalar.
public func parse(_ bytes: [UInt8], file: String) throws(YAMLFault) -> YAMLNode {
    guard bytes.count <= Limits.bytes else {
        throw YAMLFault(
            file: file,
            position: YAMLPosition(line: 1, column: 1),
            message: "the file has \(bytes.count) bytes, more than the \(Limits.bytes) allowed; split it"
        )
    }
    let outcome: Result<YAMLNode, YAMLFault> = unsafe bytes.withUnsafeBufferPointer { buffer in
        do throws(YAMLFault) {
            let builder = unsafe TreeBuilder(events: EventStream(buffer, file: file), file: file)
            return .success(try builder.document())
        } catch {
            return .failure(error)
        }
    }
    return try outcome.get()
}

/// Turns events into a tree, and refuses what the tree cannot hold.
private struct TreeBuilder: ~Copyable {
    let events: EventStream
    let file: String

    func document() throws(YAMLFault) -> YAMLNode {
        _ = try events.next()
        let first = try events.next()
        guard case .documentStart = first.kind else {
            return YAMLNode(.scalar("", .plain), at: YAMLPosition(line: 1, column: 1))
        }
        let root = try node(try events.next(), depth: 0)
        _ = try events.next()
        let last = try events.next()
        guard case .streamEnd = last.kind else {
            throw fault(last.position, "a second document starts here; keep one document per file")
        }
        return root
    }

    private func node(_ event: Event, depth: Int) throws(YAMLFault) -> YAMLNode {
        switch event.kind {
        case .scalar(let text, let style):
            return YAMLNode(.scalar(text, style), at: event.position)
        case .sequenceStart:
            return try sequence(at: event.position, depth: depth + 1)
        case .mappingStart:
            return try mapping(at: event.position, depth: depth + 1)
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
            preconditionFailure("libyaml sent \(event.kind) where a value belongs")
        }
    }

    private func sequence(at position: YAMLPosition, depth: Int) throws(YAMLFault) -> YAMLNode {
        try checkDepth(depth, at: position)
        var items: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { return YAMLNode(.sequence(items), at: position) }
            items.append(try node(event, depth: depth))
        }
    }

    private func mapping(at position: YAMLPosition, depth: Int) throws(YAMLFault) -> YAMLNode {
        try checkDepth(depth, at: position)
        var entries: [YAMLEntry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { return YAMLNode(.mapping(entries), at: position) }
            guard case .scalar(let key, _) = event.kind else {
                throw fault(event.position, "a key must be a single value; a list or a mapping cannot name another")
            }
            if let earlier = lines.updateValue(event.position.line, forKey: key) {
                throw fault(event.position, "`\(key)` is already set on line \(earlier); keep one of the two")
            }
            let value = try node(try events.next(), depth: depth)
            entries.append(YAMLEntry(key: key, keyPosition: event.position, value: value))
        }
    }

    private func checkDepth(_ depth: Int, at position: YAMLPosition) throws(YAMLFault) {
        if depth > Limits.depth {
            throw fault(position, "nested deeper than \(Limits.depth) levels; flatten it")
        }
    }

    private func fault(_ position: YAMLPosition, _ message: String) -> YAMLFault {
        YAMLFault(file: file, position: position, message: message)
    }
}
