internal import CPQ
internal import Glibc

/// Owns one `PGconn`. Every call of libpq on a connection is here and nowhere else.
@safe
struct Handle: ~Copyable {
    private var pointer: OpaquePointer?

    /// Begins to connect; see ``poll()``. Name resolution happens in here and blocks.
    init(keywords: [String: String]) {
        let pairs = keywords.sorted { $0.key < $1.key }
        var names = unsafe pairs.map { unsafe UnsafePointer(strdup($0.key)) } + [nil]
        var values = unsafe pairs.map { unsafe UnsafePointer(strdup($0.value)) } + [nil]
        unsafe pointer = PQconnectStartParams(&names, &values, 0)
        unsafe (names + values).forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) }
        // The default receiver prints to standard error.
        unsafe _ = PQsetNoticeReceiver(pointer, ignoreNotice, nil)
    }

    init() { unsafe pointer = nil }

    deinit { unsafe PQfinish(pointer) }

    /// Ends the connection. Harmless when there is none.
    mutating func finish() {
        unsafe PQfinish(pointer)
        unsafe pointer = nil
    }

    func poll() -> PostgresPollingStatusType { unsafe PQconnectPoll(pointer) }
    var isOpen: Bool { unsafe pointer != nil && PQstatus(pointer) == CONNECTION_OK }
    var isStarted: Bool { unsafe pointer != nil && PQstatus(pointer) != CONNECTION_BAD }
    var socket: CInt { unsafe PQsocket(pointer) }
    var errorMessage: String { unsafe String(cString: PQerrorMessage(pointer)).trimmedLine }
    var transactionStatus: PGTransactionStatusType { unsafe PQtransactionStatus(pointer) }
    var serverVersion: Int { Int(unsafe PQserverVersion(pointer)) }
    var usesTLS: Bool { unsafe PQsslInUse(pointer) == 1 }
    var isBusy: Bool { unsafe PQisBusy(pointer) == 1 }

    func setNonblocking() -> Bool { unsafe PQsetnonblocking(pointer, 1) == 0 }
    /// 0: all sent. 1: more to send. -1: broken.
    func flush() -> CInt { unsafe PQflush(pointer) }
    func consumeInput() -> Bool { unsafe PQconsumeInput(pointer) == 1 }

    func nextResult() -> QueryResult? {
        guard let result = unsafe PQgetResult(pointer) else { return nil }
        return unsafe QueryResult(taking: result)
    }

    func enterPipeline() -> Bool { unsafe PQenterPipelineMode(pointer) == 1 }
    func exitPipeline() -> Bool { unsafe PQexitPipelineMode(pointer) == 1 }
    func sendSync() -> Bool { unsafe PQpipelineSync(pointer) == 1 }
    func setSingleRow() -> Bool { unsafe PQsetSingleRowMode(pointer) == 1 }

    func send(script: String) -> Bool { unsafe PQsendQuery(pointer, script) == 1 }

    func sendPrepare(_ name: String, _ text: String, _ types: [UInt32]) -> Bool {
        unsafe types.withUnsafeBufferPointer { types in
            unsafe PQsendPrepare(pointer, name, text, CInt(types.count), types.baseAddress) == 1
        }
    }

    func sendExecute(_ name: String, _ encoder: ParameterEncoder) -> Bool {
        unsafe encoder.withArguments { arguments in
            unsafe PQsendQueryPrepared(
                pointer,
                name,
                arguments.count,
                arguments.values,
                arguments.lengths,
                arguments.formats,
                1
            ) == 1
        }
    }

    func sendUnnamed(_ text: String, _ encoder: ParameterEncoder) -> Bool {
        unsafe encoder.withArguments { arguments in
            unsafe PQsendQueryParams(
                pointer,
                text,
                arguments.count,
                arguments.types,
                arguments.values,
                arguments.lengths,
                arguments.formats,
                1
            ) == 1
        }
    }

    /// 1: taken. 0: the buffer is full, wait until the socket is writable. -1: broken.
    func putCopy(_ bytes: UnsafeRawBufferPointer) -> CInt {
        unsafe PQputCopyData(pointer, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(bytes.count))
    }

    func endCopy(error: String?) -> CInt { unsafe PQputCopyEnd(pointer, error) }

    /// The next notification that arrived, as channel and payload.
    func notification() -> (channel: String, payload: String)? {
        guard let entry = unsafe PQnotifies(pointer) else { return nil }
        defer { unsafe PQfreemem(entry) }
        return unsafe (String(cString: entry.pointee.relname), String(cString: entry.pointee.extra))
    }

    /// Asks the server over a second, unencrypted connection to cancel; blocks until the request was delivered.
    func requestCancel() {
        guard let token = unsafe PQgetCancel(pointer) else { return }
        defer { unsafe PQfreeCancel(token) }
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
            unsafe _ = PQcancel(token, text.baseAddress, 256)
        }
    }
}

@c
private func ignoreNotice(_ context: UnsafeMutableRawPointer?, _ result: OpaquePointer?) {}
