using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GoApi.IntegrationTests.Providers;

/// <summary>Takes one request whole, and closes the connection in the middle of what it answers.</summary>
internal sealed class CutOffServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public CutOffServer(string answer)
    {
        listener.Start();
        Url = $"http://{listener.LocalEndpoint}";
        Served = ServeAsync(answer);
    }

    public string Url { get; }

    /// <summary>Ends when it has answered.</summary>
    public Task Served { get; }

    public void Dispose() => listener.Stop();

    private async Task ServeAsync(string answer)
    {
        using var client = await listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        var length = 0;
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                length = int.Parse(line["Content-Length:".Length..], CultureInfo.InvariantCulture);
        // In Latin-1 each octet is a character. What is left unread would reset the connection, and with it the answer.
        await reader.ReadBlockAsync(new char[length]);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(answer));
    }
}
