using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace GoApi.Infrastructure.Startup;

/// <summary>Makes the first administrator in an empty database, or says how to.</summary>
internal sealed partial class FirstAdministrator(
    AppDbContext db, AppSettings settings, IUseCase<AppointAdministrator, Guid> appoint, ILogger<FirstAdministrator> logger) : IStartupTask
{
    public async Task RunAsync(CancellationToken ct)
    {
        if (settings.AdminEmail is null)
        {
            if (!await db.Set<AppUser>().AnyAsync(user => user.Role == Role.Admin, ct)) NoAdministrator(logger);
            return;
        }

        if (await db.Set<AppUser>().AnyAsync(ct)) return;

        if ((await appoint.HandleAsync(new AppointAdministrator(settings.AdminEmail, new Secret(settings.AdminPassword)), ct)).Failed(out var error))
            throw new InvalidConfigurationException([.. error.Fields.Select(field => $"ADMIN_{field.Field.ToUpperInvariant()}: {field.Message}")]);
        Appointed(logger);
    }

    [LoggerMessage(1003, LogLevel.Information, "The first administrator is made, as ADMIN_EMAIL says")]
    private static partial void Appointed(ILogger logger);

    [LoggerMessage(1004, LogLevel.Warning, "There is no administrator yet: set ADMIN_EMAIL and ADMIN_PASSWORD and start again, or run: dotnet run --project src/WebApi -- create-admin EMAIL")]
    private static partial void NoAdministrator(ILogger logger);
}
