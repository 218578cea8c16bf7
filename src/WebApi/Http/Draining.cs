using GoApi.Infrastructure.Configuration;

namespace GoApi.WebApi.Http;

/// <summary>
/// Told to stop, the process is not ready any more and goes on serving for <c>SHUTDOWN_DRAIN</c>: what is in front of it notices, and sends nothing
/// by the time that Kestrel stops listening (N8). It is a part of the host's shutdown timeout, not added to it.
/// </summary>
internal sealed partial class Draining(HttpSettings settings, TimeProvider time, ILogger<Draining> logger) : IHostedLifecycleService
{
    private volatile bool begun;

    public bool HasBegun => begun;

    // Before any service is told to stop, Kestrel among them.
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        begun = true;
        if (settings.ShutdownDrain == TimeSpan.Zero) return;

        Begins(logger, (int)settings.ShutdownDrain.TotalSeconds);
        await Task.Delay(settings.ShutdownDrain, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Who asks meanwhile is told not to ask again on this connection: it could send the next request in the moment in which it is closed.</summary>
    public Task CloseConnectionAsync(HttpContext context, RequestDelegate next)
    {
        if (begun && HttpProtocol.IsHttp11(context.Request.Protocol)) context.Response.Headers.Connection = "close";
        return next(context);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1010, LogLevel.Information, "Not ready any more; stopping in {Seconds} s")]
    private static partial void Begins(ILogger logger, int seconds);
}
