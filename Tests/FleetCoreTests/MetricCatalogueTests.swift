import FleetCore
import Testing

@Suite struct MetricCatalogueTests {
    @Test func `numbers ascend, names differ and every entry is found both ways`() {
        let all = MetricCatalogue.all
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.id < $1.id })
        #expect(Set(all.map(\.name)).count == all.count)
        for metric in all {
            #expect(MetricCatalogue[metric.id] == metric)
            #expect(MetricCatalogue[metric.name] == metric)
            #expect(MetricCatalogue.id(named: metric.name.utf8.span) == metric.id)
            #expect((0...18).contains(metric.scale))
        }
    }

    // Stored rows carry these numbers: this list only ever grows.
    @Test func `numbers keep their meaning`() {
        let names = [
            "followers", "following", "posts", "listed", "page_likes", "monthly_views", "followers_gained",
            "followers_lost", "page_likes_gained", "views", "engaged_views", "impressions", "reach", "engaged",
            "engagements", "likes", "dislikes", "reactions", "comments", "replies", "shares", "reposts", "quotes",
            "saves", "clicks", "link_clicks", "website_clicks", "profile_clicks", "profile_link_clicks", "cta_clicks",
            "permalink_clicks", "hashtag_clicks", "detail_expands", "profile_views", "profile_viewers",
            "profile_actions", "story_navigation", "video_views", "video_views_30s", "video_views_10s",
            "video_views_95pct", "video_starts", "media_views", "watch_time_seconds", "avg_watch_seconds",
            "avg_view_percentage", "engagement_rate", "skip_rate",
        ]
        for (index, name) in names.enumerated() {
            #expect(MetricCatalogue[MetricID(rawValue: Int16(index + 1))]?.name == name)
        }
        #expect(Period.allCases.map(\.rawValue) == [1, 2, 3, 4, 5, 6])
    }

    @Test(arguments: ["", "view", "views ", "Views", "viewsviews", "reach\0"])
    func `an unknown name is not found`(name: String) {
        #expect(MetricCatalogue[name] == nil)
    }

    @Test func `numbers outside the catalogue give nothing`() {
        for number in [Int16.min, -1, 0, 54, Int16.max] {
            #expect(MetricCatalogue[MetricID(rawValue: number)] == nil)
        }
    }

    @Test func `distinct people add neither over time nor over subjects`() {
        for metric in MetricCatalogue.all where metric.kind == .unique {
            #expect(!metric.additiveOverTime && !metric.additiveOverSubjects)
        }
        #expect(MetricCatalogue["followers"]!.additiveOverTime == false)
        #expect(MetricCatalogue["views"]!.additiveOverTime)
    }

    @Test func `a flow read as a lifetime total is cumulative`() {
        #expect(MetricCatalogue["views"]!.kind(over: .day) == .delta)
        #expect(MetricCatalogue["views"]!.kind(over: .lifetime) == .cumulative)
        #expect(MetricCatalogue["followers"]!.kind(over: .instant) == .gauge)
        #expect(Period.allCases.allSatisfy { Period(name: $0.name) == $0 })
        #expect(Period(name: "hour") == nil)
    }
}
