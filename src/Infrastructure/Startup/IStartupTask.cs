namespace GoApi.Infrastructure.Startup;

/// <summary>
/// Something that has to be true before the host serves. The tasks run in the order of their registration, one instance of
/// the host after the other; each has to be harmless when it is repeated.
/// </summary>
internal interface IStartupTask
{
    Task RunAsync(CancellationToken ct);
}
