internal import CCurl
internal import Glibc

// libcurl's ways into a handle. The context is the handle itself, unretained: the loop owns every handle, and removes it
// from libcurl before it lets go of it.

/// Decoded body bytes. Anything but their count tells libcurl to give the transfer up.
@c
func bodyReceived(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
    let handle = unsafe Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
    let length = size * count
    return unsafe handle.take(body: UnsafeRawBufferPointer(start: bytes, count: length)) ? length : 0
}

/// One header line with its line end.
@c
func headerReceived(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
    let handle = unsafe Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
    let length = size * count
    return unsafe handle.take(header: UnsafeRawBufferPointer(start: bytes, count: length)) ? length : 0
}

/// Opens the socket for an address that a name resolved to, or refuses it. Checking here, on the address that is really
/// connected to, leaves no room for a name that resolves differently a second time.
@c
func openSocket(
    _ context: UnsafeMutableRawPointer?,
    _ purpose: curlsocktype,
    _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context = unsafe context, let address = unsafe address else { return CURL_SOCKET_BAD }
    let handle = unsafe Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
    guard unsafe handle.mayConnect(to: ccurl_address(address)) else { return CURL_SOCKET_BAD }
    return unsafe socket(
        address.pointee.family,
        address.pointee.socktype | CInt(SOCK_CLOEXEC.rawValue),
        address.pointee.protocol
    )
}

extension EasyHandle {
    fileprivate func take(body bytes: UnsafeRawBufferPointer) -> Bool {
        guard let limit = transfer?.request.maximumBodyBytes, bytes.count <= limit - body.count else {
            overLimit = true
            return false
        }
        if body.isEmpty {
            // A declared length saves growing; with a content encoding it is too small, and growth takes over.
            let declared = unsafe Int(ccurl_get_offset(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T))
            body.reserveCapacity(max(bytes.count, min(declared, limit)))
        }
        unsafe body.append(contentsOf: bytes)
        return true
    }

    fileprivate func take(header line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= headerLimit else {
            overLimit = true
            return false
        }
        unsafe line.withMemoryRebound(to: UInt8.self) { unsafe responseHeaders.take($0) }
        return true
    }

    fileprivate func mayConnect(to address: UnsafePointer<sockaddr>) -> Bool {
        guard let transfer else { return false }
        if transfer.isAllowed { return true }
        if unsafe isPublic(address) { return true }
        refusedAddress = true
        return false
    }
}
