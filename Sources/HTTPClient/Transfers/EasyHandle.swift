internal import CCurl

/// One libcurl handle, configured once and used for many transfers, one at a time. Lives on the client's thread only.
///
/// `curl_easy_reset` would take back some thirty constant options, each with copies, for every request; only what
/// differs from the transfer before is set instead.
@safe
final class EasyHandle {
    let curl: UnsafeMutableRawPointer
    /// Place in the loop's list of running transfers.
    var slot = 0
    private(set) var transfer: Transfer?

    private var headerList = HeaderList()
    private var origin: Origin?
    private var deadline: Duration?
    private var method = HTTPRequest.Method.get
    private var hasBody = false
    private let maximumHeaderBytes: Int

    // What the callbacks collect.
    var responseHeaders = ResponseHeaders()
    var headerBytes = 0
    var body: [UInt8] = []
    var refusedAddress = false
    var overLimit = false

    init(options: HTTPClientOptions) {
        unsafe curl = curl_easy_init()
        maximumHeaderBytes = options.maximumHeaderBytes
        configure(options)
    }

    deinit { unsafe curl_easy_cleanup(curl) }

    private func configure(_ options: HTTPClientOptions) {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe ccurl_set_pointer(curl, CURLOPT_PRIVATE, context)
        unsafe ccurl_on_body(curl, bodyReceived, context)
        unsafe ccurl_on_header(curl, headerReceived, context)
        unsafe ccurl_on_open_socket(curl, openSocket, context)
        set(CURLOPT_NOSIGNAL, 1)
        // Which of the two a URL may use is decided before it gets here; nothing else is ever spoken.
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_PROXY, "")
        set(CURLOPT_ACCEPT_ENCODING, "")
        set(CURLOPT_USERAGENT, options.userAgent)
        set(CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeout.milliseconds)
        set(CURLOPT_LOW_SPEED_LIMIT, options.lowSpeedBytesPerSecond)
        set(CURLOPT_LOW_SPEED_TIME, max(1, options.lowSpeedTime.milliseconds / 1000))
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
        set(CURLOPT_PIPEWAIT, 1)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let file = options.certificateAuthorityFile {
            set(CURLOPT_CAINFO, file)
            unsafe ccurl_set_string(curl, CURLOPT_CAPATH, nil)
        }
    }

    /// Makes the handle ready for `transfer`.
    func load(_ transfer: Transfer) {
        let request = transfer.request
        self.transfer = transfer
        // libcurl takes a long URL apart and puts it together several times, byte by byte; the target it sends as it is.
        if origin != transfer.origin {
            origin = transfer.origin
            set(CURLOPT_URL, transfer.origin.text + "/")
        }
        set(CURLOPT_REQUEST_TARGET, transfer.origin.target(of: request.url))
        unsafe ccurl_set_pointer(curl, CURLOPT_HTTPHEADER, headerList.load(request))
        if deadline != request.deadline {
            deadline = request.deadline
            set(CURLOPT_TIMEOUT_MS, max(1, request.deadline.milliseconds))
        }
        if method != request.method || hasBody || request.body != nil { setMethod(request) }
    }

    private func setMethod(_ request: HTTPRequest) {
        unsafe ccurl_set_string(curl, CURLOPT_POSTFIELDS, nil)
        set(CURLOPT_NOBODY, 0)
        if let body = request.body {
            set(CURLOPT_POST, 1)
            // The size has to be known before libcurl copies the bytes.
            unsafe ccurl_set_offset(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            unsafe body.withUnsafeBytes { bytes in
                _ = unsafe ccurl_set_pointer(curl, CURLOPT_COPYPOSTFIELDS, bytes.baseAddress ?? UnsafeRawPointer(curl))
            }
        } else {
            set(CURLOPT_HTTPGET, 1)
        }
        switch (request.method, request.body == nil) {
        case (.get, true), (.post, false): unsafe ccurl_set_string(curl, CURLOPT_CUSTOMREQUEST, nil)
        case (.head, true):
            unsafe ccurl_set_string(curl, CURLOPT_CUSTOMREQUEST, nil)
            set(CURLOPT_NOBODY, 1)
        default: set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        method = request.method
        hasBody = request.body != nil
    }

    /// Takes the transfer and everything collected for it off the handle.
    func unload(_ code: CURLcode) -> (Transfer, Outcome) {
        let transfer = self.transfer!
        let outcome: Outcome =
            code == CURLE_OK
            ? .success(response())
            : .failure(HTTPError(code, host: transfer.origin.host, tooLarge: overLimit, refused: refusedAddress))
        return (abandon(transfer), outcome)
    }

    /// Takes the transfer off the handle without a response.
    func unload() -> Transfer { abandon(transfer!) }

    private func abandon(_ transfer: Transfer) -> Transfer {
        self.transfer = nil
        responseHeaders = ResponseHeaders()
        headerBytes = 0
        body = []
        refusedAddress = false
        overLimit = false
        return transfer
    }

    private func response() -> HTTPResponse {
        let retryAfter = unsafe ccurl_get_offset(curl, CURLINFO_RETRY_AFTER)
        let connected = unsafe ccurl_get_long(curl, CURLINFO_NUM_CONNECTS) > 0
        return HTTPResponse(
            status: unsafe ccurl_get_long(curl, CURLINFO_RESPONSE_CODE),
            headers: responseHeaders,
            body: body,
            retryAfter: retryAfter > 0 ? .seconds(retryAfter) : nil,
            timings: HTTPTimings(
                connected: connected ? microseconds(CURLINFO_PRETRANSFER_TIME_T) : nil,
                firstByte: microseconds(CURLINFO_STARTTRANSFER_TIME_T),
                total: microseconds(CURLINFO_TOTAL_TIME_T)
            )
        )
    }

    private func microseconds(_ info: CURLINFO) -> Duration {
        unsafe .microseconds(ccurl_get_offset(curl, info))
    }

    /// The limit that the header callback enforces.
    var headerLimit: Int { maximumHeaderBytes }

    private func set(_ option: CURLoption, _ value: Int) {
        let code = unsafe ccurl_set_long(curl, option, value)
        precondition(code == CURLE_OK, "libcurl refused a number option")
    }

    private func set(_ option: CURLoption, _ value: String) {
        let code = unsafe ccurl_set_string(curl, option, value)
        precondition(code == CURLE_OK, "libcurl refused a text option")
    }
}

extension Duration {
    /// Rounded down, bounded so that it fits every libcurl time.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(min(max(seconds, 0), 2_000_000) * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
