internal import CCurl

/// libcurl's linked list of header lines, laid out in one reused buffer instead of two allocations per line.
@safe
struct HeaderList: ~Copyable {
    private var buffer = UnsafeMutableRawPointer.allocate(byteCount: 1024, alignment: 16)
    private var capacity = 1024

    deinit { unsafe buffer.deallocate() }

    /// Writes the lines for `request` and returns the head of the list, valid until the next call. libcurl only reads it.
    mutating func load(_ request: HTTPRequest) -> UnsafeMutablePointer<curl_slist>? {
        var extra: [StaticString] = []
        if request.body != nil {
            // Removes what libcurl would add by itself: the wait for "100 Continue", and a form content type.
            extra.append("Expect:")
            if !request.headers.contains(lowercase: "content-type") { extra.append("Content-Type:") }
        }
        let fields = request.headers.fields
        let count = fields.count + extra.count
        guard count > 0 else { return nil }
        let stride = unsafe MemoryLayout<curl_slist>.stride
        var bytes = count * stride
        for field in fields { bytes += field.name.utf8.count + field.value.utf8.count + 3 }
        for line in extra { bytes += line.utf8CodeUnitCount + 1 }
        reserve(bytes)

        var text = unsafe buffer + count * stride
        for index in 0..<count {
            let start = unsafe text
            if index < fields.count {
                let (name, value) = fields[index]
                unsafe append(name.utf8, to: &text)
                // libcurl's spelling for a header that is sent with an empty value.
                unsafe append(value.isEmpty ? ";".utf8 : ": ".utf8, to: &text)
                unsafe append(value.utf8, to: &text)
            } else {
                let line = extra[index - fields.count]
                unsafe text.copyMemory(from: line.utf8Start, byteCount: line.utf8CodeUnitCount)
                unsafe text += line.utf8CodeUnitCount
            }
            unsafe text.storeBytes(of: 0, as: UInt8.self)
            unsafe text += 1
            let next = unsafe index + 1 < count ? buffer + (index + 1) * stride : nil
            unsafe (buffer + index * stride).initializeMemory(
                as: curl_slist.self,
                to: curl_slist(
                    data: start.assumingMemoryBound(to: CChar.self),
                    next: next?.assumingMemoryBound(to: curl_slist.self)
                )
            )
        }
        return unsafe buffer.assumingMemoryBound(to: curl_slist.self)
    }

    private mutating func reserve(_ bytes: Int) {
        guard bytes > capacity else { return }
        unsafe buffer.deallocate()
        capacity = bytes * 2
        unsafe buffer = .allocate(byteCount: capacity, alignment: 16)
    }

    private func append(_ bytes: String.UTF8View, to text: inout UnsafeMutableRawPointer) {
        let count = bytes.count
        unsafe UnsafeMutableRawBufferPointer(start: text, count: count).copyBytes(from: bytes)
        unsafe text += count
    }
}
