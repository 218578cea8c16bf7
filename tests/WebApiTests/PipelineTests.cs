using System.Globalization;
using System.Net;
using System.Text.Json;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Idempotency;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Reviews;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.WebApi.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NSubstitute;

namespace GoApi.WebApiTests;

public class PipelineTests
{
    [Fact]
    public async Task The_envelope_has_its_five_keys_and_what_the_document_says_of_it()
    {
        await using var api = await StubApi.StartAsync(app => app.MapGet("/thing", () => Answer(new Thing(7))).RequireAuthenticated());
        api.CallAs("moderator");

        var (answer, body) = await api.SendAsync(HttpMethod.Get, "/thing", null, (RequestId.Header, "mine-1"));

        Assert.Equal(["success", "message", "data", "meta", "errors"], body.EnumerateObject().Select(member => member.Name));
        var options = new JsonSerializerOptions { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow };
        ApiJson.Configure(options);
        var envelope = body.Deserialize<Envelope<Thing>>(options)!;
        Assert.Equal((true, 7), (envelope.Success, envelope.Data.Version));
        Assert.Equal(("mine-1", "v1"), (envelope.Meta.RequestId, envelope.Meta.Version));
        Assert.Equal(new EnvelopeActor(StubApi.UserId, "web", "moderator"), envelope.Meta.Actor);
        Assert.Equal("mine-1", answer.Headers.GetValues(RequestId.Header).Single());
        Assert.Equal("\"7\"", answer.Headers.ETag!.Tag);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task A_page_has_its_pagination_in_meta()
    {
        await using var api = await StubApi.StartAsync(app => app.MapGet("/things", () => ((Result<Page<int>>)new Page<int>([1, 2], 2, 1, 5, "next")).ToPage("Things")).AllowAnonymous());

        var (_, body) = await api.SendAsync(HttpMethod.Get, "/things");

        Assert.Equal("""{"page":1,"limit":2,"total":5,"total_pages":3,"next_cursor":"next"}""", body.GetProperty("meta").GetProperty("pagination").GetRawText());
        Assert.Equal(2, body.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task A_known_version_is_not_sent_again()
    {
        await using var api = await StubApi.StartAsync(app => app.MapGet("/thing", () => Answer(new Thing(7))).AllowAnonymous());

        var (answer, body) = await api.SendAsync(HttpMethod.Get, "/thing", null, ("If-None-Match", "\"7\""));

        Assert.Equal((HttpStatusCode.NotModified, JsonValueKind.Undefined), (answer.StatusCode, body.ValueKind));
    }

    [Theory]
    [InlineData("GET", "/nowhere", 404, "NOT_FOUND")]
    [InlineData("DELETE", "/open", 405, "METHOD_NOT_ALLOWED")]
    [InlineData("GET", "/undeclared", 401, "UNAUTHORIZED")]
    [InlineData("GET", "/known", 401, "UNAUTHORIZED")]
    [InlineData("GET", "/bug", 500, "INTERNAL_ERROR")]
    [InlineData("GET", "/outage", 503, "SERVICE_UNAVAILABLE")]
    [InlineData("GET", "/list?page=abc", 400, "BAD_REQUEST")]
    [InlineData("GET", "/list?page=0&limit=0&resource_type=", 422, "VALIDATION_FAILED")]
    [InlineData("GET", "/open?a=%00", 400, "BAD_REQUEST")]
    [InlineData("POST", "/body", 400, "BAD_REQUEST")]
    public async Task Every_failure_is_in_the_envelope(string method, string path, int status, string code)
    {
        await using var api = await StartWithRoutesAsync();

        var (answer, body) = await api.SendAsync(new HttpMethod(method), path, method == "POST" ? "{" : null);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.False(body.GetProperty("success").GetBoolean());
        Assert.Equal(JsonValueKind.Null, body.GetProperty("data").ValueKind);
        Assert.Equal(code, body.GetProperty("errors")[0].GetProperty("code").GetString());
        Assert.DoesNotContain("secret", body.GetRawText(), StringComparison.Ordinal);
        if (status == 405) Assert.NotEmpty(answer.Content.Headers.Allow);
        if (status == 401) Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
        if (status == 503) Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Fact]
    public async Task Faults_of_all_filters_come_at_once_under_the_names_of_the_query()
    {
        await using var api = await StartWithRoutesAsync();

        var (_, body) = await api.SendAsync(HttpMethod.Get, $"/list?page=0&resource_type={new string('a', 65)}");

        Assert.Equal(["page", "resource_type"], body.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()!).Order());
    }

    [Fact]
    public async Task A_token_that_is_not_believed_is_told_so()
    {
        await using var api = await StartWithRoutesAsync();

        var (answer, _) = await api.SendAsync(HttpMethod.Get, "/known", null, ("Authorization", "Bearer forged"));

        Assert.Contains("error=\"invalid_token\"", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user", Permission.ReviewsModerate, 403)]
    [InlineData("moderator", "openid", 403)]
    [InlineData("moderator", Permission.ReviewsModerate, 200)]
    public async Task A_permission_needs_the_role_and_the_scope_and_a_denial_is_recorded(string role, string scope, int status)
    {
        await using var api = await StartWithRoutesAsync();
        api.CallAs(role, scope);

        var (answer, _) = await api.SendAsync(HttpMethod.Get, "/moderators/7");

        Assert.Equal(status, (int)answer.StatusCode);
        api.Audit.Received(status == 403 ? 1 : 0).Record("reviews.moderate", AuditStatus.Denied, "route", "/moderators/{id}", "FORBIDDEN", null);
        await api.UnitOfWork.Received(status == 403 ? 1 : 0).SaveAsync(Arg.Any<CancellationToken>());
    }

    [Fact]
    public async Task Credentials_have_a_budget_for_each_account_whatever_the_case_of_its_name()
    {
        await using var api = await StubApi.StartAsync(
            app => app.MapPost("/login", (VerifyEmail request) => Answer(new Thing(1))).AllowAnonymous().LimitCredentials<VerifyEmail>(request => request.Token),
            ("RATE_LIMIT_CREDENTIALS", "6"));

        foreach (var name in (string[])["a@b.c", "A@B.C"]) Assert.Equal(200, (int)(await api.SendAsync(HttpMethod.Post, "/login", $"{{\"token\":\"{name}\"}}")).Answer.StatusCode);
        var (answer, _) = await api.SendAsync(HttpMethod.Post, "/login", """{"token":"a@b.c"}""");

        Assert.Equal(429, (int)answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal("2", answer.Headers.GetValues("RateLimit-Limit").Single());
        Assert.Equal(200, (int)(await api.SendAsync(HttpMethod.Post, "/login", """{"token":"other@b.c"}""")).Answer.StatusCode);
    }

    [Fact]
    public async Task Requests_have_a_budget_and_the_headers_tell_it()
    {
        await using var api = await StubApi.StartAsync(app => app.MapGet("/thing", () => Answer(new Thing(1))).AllowAnonymous(), ("RATE_LIMIT_RPS", "1"));

        var answers = new List<HttpResponseMessage>();
        for (var request = 0; request < 3; request++) answers.Add((await api.SendAsync(HttpMethod.Get, "/thing")).Answer);

        Assert.Equal([200, 200, 429], answers.Select(answer => (int)answer.StatusCode));
        Assert.Equal(["1", "0", "0"], answers.Select(answer => answer.Headers.GetValues("RateLimit-Remaining").Single()));
    }

    [Theory]
    [InlineData("GET", "/open", 200)]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("DELETE", "/open", 405)]
    [InlineData("GET", "/known", 401)]
    [InlineData("GET", "/moderators/7", 401)]
    [InlineData("GET", "/bug", 500)]
    [InlineData("GET", "/outage", 503)]
    [InlineData("GET", "/open?a=%00", 400)]
    [InlineData("POST", "/body", 400)]
    [InlineData("OPTIONS", "/open", 204)]
    [InlineData("GET", "/no-such.css", 404)]
    [InlineData("GET", "/probe", 200)]
    [InlineData("GET", "/.well-known/nothing", 404)]
    [InlineData("POST", "/api/v1/oauth/nothing", 404)]
    public async Task Every_answer_says_how_much_is_left(string method, string path, int status)
    {
        await using var api = await StartWithRoutesAsync(("RATE_LIMIT_RPS", "10"), ("ALLOW_ORIGINS", "https://app.example.com"));

        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { { "Origin", "https://app.example.com" }, { "Access-Control-Request-Method", "GET" } } };
        if (method == "POST") request.Content = new StringContent("{", null, "application/json");
        using var answer = await api.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("20", Header(answer, "RateLimit-Limit"));
        Assert.InRange(int.Parse(Header(answer, "RateLimit-Remaining"), CultureInfo.InvariantCulture), 19, 20);
        Assert.InRange(int.Parse(Header(answer, "RateLimit-Reset"), CultureInfo.InvariantCulture), 0, 2);
    }

    [Fact]
    public async Task Of_several_budgets_the_one_with_the_least_left_is_shown()
    {
        await using var api = await StubApi.StartAsync(
            app =>
            {
                app.MapPost("/login", (VerifyEmail request) => Answer(new Thing(1))).AllowAnonymous().LimitCredentials<VerifyEmail>(request => request.Token);
                app.MapGet("/export", () => Answer(new Thing(1))).AllowAnonymous().LimitExpensive();
            },
            ("RATE_LIMIT_RPS", "3"), ("RATE_LIMIT_CREDENTIALS", "15"), ("RATE_LIMIT_EXPENSIVE", "2"));

        Assert.Equal(("2", "1"), Shown((await api.SendAsync(HttpMethod.Get, "/export")).Answer));
        Assert.Equal(("5", "4"), Shown((await api.SendAsync(HttpMethod.Post, "/login", """{"token":"a@b.c"}""")).Answer));
        Assert.Equal(("2", "0"), Shown((await api.SendAsync(HttpMethod.Get, "/export")).Answer));
        Assert.Equal(("6", "2"), Shown((await api.SendAsync(HttpMethod.Post, "/login", """{"token":"a@b.c"}""")).Answer));
        var (refused, body) = await api.SendAsync(HttpMethod.Get, "/export");
        Assert.Equal((429, "RATE_LIMIT_EXCEEDED"), ((int)refused.StatusCode, body.GetProperty("errors")[0].GetProperty("code").GetString()));
        Assert.Equal(("2", "0"), Shown(refused));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 30);

        static (string, string) Shown(HttpResponseMessage answer) => (Header(answer, "RateLimit-Limit"), Header(answer, "RateLimit-Remaining"));
    }

    [Theory]
    [InlineData("50", "0")]
    [InlineData("0", "1")]
    public async Task What_is_expensive_is_not_limited_where_it_is_turned_off(string requests, string expensive)
    {
        await using var api = await StubApi.StartAsync(app => app.MapGet("/export", () => Answer(new Thing(1))).AllowAnonymous().LimitExpensive(), ("RATE_LIMIT_RPS", requests), ("RATE_LIMIT_EXPENSIVE", expensive));

        for (var request = 0; request < 3; request++) Assert.Equal(200, (int)(await api.SendAsync(HttpMethod.Get, "/export")).Answer.StatusCode);
    }

    [Fact]
    public async Task Users_have_a_budget_each()
    {
        await using var api = await StubApi.StartAsync(app => app.MapGet("/export", () => Answer(new Thing(1))).AllowAnonymous().LimitExpensive(), ("RATE_LIMIT_EXPENSIVE", "1"));

        Assert.Equal(200, (int)(await api.SendAsync(HttpMethod.Get, "/export")).Answer.StatusCode);
        Assert.Equal(429, (int)(await api.SendAsync(HttpMethod.Get, "/export")).Answer.StatusCode);
        api.CallAs("user");
        Assert.Equal(200, (int)(await api.SendAsync(HttpMethod.Get, "/export")).Answer.StatusCode);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_claimed()
    {
        await using var api = await StartWithRoutesAsync();

        Assert.Equal(201, (int)(await api.SendAsync(HttpMethod.Post, "/make", """{"token":"a"}""")).Answer.StatusCode);
        await api.Idempotent.DidNotReceiveWithAnyArgs().ClaimAsync(default!, default);
    }

    [Fact]
    public async Task A_first_request_is_remembered_and_its_twin_gets_the_same_answer()
    {
        await using var api = await StartWithRoutesAsync();
        RememberedAnswer? remembered = null;
        List<IdempotentRequest> claims = [];
        var transaction = Substitute.For<IIdempotentTransaction>();
        transaction.CompleteAsync(Arg.Do<RememberedAnswer>(answer => remembered = answer), true, Arg.Any<CancellationToken>()).Returns(Task.CompletedTask);
        api.Idempotent.ClaimAsync(Arg.Do<IdempotentRequest>(claims.Add), Arg.Any<CancellationToken>())
            .Returns(_ => remembered is null ? new IdempotencyClaim.First(transaction) : new IdempotencyClaim.Replay(remembered));

        var (first, firstBody) = await api.SendAsync(HttpMethod.Post, "/make", """{"token":"a"}""", (Idempotency.Header, "12345678"));
        var (twin, twinBody) = await api.SendAsync(HttpMethod.Post, "/make", """{"token":"a"}""", (Idempotency.Header, "12345678"));
        await api.SendAsync(HttpMethod.Post, "/make", """{"token":"b"}""", (Idempotency.Header, "12345678"));

        Assert.Equal((first.StatusCode, first.Headers.Location, first.Headers.ETag), (twin.StatusCode, twin.Headers.Location, twin.Headers.ETag));
        Assert.Equal(firstBody.GetProperty("data").GetRawText(), twinBody.GetProperty("data").GetRawText());
        Assert.False(first.Headers.Contains(Idempotency.Replayed));
        Assert.Equal("true", twin.Headers.GetValues(Idempotency.Replayed).Single());
        Assert.Equal(claims[0].Fingerprint.ToArray(), claims[1].Fingerprint.ToArray());
        Assert.NotEqual(claims[0].Fingerprint.ToArray(), claims[2].Fingerprint.ToArray());
        await transaction.Received(1).DisposeAsync();
    }

    [Theory]
    [InlineData("/make/conflict", 409, true)]
    [InlineData("/make/bug", 500, false)]
    public async Task A_failure_keeps_no_changes_and_a_bug_is_not_remembered(string path, int status, bool isRemembered)
    {
        await using var api = await StartWithRoutesAsync();
        var transaction = Substitute.For<IIdempotentTransaction>();
        api.Idempotent.ClaimAsync(default!, default).ReturnsForAnyArgs(new IdempotencyClaim.First(transaction));

        var (answer, _) = await api.SendAsync(HttpMethod.Post, path, """{"token":"a"}""", (Idempotency.Header, "12345678"));

        Assert.Equal(status, (int)answer.StatusCode);
        await transaction.Received(isRemembered ? 1 : 0).CompleteAsync(Arg.Any<RememberedAnswer>(), false, Arg.Any<CancellationToken>());
        await transaction.Received(1).DisposeAsync();
    }

    [Fact]
    public async Task A_remembered_secret_is_not_shown_again()
    {
        await using var api = await StartWithRoutesAsync();
        api.Idempotent.ClaimAsync(default!, default).ReturnsForAnyArgs(new IdempotencyClaim.Replay(new RememberedAnswer(201, null, "/things/1")));

        var (answer, body) = await api.SendAsync(HttpMethod.Post, "/make", """{"token":"a"}""", (Idempotency.Header, "12345678"));

        Assert.Equal(409, (int)answer.StatusCode);
        Assert.Contains("/things/1", body.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1234567", 400, "BAD_REQUEST")]
    [InlineData("12345678 9", 400, "BAD_REQUEST")]
    [InlineData("reused-key", 422, "IDEMPOTENCY_KEY_REUSED")]
    [InlineData("running-key", 409, "IDEMPOTENCY_IN_PROGRESS")]
    public async Task A_key_that_cannot_be_honoured_says_why(string key, int status, string code)
    {
        await using var api = await StartWithRoutesAsync();
        api.Idempotent.ClaimAsync(Arg.Is<IdempotentRequest>(request => request.Key == "reused-key"), default).ReturnsForAnyArgs(
            call => call.Arg<IdempotentRequest>().Key == "reused-key" ? new IdempotencyClaim.Reused() : new IdempotencyClaim.InProgress());

        var (answer, body) = await api.SendAsync(HttpMethod.Post, "/make", """{"token":"a"}""", (Idempotency.Header, key));

        Assert.Equal((status, code), ((int)answer.StatusCode, body.GetProperty("errors")[0].GetProperty("code").GetString()));
        Assert.Equal(status == 409, answer.Headers.RetryAfter is not null);
    }

    [Fact]
    public async Task If_match_is_handed_to_the_unit_of_work_for_the_resource_of_the_route()
    {
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        await using var api = await StubApi.StartAsync(app => app.MapPut("/things/{id:guid}", (Guid id, ExpectedVersion expected) =>
            Answer(new Thing(expected.ResourceId == id && expected.Versions.SequenceEqual(["3", "4"]) ? 1 : 0))).AllowAnonymous());

        var (_, body) = await api.SendAsync(HttpMethod.Put, $"/things/{id}", null, ("If-Match", "\"3\", W/\"9\", \"4\""));

        Assert.Equal(1, body.GetProperty("data").GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task A_preflight_of_an_allowed_origin_is_answered()
    {
        await using var api = await StubApi.StartAsync(app => app.MapPut("/thing", () => Answer(new Thing(1))).RequireAuthenticated(), ("ALLOW_ORIGINS", "https://app.example.com"));

        var (allowed, _) = await api.SendAsync(HttpMethod.Options, "/thing", null, ("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "authorization,if-match"));
        var (other, _) = await api.SendAsync(HttpMethod.Options, "/thing", null, ("Origin", "https://evil.example.com"), ("Access-Control-Request-Method", "PUT"));

        Assert.Equal("https://app.example.com", allowed.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.False(other.Headers.Contains("Access-Control-Allow-Origin"));
    }

    private static string Header(HttpResponseMessage answer, string name) => answer.Headers.GetValues(name).Single();

    private static Task<StubApi> StartWithRoutesAsync(params (string Name, string Value)[] configuration) => StubApi.StartAsync(app =>
    {
        app.MapGet("/probe", () => Results.Text("live")).AllowAnonymous().WithoutRateLimit();
        app.MapGet("/open", () => Answer(new Thing(1))).AllowAnonymous();
        app.MapGet("/undeclared", () => Answer(new Thing(1)));
        app.MapGet("/known", () => Answer(new Thing(1))).RequireAuthenticated();
        app.MapGet("/moderators/{id}", (string id) => Answer(new Thing(1))).RequirePermission(Permission.ReviewsModerate);
        app.MapGet("/bug", ApiResult<Thing> () => throw new InvalidOperationException("secret")).AllowAnonymous();
        app.MapGet("/outage", ApiResult<Thing> () => throw new InvalidOperationException("secret", new System.Net.Sockets.SocketException(111))).AllowAnonymous();
        app.MapGet("/list", ([AsParameters] ReviewFilter filter, [AsParameters] PageRequest page) => Answer(new Thing(1))).AllowAnonymous();
        app.MapPost("/body", (VerifyEmail request) => Answer(new Thing(1))).AllowAnonymous();
        app.MapPost("/make", (VerifyEmail request) => ((Result<Thing>)new Thing(5)).ToCreated("Made", made => "/things/5")).AllowAnonymous().CreatesResource();
        app.MapPost("/make/conflict", (VerifyEmail request) => ((Result<Thing>)Error.Conflict("No.")).ToCreated("Made", made => "")).AllowAnonymous().CreatesResource();
        app.MapPost("/make/bug", ApiResult<Thing> (VerifyEmail request) => throw new InvalidOperationException("secret")).AllowAnonymous().CreatesResource();
    }, configuration);

    private static ApiResult<Thing> Answer(Thing thing) => ((Result<Thing>)thing).ToHttp("Thing");

    internal sealed record Thing(int Version) : IVersioned;
}
