using GoApi.Infrastructure.Redis;
using GoApi.IntegrationTests.Messaging;
using StackExchange.Redis;

namespace GoApi.IntegrationTests.Redis;

public sealed class Connecting : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("goapi-redis-files-");
    private readonly TestAuthority authority = new();

    public void Dispose()
    {
        authority.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_password_and_a_user_of_an_ACL_are_shown()
    {
        await using var server = await PrivateRedis.StartNewAsync("requirepass s3cret\nuser ada on >lovelace ~goapi:* &goapi:* +@all -@admin");
        await AnswersAsync([.. server.Settings, ("REDIS_PASSWORD", "s3cret")]);
        await AnswersAsync([.. server.Settings, ("REDIS_USERNAME", "ada"), ("REDIS_PASSWORD", "lovelace")]);
    }

    [Fact]
    public async Task A_wrong_password_is_told_in_the_log_once_without_it_and_costs_no_wait()
    {
        await using var server = await PrivateRedis.StartNewAsync("requirepass s3cret");
        var log = new LogLines();
        using var loggers = log.Factory();
        await using var redis = PrivateRedis.Connect([.. server.Settings, ("REDIS_PASSWORD", "wr0ng")], loggers: loggers);

        await redis.OpenAsync();
        await Eventually.HoldsAsync(async () => await Ask(redis) is null && Ask(redis).IsCompletedSuccessfully, "nobody waits for it");

        Assert.Single(log.All);
        Assert.DoesNotContain(log.All, line => line.Contains("wr0ng", StringComparison.Ordinal) || line.Contains(server.Address, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Certificates_are_believed_of_a_known_authority_and_for_the_name_of_the_server()
    {
        var (certificate, key) = authority.Issue("redis");
        await using var server = await PrivateRedis.StartNewAsync(
            $"port 0\ntls-port PORT\ntls-auth-clients no\ntls-cert-file \"{Write("server.pem", certificate)}\"\ntls-key-file \"{Write("server.key", key)}\"\ntls-ca-cert-file \"{Write("server-ca.pem", authority.Pem)}\"");
        var ca = Write("ca.pem", authority.Pem);
        (string, string)[] byName = [("REDIS_ADDRESSES", $"localhost:{server.Port}"), ("REDIS_TLS", "true"), ("REDIS_TLS_CA_FILE", ca)];
        using var stranger = new TestAuthority();

        await AnswersAsync([.. server.Settings, ("REDIS_TLS", "true"), ("REDIS_TLS_CA_FILE", ca)]);
        await AnswersAsync([.. byName, ("REDIS_TLS_SERVER_NAME", "127.0.0.1")]);

        await RefusedAsync(byName);
        await RefusedAsync([.. server.Settings, ("REDIS_TLS", "true")]);
        await RefusedAsync([.. server.Settings, ("REDIS_TLS", "true"), ("REDIS_TLS_CA_FILE", Write("stranger.pem", stranger.Pem))]);
        await RefusedAsync(server.Settings);
    }

    [Fact]
    public async Task Sentinels_with_a_password_of_their_own_tell_the_master()
    {
        await using var server = await PrivateRedis.StartNewAsync("requirepass s3cret");
        await using var sentinel = await PrivateRedis.StartNewAsync($"requirepass watchman\nsentinel monitor main 127.0.0.1 {server.Port} 1\nsentinel auth-pass main s3cret", sentinel: true);
        (string, string)[] settings = [.. sentinel.Settings, ("REDIS_USE_SENTINEL", "true"), ("REDIS_MASTER_NAME", "main"), ("REDIS_PASSWORD", "s3cret")];

        await AnswersAsync([.. settings, ("REDIS_SENTINEL_PASSWORD", "watchman")]);
        await using var refused = PrivateRedis.Connect(settings);
        Assert.Null(await Ask(refused));
    }

    [Fact]
    public async Task Sentinels_without_one_get_none_and_may_come_later_than_we()
    {
        await using var server = await PrivateRedis.StartNewAsync("requirepass s3cret");
        await using var sentinel = PrivateRedis.NotStarted($"sentinel monitor main 127.0.0.1 {server.Port} 1\nsentinel auth-pass main s3cret", sentinel: true);
        var log = new LogLines();
        using var loggers = log.Factory();
        await using var redis = PrivateRedis.Connect([.. sentinel.Settings, ("REDIS_USE_SENTINEL", "true"), ("REDIS_MASTER_NAME", "main"), ("REDIS_PASSWORD", "s3cret")], loggers: loggers);
        Assert.Null(await Ask(redis));

        await sentinel.StartAsync();

        await Eventually.HoldsAsync(async () => await Ask(redis) is not null, "the master is found", seconds: 60);
        Assert.InRange(log.All.Count, 1, 4);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static Task<string?> Ask(RedisConnection redis) => redis.TryAsync(async database => (string?)await database.StringGetAsync("goapi:nothing") ?? "answered").AsTask();

    private static async Task AnswersAsync((string, string)[] settings)
    {
        await using var redis = await PrivateRedis.ConnectedAsync(settings);
        await Eventually.HoldsAsync(async () => await Ask(redis) is not null, "it is used");
    }

    private static async Task RefusedAsync((string, string)[] settings)
    {
        await using var redis = PrivateRedis.Connect(settings);
        await redis.OpenAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<RedisException>(() => redis.PingAsync(TestContext.Current.CancellationToken));
    }
}
