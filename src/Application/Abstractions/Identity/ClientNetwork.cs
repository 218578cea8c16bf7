using System.Net;
using System.Net.Sockets;

namespace GoApi.Application.Abstractions.Identity;

/// <summary>Where somebody calls from, as far as one subscriber goes: an IPv4 address, or the /64 that an IPv6 subscriber has at least, with all of its addresses.</summary>
public static class ClientNetwork
{
    /// <summary><c>none</c> where there is no address.</summary>
    public static string Of(IPAddress? address)
    {
        if (address is null) return "none";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address.ToString();

        var octets = address.GetAddressBytes();
        octets.AsSpan(8).Clear();
        return $"{new IPAddress(octets)}/64";
    }

    public static string Of(string? address) => Of(IPAddress.TryParse(address, out var parsed) ? parsed : null);
}
