internal import FleetCore

extension Platform {
    /// Organization pages on LinkedIn over the versioned interface.
    public static let linkedin = Platform(
        name: .linkedin,
        title: "LinkedIn",
        collections: [.accountDaily, .posts, .postMetrics],
        settleDays: 4,
        daysPerJob: 90,
        postsPerJob: LinkedInRequests.postsPerCall,
        historyDays: 365,
        // One a month, served for a year at least. There is no 202512.
        versions: [
            APIVersion("202510", sunset: "2026-10-15"), APIVersion("202511", sunset: "2026-11-16"),
            APIVersion("202601", sunset: "2027-01-15"), APIVersion("202602", sunset: "2027-02-15"),
            APIVersion("202603", sunset: "2027-03-16"), APIVersion("202604", sunset: "2027-04-15"),
            APIVersion("202605", sunset: "2027-05-15"), APIVersion("202606", sunset: "2027-06-15"),
            APIVersion("202607", sunset: "2027-07-15"), APIVersion("202608"), APIVersion("202609"),
        ],
        defaultVersion: LinkedInRequests.version,
        scopes: [
            Scope("rw_organization_admin", for: LinkedInMetrics.all.map(\.metric).uniqued),
            // Posts are found by it, and without posts there are no figures of them.
            Scope("r_organization_social", for: LinkedInMetrics.shares(.lifetime).entries.map(\.metric).uniqued),
        ],
        metrics: LinkedInMetrics.all,
        limits: LinkedInLimits.all,
        tokens: .linkedin,
        requests: { (assignment, settings) throws(Death) in try LinkedInRequests.make(assignment, settings) },
        read: { LinkedInAnswer(request: $0, response: $1, collectedAt: $2).read() },
        recognise: { request, _ in LinkedInRequests.recognise(request) },
        signals: { LinkedInAnswer(request: $0, response: $1, collectedAt: $2).signals() }
    )
}

/// LinkedIn counts the calls of the application and of each member, per resource and UTC day, and publishes no numbers.
enum LinkedInLimits {
    /// What an application in the development tier is known to get. One in the standard tier gets more; an operator
    /// reads the numbers in LinkedIn's developer portal and sets them.
    static let appCalls: Int64 = 500
    static let memberCalls: Int64 = 100

    static let all: [BudgetRule] = LinkedInRequests.Resource.allCases.flatMap { resource in
        [
            BudgetRule(
                rule(.app, resource.rawValue),
                .app,
                endpoint: resource.rawValue,
                limit: appCalls,
                window: .day
            ),
            BudgetRule(
                rule(.account, resource.rawValue),
                .account,
                endpoint: resource.rawValue,
                limit: memberCalls,
                window: .day
            ),
        ]
    }

    /// The name of the rule for calls of a resource.
    static func rule(_ scope: PlatformError.Scope, _ endpoint: String) -> String {
        (scope == .app ? "app." : "member.") + endpoint
    }
}
