using GoApi.Infrastructure.Configuration;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.NKeys;

namespace GoApi.Infrastructure.Nats;

/// <summary>How the connection is made: to which servers, with which credentials, how often it is tried again.</summary>
internal static class NatsOptions
{
    public static NatsOpts From(NatsSettings settings, TimeSpan requestTimeout, ILoggerFactory loggers) => new()
    {
        Name = "goapi",
        Url = string.Join(',', settings.Urls),
        AuthOpts = Credentials(settings),
        TlsOpts = new NatsTlsOpts { CaFile = settings.TlsCaFile, CertFile = settings.TlsCertificateFile, KeyFile = settings.TlsKeyFile },
        LoggerFactory = new QuietLoggers(loggers),
        ConnectTimeout = TimeSpan.FromSeconds(2),
        RequestTimeout = requestTimeout,
        ReconnectWaitMin = TimeSpan.FromMilliseconds(200),
        ReconnectWaitMax = TimeSpan.FromSeconds(2),
        // A server that died without closing its connections is noticed by this: the next one of the list is taken.
        PingInterval = TimeSpan.FromSeconds(5),
        // It would keep to itself why there is no connection. Who publishes or consumes tries again.
        RetryOnInitialConnect = false,
        // A server that was started with other credentials for a moment must not end it for ever.
        IgnoreAuthErrorAbort = true,
    };

    private static NatsAuthOpts Credentials(NatsSettings settings)
    {
        if (settings.CredentialsFile is { } path) return new NatsAuthOpts { AuthCredCallback = (_, _) => ValueTask.FromResult(NatsAuthCred.FromCredsFile(path)) };
        if (settings.NKeySeed is not { } seed) return new NatsAuthOpts { Token = settings.Token, Username = settings.User, Password = settings.Password };

        using var pair = KeyPair.FromSeed(seed);
        return new NatsAuthOpts { NKey = pair.GetPublicKey(), Seed = seed };
    }
}
