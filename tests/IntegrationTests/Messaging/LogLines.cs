using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace GoApi.IntegrationTests.Messaging;

/// <summary>What is logged from a level on, as text with the exception behind it.</summary>
internal sealed class LogLines(LogLevel from = LogLevel.Information) : ILoggerProvider
{
    private readonly ConcurrentQueue<string> lines = [];

    public IReadOnlyCollection<string> All => lines;

    public ILoggerFactory Factory() => LoggerFactory.Create(logging => logging.SetMinimumLevel(from).AddProvider(this));

    public ILogger CreateLogger(string categoryName) => new Writer(this);

    public void Dispose()
    {
    }

    private sealed class Writer(LogLines log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");
    }
}
