using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using GoApi.Benchmarks.Bare;
using GoApi.Tests.Seeding;
using Npgsql;

namespace GoApi.Benchmarks.Load;

/// <summary>Who the load comes from.</summary>
/// <param name="RefreshTokens">One for each connection: each is good for one request, whose answer has the next.</param>
internal sealed record Accounts(string Email, string AccessToken, string ReviewId, string ClientId, string ClientSecret, IReadOnlyList<string> RefreshTokens)
{
    public const string Password = "correct-Horse-7-staple";
    public const int Sessions = 8;

    public static async Task<Accounts> MakeAsync(Uri server, CancellationToken ct)
    {
        const string email = "load@example.test";
        using var http = new HttpClient { BaseAddress = server };
        await PostAsync("/api/v1/users/register", new { email, password = Password, first_name = "Ada", last_name = "Lovelace" });
        await using var database = NpgsqlDataSource.Create(BareServer.ConnectionString(Environment.GetEnvironmentVariable));
        await using var promote = database.CreateCommand($"UPDATE users SET role = 'admin' WHERE email = '{email}'");
        await promote.ExecuteNonQueryAsync(ct);

        List<JsonElement> sessions = [];
        for (var session = 0; session < Sessions; session++) sessions.Add(await PostAsync("/api/v1/users/login", new { email, password = Password }));
        var token = sessions[0].GetProperty("access_token").GetString()!;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var client = await PostAsync("/api/v1/clients", new { name = "Load", scopes = new[] { "reviews:moderate" }, grant_types = new[] { "client_credentials" }, is_public = false });
        await using var find = database.CreateCommand($"SELECT id FROM reviews WHERE resource_id = '{ManyReviews.ResourceId}' LIMIT 1");
        var review = (Guid)(await find.ExecuteScalarAsync(ct))!;
        return new Accounts(
            email, token, review.ToString(), client.GetProperty("client_id").GetString()!, client.GetProperty("client_secret").GetString()!,
            [.. sessions.Select(session => session.GetProperty("refresh_token").GetString()!)]);

        async Task<JsonElement> PostAsync(string path, object body)
        {
            using var answer = await http.PostAsJsonAsync(path, body, ct);
            var text = await answer.Content.ReadAsStringAsync(ct);
            return answer.IsSuccessStatusCode
                ? JsonDocument.Parse(text).RootElement.GetProperty("data").Clone()
                : throw new InvalidOperationException($"{path} answered {answer.StatusCode}: {text}");
        }
    }
}

internal static class Scenarios
{
    private const string Form = "application/x-www-form-urlencoded";

    private static int made;

    public static IEnumerable<Scenario> All(Accounts accounts)
    {
        const string query = $"resource_type={ManyReviews.ResourceType}&resource_id={ManyReviews.ResourceId}";
        var bareList = HttpConnection.Request("GET", $"/reviews?{query}");

        yield return Same("health", HttpConnection.Request("GET", "/api/v1/health"), HttpConnection.Request("GET", "/health"));
        yield return Same("list reviews", HttpConnection.Request("GET", $"/api/v1/reviews?{query}"), bareList);
        yield return Same("list reviews, bearer", HttpConnection.Request("GET", $"/api/v1/reviews?{query}", accounts.AccessToken), bareList);
        yield return Same("one review", HttpConnection.Request("GET", $"/api/v1/reviews/{accounts.ReviewId}"), HttpConnection.Request("GET", $"/reviews/{accounts.ReviewId}"));
        yield return new Scenario("post review", _ => _ => HttpConnection.Request(
            "POST", "/api/v1/reviews", accounts.AccessToken, $$"""{"resource_type":"load","resource_id":"{{Next()}}","rating":5,"title":"Good","content":"It does what it should."}"""))
        {
            BareRequests = _ => _ => HttpConnection.Request("POST", $"/reviews/{Next()}"),
        };
        yield return Same(
            "client credentials",
            HttpConnection.Request("POST", "/api/v1/oauth/token", body: $"grant_type=client_credentials&client_id={accounts.ClientId}&client_secret={accounts.ClientSecret}", type: Form),
            HttpConnection.Request("POST", "/tokens"));
        // The tokens go on from one measurement to the next.
        var refreshTokens = accounts.RefreshTokens.ToArray();
        yield return new Scenario("refresh", number => last => Refresh(refreshTokens, number, last), Connections: Accounts.Sessions);
        yield return new Scenario("log in", _ => _ => HttpConnection.Request(
            "POST", "/api/v1/users/login", body: $$"""{"email":"{{accounts.Email}}","password":"{{Accounts.Password}}"}"""), Connections: 4);
        yield return new Scenario("register", _ => _ => HttpConnection.Request(
            "POST", "/api/v1/users/register", body: $$"""{"email":"load{{Next()}}@example.test","password":"{{Accounts.Password}}","first_name":"Ada","last_name":"Lovelace"}"""), Connections: 4);
    }

    private static Scenario Same(string name, byte[] ours, byte[] bare) => new(name, _ => _ => ours, bare);

    private static int Next() => Interlocked.Increment(ref made);

    private static byte[] Refresh(string[] tokens, int number, ReadOnlyMemory<byte> last)
    {
        if (!last.IsEmpty)
        {
            var start = last.Span.IndexOf("\"refresh_token\":\""u8) + "\"refresh_token\":\"".Length;
            tokens[number] = Encoding.ASCII.GetString(last.Span.Slice(start, last.Span[start..].IndexOf((byte)'"')));
        }

        return HttpConnection.Request("POST", "/api/v1/users/refresh", body: $$"""{"refresh_token":"{{tokens[number]}}"}""");
    }
}
