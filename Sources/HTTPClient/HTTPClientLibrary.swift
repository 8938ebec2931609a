internal import CCurl

/// The C library behind this module.
public enum HTTPClientLibrary {
    /// Its version, as it is loaded now.
    public static var version: String {
        unsafe String(cString: curl_version_info(CURLversion(rawValue: 0)).pointee.version)
    }
}
