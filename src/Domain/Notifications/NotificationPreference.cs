namespace GoApi.Domain.Notifications;

/// <summary>Whether somebody wants messages of one category over one channel. Where there is none they do.</summary>
public sealed class NotificationPreference
{
    private NotificationPreference()
    {
    }

    public NotificationPreference(Guid userId, string category, Channel channel, bool isEnabled) =>
        (UserId, Category, Channel, IsEnabled) = (userId, category, channel, isEnabled);

    public Guid UserId { get; private set; }

    public string Category { get; private set; } = "";

    public Channel Channel { get; private set; }

    public bool IsEnabled { get; private set; }

    public void Set(bool enabled) => IsEnabled = enabled;
}
