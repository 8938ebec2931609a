/// Filled by the change that needs it.
enum Migration0009 {
    static let sql = "select 1"
}
