using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using GoApi.Domain.Users;
using Xunit;

namespace GoApi.ApiTests;

/// <summary>Sends what no client would: whatever comes, the answer is below 500 and, from the API, an envelope (S6).</summary>
[Trait("Promise", "S6")]
public abstract class HostileTests(GoApiHost host) : ApiTest(host)
{
    private const int Parallel = 4;

    [Fact]
    public async Task Generated_requests_over_the_whole_document_are_answered_below_500_and_in_the_envelope()
    {
        var seed = Seed();
        string?[] tokens = [null, null, "garbage", (await Host.UserAsync()).AccessToken, (await Host.UserAsync(Role.Admin)).AccessToken, (await Host.MachineAsync("reviews:write", "clients:manage")).AccessToken];
        var review = (await SubmitAsync(await Host.UserAsync())).Id;
        var document = await Host.Main.Contract.DocumentAsync;
        var faults = new ConcurrentBag<string>();
        var statuses = new ConcurrentDictionary<int, int>();

        await System.Threading.Tasks.Parallel.ForEachAsync(Enumerable.Range(0, Host.HostileRequests), new ParallelOptions { MaxDegreeOfParallelism = Parallel }, async (number, ct) =>
        {
            var generator = new Hostile(new Random(HashCode.Combine(seed, number)), document, review);
            using var request = generator.Request(tokens);
            var what = $"seed {seed}, request {number}: {request.Method} {request.RequestUri}";
            try
            {
                using var response = await Host.Main.Http.SendAsync(request, ct);
                statuses.AddOrUpdate((int)response.StatusCode, 1, (_, count) => count + 1);
                if (Fault(response, await response.Content.ReadAsStringAsync(ct)) is { } fault) faults.Add($"{what} → {fault}");
            }
            catch (HttpRequestException broken)
            {
                faults.Add($"{what} → {broken.Message} {broken.InnerException?.Message}");
            }
        });

        Assert.True(faults.IsEmpty, $"{faults.Count} faults:\n{string.Join('\n', faults.Take(20))}");
        // A generator that is refused at the door tests the door only.
        Assert.Equal(Host.HostileRequests, statuses.Values.Sum());
        Assert.All((int[])[200, 400, 401, 403, 404, 405, 415, 422], status => Assert.True(statuses.GetValueOrDefault(status) > 0, $"No {status} among {string.Join(", ", statuses)}"));
    }

    [Fact]
    public async Task Generated_requests_to_the_protocol_endpoints_are_refused_below_500()
    {
        var seed = Seed();
        var machine = await Host.MachineAsync("reviews:write");
        var faults = new ConcurrentBag<string>();

        await System.Threading.Tasks.Parallel.ForEachAsync(Enumerable.Range(0, Host.HostileRequests / 10), new ParallelOptions { MaxDegreeOfParallelism = Parallel }, async (number, ct) =>
        {
            var generator = new Hostile(new Random(HashCode.Combine(seed, number)), default, Guid.Empty);
            using var request = generator.ProtocolRequest(machine);
            var what = $"seed {seed}, request {number}: {request.Method} {request.RequestUri}";
            using var response = await Host.Main.Http.SendAsync(request, ct);
            var text = await response.Content.ReadAsStringAsync(ct);
            if ((int)response.StatusCode >= 500) faults.Add($"{what} → {(int)response.StatusCode} {text}");
            else if (text.Contains("   at ", StringComparison.Ordinal)) faults.Add($"{what} → a stack trace");
        });

        Assert.True(faults.IsEmpty, $"{faults.Count} faults:\n{string.Join('\n', faults.Take(20))}");
    }

    [Fact]
    public async Task Generated_octets_on_the_wire_are_answered_below_500_or_cut_off()
    {
        var seed = Seed();
        var token = (await Host.UserAsync(Role.Admin)).AccessToken;
        var faults = new ConcurrentBag<string>();

        await System.Threading.Tasks.Parallel.ForEachAsync(Enumerable.Range(0, Host.HostileRequests / 20), new ParallelOptions { MaxDegreeOfParallelism = Parallel }, async (number, ct) =>
        {
            var octets = new Hostile(new Random(HashCode.Combine(seed, number)), default, Guid.Empty).RawRequest(token);
            var status = await RawAsync(octets, ct);
            // 505 is the server's own word for a version of HTTP that it does not speak (RFC 9110, section 15.6.6).
            if (status >= 500 && status != 505) faults.Add($"seed {seed}, request {number} → {status}: {Encoding.Latin1.GetString(octets)[..Math.Min(200, octets.Length)]}");
        });

        Assert.True(faults.IsEmpty, $"{faults.Count} faults:\n{string.Join('\n', faults.Take(20))}");
        (await Anonymous.GetAsync("/api/v1/health")).Is(200);
    }

    private static int Seed()
    {
        var seed = Environment.GetEnvironmentVariable("HOSTILE_SEED") is { } given ? int.Parse(given, System.Globalization.CultureInfo.InvariantCulture) : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"HOSTILE_SEED={seed}");
        return seed;
    }

    private static string? Fault(HttpResponseMessage response, string text)
    {
        var status = (int)response.StatusCode;
        if (status >= 500) return $"{status} {text}";
        // A NUL in a path is refused by Kestrel itself, before anything of ours is asked.
        if (status == 400 && text.Length == 0 && response.RequestMessage!.RequestUri!.AbsolutePath.Contains("%00", StringComparison.Ordinal)) return null;
        if (status == 304 || response.RequestMessage!.Method == HttpMethod.Head) return null;
        if (response.RequestMessage.RequestUri!.AbsolutePath is var path && !path.StartsWith("/api/", StringComparison.OrdinalIgnoreCase)) return null;
        if (path.StartsWith("/api/v1/oauth", StringComparison.OrdinalIgnoreCase)) return null;
        if (status == 200 && response.Content.Headers.ContentType?.MediaType is "text/csv" or "application/jsonl") return null;
        try
        {
            using var json = JsonDocument.Parse(text);
            return Contract.EnvelopeFaults(status, json.RootElement).FirstOrDefault() is { } fault ? $"{status} {fault}: {text}" : null;
        }
        catch (JsonException)
        {
            return $"{status} no JSON: {text}";
        }
    }

    // The status of the answer; 0 where the connection is closed without one, which a server may do to what is no HTTP.
    private async Task<int> RawAsync(byte[] octets, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(TimeSpan.FromSeconds(10));
        using var socket = new TcpClient();
        await socket.ConnectAsync(Host.Main.Address.Host, Host.Main.Address.Port, deadline.Token);
        var stream = socket.GetStream();
        try
        {
            await stream.WriteAsync(octets, deadline.Token);
            socket.Client.Shutdown(SocketShutdown.Send);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            var line = await reader.ReadLineAsync(deadline.Token);
            return line is { Length: > 12 } && int.TryParse(line.AsSpan(9, 3), out var status) ? status : 0;
        }
        catch (IOException)
        {
            return 0;
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}

/// <summary>Makes one hostile request from one seed: it can be made again.</summary>
internal sealed class Hostile(Random random, JsonElement document, Guid review)
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"];

    private static readonly string[] Texts =
    [
        "", " ", "x", "true", "null", "0", "-1", "1e999", "9223372036854775808", "99999999999999999999999999", "NaN", "0x10", "１２", "'; DROP TABLE users; --", "\" OR 1=1 --", "*)(uid=*))(|(uid=*",
        "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}", "../../../../etc/passwd", "\0", "a\0b", "\r\nSet-Cookie: a=b", "\u202Egnp.exe", "é", "e\u0301", "👩‍👩‍👧‍👦", "\uFFFE", "\uFEFF", "İi", "ß",
        "%", "%s%n", "%00", "2026-02-30", "0000-00-00", "9999-12-31T23:59:60Z", "admin@example.test", "a@b", "@", "0197a0c0-0000-7000-8000-000000000001", "approved", "-rating", "created_at", "product",
    ];

    private static readonly string[] RawValues =
    [
        "null", "true", "0", "-0", "1", "5", "1.5", "-1", "1e400", "123456789012345678901234567890", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "[]", "{}", "[[[[]]]]", "{\"a\":{\"b\":[1,null]}}", "\"approved\"", "\"x\"",
    ];

    private static readonly string[] ContentTypes =
    [
        "application/json", "application/json", "application/json", "application/json; charset=utf-8", "application/json; charset=utf-16", "application/json; charset=nonsense", "application/merge-patch+json", "text/plain", "text/json",
        "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", "application/xml", "application/problem+json", "nonsense", "*/*", "a/b; c=\"",
    ];

    public HttpRequestMessage Request(string?[] tokens)
    {
        var operations = document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(operation => (Path: path.Name, Method: operation.Name.ToUpperInvariant(), Operation: operation.Value))).ToArray();
        var (path, method, operation) = operations[random.Next(operations.Length)];
        var request = new HttpRequestMessage(new HttpMethod(Chance(12) ? Pick(Methods) : method), new Uri(Path(path) + Query(operation), UriKind.Relative));
        if (Pick(tokens) is { } token) request.Headers.Authorization = new AuthenticationHeaderValue(Chance(20) ? "Basic" : "Bearer", token);
        Headers(request);
        if (method is not "GET" || Chance(10)) request.Content = Body(operation);
        return request;
    }

    public HttpRequestMessage ProtocolRequest(TestClient client)
    {
        var path = Pick(["/api/v1/oauth/token", "/api/v1/oauth/revoke", "/api/v1/oauth/introspect", "/api/v1/oauth/authorize", "/api/v1/oauth/userinfo", "/api/v1/oauth/par", "/api/v1/oauth/device", "/api/v1/oauth/logout", "/.well-known/jwks", "/.well-known/openid-configuration", "/login", "/mfa", "/consent", "/device", "/register", "/verify-email", "/forgot-password", "/reset-password"]);
        List<KeyValuePair<string, string>> fields = [];
        foreach (var name in (string[])["grant_type", "client_id", "client_secret", "scope", "token", "token_type_hint", "refresh_token", "code", "device_code", "user_code", "subject_token", "subject_token_type", "actor_token", "actor_token_type", "code_verifier", "code_challenge", "code_challenge_method", "redirect_uri", "response_type", "response_mode", "state", "nonce", "prompt", "request_uri", "id_token_hint", "post_logout_redirect_uri", "return_url", "ticket", "email", "password"])
        {
            if (Chance(2)) continue;
            var value = name switch
            {
                "grant_type" when Chance(2) => Pick(["client_credentials", "authorization_code", "refresh_token", "password", "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange"]),
                "client_id" when Chance(2) => client.ClientId,
                "client_secret" when Chance(2) => client.Secret,
                "token" or "subject_token" or "actor_token" when Chance(2) => client.AccessToken,
                "subject_token_type" or "actor_token_type" when Chance(2) => "urn:ietf:params:oauth:token-type:access_token",
                "response_type" when Chance(2) => "code",
                "code_challenge_method" when Chance(2) => "S256",
                "scope" when Chance(2) => "reviews:write openid",
                _ => Text(),
            };
            fields.Add(new(name, value));
            if (Chance(15)) fields.Add(new(name, Text()));
        }

        var form = string.Join('&', fields.Select(field => $"{field.Key}={(Chance(15) ? field.Value.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Replace("\0", "%00", StringComparison.Ordinal) : Escape(field.Value))}"));
        if (Chance(4)) return WithHeaders(new HttpRequestMessage(HttpMethod.Get, new Uri($"{path}?{string.Join('&', fields.Select(field => $"{field.Key}={Escape(field.Value)}"))}", UriKind.Relative)));

        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(form));
        content.Headers.TryAddWithoutValidation("Content-Type", Chance(6) ? Pick(ContentTypes) : "application/x-www-form-urlencoded");
        return WithHeaders(new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = content });
    }

    /// <summary>What no HTTP library would send.</summary>
    public byte[] RawRequest(string token)
    {
        var target = Pick(["/api/v1/reviews?resource_id=%", "/api/v1/reviews?limit=%zz", "/api/v1/reviews/%00", "/api/v1/reviews?cursor=%ff%fe", "/%c0%ae%c0%ae/etc/passwd", "/api/v1/./../v1/health", "//api/v1/health", "/api/v1/reviews?a=\u00e9", "*", "http://other.example/api/v1/health", "/api/v1/users/me#f", "/" + new string('a', 9_000), "/api/v1/reviews?" + new string('&', 3_000), "/api/v1/users/%6de"]);
        var method = Pick(["GET", "GET", "POST", "PUT", "get", "G\u00e9T", "", "CONNECT", new string('M', 500)]);
        var lines = new List<string> { $"{method} {target} HTTP/{Pick(["1.1", "1.1", "1.1", "1.0", "9.9", "2.0"])}", Chance(10) ? "Host: evil example" : "Host: localhost", $"Authorization: Bearer {token}", "Connection: close" };
        var body = Pick(["", "{", "{\"rating\":", "\u0000\u0001", "[1,2", "{\"a\":\"\u00ff\"}", "{\"email\":\"x\"}"]);
        if (Chance(3)) lines.Add($"Content-Type: {Pick(ContentTypes)}");
        lines.Add(Pick([$"Content-Length: {body.Length}", $"Content-Length: {body.Length + 5}", "Content-Length: -1", "Content-Length: 99999999999999", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip", "X-Nothing: 1"]));
        if (Chance(4)) lines.Add(Pick(["X-Request-ID: \u0000", "Cookie: " + new string('c', 5_000), "X: " + new string('y', 40_000), "If-Match: \"\"\"", "Accept-Encoding: \u00ff", " folded: 1", "NoColon", "Traceparent: 00-zz"]));
        return Encoding.Latin1.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n" + body);
    }

    private string Path(string path)
    {
        var filled = path.Replace("{id}", Chance(2) ? review.ToString() : Chance(2) ? Guid.CreateVersion7().ToString() : Escape(Text()), StringComparison.Ordinal);
        if (Chance(20)) filled = filled.TrimEnd('/') + "/x" + Escape(Text());
        if (Chance(30)) filled = filled.ToUpperInvariant();
        return filled;
    }

    private string Query(JsonElement operation)
    {
        List<string> names = [];
        if (operation.TryGetProperty("parameters", out var parameters))
            names.AddRange(parameters.EnumerateArray().Where(parameter => parameter.TryGetProperty("in", out var place) && place.GetString() == "query").Select(parameter => parameter.GetProperty("name").GetString()!));
        if (names.Count == 0 && !Chance(10)) return "";

        names.Add(Text());
        var pairs = names.Where(_ => !Chance(2)).SelectMany(name => Enumerable.Repeat(name, Chance(12) ? 2 : 1)).Select(name => $"{Escape(name)}={Escape(Value(name))}").ToArray();
        return pairs.Length == 0 ? "" : "?" + string.Join('&', pairs);
    }

    private string Value(string name) => name switch
    {
        "page" => Pick(["1", "2", "0", "-1", "2147483647", "2147483648", "10000", "10001", "1.5", "", "x"]),
        "limit" => Pick(["1", "20", "100", "101", "0", "-5", "2147483647", "99999999999"]),
        "cursor" => Chance(2) ? Convert.ToBase64String(Encoding.UTF8.GetBytes(Text() + "0123456789abcdef0123")).TrimEnd('=').Replace('+', '-').Replace('/', '_') : Text(),
        "sort" => Pick(["rating", "-rating", "created_at", "--rating", "id", "-", ""]),
        "rating" => Pick(["1", "5", "6", "-1", "x"]),
        _ => Text(),
    };

    private void Headers(HttpRequestMessage request)
    {
        if (Chance(8)) request.Headers.TryAddWithoutValidation("Idempotency-Key", Header());
        if (Chance(8)) request.Headers.TryAddWithoutValidation("If-Match", Pick(["*", "\"1\"", "\"2\", W/\"3\"", "nonsense", "\"", "\"99999999999999999999\""]));
        if (Chance(8)) request.Headers.TryAddWithoutValidation("If-None-Match", Pick(["*", "\"1\"", "W/\"1\"", ",,,", "\""]));
        if (Chance(8)) request.Headers.TryAddWithoutValidation("X-Request-ID", Header());
        if (Chance(8)) request.Headers.TryAddWithoutValidation("traceparent", Pick(["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "nonsense", "00-00000000000000000000000000000000-0000000000000000-00"]));
        if (Chance(8)) request.Headers.TryAddWithoutValidation("Accept", Pick(["text/html", "application/pdf", "*/*;q=0", "nonsense"]));
        if (Chance(8)) request.Headers.TryAddWithoutValidation("User-Agent", new string('u', random.Next(3_000)));
        if (Chance(12)) request.Headers.TryAddWithoutValidation("Origin", "https://evil.example");
        if (Chance(12)) request.Headers.TryAddWithoutValidation("X-Forwarded-For", Header());
        if (Chance(12)) request.Headers.TryAddWithoutValidation("Expect", "nothing");
    }

    private HttpRequestMessage WithHeaders(HttpRequestMessage request)
    {
        if (Chance(4)) request.Headers.TryAddWithoutValidation("Authorization", Pick(["Basic eDp5", "Basic !!!", "Basic eA==", "Bearer x", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("a\0b:c")), "nonsense"]));
        if (Chance(6)) request.Headers.TryAddWithoutValidation("Cookie", Pick(["form=x; .session=y", "a", "=", "__Host-form=" + new string('z', 2_000)]));
        return request;
    }

    private ByteArrayContent Body(JsonElement operation)
    {
        var text = random.Next(12) switch
        {
            0 => Text(),
            1 => new string('[', random.Next(1, 3_000)),
            2 => string.Concat(Enumerable.Repeat("{\"a\":", random.Next(1, 100))) + "1",
            3 => $"[{Pick(RawValues)},{Pick(RawValues)}]",
            4 => Pick(RawValues),
            _ => ShapedBody(operation),
        };
        var octets = Encoding.UTF8.GetBytes(text);
        if (Chance(15) && octets.Length > 0) octets = octets[..random.Next(octets.Length)];
        if (Chance(20) && octets.Length > 0) octets[random.Next(octets.Length)] = (byte)random.Next(256);
        var content = new ByteArrayContent(octets);
        if (!Chance(20)) content.Headers.TryAddWithoutValidation("Content-Type", Chance(3) ? Pick(ContentTypes) : "application/json");
        return content;
    }

    // Of the right names, and of right values more often than not: what gets past the door is what finds faults behind it.
    private string ShapedBody(JsonElement operation)
    {
        if (!operation.TryGetProperty("requestBody", out var body) || !body.GetProperty("content").EnumerateObject().First().Value.TryGetProperty("schema", out var schema)) return "{}";
        schema = Contract.Resolve(document, schema);
        if (!schema.TryGetProperty("properties", out var properties)) return "{}";

        var members = properties.EnumerateObject().Where(_ => !Chance(8)).Select(property => $"\"{property.Name}\":{Member(property.Name, Contract.Resolve(document, property.Value))}").ToList();
        if (Chance(10)) members.Add($"\"{Pick(["__proto__", "id", "role", "status", "unknown", ""])}\":{Pick(RawValues)}");
        if (Chance(20) && members.Count > 0) members.Add(members[0]);
        return "{" + string.Join(',', members) + "}";
    }

    private string Member(string name, JsonElement schema)
    {
        if (Chance(8)) return Pick(RawValues);
        if (Chance(30)) return JsonSerializer.Serialize(new string('x', random.Next(20_000)));

        var type = schema.TryGetProperty("type", out var given) ? given.ToString() : "string";
        if (type.Contains("array", StringComparison.Ordinal))
        {
            string[] known = name switch { "grant_types" => ["authorization_code", "client_credentials", "refresh_token"], "scopes" => ["openid", "reviews:write"], "ids" => [review.ToString(), Guid.Empty.ToString()], _ => ["https://a.example/cb", "http://127.0.0.1/x"] };
            return $"[{string.Join(',', Enumerable.Range(0, random.Next(Chance(20) ? 200 : 3)).Select(_ => Chance(6) ? Pick(RawValues) : JsonSerializer.Serialize(Chance(4) ? Text() : Pick(known))))}]";
        }

        if (type.Contains("integer", StringComparison.Ordinal)) return Pick(["1", "5", "3", "0", "-1", "6", "2147483648", "1.5", "\"1\""]);
        if (type.Contains("boolean", StringComparison.Ordinal)) return Pick(["true", "false", "\"true\"", "1"]);
        return JsonSerializer.Serialize(name switch
        {
            "email" when !Chance(3) => $"h{random.Next()}@example.test",
            "password" when !Chance(3) => "correct-Horse-7-staple",
            "status" when !Chance(3) => Pick(["approved", "rejected"]),
            "date_of_birth" when !Chance(3) => "1906-12-09",
            _ => Text(),
        });
    }

    private string Text() => Chance(12) ? new string((char)random.Next(32, 0x2FFF), random.Next(1, 300)) : Pick(Texts);

    // What the library that sends refuses to send itself is no test of ours.
    private string Header() => new([.. Text().Where(letter => letter is >= ' ' and <= '~')]);

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private T Pick<T>(T[] items) => items[random.Next(items.Length)];

    private bool Chance(int oneIn) => random.Next(oneIn) == 0;
}

public sealed class HostileTestsEmbedded(EmbeddedHost host) : HostileTests(host);

public sealed class HostileTestsServices(ServicesHost host) : HostileTests(host);
