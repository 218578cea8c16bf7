using GoApi.Infrastructure;
using GoApi.Infrastructure.Configuration;

var builder = Host.CreateApplicationBuilder(args);
builder.Configuration.AddDotEnv();
builder.Services.AddInfrastructure(builder.Configuration.ReadSettings());

var host = builder.Build();
host.Run();
