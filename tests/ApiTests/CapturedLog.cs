using System.Text;

namespace GoApi.ApiTests;

/// <summary>What is written to the console, where the log goes; of all hosts, so that both modes can look at once.</summary>
internal sealed class CapturedLog(TextWriter before) : TextWriter
{
    private static readonly Lazy<CapturedLog> Installed = new(() =>
    {
        var log = new CapturedLog(Console.Out);
        Console.SetOut(log);
        return log;
    });

    private readonly StringBuilder text = new();

    public override Encoding Encoding => before.Encoding;

    public static CapturedLog Install() => Installed.Value;

    public override void Write(char value)
    {
        lock (text) text.Append(value);
    }

    public override void Write(string? value)
    {
        lock (text) text.Append(value);
    }

    public override void Write(char[] buffer, int index, int count)
    {
        lock (text) text.Append(buffer, index, count);
    }

    public override string ToString()
    {
        lock (text) return text.ToString();
    }
}
