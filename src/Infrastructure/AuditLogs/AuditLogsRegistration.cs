using GoApi.Application.AuditLogs;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.AuditLogs;

internal static class AuditLogsRegistration
{
    public static IServiceCollection AddAuditLogs(this IServiceCollection services)
    {
        services.AddSingleton<EntryCount>();
        services.AddScoped<AuditSearch>();
        services.AddScoped<IAuditLogQueries, AuditLogQueries>();
        return services;
    }
}
