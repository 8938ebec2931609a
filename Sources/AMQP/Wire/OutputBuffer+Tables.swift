extension OutputBuffer {
    mutating func table(_ fields: [Field]) {
        let start = reserveLength()
        for field in fields {
            shortString(field.name)
            value(field.value)
        }
        patchLength(at: start)
    }

    mutating func value(_ value: FieldValue) {
        switch value {
        case .bool(let flag):
            byte(UInt8(ascii: "t"))
            byte(flag ? 1 : 0)
        case .int(let number):
            byte(UInt8(ascii: "l"))
            integer(number)
        case .double(let number):
            byte(UInt8(ascii: "d"))
            integer(number.bitPattern)
        case .string(let text):
            byte(UInt8(ascii: "S"))
            longString(text)
        case .bytes(let data):
            byte(UInt8(ascii: "x"))
            integer(UInt32(data.count))
            raw(data)
        case .timestamp(let seconds):
            byte(UInt8(ascii: "T"))
            integer(seconds)
        case .table(let fields):
            byte(UInt8(ascii: "F"))
            table(fields)
        case .array(let values):
            byte(UInt8(ascii: "A"))
            let start = reserveLength()
            for element in values { self.value(element) }
            patchLength(at: start)
        case .null, .omitted:
            byte(UInt8(ascii: "V"))
        }
    }

    /// The flag word and the values of the properties that are set, in the order of the specification (section 4.2.6.1).
    mutating func properties(_ properties: Properties) {
        guard properties.hasSeldom else { return commonProperties(properties) }
        let hasHeaders = properties.encodedHeaders != nil || !properties.headers.isEmpty
        var flags: UInt16 = 1 << 12  // delivery mode, always
        if properties.contentType != nil { flags |= 1 << 15 }
        if properties.contentEncoding != nil { flags |= 1 << 14 }
        if hasHeaders { flags |= 1 << 13 }
        if properties.priority != nil { flags |= 1 << 11 }
        if properties.correlationID != nil { flags |= 1 << 10 }
        if properties.replyTo != nil { flags |= 1 << 9 }
        if properties.expiration != nil { flags |= 1 << 8 }
        if properties.messageID != nil { flags |= 1 << 7 }
        if properties.timestamp != nil { flags |= 1 << 6 }
        if properties.type != nil { flags |= 1 << 5 }
        if properties.userID != nil { flags |= 1 << 4 }
        if properties.appID != nil { flags |= 1 << 3 }
        integer(flags)
        if let text = properties.contentType { shortString(text) }
        if let text = properties.contentEncoding { shortString(text) }
        if let encoded = properties.encodedHeaders {
            raw(encoded)
        } else if hasHeaders {
            table(properties.headers)
        }
        byte(2)  // persistent
        if let priority = properties.priority { byte(priority) }
        if let text = properties.correlationID { shortString(text) }
        if let text = properties.replyTo { shortString(text) }
        if let text = properties.expiration { shortString(text) }
        if let text = properties.messageID { shortString(text) }
        if let seconds = properties.timestamp { integer(seconds) }
        if let text = properties.type { shortString(text) }
        if let text = properties.userID { shortString(text) }
        if let text = properties.appID { shortString(text) }
    }

    /// As above, for the properties that nearly every message is content with.
    private mutating func commonProperties(_ properties: Properties) {
        var flags: UInt16 = 1 << 12
        if properties.contentType != nil { flags |= 1 << 15 }
        if !properties.headers.isEmpty { flags |= 1 << 13 }
        if properties.messageID != nil { flags |= 1 << 7 }
        if properties.type != nil { flags |= 1 << 5 }
        integer(flags)
        if let text = properties.contentType { shortString(text) }
        if !properties.headers.isEmpty { table(properties.headers) }
        byte(2)  // persistent
        if let text = properties.messageID { shortString(text) }
        if let text = properties.type { shortString(text) }
    }
}
