using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using GoApi.Tests.Hosting;
using Microsoft.Data.Sqlite;
using Npgsql;
using Xunit;

namespace GoApi.FaultTests;

/// <summary>
/// The program is killed (SIGKILL, by itself) before each write of a request, before its commit and after it, in turn until the request is
/// answered. After each death the database is looked at, past the program: the change, its audit entry and its messages are there, or none is.
/// </summary>
[Trait("Promise", "N1"), Trait("Promise", "A1")]
public sealed class KilledBetweenSteps(ITestOutputHelper output)
{
    private const string AdminEmail = "admin@example.test";

    private const int MostKills = 12;
    private const int AtOnce = 50;

    [Fact]
    public Task On_SQLite_a_change_and_its_entry_are_both_there_or_neither() => OnSqliteAsync((spare, connect) => KillAsync(spare, connect, erasure: false));

    [Fact]
    public Task On_PostgreSQL_a_change_and_its_entry_are_both_there_or_neither() => OnPostgreSqlAsync((spare, connect) => KillAsync(spare, connect, erasure: false));

    [Fact]
    public Task On_SQLite_an_erasure_and_its_entry_are_both_there_or_neither() => OnSqliteAsync((spare, connect) => KillAsync(spare, connect, erasure: true));

    [Fact]
    public Task On_PostgreSQL_an_erasure_and_its_entry_are_both_there_or_neither() => OnPostgreSqlAsync((spare, connect) => KillAsync(spare, connect, erasure: true));

    [Fact]
    public Task On_SQLite_each_of_many_rows_has_its_entry_after_a_kill_under_load() => OnSqliteAsync(KillUnderLoadAsync);

    [Fact]
    public Task On_PostgreSQL_each_of_many_rows_has_its_entry_after_a_kill_under_load() => OnPostgreSqlAsync(KillUnderLoadAsync);

    private static async Task OnSqliteAsync(Func<Spares, Func<DbConnection>, Task> test)
    {
        var data = Directory.CreateTempSubdirectory("goapi-kill-").FullName;
        await RunAsync(HostSettings.Common(data), () => new SqliteConnection($"Data Source={Path.Combine(data, "goapi.db")};Pooling=false"), test);
        Directory.Delete(data, recursive: true);
    }

    private static async Task OnPostgreSqlAsync(Func<Spares, Func<DbConnection>, Task> test)
    {
        var data = Directory.CreateTempSubdirectory("goapi-kill-").FullName;
        await using var database = await Services.CreateDatabaseAsync();
        var settings = HostSettings.Common(data);
        foreach (var (name, value) in Services.Settings.Where(pair => pair.Key.StartsWith("DB_", StringComparison.Ordinal))) settings[name] = value;
        settings["DB_NAME"] = database.Name;
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = settings["DB_HOST"],
            Port = int.Parse(settings["DB_PORT"], CultureInfo.InvariantCulture),
            Username = settings["DB_USER"],
            Password = settings["DB_PASSWORD"],
            Database = database.Name,
            Pooling = false,
        }.ConnectionString;
        await RunAsync(settings, () => new NpgsqlConnection(connection), test);
        Directory.Delete(data, recursive: true);
    }

    private static async Task RunAsync(Dictionary<string, string> settings, Func<DbConnection> connect, Func<Spares, Func<DbConnection>, Task> test)
    {
        // One installation, whatever ports its processes listen on.
        settings["APP_URL"] = "http://api.example.test";
        settings["ADMIN_EMAIL"] = AdminEmail;
        settings["ADMIN_PASSWORD"] = Accounts.Password;
        settings["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        // Other processes on the same database stand ready: starting one takes longer than everything else.
        await using var spare = new Spares(settings);
        await spare.ReplaceAsync();
        await test(spare, connect);
    }

    private async Task KillAsync(Spares spare, Func<DbConnection> connect, bool erasure)
    {
        var api = spare.Current;
        var admin = await LogInAsync(api.Client, AdminEmail);
        var writes = await WritesAsync(api.Client, admin);

        foreach (var write in writes.Where(one => one.Stride > 1 == erasure))
        {
            var (kills, done) = (0, 0);
            for (var step = 1; kills < MostKills; step += write.Stride)
            {
                var requestId = $"kill-{Guid.CreateVersion7():N}";
                using var request = await write.MakeAsync(api.Client);
                request.Headers.Add("X-Request-ID", requestId);
                request.Headers.Add("traceparent", $"00-{StartupHook.Mark}{Guid.CreateVersion7().ToString("N")[..24]}{step:x4}-{Guid.CreateVersion7().ToString("N")[..16]}-01");
                HttpStatusCode? answered = null;
                try
                {
                    using var answer = await api.Client.SendAsync(request);
                    answered = answer.StatusCode;
                    Assert.True(answer.IsSuccessStatusCode, $"{write.Name}: {await answer.Content.ReadAsStringAsync()}");
                }
                catch (HttpRequestException)
                {
                    Assert.NotEqual(0, await api.ExitAsync(TimeSpan.FromSeconds(10)));
                    kills++;
                }

                var (changes, entries, messages) = await LookAsync(connect, write, requestId);
                Assert.True(changes > 0 == entries > 0 && (write.HasMessage ? messages > 0 == changes > 0 : messages == 0), $"{write.Name}, killed at step {step}: {changes} change(s), {entries} entry(s), {messages} message(s).");
                if (changes > 0) done++;
                if (answered is not null)
                {
                    Assert.True(changes > 0, $"{write.Name} was answered, and nothing is there.");
                    break;
                }

                await spare.ReplaceAsync();
                api = spare.Current;
                if (write.HasKey) await AskAgainAsync(api, connect, write, done: changes > 0);
            }

            output.WriteLine($"{write.Name}: killed {kills} times, {done} of them or the answer left change and entry, the others nothing");
            Assert.True(kills >= 2 && done >= 1, $"{write.Name}: {kills} kill(s), {done} left the change.");
        }
    }

    // The client of a request that got no answer asks another process: with what the first one did, or because it did nothing.
    private static async Task AskAgainAsync(HostProcess api, Func<DbConnection> connect, Write write, bool done)
    {
        using var request = await write.MakeAgainAsync(api.Client);
        using var answer = await api.Client.SendAsync(request);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, $"{write.Name}: {await answer.Content.ReadAsStringAsync()}");
        Assert.Equal(done, answer.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal(1, (await LookAsync(connect, write, "")).Changes);
    }

    // Not at a step but at a moment: when so many of the requests are answered, and the others are anywhere.
    private async Task KillUnderLoadAsync(Spares spare, Func<DbConnection> connect)
    {
        var api = spare.Current;
        var token = await LogInAsync(api.Client, AdminEmail);
        var seed = Random.Shared.Next();
        var (mark, enough) = ($"load{Guid.CreateVersion7():N}", new Random(seed).Next(1, AtOnce - 10));
        var (answered, reached) = (0, new TaskCompletionSource());
        var requests = Enumerable.Range(0, AtOnce).Select(async n =>
        {
            using var request = Bearer(HttpMethod.Post, "/api/v1/reviews", token, new { resource_type = "product", resource_id = $"{mark}{n:d2}", rating = 4, content = "Good." });
            request.Headers.Add("X-Request-ID", $"{mark}-{n:d2}");
            try
            {
                using var answer = await api.Client.SendAsync(request);
                if (answer.StatusCode != HttpStatusCode.Created) return null;
                if (Interlocked.Increment(ref answered) == enough) reached.SetResult();
                return $"{mark}{n:d2}";
            }
            catch (HttpRequestException)
            {
                return null;
            }
        }).ToArray();
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await api.KillAsync();
        var promised = (await Task.WhenAll(requests)).OfType<string>().ToArray();

        await using var database = connect();
        await database.OpenAsync();
        var rows = await ReadAsync(database, $"SELECT resource_id || ' ' || lower(CAST(id AS text)) FROM reviews WHERE resource_id LIKE '{mark}%'");
        var entries = await ReadAsync(database, $"SELECT replace(request_id, '-', '') || ' ' || resource_id FROM audit_entries WHERE request_id LIKE '{mark}%'");
        output.WriteLine($"{AtOnce} reviews at once, seed {seed}: killed after {enough} answers; {rows.Count} rows and {entries.Count} entries are there");
        Assert.Equal(rows.Order(StringComparer.Ordinal), entries.Order(StringComparer.Ordinal));
        Assert.Empty(promised.Except(rows.Select(row => row.Split(' ')[0])));
    }

    private static async Task<List<string>> ReadAsync(DbConnection database, string sql)
    {
        await using var command = database.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        List<string> found = [];
        while (await reader.ReadAsync()) found.Add(reader.GetString(0));
        return found;
    }

    private static async Task<Write[]> WritesAsync(HttpClient http, string admin)
    {
        var author = Accounts.NewEmail();
        (await http.RegisterAsync(author)).EnsureSuccessStatusCode();
        var token = await LogInAsync(http, author);
        var made = await JsonAsync(await http.SendAsync(Bearer(HttpMethod.Post, "/api/v1/clients", admin, new { name = "Machine", scopes = new[] { "audit:read" }, grant_types = new[] { "client_credentials" } })));
        var (clientId, secret) = (made.GetProperty("client_id").GetString()!, made.GetProperty("client_secret").GetString()!);
        return
        [
            new("a review with an Idempotency-Key", false,
                "SELECT COUNT(*) FROM reviews WHERE resource_id = @about", "SELECT COUNT(*) FROM audit_entries WHERE request_id = @request AND action = 'reviews.submit'",
                (_, about) =>
                {
                    var request = Bearer(HttpMethod.Post, "/api/v1/reviews", token, new { resource_type = "product", resource_id = about, rating = 4, content = "Good." });
                    request.Headers.Add("Idempotency-Key", about);
                    return Task.FromResult(request);
                }, HasKey: true),
            new("a change of role", true,
                "SELECT COUNT(*) FROM users WHERE first_name = @about AND role = 'moderator'", "SELECT COUNT(*) FROM audit_entries WHERE request_id = @request AND action = 'users.set_role'",
                async (api, about) => Bearer(HttpMethod.Put, $"/api/v1/users/{await RegisterAsync(api, about)}/role", admin, new { role = "moderator" })),
            new("a log-in", false,
                "SELECT COUNT(*) FROM users WHERE first_name = @about AND last_login_at IS NOT NULL", "SELECT COUNT(*) FROM audit_entries WHERE request_id = @request AND action = 'users.login'",
                async (api, about) =>
                {
                    await RegisterAsync(api, about);
                    return new(HttpMethod.Post, "/api/v1/users/login") { Content = JsonContent.Create(new { email = $"{about}@example.test", password = Accounts.Password }) };
                }),
            new("a client's own token", false,
                // Those that no other request's entry explains.
                $"SELECT COUNT(*) FROM oauth_tokens WHERE subject = '{clientId}' AND NOT EXISTS (SELECT 1 FROM audit_entries WHERE resource_id = lower(CAST(oauth_tokens.id AS text)) AND request_id <> @request)",
                "SELECT COUNT(*) FROM audit_entries WHERE request_id = @request AND action = 'oauth.token_issued'",
                (_, _) => Task.FromResult(new HttpRequestMessage(HttpMethod.Post, "/api/v1/oauth/token")
                {
                    Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = clientId, ["client_secret"] = secret }),
                })),
            new("an erasure", true,
                "SELECT 1 - COUNT(*) FROM users WHERE first_name = @about", "SELECT COUNT(*) FROM audit_entries WHERE request_id = @request AND action = 'users.anonymize_account'",
                async (api, about) =>
                {
                    await RegisterAsync(api, about);
                    return Bearer(HttpMethod.Post, "/api/v1/users/me/anonymize", await LogInAsync(api, $"{about}@example.test"), new { password = Accounts.Password });
                }, Stride: 6),
        ];
    }

    private static async Task<(long Changes, long Entries, long Messages)> LookAsync(Func<DbConnection> connect, Write write, string requestId)
    {
        await using var database = connect();
        await database.OpenAsync();
        return (await CountAsync(write.Changes), await CountAsync(write.Entries), await CountAsync("SELECT COUNT(*) FROM outbox_messages WHERE request_id = @request"));

        async Task<long> CountAsync(string sql)
        {
            await using var command = database.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, value) in new[] { ("@about", write.About), ("@request", requestId) })
            {
                if (!sql.Contains(name, StringComparison.Ordinal)) continue;
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value);
                command.Parameters.Add(parameter);
            }

            return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
        }
    }

    private static async Task<Guid> RegisterAsync(HttpClient http, string name) => (await JsonAsync(await http.PostAsJsonAsync(
        "/api/v1/users/register", new { email = $"{name}@example.test", password = Accounts.Password, first_name = name, last_name = "Lovelace" }))).GetProperty("id").GetGuid();

    private static async Task<string> LogInAsync(HttpClient http, string email) => (await JsonAsync(await http.LogInAsync(email))).GetProperty("access_token").GetString()!;

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("data").Clone();
    }

    private static HttpRequestMessage Bearer(HttpMethod method, string path, string token, object body) =>
        new(method, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) }, Content = JsonContent.Create(body) };

    /// <summary>One kind of change, made of something new each time.</summary>
    /// <param name="Stride">Of many statements only each so-manieth is a step.</param>
    /// <param name="HasKey">It has an Idempotency-Key, and is sent again after each death.</param>
    private sealed record Write(string Name, bool HasMessage, string Changes, string Entries, Func<HttpClient, string, Task<HttpRequestMessage>> Make, int Stride = 1, bool HasKey = false)
    {
        public string About { get; private set; } = "";

        public Task<HttpRequestMessage> MakeAsync(HttpClient http) => Make(http, About = $"about{Guid.CreateVersion7():N}");

        public Task<HttpRequestMessage> MakeAgainAsync(HttpClient http) => Make(http, About);
    }

    private sealed class Spares(Dictionary<string, string> settings) : IAsyncDisposable
    {
        private readonly Queue<Task<HostProcess>> starting = new();
        private HostProcess? current;

        public HostProcess Current => current!;

        // The first one migrates; the others begin when it is there.
        public async Task ReplaceAsync()
        {
            if (current is not null) await current.DisposeAsync();
            current = null;
            if (starting.Count == 0) starting.Enqueue(HostProcess.StartApiAsync(settings));
            current = await starting.Dequeue();
            while (starting.Count < 2) starting.Enqueue(HostProcess.StartApiAsync(settings));
        }

        public async ValueTask DisposeAsync()
        {
            if (current is not null) await current.DisposeAsync();
            foreach (var one in starting) await (await one).DisposeAsync();
        }
    }
}
