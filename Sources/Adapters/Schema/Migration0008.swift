/// Filled by the change that needs it.
enum Migration0008 {
    static let sql = "select 1"
}
