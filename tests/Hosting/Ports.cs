using System.Net;
using System.Net.Sockets;

namespace GoApi.Tests.Hosting;

/// <summary>Ports of loopback for servers of a test's own.</summary>
internal static class Ports
{
    public static int Free() => Free(1)[0];

    /// <summary>Below those that the kernel gives to clients: what is killed gets its port back when it starts again.</summary>
    public static int[] Free(int count)
    {
        var taken = new List<TcpListener>();
        while (taken.Count < count)
        {
            // Held until all are there, so that none is given twice.
            var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(20_000, 32_000));
            try
            {
                listener.Start();
                taken.Add(listener);
            }
            catch (SocketException)
            {
                listener.Dispose();
            }
        }

        var ports = taken.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        taken.ForEach(listener => listener.Dispose());
        return ports;
    }
}
