using System.Globalization;
using GoApi.Infrastructure;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Startup;
using GoApi.Worker;
using Serilog;

try
{
    var builder = Host.CreateApplicationBuilder(args);
    builder.Configuration.AddDotEnv();
    var settings = builder.Configuration.ReadSettings();
    builder.Services.AddSerilog(log => log.ForWorker(settings.App));
    builder.Services.AddInfrastructure(settings, HostRole.Worker);

    using var host = builder.Build();
    await host.PrepareAsync();
    StartLine.Write(host.Services, settings);
    await host.RunAsync();
    return 0;
}
catch (InvalidConfigurationException wrong)
{
    foreach (var fault in wrong.Faults) await Console.Error.WriteLineAsync(fault);
    return 1;
}
finally
{
    await Log.CloseAndFlushAsync();
}
