using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using GoApi.Infrastructure.Configuration;
using StackExchange.Redis;

namespace GoApi.Infrastructure.Redis;

/// <summary>How the connection is made: to which server or Sentinels, with which credentials, and what becomes of commands while it is gone.</summary>
internal static class RedisOptions
{
    public static ConfigurationOptions From(RedisSettings settings)
    {
        var options = new ConfigurationOptions
        {
            ClientName = "goapi",
            User = settings.UserName,
            Password = settings.Password,
            ServiceName = settings.UseSentinel ? settings.MasterName : null,
            // Theirs, or none: the library would send them those of the servers.
            SentinelUser = "",
            SentinelPassword = settings.SentinelPassword ?? "",
            Ssl = settings.UseTls,
            SslHost = settings.TlsServerName,
            // The host starts without Redis, and finds it later.
            AbortOnConnectFail = false,
            ConnectTimeout = 2_000,
            // By then nobody waits any more (RedisConnection.Budget): what was given up on is forgotten.
            AsyncTimeout = 1_000,
            KeepAlive = 10,
            // What cannot be sent is not kept for later.
            BacklogPolicy = BacklogPolicy.FailFast,
            // A key holds an id or an address; the message of an exception is logged.
            IncludeDetailInExceptions = false,
            // Who is master the Sentinels tell; a key and a channel of the library's own, an ACL would have to allow.
            TieBreaker = "",
            ConfigurationChannel = "",
        };
        if (settings.TlsCaFile is { } file) options.SslClientAuthenticationOptions = name => SignedBy(file, name);
        foreach (var address in settings.Addresses) options.EndPoints.Add(address);
        return options;
    }

    // Read for each connection, so that it can be replaced.
    private static SslClientAuthenticationOptions SignedBy(string file, string name)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(file);
        return new SslClientAuthenticationOptions { TargetHost = name, CertificateChainPolicy = policy };
    }
}
