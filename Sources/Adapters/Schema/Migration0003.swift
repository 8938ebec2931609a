/// Budgets.
enum Migration0003 {
    static let sql = "select 1"
}
