using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using GoApi.Tests.Seeding;
using Npgsql;

namespace GoApi.Benchmarks.Load;

/// <summary>Who the load comes from.</summary>
/// <param name="ClientToken">Of the client; it is introspected.</param>
/// <param name="RefreshTokens">One for each connection: each is good for one request, whose answer has the next.</param>
internal sealed record Accounts(
    string Email, Guid UserId, string AccessToken, string ReviewId, string ClientId, string ClientSecret, string ClientToken, IReadOnlyList<string> RefreshTokens)
{
    public const string Password = "correct-Horse-7-staple";
    public const int Sessions = 8;

    /// <param name="connectionString">Of the server's database, filled with reviews.</param>
    public static async Task<Accounts> MakeAsync(Uri server, string connectionString, CancellationToken ct)
    {
        var email = $"load{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):N}@example.test";
        using var http = new HttpClient { BaseAddress = server };
        await PostAsync("/api/v1/users/register", new { email, password = Password, first_name = "Ada", last_name = "Lovelace" });
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var promote = database.CreateCommand($"UPDATE users SET role = 'admin' WHERE email = '{email}' RETURNING id");
        var userId = (Guid)(await promote.ExecuteScalarAsync(ct))!;

        List<JsonElement> sessions = [];
        for (var session = 0; session < Sessions; session++) sessions.Add(await PostAsync("/api/v1/users/login", new { email, password = Password }));
        var token = Text(sessions[0], "access_token");
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var client = await PostAsync("/api/v1/clients", new { name = "Load", scopes = new[] { "reviews:moderate" }, grant_types = new[] { "client_credentials" }, is_public = false });
        var (clientId, clientSecret) = (Text(client, "client_id"), Text(client, "client_secret"));
        await using var find = database.CreateCommand($"SELECT id FROM reviews WHERE resource_id = '{ManyReviews.ResourceId}' LIMIT 1");
        var review = (Guid)(await find.ExecuteScalarAsync(ct))!;
        return new Accounts(
            email, userId, token, review.ToString(), clientId, clientSecret, await ClientTokenAsync(server, "/api/v1/oauth/token", clientId, clientSecret, ct),
            [.. sessions.Select(session => Text(session, "refresh_token"))]);

        async Task<JsonElement> PostAsync(string path, object body)
        {
            using var answer = await http.PostAsJsonAsync(path, body, ct);
            return (await ReadAsync(answer, ct)).GetProperty("data");
        }
    }

    public static async Task<string> ClientTokenAsync(Uri server, string path, string clientId, string clientSecret, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = server };
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = clientId, ["client_secret"] = clientSecret });
        using var answer = await http.PostAsync(path, form, ct);
        return Text(await ReadAsync(answer, ct), "access_token");
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        var text = await answer.Content.ReadAsStringAsync(ct);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{answer.RequestMessage!.RequestUri!.AbsolutePath} answered {answer.StatusCode}: {text}");
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}

internal static class Scenarios
{
    private const string Form = "application/x-www-form-urlencoded";

    private static int made;

    /// <param name="rivalToken">Of the rival, to be introspected; null where there is none.</param>
    public static IEnumerable<Scenario> All(Accounts accounts, string? rivalToken)
    {
        const string query = $"resource_type={ManyReviews.ResourceType}&resource_id={ManyReviews.ResourceId}";
        var bareList = Get($"/reviews?{query}");

        yield return new Scenario("health", Get("/api/v1/health"), Get("/health"));
        // The first page comes from the cache (decision 0036), the second from the database.
        yield return new Scenario("list reviews", Get($"/api/v1/reviews?{query}&page=2"), bareList);
        yield return new Scenario("list reviews, bearer", Get($"/api/v1/reviews?{query}&page=2", accounts.AccessToken), bareList);
        yield return new Scenario("list reviews, cached", Get($"/api/v1/reviews?{query}"), bareList);
        yield return new Scenario("one review", Get($"/api/v1/reviews/{accounts.ReviewId}"), Get($"/reviews/{accounts.ReviewId}"));
        yield return new Scenario("post review", _ => _ => HttpConnection.Request(
            "POST", "/api/v1/reviews", accounts.AccessToken, $$"""{"resource_type":"load","resource_id":"{{Next()}}","rating":5,"title":"Good","content":"It does what it should."}"""),
            _ => _ => HttpConnection.Request("POST", $"/reviews/{Next()}"));

        // What a bearer token costs: beside a request without one that reads as little, and beside the row that is read.
        yield return new Scenario("bearer, reads nothing", Get("/api/v1/permissions", accounts.AccessToken), Get("/health"));
        yield return new Scenario("bearer, users/me", Get("/api/v1/users/me", accounts.AccessToken), Get($"/users/{accounts.UserId}"));

        var client = $"client_id={accounts.ClientId}&client_secret={accounts.ClientSecret}";
        var rival = $"client_id={Rival.ClientId}&client_secret={Rival.ClientSecret}";
        yield return new Scenario(
            "client credentials", Post("/api/v1/oauth/token", $"grant_type=client_credentials&{client}"), Post("/tokens"),
            rivalToken is null ? null : Post("/token", $"grant_type=client_credentials&scope=reviews:moderate&{rival}"));
        yield return new Scenario(
            "introspection", Post("/api/v1/oauth/introspect", $"token={accounts.ClientToken}&{client}"), Get($"/tokens/{TokenId(accounts.ClientToken)}"),
            rivalToken is null ? null : Post("/token/introspection", $"token={rivalToken}&{rival}"));
        // The tokens go on from one measurement to the next.
        var (refreshTokens, bareTokens) = (accounts.RefreshTokens.ToArray(), new string[Accounts.Sessions]);
        yield return new Scenario(
            "refresh",
            number => last => Refresh(refreshTokens, number, last),
            number => last => HttpConnection.Request("POST", Follow(bareTokens, number, last) is { } token ? $"/refreshes/{token}" : $"/sessions/{accounts.UserId}"),
            Connections: Accounts.Sessions);
        yield return new Scenario("log in", _ => _ => HttpConnection.Request(
            "POST", "/api/v1/users/login", body: $$"""{"email":"{{accounts.Email}}","password":"{{Accounts.Password}}"}"""), Connections: 4);
        yield return new Scenario("register", _ => _ => HttpConnection.Request(
            "POST", "/api/v1/users/register", body: $$"""{"email":"load{{Next()}}-{{accounts.Email}}","password":"{{Accounts.Password}}","first_name":"Ada","last_name":"Lovelace"}"""), Connections: 4);
    }

    private static Func<int, NextRequest> Get(string target, string? token = null) => Same(HttpConnection.Request("GET", target, token));

    private static Func<int, NextRequest> Post(string target, string? form = null) => Same(HttpConnection.Request("POST", target, body: form, type: Form));

    private static Func<int, NextRequest> Same(byte[] request) => _ => _ => request;

    private static int Next() => Interlocked.Increment(ref made);

    // The id of an access token's row is in the token.
    private static string TokenId(string token) => JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[1])).RootElement.GetProperty("jti").GetString()!;

    private static byte[] Refresh(string[] tokens, int number, ReadOnlyMemory<byte> last) =>
        HttpConnection.Request("POST", "/api/v1/users/refresh", body: $$"""{"refresh_token":"{{Follow(tokens, number, last)}}"}""");

    private static string? Follow(string[] tokens, int number, ReadOnlyMemory<byte> last)
    {
        if (!last.IsEmpty)
        {
            var start = last.Span.IndexOf("\"refresh_token\":\""u8) + "\"refresh_token\":\"".Length;
            tokens[number] = Encoding.ASCII.GetString(last.Span.Slice(start, last.Span[start..].IndexOf((byte)'"')));
        }

        return tokens[number];
    }
}
