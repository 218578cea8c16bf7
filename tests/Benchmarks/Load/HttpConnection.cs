using System.Buffers.Text;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace GoApi.Benchmarks.Load;

/// <summary>
/// One kept-alive connection that costs next to nothing: on a machine of two cores a full HTTP client would take more of them
/// than the server that is measured.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] buffer = new byte[64 * 1024];

    public static async Task<HttpConnection> OpenAsync(Uri server, CancellationToken ct)
    {
        var connection = new HttpConnection();
        await connection.socket.ConnectAsync(server.Host, server.Port, ct);
        return connection;
    }

    public static byte[] Request(string method, string target, string? token = null, string? body = null, string type = "application/json")
    {
        List<string> lines = [$"{method} {target} HTTP/1.1", "Host: localhost"];
        if (token is not null) lines.Add($"Authorization: Bearer {token}");
        if (body is not null) lines.Add($"Content-Type: {type}");
        if (method == "POST") lines.Add($"Content-Length: {Encoding.UTF8.GetByteCount(body ?? "")}");
        return Encoding.UTF8.GetBytes($"{string.Join("\r\n", lines)}\r\n\r\n{body}");
    }

    /// <returns>The status, and the answer as it came: head and body.</returns>
    public async Task<(int Status, ReadOnlyMemory<byte> Answer)> SendAsync(ReadOnlyMemory<byte> request, CancellationToken ct)
    {
        await socket.SendAsync(request, ct);
        var length = 0;
        while (!IsWhole(buffer.AsSpan(0, length)))
        {
            if (length == buffer.Length) Array.Resize(ref buffer, length * 2);
            var read = await socket.ReceiveAsync(buffer.AsMemory(length), ct);
            if (read == 0) throw new IOException("The server closed the connection.");
            length += read;
        }

        var status = int.Parse(buffer.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture);
        return (status, buffer.AsMemory(0, length));
    }

    public void Dispose() => socket.Dispose();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0) return false;

        var head = answer[..end];
        var body = answer[(end + 4)..];
        var length = head.IndexOf("\r\nContent-Length: "u8);
        if (length >= 0 && Utf8Parser.TryParse(head[(length + "\r\nContent-Length: ".Length)..], out int bytes, out _)) return body.Length >= bytes;
        return head.IndexOf("\r\nTransfer-Encoding: chunked"u8) < 0 || body.EndsWith("0\r\n\r\n"u8);
    }
}
