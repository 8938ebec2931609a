internal import CMicroHTTPD

/// The C library behind this module.
public enum HTTPServerLibrary {
    /// Its version, as it is loaded now.
    public static var version: String { unsafe String(cString: MHD_get_version()) }
}
