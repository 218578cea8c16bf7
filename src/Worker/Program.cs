using GoApi.Infrastructure;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Startup;
using GoApi.Worker;

try
{
    var builder = WorkerHost.CreateBuilder(args);
    builder.Configuration.AddDotEnv();
    var settings = builder.Configuration.ReadSettings();

    builder.AddLogging(settings);
    builder.Services.AddInfrastructure(settings, HostRole.Worker);

    using var host = builder.Build();
    await host.PrepareAsync();
    host.LogModes(settings);
    await host.RunAsync();
    return 0;
}
catch (InvalidConfigurationException wrong)
{
    foreach (var fault in wrong.Faults) await Console.Error.WriteLineAsync(fault);
    return 1;
}
