using GoApi.Infrastructure;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Startup;
using GoApi.WebApi;
using GoApi.WebApi.AuditLogs;
using GoApi.WebApi.Http;
using GoApi.WebApi.OAuth;
using GoApi.WebApi.OpenApi;

// An auditor has the files and nothing else: neither configuration nor a database.
if (await AuditCommands.RunOfflineAsync(args) is { } verdict) return verdict;

try
{
    var builder = Server.CreateBuilder(args);
    builder.Configuration.AddDotEnv();
    var settings = builder.Configuration.ReadSettings();

    builder.AddServer(settings);
    builder.AddLogging(settings, aside: Commands.IsCommand(args));
    builder.Services.AddInfrastructure(settings, HostRole.Api);
    builder.Services.AddHttp(settings);
    builder.Services.AddOAuthPages(settings);
    builder.Services.AddApiDescription(settings);

    var app = builder.Build();
    app.UseHttp(settings);
    app.MapRoutes();
    await app.PrepareAsync();
    if (await app.RunCommandAsync(args) is { } exitCode) return exitCode;
    await app.RunAsync();
    return 0;
}
catch (InvalidConfigurationException wrong)
{
    foreach (var fault in wrong.Faults) await Console.Error.WriteLineAsync(fault);
    return 1;
}
