namespace GoApi.Domain.Notifications;

/// <summary>Words of others, such as a provider's answer: what became of a message must not be lost because they do not fit.</summary>
internal static class Words
{
    /// <summary>At most so long, in one line.</summary>
    public static string? Fit(string? text, int length)
    {
        if (text is null) return null;

        // Not in the middle of a pair, of which one half is no text.
        var end = text.Length <= length ? text.Length : char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
        return string.Concat(text.AsSpan(0, end).ToString().Select(letter => char.IsControl(letter) ? ' ' : letter));
    }
}
