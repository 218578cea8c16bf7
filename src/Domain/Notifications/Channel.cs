namespace GoApi.Domain.Notifications;

/// <summary>A way to a person.</summary>
public enum Channel
{
    /// <summary>The inbox of the account.</summary>
    InApp,
    Email,
    Sms,
}
