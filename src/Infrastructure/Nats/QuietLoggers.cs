using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace GoApi.Infrastructure.Nats;

/// <summary>
/// What the client of NATS has to say, each kind of line at most once a minute: it tells of every attempt to connect, and
/// makes one every two seconds for as long as there is no server.
/// </summary>
internal sealed class QuietLoggers(ILoggerFactory loggers) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Quiet(loggers.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    public void Dispose()
    {
        // The factory behind it belongs to the host.
    }

    private sealed class Quiet(ILogger logger) : ILogger
    {
        private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

        // As many as there are kinds of lines in the client's code.
        private readonly ConcurrentDictionary<string, long> said = new();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Information && state is IReadOnlyList<KeyValuePair<string, object?>> values && values.LastOrDefault(pair => pair.Key == "{OriginalFormat}").Value is string kind)
            {
                if (said.TryGetValue(kind, out var before) && Stopwatch.GetElapsedTime(before) < Pause) return;
                said[kind] = Stopwatch.GetTimestamp();
            }

            logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
