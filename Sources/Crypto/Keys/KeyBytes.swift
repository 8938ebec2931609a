internal import COpenSSL

/// A key in memory of its own: kept out of core files and swap where the system allows, wiped when the last owner
/// lets go.
@safe
final class KeyBytes: Sendable {
    /// Written once in `init`, only read afterwards.
    private nonisolated(unsafe) let start: UnsafeMutableRawPointer
    let count: Int

    /// Sets aside locked pages once; OpenSSL falls back to ordinary memory, wiped all the same, when it may not.
    private static let hasLockedPages: Bool = CRYPTO_secure_malloc_init(64 * 1024, 16) == 1

    /// Copies the bytes; the caller wipes its own.
    init(_ bytes: ArraySlice<UInt8>) {
        _ = Self.hasLockedPages
        count = bytes.count
        guard let room = unsafe CRYPTO_secure_malloc(max(bytes.count, 1), #file, #line) else {
            preconditionFailure("no memory for a key")
        }
        unsafe start = room
        unsafe bytes.withUnsafeBytes {
            unsafe room.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(room), byteCount: $0.count)
        }
    }

    deinit { unsafe CRYPTO_secure_clear_free(start, max(count, 1), #file, #line) }

    /// Lends the bytes; they must not be copied out.
    func withBytes<Value>(_ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        unsafe body(UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count))
    }
}
