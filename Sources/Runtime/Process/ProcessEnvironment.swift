internal import Glibc

/// The environment the process was started with.
public enum ProcessEnvironment {
    /// The value of a variable, or nil when it is not set.
    public static subscript(name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
