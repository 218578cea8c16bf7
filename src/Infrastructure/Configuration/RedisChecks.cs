using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace GoApi.Infrastructure.Configuration;

/// <summary>What the settings of Redis must be together, and what must be in the file that they name.</summary>
internal static class RedisChecks
{
    public static void Check(RedisSettings redis, SettingsReader reader)
    {
        // What is set for a server that is not there is as good as unset.
        if (!redis.IsConfigured) return;

        foreach (var address in redis.Addresses) CheckAddress(address, reader);
        if (redis is { UseSentinel: false, Addresses.Length: > 1 }) reader.Fault("REDIS_ADDRESSES has several addresses: one server is expected, or those of the Sentinels with REDIS_USE_SENTINEL=true.");
        if (redis is { UseSentinel: false, SentinelPassword: not null }) reader.Fault("REDIS_SENTINEL_PASSWORD needs REDIS_USE_SENTINEL=true.");
        if (redis is { UserName: not null, Password: null }) reader.Fault("REDIS_USERNAME needs REDIS_PASSWORD.");
        if (redis is { UseTls: false, TlsCaFile: not null }) reader.Fault("REDIS_TLS_CA_FILE needs REDIS_TLS=true.");
        if (redis is { UseTls: false, TlsServerName: not null }) reader.Fault("REDIS_TLS_SERVER_NAME needs REDIS_TLS=true.");
        if (redis is { UseTls: true, TlsCaFile: { } ca } && !PemFiles.HasCertificates(ca)) reader.Fault($"REDIS_TLS_CA_FILE is \"{ca}\": a readable file with certificates in PEM is expected.");
    }

    private static void CheckAddress(string address, SettingsReader reader)
    {
        // Not shown: it may hold a password.
        if (address.Contains('@', StringComparison.Ordinal)) reader.Fault("REDIS_ADDRESSES has an address with credentials in it: REDIS_USERNAME and REDIS_PASSWORD are expected to hold them.");
        else if (!IsAddress(address)) reader.Fault($"REDIS_ADDRESSES has \"{address}\": host:port is expected, an IPv6 address in brackets.");
    }

    private static bool IsAddress(string address)
    {
        var colon = address.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(address[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0) return false;
        return address[..colon] is ['[', .. var inside, ']']
            ? IPAddress.TryParse(inside, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6
            : address[..colon].All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
    }
}
