using System.Net;
using System.Net.Sockets;

namespace GoApi.Application.Abstractions.Identity;

/// <summary>One address has many spellings; this is the one that it is compared by.</summary>
public static class ClientAddress
{
    /// <summary>
    /// An IPv4 address in its dotted form, also where it came mapped into IPv6; an IPv6 address as RFC 5952 writes it, without the zone, which means
    /// something to one machine only. Null where it is neither: the short and the octal forms of IPv4 (<c>127.1</c>) are refused, because programs
    /// disagree about what they mean.
    /// </summary>
    public static string? Canonical(string? text)
    {
        if (text is null || text.Contains('[') || !IPAddress.TryParse(text, out var address)) return null;
        if (address.AddressFamily == AddressFamily.InterNetwork) return address.ToString() == text ? text : null;
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes())).ToString();
    }
}
