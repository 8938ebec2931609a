import Monitoring
import Testing

@Suite struct ExpressionTests {
    @Test(arguments: [
        ("sum by (le, lane) (rate(a_bucket{lane=~\"x|y\"}[5m]))", ["a_bucket"]),
        ("a / (b > 0) and max by (platform) (c) > 600", ["a", "b", "c"]),
        ("(sum(a) or vector(0)) < 1", ["a"]),
        ("predict_linear(a[6h], 4 * 86400) < on (instance) b", ["a", "b"]),
        ("absent(up{job=\"flotilla-worker\"} == 1)", ["up"]),
        ("rule:of:mine > 0.144", ["rule:of:mine"]),
    ])
    func `the series of an expression are told from functions, labels and words`(expression: String, series: [String]) {
        #expect(Expression.series(in: expression) == Set(series))
    }
}
