internal import COpenSSL

/// The C library behind this module.
public enum CryptoLibrary {
    /// Its version, as it is loaded now.
    public static var version: String { unsafe String(cString: OpenSSL_version(OPENSSL_VERSION_STRING)) }
}
