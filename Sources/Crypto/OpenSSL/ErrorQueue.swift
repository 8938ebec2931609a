internal import COpenSSL

/// OpenSSL's errors wait in a queue per thread, where an earlier call's would be read as this one's.
enum ErrorQueue {
    /// Runs calls that belong together on an empty queue, and leaves an empty one.
    static func clean<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        ERR_clear_error()
        defer { ERR_clear_error() }
        return try body()
    }

    /// Takes everything out of the queue, as one error about the call that failed.
    static func failure(_ call: String) -> CryptoError {
        var words: [String] = []
        while true {
            let code = ERR_get_error()
            if code == 0 { break }
            words.append(unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? "error \(code)")
        }
        return .library(words.isEmpty ? "\(call) failed" : "\(call) failed: \(words.joined(separator: ", "))")
    }
}
