using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Auditing;
using GoApi.WebApi.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GoApi.ApiTests;

public abstract class ConventionTests(GoApiHost host) : ApiTest(host)
{
    private const string Reviews = "/api/v1/reviews";

    [Theory]
    [InlineData("{", 400, null)]
    [InlineData("", 400, null)]
    [InlineData("[]", 400, null)]
    [InlineData("null", 400, null)]
    [InlineData("""{"rating":"five"}""", 400, "rating")]
    [InlineData("""{"rating":4.5}""", 400, "rating")]
    [InlineData("""{"rating":99999999999}""", 400, "rating")]
    [InlineData("""{"resource_type":{"a":1}}""", 400, "resource_type")]
    [InlineData("""{"title":"a\u0000b"}""", 400, "title")]
    [InlineData("""{"title":"\ud800"}""", 400, "title")]
    [InlineData("""{"rating":1,"rating":5}""", 400, null)]
    [InlineData("""{"rating":1,}""", 400, null)]
    public async Task Unreadable_body_is_400_and_names_the_field(string body, int status, string? field)
    {
        var answer = (await (await Host.UserAsync()).Api.PostAsync(Reviews, body)).Is(status, "BAD_REQUEST");

        if (field is not null) Assert.Equal([field], answer.Fields);
        Assert.DoesNotContain("System.", answer.Text, StringComparison.Ordinal);
        await LeftNothingAsync(answer);
    }

    [Fact]
    public async Task Depth_of_json_is_bounded()
    {
        var user = await Host.UserAsync();

        (await user.Api.PostAsync(Reviews, string.Concat(Enumerable.Repeat("{\"unknown\":", 5_000)) + "1" + new string('}', 5_000))).Is(400, "BAD_REQUEST");
        (await user.Api.PatchAsync("/api/v1/users/me", new string('[', 100_000))).Is(400, "BAD_REQUEST");
    }

    [Fact]
    public async Task Body_over_the_limit_is_413_and_nothing_is_saved()
    {
        var user = await Host.UserAsync();

        var answer = await user.Api.PostAsync(Reviews, JsonSerializer.Serialize(new { content = new string('x', 10 * 1024 * 1024) }), ("Expect", "100-continue"));

        answer.Is(413, "PAYLOAD_TOO_LARGE");
        await LeftNothingAsync(answer);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=nonsense")]
    public async Task Body_of_another_type_is_415(string type)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes("{}"));
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        (await (await Host.UserAsync()).Api.PostAsync(Reviews, content)).Is(415, "UNSUPPORTED_MEDIA_TYPE");
    }

    [Fact]
    public async Task Unknown_route_is_404_and_a_wrong_method_405_with_allow()
    {
        (await Anonymous.GetAsync("/api/v1/nowhere")).Is(404, "NOT_FOUND");
        (await Anonymous.GetAsync($"{Reviews}/not-an-id")).Is(404, "NOT_FOUND");

        var answer = (await Anonymous.DeleteAsync(Reviews)).Is(405, "METHOD_NOT_ALLOWED");

        Assert.Equal(["GET", "POST"], answer.Header("Allow")!.Split(", ").Order());
    }

    [Theory]
    [InlineData("page=x", "page")]
    [InlineData("limit=1.5", "limit")]
    [InlineData("rating=five", "rating")]
    [InlineData("user_id=me", "user_id")]
    public async Task Unreadable_query_is_400_and_names_the_parameter(string query, string field) =>
        Assert.Equal([field], (await Anonymous.GetAsync($"{Reviews}?{query}")).Is(400, "BAD_REQUEST").Fields);

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("limit=-1", "limit")]
    [InlineData("page=0", "page")]
    [InlineData("page=0&limit=0", "limit,page")]
    [InlineData("page=1&cursor=x", "page")]
    public async Task Page_out_of_range_is_422(string query, string fields) =>
        Assert.Equal(fields.Split(','), (await Anonymous.GetAsync($"{Reviews}?{query}")).Is(422, "VALIDATION_FAILED").Fields);

    [Fact]
    public async Task Address_that_is_no_text_is_400()
    {
        (await Anonymous.GetAsync($"{Reviews}?resource_id=%00")).Is(400, "BAD_REQUEST");
        (await Anonymous.GetAsync($"{Reviews}?resource_id=%FF%FE")).Is(400, "BAD_REQUEST");
    }

    [Fact]
    public async Task Actor_is_who_calls()
    {
        var (user, machine) = (await Host.UserAsync(Role.Moderator), await Host.MachineAsync("users:read"));

        Assert.Equal("""{"user_id":null,"client_id":null,"role":null}""", (await Anonymous.GetAsync("/api/v1/health")).Meta.GetProperty("actor").ToString());
        var actor = (await user.Api.GetAsync("/api/v1/permissions")).Is(200).Meta.GetProperty("actor");
        Assert.Equal((user.Id, "moderator"), (actor.GetProperty("user_id").GetGuid(), actor.GetProperty("role").GetString()));
        actor = (await machine.Api.GetAsync("/api/v1/permissions")).Is(200).Meta.GetProperty("actor");
        Assert.Equal((JsonValueKind.Null, machine.ClientId), (actor.GetProperty("user_id").ValueKind, actor.GetProperty("client_id").GetString()));
    }

    [Theory]
    [InlineData("mine-1.2_3", true)]
    [InlineData("128", true)]
    [InlineData("129", false)]
    [InlineData("with space", false)]
    [InlineData("<script>", false)]
    [InlineData("", false)]
    public async Task Request_id_is_taken_where_it_is_harmless_and_made_otherwise(string given, bool taken)
    {
        var id = given is "128" or "129" ? new string('a', int.Parse(given, System.Globalization.CultureInfo.InvariantCulture)) : given;

        var answer = (await Anonymous.GetAsync("/api/v1/health", ("X-Request-ID", id))).Is(200);

        Assert.Equal(answer.RequestId, answer.Meta.GetProperty("request_id").GetString());
        if (taken) Assert.Equal(id, answer.RequestId);
        else Assert.Equal(7, Guid.Parse(answer.RequestId).Version);
    }

    [Fact]
    public async Task Request_id_and_trace_are_in_the_audit_entry_and_on_the_message()
    {
        var id = $"mine-{Guid.CreateVersion7():N}";
        const string trace = "0af7651916cd43dd8448eb211c80319c";
        var email = $"trace-{Guid.CreateVersion7():N}@example.test";

        var answer = (await Anonymous.PostAsync("/api/v1/users/register", new { email, password = GoApiHost.Password, first_name = "Ada", last_name = "Lovelace" }, ("X-Request-ID", id), ("traceparent", $"00-{trace}-b7ad6b7169203331-01"))).Is(201);

        Assert.Equal(id, answer.RequestId);
        await AuditedAsync(answer, "users.register");
        Assert.Contains(trace, Assert.Single(await OutboxAsync(answer)).TraceParent!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task If_match_decides_whether_a_change_is_made()
    {
        var author = await Host.UserAsync();
        var review = await SubmitAsync(author);
        var (path, edit, tag) = ($"{Reviews}/{review.Id}", new { rating = 2, content = "Changed" }, review.Header("ETag")!);

        Assert.Matches("^\"[^\"]+\"$", tag);
        foreach (var stale in (string[])["\"999\"", $"W/{tag}", "nonsense", "\"999\", \"998\""])
            await LeftNothingAsync((await author.Api.PutAsync(path, edit, ("If-Match", stale))).Is(412, "PRECONDITION_FAILED"));
        var changed = (await author.Api.PutAsync(path, edit, ("If-Match", $"\"999\", {tag}"))).Is(200);
        (await author.Api.PutAsync(path, edit, ("If-Match", tag))).Is(412);
        (await author.Api.PutAsync(path, edit, ("If-Match", "*"))).Is(200);
        (await author.Api.DeleteAsync(path, ("If-Match", changed.Header("ETag")!))).Is(412);
        (await author.Api.GetAsync(path)).Is(200);
        (await author.Api.DeleteAsync(path, ("If-Match", "*"))).Is(200);
        (await author.Api.PatchAsync("/api/v1/users/me", new { city = "x" }, ("If-Match", "\"999\""))).Is(412);
    }

    [Fact]
    public async Task One_of_five_changes_of_the_same_version_at_once_is_made()
    {
        var author = await Host.UserAsync();
        var review = await SubmitAsync(author);

        var answers = await Task.WhenAll(Enumerable.Range(1, 5).Select(rating => author.Api.PutAsync($"{Reviews}/{review.Id}", new { rating, content = "Changed" }, ("If-Match", review.Header("ETag")!))));

        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer.Status != 200), answer => answer.Is(412));
    }

    [Fact]
    public async Task If_none_match_is_304_without_a_body()
    {
        var author = await Host.UserAsync();
        var review = await SubmitAsync(author);
        var path = $"{Reviews}/{review.Id}";

        foreach (var known in (string[])[review.Header("ETag")!, $"W/{review.Header("ETag")}", $"\"x\", {review.Header("ETag")}", "*"])
        {
            var answer = (await author.Api.GetAsync(path, ("If-None-Match", known))).Is(304);
            Assert.Equal((review.Header("ETag"), ""), (answer.Header("ETag"), answer.Text));
        }

        (await author.Api.GetAsync(path, ("If-None-Match", "\"999\""))).Is(200);
    }

    [Fact]
    public async Task Pages_are_counted_and_cursors_are_not()
    {
        var author = await Host.UserAsync();
        for (var at = 0; at < 5; at++) await SubmitAsync(author);

        var first = (await author.Api.GetAsync($"{Reviews}/mine?limit=2")).Is(200);
        var third = (await author.Api.GetAsync($"{Reviews}/mine?limit=2&page=3")).Is(200);
        var beyond = (await author.Api.GetAsync($"{Reviews}/mine?limit=2&page=9")).Is(200);
        var next = (await author.Api.GetAsync($"{Reviews}/mine?limit=2&cursor={first.NextCursor}")).Is(200);

        Assert.Equal(["page", "limit", "total", "total_pages", "next_cursor"], first.Pagination.EnumerateObject().Select(member => member.Name));
        Assert.Equal((1, 2, 5, 3), (Number(first, "page"), Number(first, "limit"), Number(first, "total"), Number(first, "total_pages")));
        Assert.Equal((3, 5, null), (Number(third, "page"), Number(third, "total"), third.NextCursor));
        Assert.Single(third.Ids);
        Assert.Empty(beyond.Ids);
        Assert.Equal((null, 2, null, null), (Number(next, "page"), Number(next, "limit"), Number(next, "total"), Number(next, "total_pages")));
        Assert.Empty(first.Ids.Intersect(next.Ids));
        Assert.Equal(20, Number((await author.Api.GetAsync($"{Reviews}/mine")).Is(200), "limit"));
    }

    [Fact]
    public async Task Tampered_cursor_and_that_of_another_list_or_order_are_400()
    {
        var author = await Host.UserAsync();
        for (var at = 0; at < 3; at++) await SubmitAsync(author);
        var cursor = (await author.Api.GetAsync($"{Reviews}/mine?limit=1")).NextCursor!;
        var tampered = (cursor[0] == 'A' ? 'B' : 'A') + cursor[1..];

        foreach (var list in (string[])[$"{Reviews}/mine?cursor={tampered}", $"{Reviews}/mine?cursor={cursor}x", $"{Reviews}/mine?cursor=%3Cx%3E", $"{Reviews}/mine?cursor=", $"{Reviews}?cursor={cursor}", $"{Reviews}?sort=rating&cursor={cursor}"])
            Assert.Equal(["cursor"], (await author.Api.GetAsync(list)).Is(400, "BAD_REQUEST").Fields);
    }

    [Theory]
    [InlineData("")]
    [InlineData("&sort=created_at")]
    [InlineData("&sort=rating")]
    [InlineData("&sort=-rating")]
    public async Task Walk_by_cursor_while_rows_are_added_neither_skips_nor_repeats(string sort)
    {
        var (moderator, resource) = (await ModeratorAsync(), NewResource());
        List<Guid> there = [];
        for (var at = 0; at < 7; at++) there.Add((await PublishAsync(await Host.UserAsync(), moderator, resource, rating: 1 + at % 3)).Id);
        List<Guid> seen = [];
        string? cursor = null;
        do
        {
            var page = (await Anonymous.GetAsync($"{Reviews}?resource_type=product&resource_id={resource}&limit=2{sort}{(cursor is null ? "" : $"&cursor={cursor}")}")).Is(200);
            seen.AddRange(page.Ids);
            cursor = page.NextCursor;
            if (seen.Count < 5) await PublishAsync(await Host.UserAsync(), moderator, resource, rating: 1 + seen.Count % 3);
        }
        while (cursor is not null);

        Assert.Equal(seen.Distinct().Count(), seen.Count);
        Assert.Empty(there.Except(seen));
    }

    [Theory]
    [InlineData("/api/v1/health")]
    [InlineData("/api/v1/nowhere")]
    [InlineData("/api/v1/users/me")]
    [InlineData("/api/v1/reviews?limit=0")]
    [InlineData("/health/live")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/docs")]
    [InlineData("/login")]
    [InlineData("/dev/mailbox")]
    [InlineData("/pages.css")]
    [InlineData("/.well-known/openid-configuration")]
    [Trait("Promise", "S9")]
    public async Task Every_kind_of_answer_has_the_security_headers(string path)
    {
        using var answer = await Host.Main.Http.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Contains("frame-ancestors 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.Single(answer.Headers.GetValues("Referrer-Policy"));
        Assert.Single(answer.Headers.GetValues("X-Request-ID"));
        Assert.Empty(answer.Headers.Server);
        Assert.False(answer.Headers.Contains("X-Powered-By"));
    }

    [Fact]
    public async Task Origins_that_are_allowed_are_told_so_and_others_are_not()
    {
        await using var instance = Host.Start(("ALLOW_ORIGINS", "https://app.example,https://other.example"));

        using var allowed = await SendAsync(instance, HttpMethod.Get, "/api/v1/health", ("Origin", "https://app.example"));
        using var unknown = await SendAsync(instance, HttpMethod.Get, "/api/v1/health", ("Origin", "https://evil.example"));
        using var preflight = await SendAsync(instance, HttpMethod.Options, Reviews, ("Origin", "https://app.example"), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization,content-type,idempotency-key"));
        using var refused = await SendAsync(instance, HttpMethod.Options, Reviews, ("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST"));
        using var failed = await SendAsync(instance, HttpMethod.Get, "/api/v1/users/me", ("Origin", "https://app.example"));

        Assert.Equal("https://app.example", Header(allowed, "Access-Control-Allow-Origin"));
        Assert.Contains("X-Request-ID", Header(allowed, "Access-Control-Expose-Headers"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Origin", Header(allowed, "Vary"), StringComparison.Ordinal);
        Assert.Null(Header(unknown, "Access-Control-Allow-Origin"));
        Assert.Equal(204, (int)preflight.StatusCode);
        Assert.Contains("POST", Header(preflight, "Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Contains("idempotency-key", Header(preflight, "Access-Control-Allow-Headers"), StringComparison.OrdinalIgnoreCase);
        Assert.Null(Header(refused, "Access-Control-Allow-Origin"));
        Assert.Equal((401, "https://app.example"), ((int)failed.StatusCode, Header(failed, "Access-Control-Allow-Origin")));
        Assert.Null(Header(allowed, "Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task Over_the_budget_is_429_with_retry_after()
    {
        await using var instance = Host.Start(("RATE_LIMIT_RPS", "2"), ("RATE_LIMIT_CREDENTIALS", "6"), ("TRUSTED_PROXIES", "127.0.0.1,::1"));
        var (one, other) = (("X-Forwarded-For", NewAddress()), ("X-Forwarded-For", NewAddress()));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => instance.Anonymous.GetAsync("/api/v1/health", one)));
        var refused = answers.Where(answer => answer.Status == 429).ToArray();

        Assert.InRange(answers.Length - refused.Length, 4, 8);
        Assert.All(answers, answer => Assert.All((string[])["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"], name => Assert.True(int.Parse(answer.Header(name)!, System.Globalization.CultureInfo.InvariantCulture) >= 0)));
        Assert.All(refused, answer => Assert.True(int.Parse(answer.Is(429, "RATE_LIMIT_EXCEEDED").Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture) >= 1));
        (await instance.Anonymous.GetAsync("/api/v1/health", other)).Is(200);
        using var probe = await SendAsync(instance, HttpMethod.Get, "/health/live", one);
        Assert.Equal(200, (int)probe.StatusCode);
    }

    [Fact]
    public async Task Every_answer_says_how_much_is_left()
    {
        await using var instance = Host.Start(("RATE_LIMIT_RPS", "50"), ("RATE_LIMIT_CREDENTIALS", "30"), ("TRUSTED_PROXIES", "127.0.0.1,::1"), ("ALLOW_ORIGINS", "https://app.example"));
        (string Method, string Path, int Status)[] requests =
        [
            ("GET", "/", 200),
            ("GET", "/nowhere", 404),
            ("GET", "/api/v1/users/me", 401),
            ("DELETE", "/api/v1/health", 405),
            ("POST", "/api/v1/users/login", 400),
            ("GET", "/api/v1/reviews?limit=0", 422),
            ("GET", "/api/v1/reviews?page=%00", 400),
            ("GET", "/health/live", 200),
            ("GET", "/openapi/v1.json", 200),
            ("GET", "/login", 200),
            ("GET", "/pages.css", 200),
            ("OPTIONS", "/api/v1/reviews", 204),
            ("GET", "/.well-known/openid-configuration", 200),
            ("GET", "/.well-known/jwks", 200),
            ("GET", "/api/v1/oauth/authorize", 400),
            ("GET", "/api/v1/oauth/userinfo", 401),
            ("POST", "/api/v1/oauth/token", 400),
            ("POST", "/api/v1/oauth/introspect", 400),
            ("POST", "/api/v1/webhooks/sendgrid", 401),
        ];
        foreach (var (method, path, status) in requests)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
            foreach (var (name, value) in ((string, string)[])[("X-Forwarded-For", NewAddress()), ("Origin", "https://app.example"), ("Access-Control-Request-Method", "GET")]) request.Headers.Add(name, value);
            if (method == "POST") request.Content = new StringContent("{", null, path.Contains("oauth", StringComparison.Ordinal) ? "application/x-www-form-urlencoded" : "application/json");
            using var answer = await instance.Http.SendAsync(request);

            // What takes credentials has its own budget, which is the smaller one.
            var whole = method == "POST" ? 30 : 100;
            Assert.Equal($"{status} {whole} {path}", $"{(int)answer.StatusCode} {Header(answer, "RateLimit-Limit")} {path}");
            Assert.InRange(int.Parse(Header(answer, "RateLimit-Remaining")!, System.Globalization.CultureInfo.InvariantCulture), whole - 1, whole);
            Assert.NotNull(Header(answer, "RateLimit-Reset"));
        }
    }

    [Fact]
    public async Task Many_refusals_leave_one_entry_that_says_how_many()
    {
        await using var instance = Host.Start(("RATE_LIMIT_RPS", "1"), ("TRUSTED_PROXIES", "127.0.0.1,::1"));
        var caller = ("X-Forwarded-For", NewAddress());

        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => instance.Anonymous.GetAsync("/api/v1/health", caller)));
        Assert.Empty(await EntriesAsync());
        await instance.Services.GetRequiredService<RateRefusals>().FlushAsync(default);

        var entry = Assert.Single(await EntriesAsync());
        Assert.Equal((AuditStatus.Denied, "rate_limit", "requests/ip", "RATE_LIMIT_EXCEEDED"), (entry.Status, entry.Resource, entry.ResourceId, entry.Error));
        Assert.Equal($"{{\"times\":{{\"old\":null,\"new\":{answers.Count(answer => answer.Status == 429)}}}}}", entry.Changes);
        Assert.Equal(caller.Item2, entry.IpAddress);

        Task<AuditEntry[]> EntriesAsync() => Host.WithDatabaseAsync(db => db.Set<AuditEntry>().AsNoTracking().Where(one => one.Action == RateRefusals.Action && one.IpAddress == caller.Item2).ToArrayAsync());
    }

    [Fact]
    public async Task What_is_expensive_has_a_budget_of_its_own_for_each_user()
    {
        await using var instance = Host.Start(("RATE_LIMIT_RPS", "50"), ("RATE_LIMIT_EXPENSIVE", "2"));
        var (user, other) = (await Host.UserAsync(), await Host.UserAsync());
        var (api, bystander) = (instance.As(user.AccessToken), instance.As(other.AccessToken));

        List<Answer> answers = [];
        while (answers.LastOrDefault()?.Status != 429) answers.Add(await api.GetAsync("/api/v1/users/me/export"));

        // The shared budget, and the instance's own where Redis was too slow.
        Assert.InRange(answers.Count, 3, 5);
        Assert.All(answers, answer => Assert.Equal("2", answer.Header("RateLimit-Limit")));
        answers[^1].Is(429, "RATE_LIMIT_EXCEEDED");
        (await api.GetAsync("/api/v1/users/me")).Is(200);
        (await bystander.GetAsync("/api/v1/users/me/export")).Is(200);
    }

    [Fact]
    public async Task Over_the_budget_for_credentials_is_429_whatever_the_credentials_for_an_account_and_for_an_address()
    {
        await using var instance = Host.Start(("RATE_LIMIT_CREDENTIALS", "6"), ("TRUSTED_PROXIES", "127.0.0.1,::1"));
        var (user, bystander) = (await Host.RegisterAsync(), await Host.RegisterAsync());

        List<int> ofAccount = [];
        for (var at = 0; at < 4; at++) ofAccount.Add((await LogInAsync(instance, user.Email, NewAddress())).Status);
        Assert.Equal([200, 200, 429, 429], ofAccount);

        var address = NewAddress();
        List<int> ofAddress = [];
        for (var at = 0; at < 8; at++) ofAddress.Add((await LogInAsync(instance, $"nobody-{Guid.CreateVersion7():N}@example.test", address)).Status);
        Assert.Equal([401, 401, 401, 401, 401, 401, 429, 429], ofAddress);
        (await LogInAsync(instance, bystander.Email, address)).Is(429, "RATE_LIMIT_EXCEEDED");
        (await LogInAsync(instance, bystander.Email, NewAddress())).Is(200);
    }

    [Fact]
    public async Task Failed_client_authentications_use_up_the_budget_for_credentials_and_good_ones_do_not()
    {
        await using var instance = Host.Start(("RATE_LIMIT_CREDENTIALS", "6"), ("TRUSTED_PROXIES", "127.0.0.1,::1"));
        var (client, address) = (await Host.MachineAsync("users:read"), NewAddress());

        for (var at = 0; at < 10; at++) Assert.Equal(200, await TokenAsync(client.Secret));
        for (var at = 0; at < 6; at++) Assert.Equal(401, await TokenAsync("wrong"));
        Assert.Equal(429, await TokenAsync("wrong"));
        Assert.Equal(429, await TokenAsync(client.Secret));

        async Task<int> TokenAsync(string secret)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/oauth/token", UriKind.Relative))
            {
                Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = client.ClientId, ["client_secret"] = secret }),
            };
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", address);
            using var answer = await instance.Http.SendAsync(request);
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public async Task Document_describes_the_routes_that_are_mapped_and_no_others()
    {
        var document = await Host.Main.Contract.DocumentAsync;
        string[] left = ["/api/v1/oauth/", "/dev/", "/device", "/docs", "/openapi", "/health/", "/login", "/mfa", "/consent", "/register", "/verify-email", "/forgot-password", "/reset-password", "/logged-out", "/logo"];

        var described = document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} /{path.Name.Trim('/')}"));
        var mapped = MappedRoute.All.Where(route => !left.Any(prefix => route.Pattern.StartsWith(prefix, StringComparison.Ordinal))).Select(route => $"{route.Method} {route.Pattern.Replace(":guid", "", StringComparison.Ordinal)}");

        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.Equal(mapped.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
        foreach (var route in MappedRoute.All.Where(route => route.Declared))
        {
            var operation = (await Host.Main.Contract.OperationAsync(route.Method, route.Pattern.Replace(":guid", "", StringComparison.Ordinal)))!.Value;
            Assert.True(operation.TryGetProperty("security", out var security) && security.GetArrayLength() > 0, $"{route.Name} has no security in the document.");
        }
    }

    [Fact]
    public async Task Page_of_the_documentation_loads()
    {
        using var redirect = await Host.Main.Http.GetAsync(new Uri("/docs", UriKind.Relative));
        using var page = (int)redirect.StatusCode is >= 300 and < 400 ? await Host.Main.Http.GetAsync(new Uri(Host.Main.Address, redirect.Headers.Location!)) : redirect;

        Assert.Equal(200, (int)page.StatusCode);
        Assert.Equal(new MediaTypeHeaderValue("text/html").MediaType, page.Content.Headers.ContentType!.MediaType);
        Assert.Contains("openapi/v1.json", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_tells_the_modes_and_details_to_administrators_only()
    {
        var open = (await Anonymous.GetAsync("/api/v1/status")).Is(200).Data.GetProperty("components");

        Assert.Equal(Host.Mode == "embedded" ? ("sqlite", "memory") : ("postgresql", "redis"), (open.GetProperty("database").GetProperty("mode").GetString(), open.GetProperty("cache").GetProperty("mode").GetString()));
        Assert.Equal(Host.Mode == "embedded" ? "embedded" : "nats", open.GetProperty("queue").GetProperty("mode").GetString());
        Assert.All(open.EnumerateObject(), component => Assert.True(!component.Value.TryGetProperty("details", out var details) || details.ValueKind == JsonValueKind.Null));
        (await (await Host.UserAsync(Role.Admin)).Api.GetAsync("/api/v1/status")).Is(200);
    }

    private static int? Number(Answer answer, string name) => answer.Pagination.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : null;

    private static Task<Answer> LogInAsync(Instance instance, string email, string address) =>
        instance.Anonymous.PostAsync("/api/v1/users/login", new { email, password = GoApiHost.Password }, ("X-Forwarded-For", address));

    private static string NewAddress() => $"2001:db8:{Random.Shared.Next(0xFFFF):x}:{Random.Shared.Next(0xFFFF):x}::1";

    private static string? Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(",", values) : null;

    private static async Task<HttpResponseMessage> SendAsync(Instance instance, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await instance.Http.SendAsync(request);
    }
}

public sealed class ConventionTestsEmbedded(EmbeddedHost host) : ConventionTests(host);

public sealed class ConventionTestsServices(ServicesHost host) : ConventionTests(host);
