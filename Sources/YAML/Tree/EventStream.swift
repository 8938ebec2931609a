internal import CYAML

/// libyaml's parser over bytes that somebody else keeps alive. Freed with the value.
@safe
struct EventStream: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let file: String

    init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) {
        unsafe parser = .allocate(capacity: 1)
        let started = unsafe yaml_parser_initialize(parser)
        precondition(started == 1, "libyaml found no memory for its parser")
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
        self.file = file
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
    }

    /// The next event, its texts copied.
    func next() throws(YAMLFault) -> Event {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw syntaxFault() }
        defer { unsafe yaml_event_delete(&event) }
        let mark = unsafe event.start_mark
        let position = YAMLPosition(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: return Event(.streamStart, position)
        case YAML_STREAM_END_EVENT: return Event(.streamEnd, position)
        case YAML_DOCUMENT_START_EVENT: return Event(.documentStart, position)
        case YAML_DOCUMENT_END_EVENT: return Event(.documentEnd, position)
        case YAML_SEQUENCE_START_EVENT:
            let data = unsafe event.data.sequence_start
            try refuse(anchor: unsafe data.anchor != nil, tag: unsafe data.tag != nil, at: position)
            return Event(.sequenceStart, position)
        case YAML_SEQUENCE_END_EVENT: return Event(.sequenceEnd, position)
        case YAML_MAPPING_START_EVENT:
            let data = unsafe event.data.mapping_start
            try refuse(anchor: unsafe data.anchor != nil, tag: unsafe data.tag != nil, at: position)
            return Event(.mappingStart, position)
        case YAML_MAPPING_END_EVENT: return Event(.mappingEnd, position)
        case YAML_SCALAR_EVENT: return try unsafe scalar(event.data.scalar, at: position)
        case YAML_ALIAS_EVENT:
            throw YAMLFault(
                file: file,
                position: position,
                message: "aliases (`*name`) are not read here; write the value out"
            )
        default: preconditionFailure("libyaml reported an event that its manual does not list")
        }
    }

    private func scalar(
        _ data: yaml_event_s.__Unnamed_union_data.__Unnamed_struct_scalar,
        at position: YAMLPosition
    ) throws(YAMLFault) -> Event {
        try refuse(anchor: unsafe data.anchor != nil, tag: unsafe data.tag != nil, at: position)
        let bytes = unsafe UnsafeBufferPointer(start: data.value, count: data.length)
        let style: YAMLNode.ScalarStyle =
            switch unsafe data.style {
            case YAML_PLAIN_SCALAR_STYLE: .plain
            case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
            default: .quoted
            }
        return Event(.scalar(unsafe String(decoding: bytes, as: UTF8.self), style), position)
    }

    private func refuse(anchor: Bool, tag: Bool, at position: YAMLPosition) throws(YAMLFault) {
        if anchor {
            throw YAMLFault(
                file: file,
                position: position,
                message: "anchors (`&name`) are not read here; write the value out"
            )
        }
        if tag {
            throw YAMLFault(
                file: file,
                position: position,
                message: "tags (`!name`) are not read here; write the plain value, quoted if it must stay text"
            )
        }
    }

    /// libyaml's own words, with its mark.
    private func syntaxFault() -> YAMLFault {
        let mark = unsafe parser.pointee.problem_mark
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "it cannot be read"
        guard unsafe parser.pointee.error == YAML_READER_ERROR else {
            let context = unsafe parser.pointee.context.map { unsafe String(cString: $0) + ": " } ?? ""
            return YAMLFault(
                file: file,
                position: YAMLPosition(line: Int(mark.line) + 1, column: Int(mark.column) + 1),
                message: "not valid YAML, \(context)\(problem); check indentation, colons and quotes"
            )
        }
        // The reader runs ahead of the scanner: the place it knows is a byte offset, the mark is where scanning stands.
        let here = unsafe parser.pointee.mark
        let offset = unsafe parser.pointee.problem_offset
        return YAMLFault(
            file: file,
            position: YAMLPosition(line: Int(here.line) + 1, column: Int(here.column) + 1),
            message: "\(problem) at byte \(offset), at or after this line; save the file as UTF-8 text"
        )
    }
}

/// One step of a document.
struct Event {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case sequenceStart, sequenceEnd, mappingStart, mappingEnd
        case scalar(String, YAMLNode.ScalarStyle)
    }
    let kind: Kind
    let position: YAMLPosition

    init(_ kind: Kind, _ position: YAMLPosition) {
        self.kind = kind
        self.position = position
    }
}
