/// Bytes on their way to the server: grows, is re-used, and gives memory back after a big value.
@safe
struct EncodeBuffer: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 1024) {
        self.capacity = capacity
        unsafe base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { unsafe base.deallocate() }

    /// Makes room for `size` more bytes.
    mutating func reserve(_ size: Int) {
        let needed = count + size
        guard needed > capacity else { return }
        let grown = max(needed, capacity * 2)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
        unsafe moved.copyMemory(from: base, byteCount: count)
        unsafe base.deallocate()
        unsafe base = moved
        capacity = grown
    }

    /// Forgets the content; memory above `limit` bytes goes back to the system.
    mutating func clear(keeping limit: Int = 64 << 10) {
        count = 0
        guard capacity > limit else { return }
        unsafe base.deallocate()
        capacity = min(limit, 1024)
        unsafe base = .allocate(byteCount: capacity, alignment: 16)
    }

    /// Forgets the content and keeps the memory.
    mutating func rewind() { count = 0 }

    mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        reserve(MemoryLayout<Value>.size)
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: count, as: Value.self)
        count += MemoryLayout<Value>.size
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        if let source = bytes.baseAddress {
            unsafe (base + count).copyMemory(from: source, byteCount: bytes.count)
        }
        count += bytes.count
    }

    mutating func append(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe append($0) }
    }

    mutating func append(utf8 text: String) {
        var text = text
        text.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
    }

    /// Overwrites four bytes written before, for lengths known only afterwards.
    mutating func patch(_ value: Int32, at offset: Int) {
        precondition(offset >= 0 && offset + 4 <= count, "a length was patched outside of the buffer")
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Int32.self)
    }

    /// Appends for each value its size and the value itself, the body of a binary array. The loop touches memory only.
    mutating func append<Value: FixedWidthInteger>(elements: [Value], _ transform: (Value) -> Value) {
        let size = MemoryLayout<Value>.size
        reserve(elements.count * (4 + size))
        let length = Int32(size).bigEndian
        var place = unsafe base + count
        for value in elements {
            unsafe place.storeBytes(of: length, as: Int32.self)
            unsafe place.storeBytes(of: transform(value).bigEndian, toByteOffset: 4, as: Value.self)
            unsafe place += 4 + size
        }
        count += elements.count * (4 + size)
    }

    /// Whether there is a zero byte from `offset` to the end.
    func hasZero(from offset: Int) -> Bool {
        for index in offset..<count where unsafe base.load(fromByteOffset: index, as: UInt8.self) == 0 { return true }
        return false
    }

    /// Lends the content. It must not be kept.
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        unsafe body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// A copy, for tests.
    var bytes: [UInt8] { unsafe withBytes { unsafe [UInt8]($0) } }
}
