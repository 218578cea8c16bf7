using GoApi.Infrastructure.Configuration;
using Npgsql;

namespace GoApi.Infrastructure.Persistence;

internal static class PostgreSql
{
    public static string ConnectionString(DatabaseSettings settings) => new NpgsqlConnectionStringBuilder
    {
        Host = settings.Host,
        Port = settings.Port,
        Username = settings.User,
        Password = settings.Password,
        Database = settings.Name,
        SslMode = Enum.Parse<SslMode>(settings.SslMode.Replace("-", ""), ignoreCase: true),
        MaxPoolSize = settings.MaxOpenConnections,
        MinPoolSize = Math.Min(settings.MaxIdleConnections, settings.MaxOpenConnections),
        ConnectionLifetime = (int)settings.ConnectionMaxLifetime.TotalSeconds,
        // A stopped server must answer as 503 within 5 s (N7), not hang.
        Timeout = 3,
        CommandTimeout = 30,
        KeepAlive = 10,
        // The same few statements over and over: the server parses and plans each once a connection.
        MaxAutoPrepare = 200,
        // Nothing here leaves state in a session: settings are SET LOCAL, and the one session lock is given back by hand.
        // The reset would send seven statements for each read of one.
        NoResetOnClose = true,
        ApplicationName = "goapi",
    }.ConnectionString;
}
