using GoApi.Domain.Kernel;

namespace GoApi.Domain.Notifications;

/// <summary>One version of a text that messages are made from, in one language. It is never changed: the next version follows it.</summary>
public sealed class NotificationTemplate : Aggregate
{
    public const int MaxName = 100;
    public const int MaxLocale = 35;
    public const int MaxSubject = 998;
    public const int MaxText = 100_000;
    public const int MaxHtml = 200_000;

    public const string DefaultLocale = "en";

    private NotificationTemplate()
    {
    }

    private NotificationTemplate(string name, string locale, int revision, string category, Guid? createdBy, DateTimeOffset now) : base(now) =>
        (Name, Locale, Revision, Category, CreatedBy) = (name, locale, revision, category, createdBy);

    public string Name { get; private set; } = "";

    /// <summary>A BCP 47 tag.</summary>
    public string Locale { get; private set; } = "";

    /// <summary>From 1, counted for each name and locale; clients call it the version.</summary>
    public int Revision { get; private set; }

    /// <summary>What people turn off or on.</summary>
    public string Category { get; private set; } = "";

    public string Subject { get; private set; } = "";

    public string Text { get; private set; } = "";

    /// <summary>Null where it is made from the text.</summary>
    public string? Html { get; private set; }

    /// <summary>Null where a program did it.</summary>
    public Guid? CreatedBy { get; private set; }

    public static NotificationTemplate Write(
        string name, string locale, int revision, string category, string subject, string text, string? html, Guid? createdBy, DateTimeOffset now)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(subject);
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(revision, 1);
        return new NotificationTemplate(name, locale, revision, category, createdBy, now) { Subject = subject, Text = text, Html = html };
    }
}
