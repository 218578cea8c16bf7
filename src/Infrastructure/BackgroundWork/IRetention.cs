namespace GoApi.Infrastructure.BackgroundWork;

/// <summary>What one module keeps for a while only. Doing it twice, or at the same time in two processes, is harmless.</summary>
internal interface IRetention
{
    /// <summary>Deletes what nobody will ask for any more.</summary>
    Task CleanAsync(CancellationToken ct);
}
