namespace GoApi.Infrastructure;

/// <summary>Which of the two programs this is.</summary>
public enum HostRole
{
    Api,
    Worker,
}
