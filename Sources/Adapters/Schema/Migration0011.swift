/// Filled by the change that needs it.
enum Migration0011 {
    static let sql = "select 1"
}
