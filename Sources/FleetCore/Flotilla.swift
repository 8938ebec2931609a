/// Facts about this product.
public enum Flotilla {
    /// The version of all programs; they are released together.
    public static let version = "0.1.0"
}
