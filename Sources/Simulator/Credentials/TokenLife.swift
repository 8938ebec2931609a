internal import FleetCore
internal import Platforms

/// How long a platform's tokens live and how they are renewed.
struct TokenLife: Sendable {
    /// Of an access token; nil when it does not run out.
    var access: Duration?
    /// Of a refresh token; nil when it does not run out or there is none.
    var refresh: Duration?
    /// Whether a refresh token may be used once only: its use gives the next one and kills it.
    var isSingleUse = false
    /// Whether a refresh gives another refresh token.
    var rotates = false
    /// Whether a refresh begins the refresh token's life anew.
    var renews = false
    /// How old an access token must be before it may be renewed.
    var minimumAge: Duration = .zero
    /// How long a used refresh token still gets the answer that it got: nothing, at platforms that say so.
    var grace: Duration = .zero
    /// When the tokens that are good from the start run out; nil never.
    var firstExpiry: Instant?

    /// What is known of a platform.
    init(_ platform: PlatformName) {
        switch platform {
        case .instagram, .threads: (access, minimumAge) = (.hours(60 * 24), .hours(24))
        case .facebook: (refresh, rotates, renews) = (.hours(60 * 24), true, true)
        case .youtube: access = .seconds(3599)
        case .linkedin: (access, refresh) = (.hours(60 * 24), .hours(365 * 24))
        case .x: (access, rotates, isSingleUse) = (.hours(2), true, true)
        case .tiktok: (access, refresh, rotates) = (.hours(24), .hours(365 * 24), true)
        case .pinterest: (access, refresh, rotates, renews) = (.hours(30 * 24), .hours(60 * 24), true, true)
        default: access = nil
        }
    }
}

extension PlatformName {
    /// What a full consent grants.
    var simulatedScopes: [String] {
        switch self {
        case .instagram: ["instagram_basic", "instagram_manage_insights", "pages_read_engagement"]
        case .facebook: ["pages_read_engagement", "read_insights", "pages_read_user_content"]
        case .threads: ["threads_basic", "threads_manage_insights"]
        case .youtube:
            [
                "https://www.googleapis.com/auth/youtube.readonly",
                "https://www.googleapis.com/auth/yt-analytics.readonly",
            ]
        case .linkedin: ["rw_organization_admin", "r_organization_social"]
        case .x: ["tweet.read", "users.read", "offline.access"]
        case .tiktok: ["user.info.basic", "user.info.stats", "video.list"]
        case .pinterest: ["user_accounts:read", "pins:read", "boards:read"]
        default: []
        }
    }
}
