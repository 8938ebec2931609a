internal import FleetCore
internal import Platforms

/// Who the audience of an account is: shares by country, city, age and gender that follow from the seed.
struct Audience: Sendable {
    let curves: TrueCurves
    let account: Int

    static let countries = ["US", "DE", "GB", "BR", "IN", "FR", "JP", "MX", "IT", "CA", "ES", "ID"]
    static let cities = [
        "Berlin, Berlin", "London, England", "São Paulo, São Paulo (state)", "New York, New York", "Tokyo, Tokyo",
        "Paris, Île-de-France", "Mexico City, Distrito Federal", "Toronto, Ontario", "Mumbai, Maharashtra",
    ]
    static let ages = ["13-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+"]
    static let genders = ["F", "M", "U"]

    /// A total in parts that add up to it, largest first; parts of nothing are left out.
    func parts(of total: Int64, _ names: [String], salt: UInt64) -> [(name: String, value: Int64)] {
        let weights = names.enumerated().map { place, _ in
            1 + Int64(SimulatedAccount.mix(curves.hash(account, 3000 + salt), UInt64(place)) % 97)
        }
        let sum = weights.reduce(0, +)
        var parts = zip(names, weights).map { (name: $0, value: total * $1 / sum) }
        parts[0].value += total - parts.reduce(0) { $0 + $1.value }
        return parts.filter { $0.value > 0 }.sorted { ($0.value, $1.name) > ($1.value, $0.name) }
    }

    /// The parts by `country`, `city`, `age` or `gender`; nil for another breakdown.
    func parts(of total: Int64, by breakdown: String) -> [(name: String, value: Int64)]? {
        switch breakdown {
        case "country": parts(of: total, Audience.countries, salt: 1)
        case "city": parts(of: total, Audience.cities, salt: 2)
        case "age": parts(of: total, Audience.ages, salt: 3)
        case "gender": parts(of: total, Audience.genders, salt: 4)
        default: nil
        }
    }
}
