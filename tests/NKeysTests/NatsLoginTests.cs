using System.Security.Cryptography;
using NATS.Client.Core;
using NATS.NKeys;
using Xunit;

namespace GoApi.NKeysTests;

/// <summary>What this stand-in is for: NATS.Net proves to a real server that it holds a user's seed.</summary>
public sealed class NatsLoginTests
{
    private readonly (string Seed, string PublicKey) user = NewUser();
    private readonly (string Seed, string PublicKey) stranger = NewUser();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_users_seed_logs_in_and_messages_travel()
    {
        await using var server = await NatsServer.StartAsync(user.PublicKey, Ct);
        await using var connection = Connection(server, user.PublicKey, user.Seed);

        await connection.ConnectAsync();
        await using var subscription = await connection.SubscribeCoreAsync<string>("greetings", cancellationToken: Ct);
        await connection.PublishAsync("greetings", "hello", cancellationToken: Ct);

        var message = await subscription.Msgs.ReadAsync(Ct);
        Assert.Equal("hello", message.Data);
    }

    [Fact]
    public async Task Another_seed_under_the_users_public_key_is_refused()
    {
        await using var server = await NatsServer.StartAsync(user.PublicKey, Ct);
        await using var connection = Connection(server, user.PublicKey, stranger.Seed);

        await AssertRefusedAsync(connection);
    }

    [Fact]
    public async Task A_pair_that_the_server_does_not_know_is_refused()
    {
        await using var server = await NatsServer.StartAsync(user.PublicKey, Ct);
        await using var connection = Connection(server, stranger.PublicKey, stranger.Seed);

        await AssertRefusedAsync(connection);
    }

    [Fact]
    public async Task No_seed_is_refused()
    {
        await using var server = await NatsServer.StartAsync(user.PublicKey, Ct);
        await using var connection = new NatsConnection(new NatsOpts { Url = server.Url });

        await AssertRefusedAsync(connection);
    }

    private static async Task AssertRefusedAsync(NatsConnection connection)
    {
        var exception = await Assert.ThrowsAnyAsync<NatsException>(async () => await connection.ConnectAsync());

        Assert.Contains("Authorization Violation", exception.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    private static NatsConnection Connection(NatsServer server, string publicKey, string seed) =>
        new(new NatsOpts { Url = server.Url, AuthOpts = new NatsAuthOpts { NKey = publicKey, Seed = seed } });

    private static (string Seed, string PublicKey) NewUser()
    {
        var seed = Nkey.Seed('U', RandomNumberGenerator.GetBytes(32));
        using var pair = KeyPair.FromSeed(seed);
        return (seed, pair.GetPublicKey());
    }
}
