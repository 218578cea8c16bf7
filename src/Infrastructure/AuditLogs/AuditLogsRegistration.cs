using GoApi.Application.AuditLogs;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Startup;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.AuditLogs;

internal static class AuditLogsRegistration
{
    public static IServiceCollection AddAuditLogs(this IServiceCollection services, Settings settings, HostRole role)
    {
        services.AddSingleton<EntryCount>();
        services.AddScoped<AuditSearch>();
        services.AddScoped<IAuditLogQueries, AuditLogQueries>();
        services.AddSingleton<SealKeys>();
        services.AddSingleton<SealWitness>();
        services.AddSingleton<AuditSealer>();
        if (settings.Database.IsPostgreSql) services.AddSingleton<ISealHorizon, PostgreSqlSealHorizon>();
        else services.AddSingleton<ISealHorizon, SqliteSealHorizon>();
        services.AddScoped<IAuditSeals, AuditSeals>();
        services.AddScoped<IStartupTask, FirstSealKey>();

        // Without NATS there is no worker, and this process does its jobs.
        if ((role == HostRole.Worker || !settings.Nats.IsConfigured) && settings.Audit.SealInterval > TimeSpan.Zero) services.AddHostedService<AuditSealing>();
        return services;
    }
}

/// <summary>Makes the key that the first seals are signed with.</summary>
internal sealed class FirstSealKey(IAuditSeals seals) : IStartupTask
{
    public async Task RunAsync(CancellationToken ct)
    {
        if ((await seals.ListKeysAsync(ct)).Count == 0) await seals.RotateKeyAsync(ct);
    }
}
