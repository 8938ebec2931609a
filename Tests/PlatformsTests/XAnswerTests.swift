import FleetCore
import Platforms
import Testing

@Suite struct XAnswerTests {
    static func post(_ body: String, _ path: String = "/2/tweets") -> Exchanged {
        Exchanged(.x, path, query: ["ids": "1,2"], body)
    }

    @Test func `old and new names of one counter give one sample, even side by side`() {
        let both = #"{"data":[{"id":"1","public_metrics":{"retweet_count":null,"repost_count":4,"retweet_count":5}}]}"#
        #expect(Self.post(both).samples == ["reposts 4 lifetime now 1"])
        let user = #"{"data":{"id":"7","public_metrics":{"tweet_count":3,"post_count":3,"listed_count":"0"}}}"#
        #expect(
            Exchanged(.x, "/2/users/me", account: "7", user).samples == ["listed 0 instant now", "posts 3 instant now"]
        )
    }

    @Test func `private numbers and parts by traffic are told apart, in any order of members`() {
        let body = """
            {"data":{"promoted_metrics":{"impression_count":-2,"engagements":"9007199254740993"},
            "organic_metrics":{"quote_count":1,"repost_count":2},
            "non_public_metrics":{"impression_count":5,"engagements":6,"url_link_clicks":null},"id":"1"}}
            """
        let exchanged = Exchanged(.x, "/2/tweets/1", body)
        #expect(
            exchanged.samples == [
                "engagements 6 lifetime now 1", "engagements 9007199254740993 lifetime now 1 traffic=promoted",
                "impressions -2 lifetime now 1 traffic=promoted", "quotes 1 lifetime now 1 traffic=organic",
                "reposts 2 lifetime now 1 traffic=organic",
            ]
        )
        #expect(exchanged.skipped == ["url_link_clicks null"])
    }

    @Test func `another user's levels are not the account's`() {
        let body =
            #"{"data":[{"id":"8","public_metrics":{"followers_count":1}},{"id":"7","public_metrics":{"followers_count":2}}]}"#
        let batch = Exchanged(.x, "/2/users", query: ["ids": "7,8"], account: "7", body)
        #expect(batch.samples == ["followers 2 instant now"])
        #expect(Exchanged(.x, "/2/users/7", body).samples == ["followers 2 instant now"])
    }

    @Test func `a listing names posts with their birth, and a repost for what it is`() {
        let body = """
            {"data":[{"id":"1","created_at":"2026-11-18T10:00:00.000Z","public_metrics":{"like_count":1}},
            {"id":"2","referenced_posts":[{"type":"quoted","id":"9"},{"type":"reposted","id":"8"}]},
            {"id":"3","referenced_tweets":[{"type":"replied_to","id":"9"}]}],"meta":{"next_token":"abc","result_count":3}}
            """
        let page = Exchanged(.x, "/2/users/7/tweets", query: ["max_results": "5"], body).page
        #expect(
            page?.posts == [
                DiscoveredPost(externalID: "1", publishedAt: Instant("2026-11-18T10:00:00Z")),
                DiscoveredPost(externalID: "2", kind: .repost), DiscoveredPost(externalID: "3"),
            ]
        )
        #expect(page?.next == .query([Field("pagination_token", "abc")]))
    }

    @Test(arguments: [
        ("https://api.x.com/2/problems/resource-not-found", "not_found - 2"),
        ("https://api.twitter.com/2/problems/resource-not-found/", "not_found - 2"),
        ("https://api.twitter.com/2/problems/not-authorized-for-field", "permission field_unavailable 2"),
        ("https://api.x.com/2/problems/field-unauthorized", "permission field_unavailable 2"),
        ("https://api.x.com/2/problems/not-authorized-for-resource", "permission - 2"),
        ("https://api.x.com/2/problems/never-seen", "unclassified never-seen 2"),
        ("https://api.x.com/2/problems/a b", "unclassified unknown 2"),
    ])
    func `a problem of one object leaves the others`(type: String, expected: String) {
        let body = """
            {"errors":[{"type":"\(type)","resource_id":"2","value":"1"},{"type":"\(type)","value":"2"}],
            "data":[{"id":"1","public_metrics":{"like_count":1}}]}
            """
        let exchanged = Self.post(body)
        #expect(exchanged.itemErrors == [expected])
        #expect(exchanged.samples == ["likes 1 lifetime now 1"])
    }

    @Test func `a problem that names nothing is about the only object asked for, or about everything`() {
        let body = #"{"errors":[{"type":"https://api.x.com/2/problems/resource-not-found"}]}"#
        #expect(Exchanged(.x, "/2/tweets/5", body).itemErrors == ["not_found - 5"])
        #expect(Self.post(body).error?.kind == .notFound)
        let legacy = Exchanged(.x, "/2/tweets", query: ["ids": "1,2"], #"{"errors":[{"code":88,"message":"m"}]}"#)
        #expect(legacy.error?.kind == .rateLimited)
        let some = #"{"errors":[{"type":"x/odd","parameter":"ids"}],"data":[]}"#
        #expect(Self.post(some).error?.kind == .unclassified)
    }

    @Test func `totals on the item are of the whole window, and hours are no period`() {
        let total = Exchanged(
            .x,
            "/2/tweets/analytics",
            query: [
                "ids": "1", "start_time": "2026-11-10T00:00:00Z", "end_time": "2026-11-18T00:00:00Z",
                "granularity": "total",
            ],
            #"{"data":{"data":[{"id":"1","impressions":"7","unfollows":-1,"media_views":9007199254740993,"new_one":1}]}}"#
        )
        #expect(
            total.samples == [
                "followers_lost -1 range 2026-11-10..2026-11-17 1", "impressions 7 range 2026-11-10..2026-11-17 1",
                "media_views 9007199254740993 range 2026-11-10..2026-11-17 1",
            ]
        )
        let bucket =
            #"{"data":[{"id":"1","timestamped_metrics":[{"timestamp":"2026-11-11T07:00:00.000Z","metrics":{"likes":3,"odd":1}}]}]}"#
        func read(_ granularity: String, _ end: String = "2026-11-18T00:00:00Z") -> Exchanged {
            Exchanged(
                .x,
                "/2/tweets/analytics",
                query: ["start_time": "2026-11-11T00:00:00Z", "end_time": end, "granularity": granularity],
                bucket
            )
        }
        #expect(read("daily").samples == ["likes 3 day 2026-11-11 1"])
        #expect(read("daily").skipped == ["odd unmapped"])
        #expect(read("weekly").samples == ["likes 3 week 2026-11-17 1"])
        #expect(read("weekly", "2026-11-14T00:00:00Z").samples == ["likes 3 range 2026-11-11..2026-11-13 1"])
        #expect(read("hourly").samples == [])
        #expect(read("hourly").skipped.first == "likes unknown_period")
    }

    @Test func `media are read under their own key, and only by names that the catalogue has`() {
        let body =
            #"{"data":[{"media_key":"13_1","timestamped_metrics":[{"timestamp":"2026-11-11T00:00:00Z","metrics":{"media_views":"12","video_views":"4"}}]}]}"#
        let exchanged = Exchanged(
            .x,
            "/2/media/analytics",
            query: ["media_keys": "13_1", "granularity": "daily"],
            body
        )
        #expect(exchanged.samples == ["media_views 12 day 2026-11-11 13_1"])
        #expect(exchanged.skipped == ["video_views unmapped"])
        #expect(exchanged.request.items == ["13_1"])
    }

    @Test func `an empty list is neither zero nor an error`() {
        for body in [#"{"meta":{"result_count":0}}"#, #"{"data":[]}"#, #"{"data":null,"errors":[]}"#, "{}"] {
            let exchanged = Exchanged(.x, "/2/users/7/tweets", body)
            #expect(exchanged.page?.samples.isEmpty == true && exchanged.page?.next == nil, "\(body)")
        }
    }
}
