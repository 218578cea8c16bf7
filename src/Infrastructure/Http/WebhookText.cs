using GoApi.Domain.Kernel;

namespace GoApi.Infrastructure.Http;

/// <summary>What the webhooks of all providers have in common.</summary>
internal static class WebhookText
{
    /// <summary>The same for every fault: nobody learns how near a forgery came.</summary>
    public static readonly Error Forged = Error.Unauthorized("The signature is missing, wrong or out of date.");

    private const int MaxReason = 500;
    // An address has at most 254 characters (RFC 5321, section 4.5.3.1.3), ids fewer.
    private const int MaxValue = 254;

    /// <summary>A provider's words, fit for a column and a page.</summary>
    public static string? Reason(string? text) => Clean(text, MaxReason);

    /// <summary>An id or an address; null where there is none, or what cannot be one.</summary>
    public static string? Value(string? text) => text?.Length <= MaxValue ? Clean(text, MaxValue) : null;

    public static async Task<byte[]> ReadAsync(Stream body, CancellationToken ct)
    {
        using var whole = new MemoryStream();
        await body.CopyToAsync(whole, ct);
        return whole.ToArray();
    }

    private static string? Clean(string? text, int length)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;

        var clean = string.Concat(text.Take(length).Select(letter => char.IsControl(letter) ? ' ' : letter)).Trim();
        // Not in the middle of a pair, of which one half is no text.
        if (clean.Length > 0 && char.IsHighSurrogate(clean[^1])) clean = clean[..^1];
        return clean.Length == 0 ? null : clean;
    }
}
