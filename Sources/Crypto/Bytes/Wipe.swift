internal import COpenSSL

/// Overwrites bytes so that the optimiser cannot leave it out, then empties the array. Effective for the only holder
/// of an array; copies made before keep what they have.
public func wipe(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
    bytes = []
}
